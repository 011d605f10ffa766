//! The videos for timing detection and preprocessing: given ones, or synthetic ones.

use std::path::{Path, PathBuf};

use anyhow::Context;
use scade_synth::{Scene, SetSettings};
use scade_video::{Codec, Error, Writer, WriterOptions};
use tempfile::TempDir;

/// A synthetic clip.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    width: u32,
    height: u32,
    frames: u32,
    codec: Codec,
    /// Distance between key frames, in frames.
    gop: u32,
}

/// A few seconds, in two sizes.
pub(crate) const SHORT: [Drawn; 2] = [
    Drawn { width: 640, height: 480, frames: 100, codec: Codec::Mpeg4, gop: 12 },
    Drawn { width: 1920, height: 1080, frames: 50, codec: Codec::Mpeg4, gop: 12 },
];

/// Half a minute with the default key frame distance of x264.
pub(crate) const LONG: [Drawn; 1] =
    [Drawn { width: 640, height: 480, frames: 750, codec: Codec::H264, gop: 250 }];

/// Videos on disk; synthetic ones are deleted on drop, unless they are kept.
pub(crate) struct Clips {
    paths: Vec<PathBuf>,
    _drawn: Option<TempDir>,
}

impl Clips {
    /// The given videos, or synthetic ones if none are given; those are kept in `keep`, and reused.
    pub(crate) fn open(
        named: &[PathBuf],
        drawn: &[Drawn],
        keep: Option<&Path>,
    ) -> anyhow::Result<Self> {
        if !named.is_empty() {
            return Ok(Self { paths: named.to_vec(), _drawn: None });
        }
        let temporary = match keep {
            Some(_) => None,
            None => Some(tempfile::tempdir().context("no temporary folder")?),
        };
        let folder = keep.or(temporary.as_ref().map(TempDir::path)).expect("one of the two");
        let mut paths = Vec::new();
        for clip in drawn {
            let Drawn { width, height, frames, .. } = clip;
            let path = folder.join(format!("drawn-{width}x{height}-{frames}.mp4"));
            if !path.is_file() {
                clip.write(&path)?;
            }
            paths.push(path);
        }
        Ok(Self { paths, _drawn: temporary })
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
}

impl Drawn {
    fn write(self, path: &Path) -> anyhow::Result<()> {
        let Self { width, height, frames, codec, gop } = self;
        let settings = SetSettings { frames, width, height, ..Default::default() };
        let scene = Scene::new(settings.clips().remove(0).spec);
        let quality = if codec == Codec::H264 { 20 } else { 2 };
        let options = WriterOptions { codec, gop, quality, ..WriterOptions::new(width, height) };
        let mut writer = match Writer::create(path, &options) {
            // Not every FFmpeg has x264.
            Err(Error::NoEncoder { .. }) => {
                let options = WriterOptions { codec: Codec::Mpeg4, quality: 2, ..options };
                Writer::create(path, &options)?
            }
            other => other?,
        };
        for frame in 0..frames {
            writer.write(&scene.frame(frame))?;
        }
        Ok(writer.finish()?)
    }
}
