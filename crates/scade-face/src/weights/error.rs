//! Errors of obtaining the weights, with hints.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use scade_settings::Hint;

use super::Release;
use super::converted::FILE_NAME;

/// The weights cannot be obtained or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither the cache nor any source has them.
    #[error("cannot obtain {}: {}", release.what, listed(attempts))]
    Unobtainable {
        /// What was wanted.
        release: &'static Release,
        /// The sources tried, in order.
        attempts: Vec<Attempt>,
    },
    /// There is no folder for the cache.
    #[error("this user has no cache folder")]
    NoCache,
    /// The folder named by the user has neither the original files nor the converted one.
    #[error("{} is not in {}", release.files[0].name, folder.display())]
    NotInFolder {
        /// The folder.
        folder: PathBuf,
        /// What was wanted.
        release: &'static Release,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not the published one.
    #[error("{} is not the published file: its SHA-256 is {got}, expected {expected}", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// The pinned hash.
        expected: &'static str,
        /// Its hash.
        got: String,
        /// What it is part of.
        release: &'static Release,
    },
    /// A published file cannot be parsed.
    #[error("cannot convert {}", path.display())]
    Convert {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A converted file is corrupt or was written by another program.
    #[error("{} is not an intact file of converted weights: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The mismatch.
        reason: String,
    },
    /// A converted file does not have the tensors of MTCNN.
    #[error("{} does not have the weights of MTCNN", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Which tensors are missing, superfluous or of another shape.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The cache cannot be written.
    #[error("cannot cache the files of the face detector")]
    Write(#[from] scade_fs::Error),
}

/// A source that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Address or command.
    pub source: String,
    /// Why it failed.
    pub reason: String,
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Unobtainable { release, .. }
            | Self::NotInFolder { release, .. }
            | Self::Hash { release, .. } => by_hand(release).into(),
            Self::NoCache | Self::Write(_) => {
                "set SCADE_CACHE to a folder that can be written".into()
            }
            Self::Damaged { path, .. } | Self::Mismatch { path, .. } => format!(
                "delete {}, so that it is fetched again, or name a folder with other weights of \
                 the face detector with `weights`",
                path.display()
            )
            .into(),
            Self::Read { .. } | Self::Convert { .. } => {
                "name a folder with readable weights of the face detector with `weights`".into()
            }
        })
    }
}

impl Error {
    /// The bytes of a file.
    pub(super) fn reading(path: &Path) -> Result<Vec<u8>, Self> {
        scade_fs::read(path).map_err(|source| Self::Read { path: path.to_owned(), source })
    }
}

fn listed(attempts: &[Attempt]) -> String {
    let lines: Vec<_> = attempts.iter().map(|a| format!("{}: {}", a.source, a.reason)).collect();
    lines.join("; ")
}

/// Manual installation without network.
fn by_hand(release: &Release) -> String {
    let files: Vec<_> = release
        .files
        .iter()
        .map(|file| format!("{} (SHA-256 {})", file.name, file.sha256))
        .collect();
    format!(
        "from another machine copy {} out of {}, or a converted {FILE_NAME}, to a folder and name \
         it with `weights`",
        files.join(", "),
        release.origin
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::UPSTREAM;

    /// Regression: the hint of a wrong weight file used to come from the surrounding error.
    #[test]
    fn each_unusable_file_has_a_hint_naming_the_setting() {
        let path = PathBuf::from("mtcnn.safetensors");
        let source = || Box::from("no");
        for error in [
            Error::Damaged { path: path.clone(), reason: "cut".into() },
            Error::Mismatch { path: path.clone(), source: source() },
            Error::Convert { path: path.clone(), source: source() },
            Error::Read { path: path.clone(), source: std::io::Error::other("no") },
            Error::Hash { path: path.clone(), expected: "a", got: "b".into(), release: &UPSTREAM },
            Error::NotInFolder { folder: path.clone(), release: &UPSTREAM },
        ] {
            let hint = Hint::hint(&error).unwrap();
            assert!(hint.contains("`weights`"), "{error}: {hint}");
            assert!(!error.to_string().contains("--"), "{error}");
        }
    }
}
