//! Where the defocus maps that a network is trained on come from.

use scade_data::{OnTheFlyMaps, PreparedDataset};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Stored maps are quick to read; maps made on the fly stay true when augmentation blurs, scales or
/// recompresses a crop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maps {
    /// Those of the dataset, transformed along with the crop, as in SCADE-Net. A zoom does not change their
    /// values.
    #[default]
    Stored,
    /// Computed from each crop after augmentation, by the method and settings of the dataset. Validation
    /// and test samples, which are not augmented, get maps of the same values as the stored ones.
    /// Formerly `live`.
    #[serde(alias = "live")]
    OnTheFly,
}

/// The maps that `store` would hold of its crops.
///
/// # Errors
/// [`Error::Channels`] when the dataset was prepared without maps, [`Error::Defocus`] when their method has
/// settings out of range.
pub(crate) fn on_the_fly(store: &PreparedDataset) -> Result<OnTheFlyMaps, Error> {
    let root = || store.root().to_owned();
    let Some(method) = store.spec().sample.defocus.clone() else {
        return Err(Error::Channels { root: root(), expected: 4, got: 3 });
    };
    method.validate().map_err(|source| Error::Defocus { root: root(), source })?;
    Ok(OnTheFlyMaps::new(move |crop| method.map(crop)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::{
        CropFormat, DatasetSpec, Label, Loader, LoaderConfig, SubsetVideos, VideoKey, VideoRecord,
        items,
    };
    use scade_defocus::{Method, Published};
    use scade_image::{RgbImage, decode_crop};
    use scade_sample::SampleSpec;

    fn store(defocus: Option<Method>) -> (tempfile::TempDir, PreparedDataset) {
        let folder = tempfile::tempdir().unwrap();
        let sample = SampleSpec { defocus, ..SampleSpec::default() };
        let spec = DatasetSpec { sample, ..DatasetSpec::default() };
        let store = PreparedDataset::create(&folder.path().join("store"), &spec).unwrap();
        (folder, store)
    }

    #[test]
    fn the_former_name_is_still_accepted() {
        let read = |text: &str| serde_json::from_str::<Maps>(text).unwrap();
        assert_eq!(read("\"live\""), Maps::OnTheFly);
        assert_eq!(read("\"on-the-fly\""), Maps::OnTheFly);
    }

    #[test]
    fn a_dataset_without_a_method_is_refused() {
        let (_folder, without) = store(None);
        assert!(matches!(on_the_fly(&without), Err(Error::Channels { expected: 4, got: 3, .. })));
        let wrong = Method::Published(Published { box_size: 0, ..Published::default() });
        let (_folder, wrong) = store(Some(wrong));
        assert!(matches!(on_the_fly(&wrong), Err(Error::Defocus { .. })));
    }

    /// So that validation and inference, which change nothing, see what training sees.
    #[test]
    fn the_map_of_an_unchanged_crop_is_the_stored_one() {
        let method: Method = "band-energy".parse().unwrap();
        let (_folder, store) = store(Some(method.clone()));
        let key = VideoKey::new(Label::Real, "a").unwrap();
        let face = RgbImage::from_fn(256, 256, |x, y| {
            let edge = if (x / 16 + y / 24) % 2 == 0 { 40 } else { 210 };
            [edge, edge / 2 + (y / 4) as u8, (x / 2) as u8].into()
        });
        let jpeg = CropFormat::Jpeg.encode(&face, 95).unwrap();
        let map = method.map(&decode_crop(&jpeg).unwrap()).unwrap();
        let mut writer = store.begin_video(&key).unwrap();
        writer.add_face(0, &jpeg, Some(&map), None).unwrap();
        writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
        let part = SubsetVideos { real: vec!["a".into()], fake: Vec::new() };
        let items = items(&store, &part, true, None).unwrap();
        let config = LoaderConfig {
            batch_size: 1,
            workers: 0,
            shuffle: false,
            balanced: false,
            drop_last: false,
            augment: None,
            self_blend: None,
            channels: 4,
            seed: 1,
        };
        let first = |loader: Loader| loader.epoch(0).unwrap().next().unwrap().unwrap();
        let stored = first(Loader::new(items.clone(), config.clone()).unwrap());
        let made = first(
            Loader::with_on_the_fly_maps(items, config, on_the_fly(&store).unwrap()).unwrap(),
        );
        assert!(stored == made);
        assert!(map.data().iter().any(|value| *value != map.data()[0]), "the map is not constant");
    }
}
