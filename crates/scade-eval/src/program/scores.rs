//! Detectors from score files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use scade_eval::{Labels, ScoreTable, Source, System};

use super::args::Args;

/// One detector for each name.
pub(crate) fn systems(args: &Args) -> anyhow::Result<Vec<System>> {
    let labels = args.labels.as_deref().map(Labels::read).transpose()?;
    let mut files: Vec<(String, Vec<PathBuf>)> = Vec::new();
    let given: Vec<(Option<&str>, &Path)> =
        args.what.scores.iter().map(|text| named(text)).collect();
    for (name, path) in &given {
        let name = name.map_or_else(|| name_of(path, &given), str::to_owned);
        match files.iter_mut().find(|(known, _)| *known == name) {
            Some((_, files)) => files.push((*path).to_owned()),
            None => files.push((name, vec![(*path).to_owned()])),
        }
    }
    files.into_iter().map(|(name, files)| system(args, &name, &files, labels.as_ref())).collect()
}

/// `NAME=FILE`; a text with a slash before the sign is a path.
fn named(text: &str) -> (Option<&str>, &Path) {
    match text.split_once('=') {
        Some((name, path))
            if !name.is_empty() && !name.contains('/') && !Path::new(text).exists() =>
        {
            (Some(name), Path::new(path))
        }
        _ => (None, Path::new(text)),
    }
}

/// The name of the file, or its path where two files have one name.
fn name_of(path: &Path, all: &[(Option<&str>, &Path)]) -> String {
    let stem = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let endings = [".scores.csv", ".csv", ".jsonl", ".json", ".ndjson"];
        let short = endings.iter().find_map(|ending| name.strip_suffix(ending));
        short.map_or_else(|| name.clone(), str::to_owned)
    };
    let same = all.iter().filter(|(name, other)| name.is_none() && stem(other) == stem(path));
    if same.count() > 1 { path.display().to_string() } else { stem(path) }
}

fn system(
    args: &Args,
    name: &str,
    files: &[PathBuf],
    labels: Option<&Labels>,
) -> anyhow::Result<System> {
    let mut table = ScoreTable::new(name);
    let mut sources = Vec::new();
    for path in files {
        table.read(path, labels)?;
        let sha256 = scade_fs::sha256_of_file(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        sources.push(Source { what: "scores".to_owned(), path: path.clone(), sha256 });
    }
    let given = args.threshold_of(name);
    let from = if given.is_some() { "given by --threshold" } else { "the default" };
    Ok(System {
        table,
        threshold: given.unwrap_or(0.5),
        threshold_from: from.to_owned(),
        pooling: args.pooling.unwrap_or_default(),
        sources,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_precedes_a_file_and_otherwise_is_that_of_the_file() {
        assert_eq!(named("ours=a/b.csv"), (Some("ours"), Path::new("a/b.csv")));
        assert_eq!(named("a=b/../c=d.csv"), (Some("a"), Path::new("b/../c=d.csv")));
        assert_eq!(named("x/a=b.csv").0, None);
        let all = [(None, Path::new("a/x.csv")), (None, Path::new("b/x.csv"))];
        assert_eq!(name_of(all[0].1, &all), "a/x.csv");
        assert_eq!(name_of(Path::new("m.scores.csv"), &all), "m");
    }
}
