//! Which files are to be scored.

use std::path::{Path, PathBuf};

use scade::{Media, has_media_ending};
use scade_cli::HintExt;
use scade_fs::{Listing, Skipped};

/// A file to score.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) media: Media,
}

/// All files to score, and what is not scored.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) files: Vec<Input>,
    /// Folders and entries that could not be listed.
    pub(crate) unreadable: Vec<scade_fs::Error>,
    /// Files whose names are not those of images or videos.
    pub(crate) skipped: Skipped,
}

/// The files in the order given, folders replaced by everything below them in order of path. Where there is
/// none: the one image, the one video, or everything below the folder.
pub(crate) fn list(
    paths: &[PathBuf],
    image: Option<&Path>,
    video: Option<&Path>,
    folder: Option<&Path>,
) -> anyhow::Result<Inputs> {
    let one = |path: &Path, media| {
        let files = vec![Input { path: path.to_owned(), media }];
        Ok(Inputs { files, ..Inputs::default() })
    };
    match (image, video, folder) {
        (Some(path), ..) => one(path, Media::Image),
        (_, Some(path), _) => one(path, Media::Video),
        (.., Some(path)) => below(path),
        (None, None, None) => all(paths),
    }
}

fn all(paths: &[PathBuf]) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs::default();
    for path in paths {
        if path.is_dir() {
            let Inputs { files, unreadable, skipped } = below(path)?;
            inputs.files.extend(files);
            inputs.unreadable.extend(unreadable);
            inputs.skipped.append(skipped);
        } else {
            // Whatever its name; a file that does not exist becomes a record.
            inputs.files.push(Input { path: path.clone(), media: Media::of(path) });
        }
    }
    Ok(inputs)
}

fn below(folder: &Path) -> anyhow::Result<Inputs> {
    let Listing { files, unreadable, skipped } = Listing::below(folder, has_media_ending)
        .hint("--input takes a folder; for one file use --image or --video")?;
    if files.is_empty() && unreadable.is_empty() {
        let others = skipped.to_string();
        let others = if others.is_empty() { others } else { format!(": {others}") };
        anyhow::bail!("{} has no image or video{others}", folder.display());
    }
    let media = |path: PathBuf| Input { media: Media::of(&path), path };
    Ok(Inputs { files: files.into_iter().map(media).collect(), unreadable, skipped })
}
