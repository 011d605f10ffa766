//! `cargo xtask fit-defocus`: fits the constants of the recommended defocus map with scade-defocus-lab.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{cargo, process};

pub(crate) fn run(mut arguments: Vec<OsString>) -> Result<ExitCode> {
    arguments.insert(0, "fit".into());
    let mut program = cargo::program("scade-defocus-lab", &arguments);
    Ok(process::exit_code(process::status(&mut program)?))
}
