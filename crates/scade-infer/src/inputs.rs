//! Which files are to be scored.

use std::path::{Path, PathBuf};

use anyhow::bail;
use scade::{IMAGE_EXTENSIONS, VIDEO_EXTENSIONS};
use scade_cli::HintExt;

/// A file to score.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Image,
    Video,
}

/// The one image, the one video, or everything below the folder, in order of path.
pub(crate) fn list(
    image: Option<&Path>,
    video: Option<&Path>,
    folder: Option<&Path>,
) -> anyhow::Result<Vec<Input>> {
    let one = |path: &Path, kind| vec![Input { path: path.to_owned(), kind }];
    match (image, video, folder) {
        (Some(path), ..) => Ok(one(path, Kind::Image)),
        (_, Some(path), _) => Ok(one(path, Kind::Video)),
        (.., Some(path)) => {
            let files = scade_fs::files_below(path, |file| kind(file).is_some())
                .hint("--input takes a folder; for one file use --image or --video")?;
            if files.is_empty() {
                let endings = [&IMAGE_EXTENSIONS[..], &VIDEO_EXTENSIONS[..]].concat().join(", ");
                bail!("{} has no image or video ({endings})", path.display());
            }
            Ok(files
                .into_iter()
                .filter_map(|path| Some(Input { kind: kind(&path)?, path }))
                .collect())
        }
        (None, None, None) => bail!("nothing to score: give --image, --video or --input"),
    }
}

fn kind(path: &Path) -> Option<Kind> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    let among = |endings: &[&str]| endings.contains(&&*ending);
    if among(&IMAGE_EXTENSIONS) {
        Some(Kind::Image)
    } else {
        among(&VIDEO_EXTENSIONS).then_some(Kind::Video)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_decide_in_any_case() {
        assert_eq!(kind(Path::new("a/b.JPG")), Some(Kind::Image));
        assert_eq!(kind(Path::new("b.MKV")), Some(Kind::Video));
        assert_eq!(kind(Path::new("notes.txt")), None);
        assert_eq!(kind(Path::new("no_ending")), None);
    }
}
