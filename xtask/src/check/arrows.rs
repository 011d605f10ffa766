//! Allowed dependencies between our crates: the block in `docs/architecture.md` against the manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::cargo;

const PAGE: &str = "docs/architecture.md";

/// The dependencies of each crate on our other crates.
type Arrows = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let path = cargo::root().join(PAGE);
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let allowed = allowed(&page).with_context(|| format!("in {}", path.display()))?;
    Ok(differences(&allowed, &built(metadata)?))
}

/// The lines `name -> name name …` of the block that opens with three backticks and `arrows`.
fn allowed(page: &str) -> Result<Arrows> {
    let mut lines = page.lines().skip_while(|line| line.trim() != "```arrows");
    lines.next().context("expected a block that opens with ```arrows")?;
    let mut arrows = Arrows::new();
    for line in lines {
        if line.trim() == "```" {
            return Ok(arrows);
        }
        let (from, to) = line
            .split_once("->")
            .with_context(|| format!("expected `name -> names`, got `{line}`"))?;
        let to = to.split_whitespace().map(str::to_owned).collect();
        let twice = arrows.insert(from.trim().to_owned(), to).is_some();
        ensure!(!twice, "`{}` has two lines", from.trim());
    }
    bail!("the block is not closed")
}

/// The members' `[dependencies]` and `[build-dependencies]`, without those of tests.
fn built(metadata: &Value) -> Result<Arrows> {
    let packages = metadata["packages"].as_array().context("metadata without packages")?;
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let members: BTreeSet<String> = packages.iter().map(name).collect();
    let ours = |package: &Value| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let outside_tests = dependencies.filter(|dependency| dependency["kind"] != "dev");
        outside_tests.map(name).filter(|dependency| members.contains(dependency)).collect()
    };
    Ok(packages.iter().map(|package| (name(package), ours(package))).collect())
}

fn differences(allowed: &Arrows, built: &Arrows) -> Vec<String> {
    let mut problems = Vec::new();
    let nothing = BTreeSet::new();
    let crates: BTreeSet<&String> = allowed.keys().chain(built.keys()).collect();
    for from in crates {
        if !allowed.contains_key(from) {
            problems.push(format!("`{from}` has no line in {PAGE}"));
        }
        if !built.contains_key(from) {
            problems.push(format!("`{from}` has a line in {PAGE} but is not a member"));
        }
        let (on_page, in_manifest) =
            (allowed.get(from).unwrap_or(&nothing), built.get(from).unwrap_or(&nothing));
        for to in in_manifest.difference(on_page) {
            problems.push(format!("{from} -> {to} is in its manifest but not in {PAGE}"));
        }
        for to in on_page.difference(in_manifest) {
            problems.push(format!("{from} -> {to} is in {PAGE} but not in its manifest"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrows(lines: &str) -> Result<Arrows> {
        allowed(&format!(
            "# Page\n```\nother -> block\n```\n```arrows\n{lines}\n```\nscade -> text\n"
        ))
    }

    #[test]
    fn only_the_block_is_read() {
        let read = arrows("a   -> b c\nb ->\nc ->").unwrap();
        let to_b_and_c = BTreeSet::from(["b".to_owned(), "c".to_owned()]);
        assert_eq!(read["a"], to_b_and_c);
        assert!(read["b"].is_empty());
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn a_block_that_cannot_be_read_is_an_error() {
        assert!(arrows("a b c").is_err());
        assert!(arrows("a -> b\na -> c").is_err());
        assert!(allowed("no block").is_err());
        assert!(allowed("```arrows\na -> b\n").is_err());
    }

    #[test]
    fn dependencies_of_tests_and_on_other_crates_do_not_count() {
        let metadata = json!({ "packages": [
            { "name": "a", "dependencies": [
                { "name": "b", "kind": null },
                { "name": "c", "kind": "dev" },
                { "name": "serde", "kind": null },
            ]},
            { "name": "b", "dependencies": [{ "name": "c", "kind": "build" }] },
            { "name": "c", "dependencies": [] },
        ]});
        assert_eq!(built(&metadata).unwrap(), arrows("a -> b\nb -> c\nc ->").unwrap());
    }

    #[test]
    fn each_difference_is_reported() {
        let allowed = arrows("a -> b\nb -> c\nc ->\ngone ->").unwrap();
        let built = arrows("a -> b c\nb ->\nc ->\nnew ->").unwrap();
        let problems = differences(&allowed, &built);
        assert_eq!(
            problems,
            [
                "a -> c is in its manifest but not in docs/architecture.md",
                "b -> c is in docs/architecture.md but not in its manifest",
                "`gone` has a line in docs/architecture.md but is not a member",
                "`new` has no line in docs/architecture.md",
            ]
        );
        assert!(differences(&allowed, &allowed).is_empty());
    }
}
