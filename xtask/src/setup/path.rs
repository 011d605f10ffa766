//! Programs that the shell would find.

use std::path::PathBuf;

/// Path of a program, if the shell would find it.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}
