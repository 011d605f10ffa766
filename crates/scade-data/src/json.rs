//! JSON files of a prepared dataset: read if they are there, written in one step.

use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// `None` when there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    expected: &'static str,
) -> Result<Option<T>> {
    let bytes = match scade_fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| Error::Json { path: path.to_owned(), expected, source })
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let failed = |source| Error::Json { path: path.to_owned(), expected: "writable", source };
    let mut text = serde_json::to_string_pretty(value).map_err(failed)?;
    text.push('\n');
    Ok(scade_fs::write(path, text)?)
}
