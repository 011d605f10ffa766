//! Folders of empty files with the names of real datasets, for tests.

use tempfile::TempDir;

use super::Discovered;

/// A folder with these empty files; it is removed on drop.
pub(super) fn dataset(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        write(&root, file, "");
    }
    root
}

pub(super) fn write(root: &TempDir, file: &str, text: &str) {
    let path = root.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// One line per video: key, identities, source clip, subset.
pub(super) fn lines(found: &Discovered) -> Vec<String> {
    let line = |source: &super::Source| {
        let from = source.source.as_ref().map(|name| format!(" from {name}"));
        let part = source.part.map(|part| format!(" in {part}"));
        let [from, part] = [from, part].map(Option::unwrap_or_default);
        format!("{}: {}{from}{part}", source.key, source.identities.join(", "))
    };
    let mut lines: Vec<_> = found.sources.iter().map(line).collect();
    lines.sort();
    lines
}

/// The ignored files: name and reason.
pub(super) fn ignored(found: &Discovered) -> Vec<String> {
    let name = |ignored: &super::Ignored| {
        let file = ignored.path.file_name().unwrap().to_string_lossy().into_owned();
        format!("{file}: {}", ignored.reason)
    };
    found.ignored.iter().map(name).collect()
}
