//! Build requirements, and how to find them.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::libclang;
use crate::process;

/// A build requirement.
pub(crate) struct Need {
    /// Displayed name; for a library also its name for pkg-config.
    pub(crate) name: &'static str,
    /// Finds it, given the name: what was found, or why not.
    pub(crate) find: fn(&str) -> Result<String>,
    /// Packages of Debian and Ubuntu.
    pub(crate) apt: &'static [&'static str],
    /// Packages of Fedora.
    pub(crate) dnf: &'static [&'static str],
    /// Formulas of Homebrew; empty for what comes with Xcode's command line tools.
    pub(crate) brew: &'static [&'static str],
}

/// Ordered by dependency: later ones may use earlier ones.
pub(crate) const NEEDS: &[Need] = &[
    Need { name: RUST, find: rustc, apt: &[], dnf: &[], brew: &[] },
    Need {
        name: "C compiler",
        find: compiler,
        apt: &["gcc", "libc6-dev"],
        dnf: &["gcc"],
        brew: &[],
    },
    Need {
        name: "pkg-config",
        find: pkg_config,
        apt: &["pkg-config"],
        dnf: &["pkgconf-pkg-config"],
        brew: &["pkgconf"],
    },
    Need {
        name: "libavcodec",
        find: library,
        apt: &["libavcodec-dev"],
        dnf: &["libavcodec-free-devel"],
        brew: &["ffmpeg"],
    },
    Need {
        name: "libavformat",
        find: library,
        apt: &["libavformat-dev"],
        dnf: &["libavformat-free-devel"],
        brew: &["ffmpeg"],
    },
    Need {
        name: "libavutil",
        find: library,
        apt: &["libavutil-dev"],
        dnf: &["libavutil-free-devel"],
        brew: &["ffmpeg"],
    },
    Need {
        name: "libswscale",
        find: library,
        apt: &["libswscale-dev"],
        dnf: &["libswscale-free-devel"],
        brew: &["ffmpeg"],
    },
    Need {
        name: "libclang",
        find: libclang::find,
        apt: &["libclang-dev"],
        dnf: &["clang-devel"],
        brew: &[],
    },
];

/// Requirement of WGPU without a GPU: a software Vulkan driver.
pub(crate) const VULKAN: Need = Need {
    name: "Vulkan",
    find: vulkan,
    apt: &["mesa-vulkan-drivers"],
    dnf: &["mesa-vulkan-drivers"],
    brew: &[],
};

/// Name of the requirement that the package managers do not install.
pub(crate) const RUST: &str = "rustc";

fn rustc(_: &str) -> Result<String> {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = process::output(Command::new(program).arg("--version"))?;
    let found = printed.split_whitespace().nth(1).unwrap_or_default();
    let version = release(found).with_context(|| format!("cannot read `{}`", printed.trim()))?;
    if Some(version) < release(needed) {
        bail!("expected {needed} or newer, got {found}");
    }
    Ok(format!("{found} ({needed} or newer is needed)"))
}

/// Major and minor number of `1.95.0`, `1.92` or `1.97.0-nightly`.
fn release(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Checks the compiler and the headers of the C library, which it needs.
fn compiler(_: &str) -> Result<String> {
    let headers = ["-fsyntax-only", "-include", "stdio.h", "-x", "c", "/dev/null"];
    process::output(Command::new("cc").args(headers))?;
    let printed = process::output(Command::new("cc").arg("--version"))?;
    Ok(printed.lines().next().unwrap_or("cc").to_owned())
}

fn pkg_config(_: &str) -> Result<String> {
    Ok(process::output(&mut pkg_config_program("--version"))?.trim().to_owned())
}

fn library(name: &str) -> Result<String> {
    let exists = process::status(pkg_config_program("--exists").arg(name))?;
    if !exists.success() {
        bail!("pkg-config does not know `{name}`");
    }
    Ok(process::output(pkg_config_program("--modversion").arg(name))?.trim().to_owned())
}

/// A driver is a JSON file in a folder of the Vulkan loader, or in one of its variables.
fn vulkan(_: &str) -> Result<String> {
    if cfg!(target_os = "macos") {
        return Ok("Metal takes its place".to_owned());
    }
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        if let Some(files) = std::env::var_os(variable).filter(|files| !files.is_empty()) {
            return Ok(format!("{variable}={}", files.display()));
        }
    }
    let folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let driver = folders.iter().find_map(|folder| std::fs::read_dir(folder).ok()?.next()?.ok());
    let driver = driver.with_context(|| format!("no driver in {}", folders.join(", ")))?;
    Ok(driver.path().parent().map_or(String::new(), |folder| folder.display().to_string()))
}

/// With the same environment variable as the `pkg-config` crate.
fn pkg_config_program(argument: &str) -> Command {
    let program = std::env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let mut command = Command::new(program);
    command.arg(argument);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::path::on_path;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(release("1.95.0"), Some((1, 95)));
        assert_eq!(release("1.100"), Some((1, 100)));
        assert_eq!(release("1.97.0-nightly"), Some((1, 97)));
        assert!(release("1.100") > release("1.92"));
        assert_eq!(release("stable"), None);
        assert!(release(env!("CARGO_PKG_RUST_VERSION")).is_some());
    }

    #[test]
    fn a_library_that_is_not_there_is_missing() {
        assert!(library("libnosuchlibrary").is_err());
    }

    #[test]
    fn programs_are_looked_up_as_the_shell_does() {
        assert!(on_path("cargo").is_some());
        assert_eq!(on_path("no-such-program-here"), None);
    }
}
