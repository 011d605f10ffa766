//! The cascade as it is written in a file.

use std::path::Path;

use crate::plan::Plan;
use crate::{Error, ParseError, parse};

/// A trained detector: stages of stumps over Haar-like features in a window of fixed size.
#[derive(Debug, Clone)]
pub struct Cascade {
    pub(crate) window: Window,
    stages: Vec<Stage>,
    /// The same stages, for windows that are one and two pixels apart.
    plans: [Plan; 2],
}

/// The size of the window that the cascade was trained on, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// A window passes if its stumps' votes sum to at least the threshold.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) threshold: f32,
    pub(crate) stumps: Vec<Stump>,
}

/// A feature, compared with a threshold in units of the window's standard deviation times its area.
#[derive(Debug, Clone)]
pub(crate) struct Stump {
    pub(crate) feature: Feature,
    pub(crate) threshold: f32,
    /// The votes below the threshold and from it on.
    pub(crate) votes: [f32; 2],
}

/// A weighted sum of up to three sums of gray levels; absent ones have the weight 0.
pub(crate) type Feature = [WeightedRect; 3];

/// A rectangle inside the window, and the weight of the sum of its gray levels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WeightedRect {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) weight: f32,
}

impl Cascade {
    /// The cascade in a text in OpenCV's present format (`type_id="opencv-cascade-classifier"`).
    ///
    /// # Errors
    /// When it is no XML, when a value is missing or out of range, and for what this crate does not
    /// evaluate: the format before OpenCV 2.4, LBP and HOG features, tilted features, trees with more than
    /// one node, and windows so large that `(width + 33) · (height + 1)` exceeds 32,768.
    pub fn parse(xml: &str) -> Result<Self, ParseError> {
        let (window, stages) = parse::cascade(xml)?;
        let plans = [1, 2].map(|step| Plan::new(window, &stages, step));
        Ok(Self { window, stages, plans })
    }

    /// The cascade in the file at `path`.
    ///
    /// # Errors
    /// When it is not a regular file or not UTF-8; and as [`Cascade::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = scade_fs::read_to_string(path)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|source| Error::Parse { path: path.to_owned(), source })
    }

    /// Width and height in pixels of the smallest face that can be found.
    #[must_use]
    pub fn window(&self) -> (u32, u32) {
        (self.window.width as u32, self.window.height as u32)
    }

    /// How many stages a window must pass.
    #[must_use]
    pub fn stages(&self) -> usize {
        self.stages.len()
    }

    /// How many stumps all stages have together.
    #[must_use]
    pub fn stumps(&self) -> usize {
        self.stages.iter().map(|stage| stage.stumps.len()).sum()
    }

    /// The stages for windows `step` pixels apart, 1 or 2.
    pub(crate) fn plan(&self, step: usize) -> &Plan {
        &self.plans[step - 1]
    }
}
