//! Where the defocus maps that a network is trained on come from.

use scade_data::{LiveMaps, Store};
use scade_defocus::Method;
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
/// [`Error::Channels`] when the dataset was prepared without maps, [`Error::Method`] when it does not
/// specify how they are made.
pub(crate) fn on_the_fly(store: &Store) -> Result<LiveMaps, Error> {
    // As `scade_preprocess::StoreSettings` writes it.
    let sample = &store.preparation()["sample"];
    let root = || store.root().to_owned();
    if sample["compute_defocus"] == false {
        return Err(Error::Channels { root: root(), expected: 4, got: 3 });
    }
    let method = Method::deserialize(&sample["defocus"])
        .map_err(|source| Error::Method { root: root(), source })?;
    method.check().map_err(|source| Error::Defocus { root: root(), source })?;
    Ok(LiveMaps::new(move |crop| method.map(crop)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::{
        Label, Loader, LoaderConfig, SplitPart, VideoKey, VideoRecord, decode_jpeg, encode_jpeg,
        items,
    };
    use scade_image::RgbImage;
    use serde_json::json;

    fn store(sample: &serde_json::Value) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({"sample": sample});
        let store = Store::create(&folder.path().join("store"), &settings).unwrap();
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
        let (_folder, unsaid) = store(&json!({"jpeg_quality": 95}));
        assert!(matches!(on_the_fly(&unsaid), Err(Error::Method { .. })));
        let (_folder, without) = store(&json!({"compute_defocus": false}));
        assert!(matches!(on_the_fly(&without), Err(Error::Channels { expected: 4, got: 3, .. })));
        let wrong = json!({"method": "published", "box_size": 0});
        let (_folder, wrong) = store(&json!({"compute_defocus": true, "defocus": wrong}));
        assert!(on_the_fly(&wrong).is_err());
    }

    /// So that validation and inference, which change nothing, see what training sees.
    #[test]
    fn the_map_of_an_unchanged_crop_is_the_stored_one() {
        let method: Method = "band-energy".parse().unwrap();
        let (_folder, store) = store(&json!({"compute_defocus": true, "defocus": method}));
        let key = VideoKey::new(Label::Real, "a").unwrap();
        let face = RgbImage::from_fn(256, 256, |x, y| {
            let edge = if (x / 16 + y / 24) % 2 == 0 { 40 } else { 210 };
            [edge, edge / 2 + (y / 4) as u8, (x / 2) as u8].into()
        });
        let jpeg = encode_jpeg(&face, 95).unwrap();
        let map = method.map(&decode_jpeg(&jpeg).unwrap()).unwrap();
        let mut writer = store.begin_video(&key).unwrap();
        writer.add_face(0, &jpeg, Some(&map)).unwrap();
        writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
        let part = SplitPart { real: vec!["a".into()], fake: Vec::new() };
        let items = items(&store, &part, true, None).unwrap();
        let config = LoaderConfig {
            batch_size: 1,
            workers: 0,
            shuffle: false,
            balanced: false,
            drop_last: false,
            augment: None,
            channels: 4,
            seed: 1,
        };
        let first = |loader: Loader| loader.epoch(0).unwrap().next().unwrap().unwrap();
        let stored = first(Loader::new(items.clone(), config.clone()).unwrap());
        let made =
            first(Loader::with_live_maps(items, config, on_the_fly(&store).unwrap()).unwrap());
        assert!(stored == made);
        assert!(map.data().iter().any(|value| *value != map.data()[0]), "the map is not constant");
    }
}
