//! Preprocessing without a detector.

use super::*;
use burn::backend::Flex;
use scade_settings::{NoProgress, SettingError};
use scade_synth::{SetSettings, write_set};

/// The first frame requires the detector; without one the run ends.
#[test]
fn without_a_detector_no_video_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let [dataset, root] = ["dataset", "store"].map(|name| folder.path().join(name));
    let settings =
        SetSettings { identities: 2, frames: 4, width: 160, height: 120, ..Default::default() };
    write_set(&dataset, &settings, |_| {}).unwrap();
    let config = Config { dataset, output: root.clone(), jobs: 2, ..Config::default() };
    let found = discover(&config).unwrap();
    let sources: Vec<_> = found.sources.iter().collect();
    assert!(sources.len() > 2);
    let store =
        PreparedDataset::create_as(&root, FileLayout::Own, &DatasetSpec::default()).unwrap();
    let loads = AtomicUsize::new(0);
    let load = || {
        loads.fetch_add(1, Ordering::Relaxed);
        let (setting, expected, got) = ("detector", "one", "none".to_owned());
        Err::<SampleMaker<Flex>, _>(SettingError::new(setting, expected, got).into())
    };
    let error = preprocess_all(&load, &store, &sources, &config, &NoProgress).unwrap_err();
    assert!(
        matches!(&error, Error::Sample(scade_sample::Error::Setting(e)) if e.path == "detector"),
        "{error:?}"
    );
    assert_eq!(loads.into_inner(), 1);
    for source in sources {
        assert!(store.record(&source.key).unwrap().is_none(), "{}", source.key);
    }
}
