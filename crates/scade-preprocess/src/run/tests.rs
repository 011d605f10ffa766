//! Preparation without a detector, and how many threads decode.

use super::*;
use burn::backend::Flex;
use scade_synth::{SetSettings, write_set};

/// The first frame to look at asks for the detector; there is no way on without one.
#[test]
fn without_a_detector_no_video_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let [dataset, root] = ["dataset", "store"].map(|name| folder.path().join(name));
    let drawn =
        SetSettings { identities: 2, frames: 4, width: 160, height: 120, ..Default::default() };
    write_set(&dataset, &drawn, |_| {}).unwrap();
    let config = Config { dataset, output: root.clone(), jobs: 2, ..Config::default() };
    let found = discover(&config).unwrap();
    let sources: Vec<_> = found.sources.iter().collect();
    assert!(sources.len() > 2);
    let store = Store::create_as(&root, Tree::Own, &serde_json::json!({})).unwrap();
    let loads = AtomicUsize::new(0);
    let load = || {
        loads.fetch_add(1, Ordering::Relaxed);
        let (setting, expected, got) = ("detector", "one", "none".to_owned());
        Err::<Preparer<Flex>, _>(Error::Setting { setting, expected, got })
    };
    let error = prepare_all(&load, &store, &sources, &config).unwrap_err();
    assert!(matches!(error, Error::Setting { setting: "detector", .. }), "{error:?}");
    assert_eq!(loads.into_inner(), 1);
    for source in sources {
        assert!(store.record(&source.key).unwrap().is_none(), "{}", source.key);
    }
}

#[test]
fn cores_that_are_left_decode_but_not_without_end() {
    for (jobs, videos, threads) in
        [(1, 1, 1), (2, 1, 3), (4, 3, 1), (4, 2, 3), (64, 1, 16), (usize::MAX, 1, 16), (2, 0, 3)]
    {
        assert_eq!(decoding_threads(jobs, videos), threads, "{jobs} jobs, {videos} videos");
    }
}
