//! Running Cargo.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The optional features of the programs that commands run. Not more, so that a later `cargo run
/// --package` needs no compilation.
pub(crate) const PROGRAM_FEATURES: &str = "scade-video/ffmpeg";

/// The optional features that tests, lints and documentation cover as well.
pub(crate) const FEATURES: &str = "scade-video/ffmpeg,scade-device/ndarray";

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    // Set by `cargo run`; the fallback is for an xtask that was started directly.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// `cargo <subcommand>` for the whole workspace, wherever it is called from.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = plain(subcommand);
    command.arg("--manifest-path").arg(root().join("Cargo.toml"));
    command
}

/// `cargo <subcommand>` without a workspace.
pub(crate) fn plain(subcommand: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.arg(subcommand);
    command
}

/// The target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// One of our programs, built if necessary; paths in `arguments` are relative to the current folder.
///
/// It is selected by `--bin` in the whole workspace and not by `--package`: Cargo then unifies the
/// features of each dependency for all members, as for the tests, and large ones are compiled once
/// instead of twice.
pub(crate) fn program(name: &str, arguments: &[OsString]) -> Command {
    let mut command = cargo("run");
    command.args(["--quiet", "--features", PROGRAM_FEATURES, "--bin", name, "--"]).args(arguments);
    command
}

/// Builds all programs of the workspace, with the features of [`program`].
pub(crate) fn build_programs() -> Command {
    let mut command = cargo("build");
    command.args(["--features", PROGRAM_FEATURES, "--bins"]);
    command
}

/// Path of a program of [`build_programs`]: beside this one, which Cargo built as well.
pub(crate) fn built_program(name: &str) -> PathBuf {
    let folder = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    folder.unwrap_or_else(|| root().join("target/debug")).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace.dependencies]"));
    }

    #[test]
    fn passed_arguments_come_after_the_dashes() {
        let command = program("scade-face", &["weights".into(), "--help".into()]);
        let words: Vec<_> = command.get_args().collect();
        assert_eq!(words[words.len() - 3..], ["--", "weights", "--help"]);
    }
}
