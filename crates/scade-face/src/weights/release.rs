//! The one release of the weights that is used: file names and hashes.

use std::fmt::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Error;

/// A published file and what its bytes must hash to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedFile {
    /// Name without folder.
    pub name: &'static str,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// A set of files that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Names the folder in the cache; changes when the files or the way they are converted do.
    pub version: &'static str,
    /// One file per network.
    pub files: [PinnedFile; 3],
}

/// The weights of facenet-pytorch 2.6.0, by Tim Esler, MIT licence.
pub const UPSTREAM: Release = Release {
    version: "facenet-pytorch-2.6.0",
    files: [
        PinnedFile {
            name: "pnet.pt",
            sha256: "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
        },
        PinnedFile {
            name: "rnet.pt",
            sha256: "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
        },
        PinnedFile {
            name: "onet.pt",
            sha256: "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
        },
    ],
};

impl Release {
    /// Checks that `folder` has every file and that each is the published one.
    pub(super) fn check(&self, folder: &Path) -> Result<(), Error> {
        for file in &self.files {
            let path = folder.join(file.name);
            let bytes = Error::reading(&path)?;
            let got = hex(&Sha256::digest(&bytes));
            if got != file.sha256 {
                return Err(Error::Hash { path, expected: file.sha256, got });
            }
        }
        Ok(())
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
