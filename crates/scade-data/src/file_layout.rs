//! File layouts of a prepared dataset.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// File layout of a prepared dataset: which files it has besides crops, maps and lists, and where.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
pub enum FileLayout {
    /// Ours, with records, specification, audit and contact sheets in the folder of the dataset.
    #[default]
    #[serde(rename = "1")]
    #[strum(serialize = "1")]
    Own,
    /// Exactly SCADE-Net's. All other files are in the folder `<dataset>.scade` beside it.
    #[serde(rename = "published")]
    #[strum(serialize = "published")]
    Published,
}

impl FileLayout {
    pub(crate) const ALL: [Self; 2] = [Self::Own, Self::Published];

    /// The folder of the files that SCADE-Net's layout does not have.
    #[must_use]
    pub fn metadata_dir(self, root: &Path) -> PathBuf {
        match self {
            Self::Own => root.to_owned(),
            Self::Published => {
                // Paths such as `a/..` have no name to extend.
                let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
                let mut name = root.file_name().unwrap_or_default().to_owned();
                name.push(".scade");
                root.with_file_name(name)
            }
        }
    }
}

impl std::fmt::Display for FileLayout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Own => "layout version 1",
            Self::Published => "the published layout",
        })
    }
}
