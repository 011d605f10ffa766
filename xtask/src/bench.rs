//! `cargo xtask bench`: times every part on this machine with scade-bench.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{cargo, process};

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    Ok(process::exit_code(process::status(&mut cargo::program("scade-bench", arguments))?))
}
