//! `cargo xtask jpegs`: compares our decoding of JPEG with libjpeg-turbo's, over some thousand files.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::cargo::cargo;
use crate::process;

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let mut command = cargo("run");
    command.args(["--quiet", "-p", "scade-image", "--example", "jpegs", "--"]).args(arguments);
    Ok(process::exit_code(process::status(&mut command)?))
}
