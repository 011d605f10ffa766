//! `cargo xtask measure-detector`: measures a detector with scade-detector-lab.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{cargo, process};

pub(crate) fn run(mut arguments: Vec<OsString>) -> Result<ExitCode> {
    arguments.insert(0, "measure".into());
    let mut program = cargo::program("scade-detector-lab", &arguments);
    Ok(process::exit_code(process::status(&mut program)?))
}
