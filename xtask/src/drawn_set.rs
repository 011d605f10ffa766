//! The steps from nothing to a trained detector on drawn clips, for the commands that take them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{cargo, process};

/// A set of clips, named after what it was drawn from.
pub(crate) struct DrawnSet {
    pub(crate) folder: PathBuf,
    pub(crate) identities: u32,
    pub(crate) seed: u64,
    /// How strongly forgeries show.
    pub(crate) strength: f32,
}

impl DrawnSet {
    pub(crate) fn clips(&self) -> PathBuf {
        self.folder.join("clips")
    }

    /// Draws what is missing.
    pub(crate) fn draw(&self) -> Result<()> {
        must(program("scade-synth")?.arg("--output").arg(self.clips()).args([
            "--identities",
            &self.identities.to_string(),
            "--seed",
            &self.seed.to_string(),
            "--strength",
            &self.strength.to_string(),
        ]))
    }

    /// Turns the clips into samples in `store`; `arguments` are further ones of scade-preprocess.
    pub(crate) fn prepare(&self, store: &Path, arguments: &[&str]) -> Result<Value> {
        json(
            program("scade-preprocess")?
                .arg("--config")
                .arg(cargo::root().join("configs/preprocess/demo.toml"))
                .arg("--dataset")
                .arg(self.clips())
                .arg("--output")
                .arg(store)
                .args(["--seed", &self.seed.to_string(), "--json"])
                .args(arguments),
        )
    }

    /// Trains on `store` and tests; `arguments` are further ones of scade-train.
    pub(crate) fn train(&self, store: &Path, runs: &Path, arguments: &[&str]) -> Result<Value> {
        json(
            program("scade-train")?
                .arg("--config")
                .arg(cargo::root().join("configs/train/demo.toml"))
                .arg("--data")
                .arg(store)
                .arg("--output")
                .arg(runs)
                .args(["--seed", &self.seed.to_string(), "--json"])
                .args(arguments),
        )
    }
}

/// Builds all programs, and sees to it that the face detector has its weights.
pub(crate) fn make_ready() -> Result<()> {
    stage("building the programs");
    must(&mut cargo::build_programs())?;
    stage("fetching the weights of the face detector, unless they are cached");
    must(program("scade-face")?.arg("weights"))
}

/// Tells on stderr what begins; results alone go to stdout.
pub(crate) fn stage(what: &str) {
    eprintln!("\n── {what}");
}

/// A program that is already built; started directly, so that nothing is built again.
pub(crate) fn program(name: &str) -> Result<Command> {
    let path = cargo::built_program(name);
    if !path.is_file() {
        bail!("{} was not built", path.display());
    }
    Ok(Command::new(path))
}

/// What the program prints goes to our stderr: stdout is for the result of the whole.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    let status = process::status(command.stdout(std::io::stderr()))?;
    if !status.success() {
        bail!("`{}` ended with {status}", process::shown(command));
    }
    Ok(())
}

/// Runs a program that prints JSON on stdout, its log going to our stderr as it comes.
pub(crate) fn json(command: &mut Command) -> Result<Value> {
    let text = process::answer(command)?;
    serde_json::from_str(&text)
        .with_context(|| format!("`{}` printed no JSON", process::shown(command)))
}
