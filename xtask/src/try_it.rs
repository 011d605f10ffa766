//! `cargo xtask try`: the prediction of the built-in detector, from nothing: installs what is missing, builds
//! `scade-infer` and runs it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::synthetic_set::{SyntheticSet, make_ready, program, stage};
use crate::{process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Images, videos and folders [default: two clips of a synthetic person, rendered into `demo`]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    make_ready()?;
    let mut command = program("scade-infer")?;
    if args.files.is_empty() {
        let folder = PathBuf::from("demo/try");
        let set = SyntheticSet { folder, identities: 2, seed: 1, strength: 1.0 };
        stage("rendering clips of two synthetic persons, real/*.mp4 and fake/*.mp4");
        set.render()?;
        command.arg(set.clips());
    } else {
        command.args(&args.files);
    }
    stage("scoring");
    Ok(process::exit_code(process::status(&mut command)?))
}
