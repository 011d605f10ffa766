//! The flat keys of SCADE-Net's configuration, in our structure.

use scade_cli::config::{put, put_all};
use toml::{Table, Value};

/// The keys of the published flat configuration, in our structure. Such a file asks for the
/// published split and defocus map, a margin in it for the published crop.
#[must_use]
pub(crate) fn from_published(flat: &Table) -> Table {
    let mut table = Table::new();
    put_all(&mut table, flat, &PLACES);
    put(&mut table, "split.rule", "video".into());
    put(&mut table, "preparation.defocus.method", "published".into());
    if let Some(margin) = flat.get("face_margin") {
        put(&mut table, "preparation.crop.rule", "published".into());
        put(&mut table, "preparation.crop.margin_px", margin_in_pixels(margin));
    }
    if let Some(last) = flat.get("face_detection_threshold") {
        // The published key is the threshold of the last stage; the first two are fixed.
        let thresholds = vec![Value::Float(0.6), Value::Float(0.7), last.clone()];
        put(&mut table, "preparation.detector.thresholds", Value::Array(thresholds));
    }
    table
}

/// Published keys and where their values belong.
const PLACES: [(&str, &str); 15] = [
    ("dataset_root", "dataset"),
    ("preprocessed_root", "output"),
    ("max_frames_per_video", "frames.max"),
    ("frame_sampling_rate", "frames.every"),
    ("min_frames_per_video", "frames.min"),
    ("min_face_size", "preparation.detector.min_face_size"),
    ("compute_defocus", "preparation.compute_defocus"),
    ("canny_threshold1", "preparation.defocus.canny_low"),
    ("canny_threshold2", "preparation.defocus.canny_high"),
    ("edge_blur_kernel_size", "preparation.defocus.box_size"),
    ("guided_filter_radius", "preparation.defocus.guided_radius"),
    ("guided_filter_eps", "preparation.defocus.guided_eps"),
    ("val_split", "split.val"),
    ("test_split", "split.test"),
    ("random_seed", "split.seed"),
];

/// The published code turns the fraction into pixels of the output: `int(256 · 0.3)` is 76.
fn margin_in_pixels(margin: &Value) -> Value {
    let fraction = margin.as_float().or(margin.as_integer().map(|whole| whole as f64));
    fraction.map_or(margin.clone(), |fraction| Value::Integer((256.0 * fraction) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::SplitRule;
    use scade_face::CropRule;
    use scade_preprocess::Config;

    #[test]
    fn published_keys_reach_their_settings() {
        let flat: Table = toml::from_str(
            "face_margin = 0.3\nface_detection_threshold = 0.8\ncanny_threshold1 = 40\n\
             frame_sampling_rate = 5\nval_split = 0.2\nbatch_size = 75\ncompute_defocus = false",
        )
        .unwrap();
        let config: Config = from_published(&flat).try_into().unwrap();
        assert_eq!(config.preparation.crop, CropRule::Published { margin_px: 76 });
        assert_eq!(config.preparation.detector.thresholds, [0.6, 0.7, 0.8]);
        assert_eq!((config.frames.every, config.split.val), (5, 0.2));
        assert_eq!(config.split.rule, SplitRule::Video);
        assert_eq!(config.preparation.defocus, None);
    }

    #[test]
    fn published_keys_of_the_map_reach_its_settings() {
        let flat: Table = toml::from_str("canny_threshold1 = 40\ncompute_defocus = true").unwrap();
        let config: Config = from_published(&flat).try_into().unwrap();
        let json = serde_json::to_value(&config.preparation.defocus).unwrap();
        assert_eq!(json["canny_low"], 40.0);
    }

    #[test]
    fn a_published_file_means_the_published_map() {
        let flat: Table = toml::from_str("batch_size = 75").unwrap();
        let config: Config = from_published(&flat).try_into().unwrap();
        assert_eq!(config.preparation.defocus.unwrap().name(), "published");
        assert_eq!(Config::default().preparation.defocus.unwrap().name(), "band-energy");
    }
}
