//! The steps from nothing to a trained detector on synthetic clips, for the commands that run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;

use crate::results::Preprocessed;
use crate::{cargo, process};

/// A set of synthetic clips, its folder named after what it was rendered from.
pub(crate) struct SyntheticSet {
    pub(crate) folder: PathBuf,
    pub(crate) identities: u32,
    pub(crate) seed: u64,
    /// Visibility of the forgeries.
    pub(crate) strength: f32,
}

impl SyntheticSet {
    pub(crate) fn clips(&self) -> PathBuf {
        self.folder.join("clips")
    }

    /// Renders missing clips.
    pub(crate) fn render(&self) -> Result<()> {
        must(program("scade-synth")?.arg("--output").arg(self.clips()).args([
            "--identities",
            &self.identities.to_string(),
            "--seed",
            &self.seed.to_string(),
            "--strength",
            &self.strength.to_string(),
        ]))
    }

    /// Turns the clips into the prepared dataset `data`; `arguments` are further ones of
    /// scade-preprocess.
    pub(crate) fn preprocess(&self, data: &Path, arguments: &[&str]) -> Result<Preprocessed> {
        json(
            program("scade-preprocess")?
                .arg("--config")
                .arg(cargo::root().join("configs/preprocess/demo.toml"))
                .arg("--dataset")
                .arg(self.clips())
                .arg("--output")
                .arg(data)
                .args(["--seed", &self.seed.to_string(), "--json"])
                .args(arguments),
        )
    }

    /// Trains on `data` and evaluates; `arguments` are further ones of scade-train. Returns its JSON
    /// output as a `T`.
    pub(crate) fn train<T: DeserializeOwned>(
        &self,
        data: &Path,
        runs: &Path,
        arguments: &[&str],
    ) -> Result<T> {
        json(
            program("scade-train")?
                .arg("--config")
                .arg(cargo::root().join("configs/train/demo.toml"))
                .arg("--data")
                .arg(data)
                .arg("--output")
                .arg(runs)
                .args(["--seed", &self.seed.to_string(), "--json"])
                .args(arguments),
        )
    }
}

/// Builds all programs, and fetches the weights of the face detector.
pub(crate) fn make_ready() -> Result<()> {
    stage("building the programs");
    must(&mut cargo::build_programs())?;
    stage("fetching the weights of the face detector, unless they are cached");
    must(program("scade-face")?.arg("weights"))
}

/// Prints the current stage to stderr; stdout is for results only.
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

/// Runs a program that must succeed. Its output goes to our stderr: stdout is for the final result.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    let status = process::status(command.stdout(std::io::stderr()))?;
    if !status.success() {
        bail!("`{}` ended with {status}", process::shown(command));
    }
    Ok(())
}

/// Runs a program that prints JSON on stdout; its log goes to our stderr as it comes.
pub(crate) fn json<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let text = process::answer(command)?;
    serde_json::from_str(&text)
        .with_context(|| format!("`{}` printed something unexpected", process::shown(command)))
}
