//! Dependencies of a package, by `cargo tree`.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::{cargo, process};

/// Names of the packages of a program or library, its own included. `arguments` select features.
/// Dependencies of tests and build scripts are not included.
pub(super) fn packages(package: &str, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut tree = cargo::cargo("tree");
    tree.args(["--package", package, "--edges", "normal", "--prefix", "none"]).args(arguments);
    Ok(names(&process::output(&mut tree)?))
}

/// The first word of each line; paths and versions follow.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_without_versions_paths_and_repetitions() {
        let tree = "scade-train v0.1.0 (/home/ffmpeg/scade)\nburn v0.21.0\n\nburn v0.21.0 (*)\n";
        assert_eq!(names(tree).into_iter().collect::<Vec<_>>(), ["burn", "scade-train"]);
    }

    #[test]
    fn the_tree_of_this_package_has_what_its_manifest_names() {
        let packages = packages("xtask", &[]).unwrap();
        assert!(packages.contains("clap") && packages.contains("xtask"), "{packages:?}");
        assert!(!packages.contains("burn"));
    }
}
