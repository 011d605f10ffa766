//! Where the files of a store lie that the published tree does not have.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Which files a store holds beside crops, maps and lists.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::VariantNames,
)]
pub enum Tree {
    /// Our own, with records, settings, audit and contact sheets in the store's folder.
    #[default]
    #[serde(rename = "1")]
    #[strum(serialize = "1")]
    Own,
    /// Exactly the published one. What else there is lies in the folder `<store>.scade` beside it.
    #[serde(rename = "published")]
    #[strum(serialize = "published")]
    Published,
}

impl Tree {
    pub(crate) const ALL: [Self; 2] = [Self::Own, Self::Published];

    /// The folder of the files that the published tree does not have.
    #[must_use]
    pub fn metadata_dir(self, root: &Path) -> PathBuf {
        match self {
            Self::Own => root.to_owned(),
            Self::Published => {
                // `a/..` and the like have no name to which something could be added.
                let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
                let mut name = root.file_name().unwrap_or_default().to_owned();
                name.push(".scade");
                root.with_file_name(name)
            }
        }
    }
}

impl std::fmt::Display for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Own => "layout version 1",
            Self::Published => "the published layout",
        })
    }
}
