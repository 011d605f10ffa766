//! Training builds on a machine without FFmpeg: scade-train must not link it.

use anyhow::Result;

use crate::{cargo, process};

pub(super) fn check() -> Result<Vec<String>> {
    let mut tree = cargo::cargo("tree");
    tree.args(["--package", "scade-train", "--edges", "normal", "--prefix", "none"]);
    let tree = process::output(&mut tree)?;
    let names = ffmpeg_in(&tree);
    Ok(names.iter().map(|name| format!("scade-train depends on `{name}`")).collect())
}

fn ffmpeg_in(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| name.contains("ffmpeg")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_around_ffmpeg_are_recognised() {
        let tree =
            "scade-train v0.1.0 (/home/ffmpeg/scade)\nburn v0.21.0\nffmpeg-sys-next v9.0.0\n";
        assert_eq!(ffmpeg_in(tree), ["ffmpeg-sys-next"]);
        assert!(ffmpeg_in("scade-train v0.1.0\nburn v0.21.0 (*)\n").is_empty());
    }
}
