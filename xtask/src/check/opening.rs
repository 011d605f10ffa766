//! Every source file starts with a `//!` line that describes it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo;

pub(super) fn check() -> Result<Vec<String>> {
    let root = cargo::root();
    let mut sources = Vec::new();
    for folder in ["crates", "xtask"] {
        collect(&root.join(folder), &mut sources)?;
    }
    sources.sort();
    let mut problems = Vec::new();
    for path in sources {
        let mut line = String::new();
        let file = std::fs::File::open(&path);
        file.and_then(|file| BufReader::new(file).read_line(&mut line))
            .with_context(|| format!("cannot read {}", path.display()))?;
        if !is_description(&line) {
            let shown = path.strip_prefix(&root).unwrap_or(&path).display();
            problems.push(format!("{shown} does not start with a `//!` line"));
        }
    }
    Ok(problems)
}

/// Whether the line has the marker and a text.
fn is_description(first_line: &str) -> bool {
    first_line.strip_prefix("//!").is_some_and(|text| !text.trim().is_empty())
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    let context = || format!("cannot list {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_marker_or_another_comment_is_not_enough() {
        assert!(is_description("//! What it owns.\n"));
        for line in ["", "//!\n", "/// An item.\n", "use std::fs;\n", " //! indented\n"] {
            assert!(!is_description(line), "{line:?}");
        }
    }

    #[test]
    fn files_are_found_at_every_depth() {
        let mut sources = Vec::new();
        collect(&cargo::root().join("xtask"), &mut sources).unwrap();
        assert!(sources.iter().any(|path| path.ends_with("src/check/opening.rs")));
        assert!(sources.iter().any(|path| path.ends_with("src/main.rs")));
    }
}
