//! Atomic writes of files and folders; reading and listing them, and what they are.
//!
//! Data is written to a hidden file or folder beside the target, flushed to the disk and renamed into
//! place. An interrupted process leaves at most this hidden entry, which readers ignore and which the next
//! [`Folder::begin`] of the same name, or [`sweep`], removes.

mod file;
mod folder;
mod hash;
mod kind;
mod list;
mod read;

pub use file::{check_writable, sweep, write, write_with};
pub use folder::{Folder, is_vacant, recover};
pub use hash::{hex, sha256_hex, sha256_of_file};
pub use kind::FileKind;
pub use list::{Listing, Skipped, files_in, has_ending, is_hidden};
pub use read::{read, read_to_string, require_regular};

use std::path::{Path, PathBuf};

/// A write or a listing failed; the target is unchanged.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Error {
    /// The failed action: "create", "write", "move into place" ….
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// Why it failed.
    #[source]
    pub source: std::io::Error,
}

impl Error {
    fn new(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }
}

/// The folder that holds `path`; `.` for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
