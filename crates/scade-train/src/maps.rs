//! Where the defocus maps that a network is trained on come from.

use scade_data::{LiveMaps, Store};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Stored maps are quick to read; live ones stay true when a crop is blurred, scaled or coded anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maps {
    /// Those of the store, moved along with the crop, as published. A zoom leaves their values.
    #[default]
    Stored,
    /// Made of each crop after it was changed, by the method and settings of the store. Validation
    /// and test samples, which nothing changes, get maps of the same values as the stored ones.
    Live,
}

/// The maps that `store` would hold of its crops.
///
/// # Errors
/// [`Error::Channels`] when the dataset was prepared without maps, [`Error::Defocus`] when their method has
/// settings out of range.
pub(crate) fn live(store: &Store) -> Result<LiveMaps, Error> {
    let root = || store.root().to_owned();
    let Some(method) = store.spec().sample.defocus.clone() else {
        return Err(Error::Channels { root: root(), expected: 4, got: 3 });
    };
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
    fn a_store_without_a_method_is_refused() {
        let (_folder, unsaid) = store(&json!({"jpeg_quality": 95}));
        assert!(matches!(live(&unsaid), Err(Error::Method { .. })));
        let (_folder, without) = store(&json!({"compute_defocus": false}));
        assert!(matches!(live(&without), Err(Error::Channels { expected: 4, got: 3, .. })));
        let wrong = json!({"method": "published", "box_size": 0});
        let (_folder, wrong) = store(&json!({"compute_defocus": true, "defocus": wrong}));
        assert!(live(&wrong).is_err());
    }

    /// So that validation and inference, which change nothing, see what training sees.
    #[test]
    fn of_an_unchanged_crop_a_live_map_is_the_stored_one() {
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
        let made = first(Loader::with_live_maps(items, config, live(&store).unwrap()).unwrap());
        assert!(stored == made);
        assert!(map.data().iter().any(|value| *value != map.data()[0]), "the map tells something");
    }
}
