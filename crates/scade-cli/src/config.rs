//! Configuration files: TOML in our own structure, or YAML with the flat keys of the reference
//! implementation (SCADE-Net). An unknown key is rejected with its path and a suggestion; what a file leaves
//! out keeps its default.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::keys::{self, KeyError};
pub use crate::keys::{put, put_all};

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

/// How the configuration of one program is written, in files and after `--set`.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Turns the flat keys of a published YAML file, all of them known ones, into the structure that a
    /// TOML file of this program has; [`put`] and [`put_all`] help. Keys that belong to other programs
    /// are left out.
    pub translate: fn(&Table) -> Table,
    /// Keys that have a new name: old path, new path. The old one works with a warning. What is below a
    /// renamed table is listed under the table's new name.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Names of values that have a new name: path of the key by its new name, old value, new value.
    pub renamed_values: &'static [(&'static str, &'static str, &'static str)],
}

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
    /// The text is not TOML or YAML.
    #[error("{}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong and where, over one or more lines.
        message: String,
    },
    /// A key that no setting has, or a value of the wrong type.
    #[error("{}: {source}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Which key, and what is wrong.
        source: KeyError,
    },
    /// A published key has a value of the wrong type.
    #[error("{}: in the value of a published key: {source}", path.display())]
    Published {
        /// The file.
        path: PathBuf,
        /// Which key of the structure that it is translated to, and what is wrong.
        source: KeyError,
    },
}

impl Format {
    /// Reads `path` into a program's configuration, whose type must refuse unknown fields.
    ///
    /// Old names, and keys of a published file that have no effect here, are named in a warning each.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load<T: DeserializeOwned>(&self, path: &Path) -> Result<T, ConfigError> {
        load_with(path, self, self.translate)
    }

    /// Gives old keys and values of `table` their new names, with a warning each that begins with
    /// `place`.
    pub(crate) fn modernize(&self, table: &mut Table, place: &str) -> Result<(), KeyError> {
        for (old, new) in keys::rename(table, self.renamed)? {
            tracing::warn!("{place}: `{old}` is now called `{new}`");
        }
        for &(path, old, new) in self.renamed_values {
            if keys::get(table, path).and_then(Value::as_str) == Some(old) {
                put(table, path, new.into());
                tracing::warn!("{place}: the value `{old}` of `{path}` is now called `{new}`");
            }
        }
        Ok(())
    }
}

/// No published keys, no old names.
pub(crate) const PLAIN: Format =
    Format { translate: |_| Table::new(), renamed: &[], renamed_values: &[] };

/// [`Format::load`] for a program without old names.
///
/// # Errors
/// See [`ConfigError`].
pub fn load<T: DeserializeOwned>(
    path: &Path,
    translate: impl Fn(&Table) -> Table,
) -> Result<T, ConfigError> {
    load_with(path, &PLAIN, translate)
}

fn load_with<T: DeserializeOwned>(
    path: &Path,
    format: &Format,
    translate: impl Fn(&Table) -> Table,
) -> Result<T, ConfigError> {
    let read = || {
        scade_fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
    };
    let syntax = |message: String| ConfigError::Syntax {
        path: path.to_owned(),
        message: message.trim_end().to_owned(),
    };
    let extension = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("toml") => {
            let mut table: Table =
                toml::from_str(&read()?).map_err(|error| syntax(error.to_string()))?;
            format
                .modernize(&mut table, &path.display().to_string())
                .and_then(|()| keys::read(&table))
                .map_err(|source| ConfigError::Key { path: path.to_owned(), source })
        }
        Some("yaml" | "yml") => {
            let flat: Table =
                serde_saphyr::from_str(&read()?).map_err(|error| syntax(error.to_string()))?;
            check_published(&flat)
                .map_err(|source| ConfigError::Key { path: path.to_owned(), source })?;
            let idle = without_effect(&flat);
            if !idle.is_empty() {
                tracing::warn!("{}: without effect here: {}", path.display(), idle.join(", "));
            }
            keys::read(&translate(&flat))
                .map_err(|source| ConfigError::Published { path: path.to_owned(), source })
        }
        _ => Err(ConfigError::UnknownFormat { path: path.to_owned() }),
    }
}

fn check_published(flat: &Table) -> Result<(), KeyError> {
    let known = || USED_KEYS.iter().chain(WITHOUT_EFFECT).copied();
    match flat.keys().find(|key| known().all(|known| known != key.as_str())) {
        Some(key) => {
            let near = keys::nearest(key, known());
            Err(KeyError::Unknown { path: key.clone(), near })
        }
        None => Ok(()),
    }
}

fn without_effect(flat: &Table) -> Vec<&'static str> {
    WITHOUT_EFFECT.iter().copied().filter(|&key| flat.contains_key(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[test]
    fn published_keys_without_effect_are_named() {
        let flat: Table = toml::from_str("threshold = 0.7\nbatch_size = 75").unwrap();
        assert_eq!(without_effect(&flat), ["threshold"]);
    }

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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
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
                ConfigError::Key { source: KeyError::Unknown { path, near }, .. } => {
                    assert!(text.starts_with(&path));
                    assert_eq!(near.as_deref(), Some("batch_size"), "{name}");
                }
                other => panic!("{name}: {other}"),
            }
        }
    }

    #[test]
    fn old_names_work_and_new_ones_win_nothing_silently() {
        const FORMAT: Format = Format {
            translate,
            renamed: &[("size", "batch_size"), ("plan", "schedule")],
            renamed_values: &[],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.toml");
        std::fs::write(&path, "size = 75\n[plan]\nmin_lr = 1e-6\n").unwrap();
        let expected = Settings { batch_size: 75, schedule: Schedule { min_lr: 1e-6 } };
        assert_eq!(FORMAT.load::<Settings>(&path).unwrap(), expected);
        std::fs::write(&path, "size = 75\nbatch_size = 75\n").unwrap();
        let error = FORMAT.load::<Settings>(&path).unwrap_err();
        assert!(matches!(error, ConfigError::Key { source: KeyError::Twice { .. }, .. }));
        let error = load::<Settings>(&path, translate).unwrap_err();
        assert!(error.to_string().ends_with("unknown key `size`"), "{error}");
    }

    #[test]
    fn wrong_types_and_formats_are_told_apart() {
        let wrong_type = load_text("e.toml", "batch_size = \"many\"").unwrap_err();
        assert!(wrong_type.to_string().contains("many"), "{wrong_type}");
        assert!(matches!(load_text("f.json", "{}"), Err(ConfigError::UnknownFormat { .. })));
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a-folder.toml");
        std::fs::create_dir(&folder).unwrap();
        let error = load::<Settings>(&folder, translate).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
        let missing = load::<Settings>(Path::new("missing.toml"), translate).unwrap_err();
        assert!(matches!(missing, ConfigError::Unreadable { .. }));
    }
}
