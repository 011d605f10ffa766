//! Configuration files: TOML in our own structure, or YAML with the flat keys of the published
//! system. A key that means nothing is refused by name; what a file leaves out keeps its default.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Keys of the published configuration that one of the programs uses, so that one file can serve all: a program
/// accepts the keys of its siblings and leaves them alone.
const USED_KEYS: &[&str] = &[
    "dataset_root",
    "preprocessed_root",
    "output_dir",
    "max_frames_per_video",
    "frame_sampling_rate",
    "min_frames_per_video",
    "face_margin",
    "min_face_size",
    "face_detection_threshold",
    "compute_defocus",
    "canny_threshold1",
    "canny_threshold2",
    "edge_blur_kernel_size",
    "guided_filter_radius",
    "guided_filter_eps",
    "input_channels",
    "constrained_conv_option",
    "eca_kernel_size",
    "dropout_rate",
    "scl_feature_dim",
    "scl_margin",
    "scl_alpha",
    "scl_lambda",
    "batch_size",
    "num_epochs",
    "initial_lr",
    "min_lr",
    "lr_scheduler",
    "lr_decay_step",
    "lr_decay_factor",
    "warmup_epochs",
    "adam_beta1",
    "adam_beta2",
    "weight_decay",
    "gradient_clip_norm",
    "early_stopping_patience",
    "early_stopping_min_delta",
    "use_focal_loss",
    "focal_alpha",
    "focal_gamma",
    "num_workers",
    "use_weighted_sampler",
    "val_split",
    "test_split",
    "random_seed",
    "aug_horizontal_flip_prob",
    "aug_rotation_limit",
    "aug_zoom_limit",
    "aug_brightness_limit",
    "aug_hue_shift_limit",
];

/// All other published keys; some say what is so here anyway.
const WITHOUT_EFFECT: &[&str] = &[
    "rgb_dir",
    "defocus_dir",
    "splits_path",
    "face_size",
    "input_size",
    "use_mixed_precision",
    "video_aggregation_frames",
    "threshold",
    "inference_batch_size",
    "tsne_max_samples",
    "tsne_perplexity",
    "figure_dpi",
];

/// Why a configuration file was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Neither `.toml` nor `.yaml`/`.yml`.
    #[error("{} is no configuration: expected a name that ends in .toml, .yaml or .yml", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The text is not TOML or YAML, or a value has the wrong type.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and where, over one or more lines.
        message: String,
    },
    /// A key that no setting has.
    #[error("{}: unknown key `{key}`{}", path.display(), suggest(near.as_deref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key as it stands in the file.
        key: String,
        /// The known key that looks most like it.
        near: Option<String>,
    },
}

fn suggest(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
}

/// Reads `path` into a program's configuration, whose type must refuse unknown fields.
///
/// `translate` turns the flat keys of a published YAML file, all of them known ones, into the
/// structure that a TOML file of this program has; [`put`] and [`put_all`] help. Keys that belong to
/// other programs are left out; those that no program uses are named in a warning.
///
/// # Errors
/// See [`ConfigError`].
pub fn load<T: DeserializeOwned>(
    path: &Path,
    translate: impl Fn(&Table) -> Table,
) -> Result<T, ConfigError> {
    let read =
        || read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source });
    let extension = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("toml") => {
            let text = read()?;
            toml::from_str(&text)
                .map_err(|error| invalid(path, error.message(), &error.to_string()))
        }
        Some("yaml" | "yml") => from_published(path, &read()?, translate),
        _ => Err(ConfigError::UnknownFormat { path: path.to_owned() }),
    }
}

/// The text of a file. Opening a pipe would wait for somebody to write into it, and a device never
/// ends.
fn read(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    std::fs::read_to_string(path)
}

/// Sets the value at a dotted path, `"schedule.min_lr"`, creating the tables on the way.
///
/// # Panics
/// When a part of the path is already a value that is no table: a mistake in the program's own
/// translation.
pub fn put(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| Value::Table(Table::new()));
            let inner = inner.as_table_mut();
            put(inner.unwrap_or_else(|| panic!("`{head}` of `{path}` is no table")), rest, value);
        }
    }
}

/// Puts every key of `places` that `flat` has at its dotted path.
pub fn put_all(table: &mut Table, flat: &Table, places: &[(&str, &str)]) {
    for (key, path) in places {
        if let Some(value) = flat.get(*key) {
            put(table, path, value.clone());
        }
    }
}

