//! `cargo xtask check --matrix`: every combination of features that matters, other targets, and the
//! oldest supported compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Outcome, step, succeeds};
use crate::cargo::{FEATURES, cargo, plain};
use crate::{process, setup};

/// Features that compile a backend for GPUs. They need no GPU and no driver to compile.
const GPU: [&str; 2] = ["wgpu", "cuda"];

/// Packages that enable default features of others.
const NEEDS_DEFAULTS: [&str; 4] =
    ["scade-bench", "scade-defocus-lab", "scade-detector-lab", "xtask"];

/// Packages that are compiled for another processor: with vector instructions, and without FFmpeg or C
/// code.
const PORTABLE: [&str; 2] = ["scade-train", "scade-synth"];

/// The processor whose NEON code is compiled nowhere else.
const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// Runs all rows, even if one fails. Returns whether none failed.
pub(super) fn run(metadata: &Value) -> Result<bool> {
    if !setup::complete()? {
        return Ok(false);
    }
    let members = members(metadata)?;
    let mut rows = vec![
        step("no optional feature", || succeeds(&mut nothing(&members)))?,
        step("training with dashboard", || {
            succeeds(lints().args(["--package", "scade-train", "--features", "tui"]))
        })?,
        step("all but GPUs", || succeeds(&mut workspace(&others(&members))))?,
    ];
    for gpu in GPU {
        rows.push(step(gpu, || succeeds(&mut workspace(&named(&members, gpu))))?);
    }
    rows.push(step("64-bit ARM", || {
        if !has_target(AARCH64)? {
            return Ok(Outcome::Skipped(format!("rustup target add {AARCH64}")));
        }
        let mut command = cargo("check");
        command.args(["--quiet", "--no-default-features", "--target", AARCH64]);
        command.args(PORTABLE.iter().flat_map(|name| ["--package", name]));
        succeeds(&mut command)
    })?);
    rows.push(step("oldest compiler", || {
        let version = env!("CARGO_PKG_RUST_VERSION");
        match oldest(version)? {
            Some(mut command) => succeeds(&mut command),
            None => Ok(Outcome::Skipped(format!("rustup toolchain install {version}"))),
        }
    })?);
    Ok(!rows.contains(&false))
}

/// A workspace member and its features.
struct Member {
    name: String,
    features: Vec<String>,
}

fn members(metadata: &Value) -> Result<Vec<Member>> {
    let packages = metadata["packages"].as_array().context("metadata without packages")?;
    let member = |package: &Value| {
        let features = package["features"].as_object().into_iter().flatten();
        let features = features.map(|(name, _)| name.clone()).filter(|name| name != "default");
        let name = package["name"].as_str().context("a package without a name")?.to_owned();
        Ok(Member { name, features: features.collect() })
    };
    packages.iter().map(member).collect()
}

/// `package/feature` for every feature that `wanted` accepts.
fn features(members: &[Member], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let of = |member: &Member| {
        let wanted = member.features.iter().filter(|feature| wanted(feature));
        wanted.map(|feature| format!("{}/{feature}", member.name)).collect::<Vec<_>>()
    };
    members.iter().flat_map(of).collect()
}

fn others(members: &[Member]) -> Vec<String> {
    features(members, |name| !GPU.contains(&name))
}

fn named(members: &[Member], feature: &str) -> Vec<String> {
    let mut features = features(members, |name| name == feature);
    features.push(FEATURES.to_owned());
    features
}

/// Lints instead of a plain check: code behind a feature must have no warnings either.
fn lints() -> Command {
    let mut command = cargo("clippy");
    command.arg("--quiet");
    command
}

fn nothing(members: &[Member]) -> Command {
    let mut command = lints();
    command.arg("--no-default-features");
    let names = members.iter().map(|member| member.name.as_str());
    let names = names.filter(|name| !NEEDS_DEFAULTS.contains(name));
    command.args(names.flat_map(|name| ["--package", name]));
    command
}

fn workspace(features: &[String]) -> Command {
    let mut command = lints();
    command.args(["--workspace", "--all-targets", "--features", &features.join(",")]);
    command
}

/// Whether the compiler has the standard library of `target`.
fn has_target(target: &str) -> Result<bool> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(program);
    let folder = process::output(command.args(["--print", "target-libdir", "--target", target]))?;
    Ok(Path::new(folder.trim()).is_dir())
}

/// A check of the workspace by the compiler of `version`, if there is one.
fn oldest(version: &str) -> Result<Option<Command>> {
    let arguments = ["--quiet", "--workspace", "--all-targets", "--features", FEATURES];
    let current = process::output(plain("--version").arg("--verbose"))?;
    if is_release(&current, version) {
        let mut command = cargo("check");
        command.args(arguments);
        return Ok(Some(command));
    }
    // Without rustup there is no second compiler.
    let installed = process::output(Command::new("rustup").args(["toolchain", "list"]));
    if !installed.is_ok_and(|list| list.lines().any(|line| is_toolchain(line, version))) {
        return Ok(None);
    }
    let mut command = Command::new("rustup");
    command.args(["run", version, "cargo", "check", "--manifest-path"]);
    command.arg(crate::cargo::root().join("Cargo.toml")).args(arguments);
    // Cargo sets these for what it runs; they name the other compiler.
    command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
    Ok(Some(command))
}

/// Whether `printed`, by `cargo --version --verbose`, is of a version such as `1.92`.
fn is_release(printed: &str, version: &str) -> bool {
    let release = printed.lines().find_map(|line| line.strip_prefix("release: "));
    release.is_some_and(|found| found == version || found.starts_with(&format!("{version}.")))
}

/// Whether a line of `rustup toolchain list` is the toolchain `1.92`, as `1.92-x86_64-…`.
fn is_toolchain(line: &str, version: &str) -> bool {
    line.strip_prefix(version).is_some_and(|rest| rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Vec<Member> {
        let metadata = json!({"packages": [
            {"name": "a", "features": {"default": ["x"], "x": [], "wgpu": []}},
            {"name": "b", "features": {"cuda": [], "y": []}},
            {"name": "xtask", "features": {}},
        ]});
        members(&metadata).unwrap()
    }

    #[test]
    fn every_feature_is_in_a_row() {
        let members = example();
        assert_eq!(others(&members), ["a/x", "b/y"]);
        assert_eq!(named(&members, "wgpu"), ["a/wgpu", FEATURES]);
        assert_eq!(named(&members, "cuda"), ["b/cuda", FEATURES]);
    }

    #[test]
    fn the_row_without_features_has_the_packages_that_allow_it() {
        let shown = process::shown(&nothing(&example()));
        assert!(shown.ends_with("--no-default-features --package a --package b"), "{shown}");
    }

    #[test]
    fn compilers_are_distinguished_by_the_whole_version() {
        assert!(is_release("cargo 1.92.0\nrelease: 1.92.0\nhost: x\n", "1.92"));
        assert!(!is_release("cargo 1.920.0\nrelease: 1.920.0\n", "1.92"));
        assert!(is_toolchain("1.92-x86_64-unknown-linux-gnu (default)", "1.92"));
        assert!(!is_toolchain("1.92.1-x86_64-unknown-linux-gnu", "1.92"));
        assert!(!is_toolchain("stable-x86_64-unknown-linux-gnu", "1.92"));
    }

    #[test]
    fn this_compiler_has_its_own_target() {
        let printed = process::output(plain("--version").arg("--verbose")).unwrap();
        let host = printed.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        assert!(has_target(host).unwrap());
    }
}
