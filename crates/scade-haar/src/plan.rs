//! The cascade laid out for evaluation: features as offsets into the integral images of a tile.

use crate::cascade::{Feature, Stage, Stump, WeightedRect, Window};

/// Windows evaluated side by side.
pub(crate) const LANES: usize = 16;

/// Windows of a row in one tile, where the window's size allows it. The rows that a window of 24 pixels
/// reaches take 25 kB then, or 47 kB where windows are two pixels apart, about the size of the first cache.
const TILE_WINDOWS: usize = 224;

/// The stages for windows that are `step` pixels apart along both axes.
///
/// A row of a tile's integral image holds its columns in order where `step` is 1, and first the even,
/// then the odd ones where it is 2. So the same corner of neighboring windows is always at neighboring
/// places, and [`LANES`] of them can be loaded at once.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) window: Window,
    pub(crate) step: usize,
    /// Windows of a row in one tile, a multiple of [`LANES`].
    pub(crate) windows: usize,
    /// Length of a row of a tile's integral image; `(height + 1) · stride` is at most [`Plan::LONGEST`].
    pub(crate) stride: usize,
    /// The corners of the window without its outermost pixels.
    pub(crate) inner: Corners,
    /// Its area in pixels.
    pub(crate) inner_area: f64,
    pub(crate) stages: Vec<PlannedStage>,
}

/// Offsets of the upper left, upper right, lower left and lower right corner of a rectangle from the upper
/// left corner of the window.
pub(crate) type Corners = [u16; 4];

#[derive(Debug, Clone)]
pub(crate) struct PlannedStage {
    /// In double precision, as the votes are summed.
    pub(crate) threshold: f64,
    pub(crate) stumps: Vec<PlannedStump>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedStump {
    pub(crate) rects: [Corners; 3],
    pub(crate) weights: [f32; 3],
    pub(crate) threshold: f32,
    pub(crate) votes: [f32; 2],
}

impl Plan {
    /// What offsets of 16 bits reach, so that none of them needs a check of bounds.
    pub(crate) const REACH: usize = 1 << 16;

    /// Most places of a tile below a window. In a window that fits, squares sum to less than 2³¹.
    pub(crate) const LONGEST: usize = 1 << 15;

    /// Whether tiles for this window have room for [`LANES`] windows.
    pub(crate) fn fits(window: Window) -> bool {
        (window.width + 2 * LANES + 1) * (window.height + 1) <= Self::LONGEST
    }

    /// A plan for a window that fits, with all rectangles inside.
    pub(crate) fn new(window: Window, stages: &[Stage], step: usize) -> Self {
        let longest = Self::LONGEST / (window.height + 1);
        let windows = ((longest - window.width) / step).min(TILE_WINDOWS) / LANES * LANES;
        let half = windows + window.width / step;
        let mut plan = Self {
            window,
            step,
            windows,
            stride: step * half,
            inner: [0; 4],
            inner_area: ((window.width - 2) * (window.height - 2)) as f64,
            stages: Vec::new(),
        };
        let [right, bottom] = [window.width - 1, window.height - 1];
        plan.inner = plan.corners([1, 1, right, bottom]);
        plan.stages = stages.iter().map(|stage| plan.stage(stage)).collect();
        plan
    }

    /// Columns of the integral image that `windows` windows of a row need.
    pub(crate) fn columns(&self, windows: usize) -> usize {
        self.step * (windows - 1) + self.window.width + 1
    }

    /// Rows of the integral image that `windows` rows of windows need.
    pub(crate) fn rows(&self, windows: usize) -> usize {
        self.step * (windows - 1) + self.window.height + 1
    }

    fn stage(&self, stage: &Stage) -> PlannedStage {
        let stumps = stage.stumps.iter().map(|stump| self.stump(stump)).collect();
        PlannedStage { threshold: stage.threshold.into(), stumps }
    }

    fn stump(&self, stump: &Stump) -> PlannedStump {
        let feature: &Feature = &stump.feature;
        PlannedStump {
            rects: feature.map(|rect| self.rect(rect)),
            weights: feature.map(|rect| rect.weight),
            threshold: stump.threshold,
            votes: stump.votes,
        }
    }

    fn rect(&self, rect: WeightedRect) -> Corners {
        self.corners([rect.x, rect.y, rect.x + rect.width, rect.y + rect.height])
    }

    fn corners(&self, [left, top, right, bottom]: [usize; 4]) -> Corners {
        let half = self.stride / self.step;
        let at = |x: usize, y: usize| {
            let offset = y * self.stride + x % self.step * half + x / self.step;
            debug_assert!(offset < Self::LONGEST, "corner ({x}, {y})");
            offset as u16
        };
        [at(left, top), at(right, top), at(left, bottom), at(right, bottom)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every column of a tile has a place of its own, and all corners are within reach.
    #[test]
    fn tiles_of_all_windows_have_room() {
        for width in 3..600 {
            for height in 3..900 {
                let window = Window { width, height };
                if !Plan::fits(window) {
                    break;
                }
                for step in [1, 2] {
                    let plan = Plan::new(window, &[], step);
                    assert!(plan.windows >= LANES, "{plan:?}");
                    assert!(plan.columns(plan.windows) <= plan.stride, "{plan:?}");
                    assert!(plan.stride * (height + 1) <= Plan::LONGEST, "{plan:?}");
                }
            }
        }
    }
}
