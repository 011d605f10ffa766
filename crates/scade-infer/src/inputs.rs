//! Which files are to be scored.

use std::collections::HashSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::Context;
use scade::{Media, has_media_ending};
use scade_cli::HintExt;
use scade_fs::{Listing, Skipped};
use scade_settings::Shard;

use crate::args::Args;

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
/// none: the one image, the one video, or everything below the folder. A file that is named twice is one.
pub(crate) fn list(args: &Args, shard: Shard) -> anyhow::Result<Inputs> {
    let Args { files, image, video, input, .. } = args;
    let mut inputs = Inputs::default();
    match (image, video, input) {
        (Some(path), ..) => inputs.files.push(Input { path: path.clone(), media: Media::Image }),
        (_, Some(path), _) => inputs.files.push(Input { path: path.clone(), media: Media::Video }),
        (.., Some(folder)) => inputs.add_folder(folder)?,
        (None, None, None) => {
            for path in files {
                inputs.add(path)?;
            }
        }
    }
    if inputs.files.is_empty() && inputs.unreadable.is_empty() {
        let others = inputs.skipped.to_string();
        let others = if others.is_empty() { others } else { format!(": {others}") };
        let named: Vec<_> =
            files.iter().chain(input).map(|path| path.display().to_string()).collect();
        anyhow::bail!("{} has no image or video{others}", named.join(", "));
    }
    let mut seen = HashSet::new();
    inputs.files.retain(|input| seen.insert(input.path.clone()));
    let mut place = 0..;
    inputs.files.retain(|_| place.next().is_some_and(|place| shard.has(place)));
    Ok(inputs)
}

impl Inputs {
    /// A path of the command line.
    fn add(&mut self, path: &Path) -> anyhow::Result<()> {
        if path == Path::new("-") {
            for line in std::io::stdin().lock().lines() {
                let line = line.context("cannot read the list from stdin")?;
                let line = line.trim_end_matches('\r');
                if !line.is_empty() {
                    self.add_path(Path::new(line))?;
                }
            }
            return Ok(());
        }
        // The name of a file that exists is not a pattern, whatever it holds.
        if path.exists() || !is_pattern(path) {
            return self.add_path(path);
        }
        let matches = glob::glob(&path.to_string_lossy())
            .with_context(|| format!("{} is not a valid pattern", path.display()))?;
        let before = self.files.len();
        for found in matches {
            match found {
                Ok(found) if found.is_dir() => self.add_folder(&found)?,
                Ok(found) if has_media_ending(&found) => self.add_path(&found)?,
                Ok(_) => {}
                Err(error) => self.unreadable.push(scade_fs::Error {
                    action: "read",
                    path: error.path().to_owned(),
                    source: error.into(),
                }),
            }
        }
        if self.files.len() == before {
            // As for a file that does not exist: a record that says so.
            self.files.push(Input { path: path.to_owned(), media: Media::of(path) });
        }
        Ok(())
    }

    fn add_path(&mut self, path: &Path) -> anyhow::Result<()> {
        if path.is_dir() {
            return self.add_folder(path);
        }
        // Whatever its name; a file that does not exist becomes a record.
        self.files.push(Input { path: path.to_owned(), media: Media::of(path) });
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let Listing { files, unreadable, skipped } = Listing::below(folder, has_media_ending)
            .hint("--input takes a folder; for one file use --image or --video")?;
        let media = |path: PathBuf| Input { media: Media::of(&path), path };
        self.files.extend(files.into_iter().map(media));
        self.unreadable.extend(unreadable);
        self.skipped.append(skipped);
        Ok(())
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}
