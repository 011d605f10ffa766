//! Real photographs: as they are, compressed, halved and doubled, and how many of them are called fake.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use scade::{Detector, IMAGE_EXTENSIONS, Kernels, RgbImage};
use scade_image::{Filter, jpeg_pass, resize_rgb};
use scade_metrics::Share;
use serde::Serialize;

use crate::interval::share;

/// Images that are scored together.
const CHUNK: usize = 16;

/// What is done to a photograph before it is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// JPEG of quality 50.
    Jpeg50,
    /// Half the width and height.
    Half,
    /// Twice the width and height.
    Double,
}

impl Change {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Jpeg50, Self::Half, Self::Double];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "as they are",
            Self::Jpeg50 => "JPEG, quality 50",
            Self::Half => "half the size",
            Self::Double => "twice the size",
        }
    }

    fn apply(self, image: &RgbImage) -> RgbImage {
        let (width, height) = image.dimensions();
        match self {
            Self::None => image.clone(),
            Self::Jpeg50 => jpeg_pass(image, 50, [0, 0]),
            Self::Half => {
                let half = |side: u32| (side / 2).max(1);
                resize_rgb(image, half(width), half(height), Filter::Area)
            }
            Self::Double => resize_rgb(image, 2 * width, 2 * height, Filter::Cubic),
        }
    }
}

/// The scores of the photographs after a change.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) change: Change,
    pub(crate) scores: Vec<f64>,
    pub(crate) called_fake: usize,
    pub(crate) without_face: usize,
    pub(crate) unreadable: usize,
}

/// How many photographs are called fake.
#[derive(Debug, Serialize)]
pub(crate) struct Photos {
    pub(crate) change: &'static str,
    pub(crate) scored: usize,
    pub(crate) without_face: usize,
    pub(crate) unreadable: usize,
    pub(crate) called_fake: Share,
}

impl Photos {
    pub(crate) fn of(scored: &Scored) -> Self {
        Self {
            change: scored.change.name(),
            scored: scored.scores.len(),
            without_face: scored.without_face,
            unreadable: scored.unreadable,
            called_fake: share(scored.called_fake, scored.scores.len()),
        }
    }
}

/// All images below the folders, in order.
pub(crate) fn list(folders: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in folders {
        let is_image = |path: &Path| scade_fs::has_ending(path, &IMAGE_EXTENSIONS);
        files.extend(scade_fs::Listing::below(folder, is_image)?.files);
    }
    Ok(files)
}

/// The paths in a text file, one in each line.
pub(crate) fn listed(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let text = scade_fs::read_to_string(list)
        .with_context(|| format!("cannot read {}", list.display()))?;
    let files: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect();
    if files.is_empty() {
        bail!("{} lists no photograph", list.display());
    }
    Ok(files)
}

/// Scores all photographs after each change. Those that cannot be read are counted.
pub(crate) fn score<B: Kernels>(
    detector: &Detector<B>,
    files: &[PathBuf],
    mut done: impl FnMut(),
) -> anyhow::Result<Vec<Scored>> {
    let empty = |change| Scored {
        change,
        scores: Vec::new(),
        called_fake: 0,
        without_face: 0,
        unreadable: 0,
    };
    let mut all = Change::ALL.map(empty);
    for chunk in files.chunks(CHUNK) {
        let images: Vec<_> = chunk.iter().filter_map(|path| read(path)).collect();
        for scored in &mut all {
            scored.unreadable += chunk.len() - images.len();
            let changed: Vec<_> = images.iter().map(|image| scored.change.apply(image)).collect();
            for prediction in detector.score_images(&changed)? {
                match prediction {
                    Some(prediction) => {
                        scored.scores.push(prediction.score);
                        let is_fake = prediction.label == scade::Label::Fake;
                        scored.called_fake += usize::from(is_fake);
                    }
                    None => scored.without_face += 1,
                }
            }
            chunk.iter().for_each(|_| done());
        }
    }
    Ok(all.into())
}

fn read(path: &Path) -> Option<RgbImage> {
    match scade::read_image(path) {
        Ok(image) => Some(image),
        Err(error) => {
            tracing::warn!("{}", scade_settings::error_chain(&error));
            None
        }
    }
}
