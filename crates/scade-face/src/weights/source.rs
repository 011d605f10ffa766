//! What a source of the original weight files does.

use std::path::Path;

use super::Release;

/// A possible source of the original files.
pub(super) trait Source {
    /// Address or command, for messages.
    fn name(&self) -> String;

    /// Puts the files of `release` into `folder`; they are checked afterwards.
    fn fetch(&self, release: &Release, folder: &Path) -> Result<(), String>;
}
