//! The documentation of our crates builds without a warning: no broken link, no bad code block.

use std::process::Command;

use crate::cargo::{FEATURES, cargo};

/// Keeps `RUSTDOCFLAGS` of the user.
pub(super) fn command() -> Command {
    let mut command = cargo("doc");
    command.args(["--workspace", "--no-deps", "--quiet", "--features", FEATURES]);
    let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    command.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim());
    command
}
