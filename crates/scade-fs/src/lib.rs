//! Files and folders that are written whole or not at all; reading and listing them.
//!
//! Everything goes to a hidden neighbor first, is flushed to the disk, and is renamed into place.
//! A process that is interrupted leaves at most such a neighbor behind, which no reader looks at
//! and which the next [`Folder::begin`] of the same name, or [`sweep`], removes.
//! This crate knows nothing of what is written.

mod file;
mod folder;
mod hash;
mod list;
mod read;

pub use file::{check_writable, sweep, write, write_with};
pub use folder::{Folder, recover};
pub use hash::{hex, sha256_hex};
pub use list::{files_below, files_in};
pub use read::{read, read_to_string, require_regular};

use std::path::{Path, PathBuf};

/// A write or a listing that did not happen; the target is as it was before.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Error {
    /// What was being done: "create", "write", "move into place" ….
    pub action: &'static str,
    /// The file or folder it was done to.
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
