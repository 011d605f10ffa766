//! Names in the store for files whose own names need not be unlike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::stem;

/// A name for each of `paths`, all of one class: its stem where no other has it, else its whole path
/// relative to `root`, so that none overwrites another. Names that still fall together (a file
/// really called `a-mp4`, bytes that are no text) are numbered.
pub(super) fn named(root: &Path, paths: &[PathBuf]) -> Vec<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        *uses.entry(stem(path)).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let name = |path: &PathBuf| {
        let stem = stem(path);
        let name = if uses[&stem] == 1 { stem } else { flat_name(root, path) };
        let earlier = taken.entry(name.clone()).or_default();
        *earlier += 1;
        if *earlier > 1 { format!("{name}~{earlier}") } else { name }
    };
    paths.iter().map(name).collect()
}

/// `sub/folder/clip.mp4` as `sub-folder-clip-mp4`.
fn flat_name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let text = relative.to_string_lossy().replace(['/', '\\', '.', ':'], "-");
    text.trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], expected: &[&str]) {
        let paths: Vec<_> = paths.iter().map(|path| Path::new("root").join(path)).collect();
        assert_eq!(named(Path::new("root"), &paths), expected);
    }

    #[test]
    fn twins_and_pooled_manipulations_are_kept_apart() {
        check(
            &["Deepfakes/000_003.mp4", "FaceSwap/000_003.mp4", "x.mp4"],
            &["Deepfakes-000_003-mp4", "FaceSwap-000_003-mp4", "x"],
        );
        check(&["a.avi", "a.mp4"], &["a-avi", "a-mp4"]);
    }

    #[test]
    fn names_that_fall_together_are_numbered() {
        check(&["a-mp4.mov", "a.avi", "a.mp4"], &["a-mp4", "a-avi", "a-mp4~2"]);
    }
}
