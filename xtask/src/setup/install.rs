//! Installing with the system's package manager, without asking for a password.

use std::process::Command;

use anyhow::Result;

use super::needs::{Need, RUST};
use super::path::on_path;
use crate::process;

#[derive(Clone, Copy, PartialEq)]
enum Manager {
    Apt,
    Dnf,
    Brew,
}

/// Installs the packages of `needs`. `false` if this is not possible here, or failed.
pub(super) fn install(needs: &[&Need]) -> Result<bool> {
    let Some(manager) = manager() else { return Ok(false) };
    let packages = packages(manager, needs);
    let (Some(prefix), false) = (prefix(manager), packages.is_empty()) else { return Ok(false) };
    let mut succeeded = true;
    // Only the last result counts: after a failed `apt-get update` the lists may be recent enough.
    for words in commands(manager, &packages) {
        let words: Vec<&str> = prefix.iter().copied().chain(words).collect();
        println!("running: {}", words.join(" "));
        succeeded = process::status(Command::new(words[0]).args(&words[1..]))?.success();
    }
    Ok(succeeded)
}

/// The command that installs `needs`; `None` without a known manager.
pub(super) fn line(needs: &[&Need]) -> Option<String> {
    let rust = needs.iter().any(|need| need.name == RUST);
    let others = needs.len() > usize::from(rust);
    let mut parts = Vec::new();
    if rust {
        parts.push("rustup update stable".to_owned());
    }
    if others {
        let manager = manager()?;
        let sudo = if manager == Manager::Brew || is_root() { "" } else { "sudo " };
        parts.extend(line_for(manager, sudo, needs));
    }
    Some(parts.join(" && "))
}

fn line_for(manager: Manager, sudo: &str, needs: &[&Need]) -> Vec<String> {
    let mut parts = Vec::new();
    let of_xcode = |need: &&Need| need.brew.is_empty() && need.name != RUST;
    if manager == Manager::Brew && needs.iter().any(of_xcode) {
        parts.push("xcode-select --install".to_owned());
    }
    let packages = packages(manager, needs);
    if !packages.is_empty() {
        let commands = commands(manager, &packages);
        parts.extend(commands.iter().map(|words| format!("{sudo}{}", words.join(" "))));
    }
    parts
}

fn manager() -> Option<Manager> {
    let known = [("apt-get", Manager::Apt), ("dnf", Manager::Dnf), ("brew", Manager::Brew)];
    known.into_iter().find(|(program, _)| on_path(program).is_some()).map(|(_, manager)| manager)
}

/// Each package once, in the order of the needs.
fn packages(manager: Manager, needs: &[&Need]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for need in needs {
        let of_need = match manager {
            Manager::Apt => need.apt,
            Manager::Dnf => need.dnf,
            Manager::Brew => need.brew,
        };
        for package in of_need {
            if !packages.contains(package) {
                packages.push(*package);
            }
        }
    }
    packages
}

fn commands<'a>(manager: Manager, packages: &[&'a str]) -> Vec<Vec<&'a str>> {
    let apt = ["apt-get", "install", "-y", "--no-install-recommends"];
    match manager {
        Manager::Apt => vec![vec!["apt-get", "update"], [&apt[..], packages].concat()],
        Manager::Dnf => vec![[&["dnf", "install", "-y"], packages].concat()],
        Manager::Brew => vec![[&["brew", "install"], packages].concat()],
    }
}

/// Prefix of a command so that it installs without questions; `None` if it would ask for a password.
fn prefix(manager: Manager) -> Option<Vec<&'static str>> {
    let mut prefix = Vec::new();
    if manager != Manager::Brew && !is_root() {
        let sudo = Command::new("sudo").args(["-n", "true"]).output();
        if !sudo.is_ok_and(|ended| ended.status.success()) {
            return None;
        }
        prefix.extend(["sudo", "-n"]);
    }
    if manager == Manager::Apt {
        prefix.extend(["env", "DEBIAN_FRONTEND=noninteractive"]);
    }
    Some(prefix)
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::super::needs::NEEDS;
    use super::*;

    #[test]
    fn debian_gets_the_documented_packages() {
        let needs: Vec<&Need> = NEEDS.iter().collect();
        assert_eq!(
            line_for(Manager::Apt, "sudo ", &needs),
            [
                "sudo apt-get update",
                "sudo apt-get install -y \
                 --no-install-recommends gcc libc6-dev pkg-config libavcodec-dev libavformat-dev \
                 libavutil-dev libswscale-dev libclang-dev",
            ]
        );
    }

    #[test]
    fn a_formula_is_named_once_and_xcode_only_for_what_it_brings() {
        let needs: Vec<&Need> = NEEDS.iter().filter(|need| need.name.starts_with("lib")).collect();
        let line = line_for(Manager::Brew, "", &needs);
        assert_eq!(line, ["xcode-select --install", "brew install ffmpeg"]);
        let codec: Vec<&Need> = NEEDS.iter().filter(|need| need.name == "libavcodec").collect();
        assert_eq!(line_for(Manager::Brew, "", &codec), ["brew install ffmpeg"]);
    }

    #[test]
    fn an_old_compiler_needs_no_package() {
        let rust: Vec<&Need> = NEEDS.iter().filter(|need| need.name == RUST).collect();
        assert_eq!(line(&rust).as_deref(), Some("rustup update stable"));
        assert!(packages(Manager::Apt, &rust).is_empty());
    }
}
