//! `cargo xtask preprocess`: runs scade-preprocess, after checking its build requirements.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{cargo, process, setup};

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    if !setup::complete()? {
        bail!("the build would fail; run `cargo xtask setup` first");
    }
    Ok(process::exit_code(process::status(&mut cargo::program("scade-preprocess", arguments))?))
}
