//! Unique names in the prepared dataset for files whose own names may be equal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::stem;

/// A name for each of `paths`, all of one class: its stem if it is unique, else its path relative to
/// `root`. Names that are still equal (as with a file called `a-mp4`, or bytes that are not UTF-8) are
/// numbered. Invalid characters are replaced and long names truncated: see
/// [`VideoKey::new`](scade_data::VideoKey::new).
pub(super) fn named(root: &Path, paths: &[PathBuf]) -> Vec<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        *uses.entry(stem(path)).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let name = |path: &PathBuf| {
        let stem = stem(path);
        let name = storable(if uses[&stem] == 1 { stem } else { flat_name(root, path) });
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

/// Most bytes of a name: the longest valid one, less room for a number.
const LONGEST: usize = 180;

/// A valid name, as similar to `name` as possible.
fn storable(name: String) -> String {
    let forbidden = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    let name = name.replace(forbidden, "-");
    let name = name.trim_start_matches('.');
    match &name[..name.floor_char_boundary(LONGEST)] {
        "" => "unnamed".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], expected: &[&str]) {
        let paths: Vec<_> = paths.iter().map(|path| Path::new("root").join(path)).collect();
        assert_eq!(named(Path::new("root"), &paths), expected);
    }

    #[test]
    fn equal_stems_and_pooled_manipulations_are_kept_apart() {
        check(
            &["Deepfakes/000_003.mp4", "FaceSwap/000_003.mp4", "x.mp4"],
            &["Deepfakes-000_003-mp4", "FaceSwap-000_003-mp4", "x"],
        );
        check(&["a.avi", "a.mp4"], &["a-avi", "a-mp4"]);
    }

    #[test]
    fn invalid_names_are_made_valid() {
        let long = "ä".repeat(120);
        let cut = "ä".repeat(90);
        check(
            &["a\\b.mp4", "a\nb.mp4", "C:c.mp4", &format!("{long}.mp4"), &format!("{long}b.mp4")],
            &["a-b", "a-b~2", "C-c", &cut, &format!("{cut}~2")],
        );
        for name in named(Path::new("r"), &[PathBuf::from("r/\u{7f}\\:.mp4")]) {
            scade_data::VideoKey::new(scade_data::Label::Real, name).unwrap();
        }
    }

    #[test]
    fn equal_names_are_numbered() {
        check(&["a-mp4.mov", "a.avi", "a.mp4"], &["a-mp4", "a-avi", "a-mp4~2"]);
    }
}