fn from_published<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    translate: impl Fn(&Table) -> Table,
) -> Result<T, ConfigError> {
    let flat: Table =
        serde_saphyr::from_str(text).map_err(|e| invalid(path, &e.to_string(), &e.to_string()))?;
    let known = || USED_KEYS.iter().chain(WITHOUT_EFFECT).copied();
    if let Some(key) = flat.keys().find(|key| known().all(|known| known != key.as_str())) {
        let near = nearest(key, known());
        return Err(ConfigError::UnknownKey { path: path.to_owned(), key: key.clone(), near });
    }
    let idle = without_effect(&flat);
    if !idle.is_empty() {
        tracing::warn!("{}: without effect here: {}", path.display(), idle.join(", "));
    }
    translate(&flat).try_into().map_err(|error: toml::de::Error| {
        invalid(path, error.message(), &format!("in a value of a published key: {error}"))
    })
}

fn without_effect(flat: &Table) -> Vec<&'static str> {
    WITHOUT_EFFECT.iter().copied().filter(|&key| flat.contains_key(key)).collect()
}

/// Serde names the unknown field and the known ones between backticks; everything else that is
/// wrong is passed on as it is.
fn invalid(path: &Path, message: &str, full: &str) -> ConfigError {
    let path = path.to_owned();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let mut names = rest.split('`').skip(1).step_by(2);
        if let Some(key) = names.next() {
            let near = nearest(key, names);
            return ConfigError::UnknownKey { path, key: key.to_owned(), near };
        }
    }
    ConfigError::Invalid { path, message: full.trim_end().to_owned() }
}

/// The known name that looks most like `got`, if any does at all.
pub(crate) fn nearest<'a>(got: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(got, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_keys_without_effect_are_named() {
        let flat: Table = toml::from_str("threshold = 0.7\nbatch_size = 75").unwrap();
        assert_eq!(without_effect(&flat), ["threshold"]);
    }
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        batch_size: usize,
        schedule: Schedule,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Schedule {
        min_lr: f64,
    }

    fn translate(flat: &Table) -> Table {
        let mut table = Table::new();
        put_all(&mut table, flat, &[("batch_size", "batch_size"), ("min_lr", "schedule.min_lr")]);
        table
    }

    fn load_text(name: &str, text: &str) -> Result<Settings, ConfigError> {
        let folder = std::env::temp_dir().join(format!("scade-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        load(&path, translate)
    }

    #[test]
    fn toml_and_published_yaml_say_the_same() {
        let toml = load_text("a.toml", "batch_size = 75\n[schedule]\nmin_lr = 1e-6\n").unwrap();
        let yaml =
            load_text("a.yaml", "batch_size: 75\nmin_lr: 1.0e-6\nfigure_dpi: 150\n").unwrap();
        assert_eq!(toml, Settings { batch_size: 75, schedule: Schedule { min_lr: 1e-6 } });
        assert_eq!(toml, yaml);
    }

    #[test]
    fn misspelt_keys_are_refused_by_name() {
        for (name, text) in
            [("b.toml", "batchsize = 75"), ("c.yaml", "batchsize: 75"), ("d.yml", "batch_sizes: 1")]
        {
            match load_text(name, text).unwrap_err() {
                ConfigError::UnknownKey { key, near, .. } => {
                    assert!(text.starts_with(&key));
                    assert_eq!(near.as_deref(), Some("batch_size"), "{name}");
                }
                other => panic!("{name}: {other}"),
            }
        }
    }

    #[test]
    fn wrong_types_and_formats_are_told_apart() {
        let wrong_type = load_text("e.toml", "batch_size = \"many\"").unwrap_err();
        assert!(wrong_type.to_string().contains("many"), "{wrong_type}");
        assert!(matches!(load_text("f.json", "{}"), Err(ConfigError::UnknownFormat { .. })));
        let folder = std::env::temp_dir().join("scade-a-folder.toml");
        std::fs::create_dir_all(&folder).unwrap();
        let error = load::<Settings>(&folder, translate).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
        let missing = load::<Settings>(Path::new("missing.toml"), translate).unwrap_err();
        assert!(matches!(missing, ConfigError::Unreadable { .. }));
    }
}
