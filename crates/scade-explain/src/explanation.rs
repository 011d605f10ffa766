//! The explanation of one score.

use scade_image::{Plane, RgbImage};

use crate::{Cam, Class, Faithfulness, overlay};

/// Why a face has its score: the heat maps and what they lie over.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The crop as the network sees it.
    pub crop: RgbImage,
    /// Its defocus map, 0..1; `None` for a network that takes none.
    pub defocus: Option<Plane>,
    /// Probability of fake, 0..1.
    pub score: f64,
    /// The block of the heat maps, from 1.
    pub block: usize,
    /// The class that is explained.
    pub class: Class,
    /// What supports `class`.
    pub cam: Cam,
    /// What supports the other class.
    pub opposite: Cam,
    /// How faithful `cam` is, if it was measured.
    pub faithfulness: Option<Faithfulness>,
}

impl Explanation {
    /// Opacity of the overlays of a sheet.
    pub const OPACITY: f32 = 0.85;

    /// The heat map over the crop; see [`overlay()`].
    #[must_use]
    pub fn cam_overlay(&self, opacity: f32) -> RgbImage {
        overlay(&self.crop, &self.cam.map, opacity)
    }

    /// The defocus map over the crop; `None` for a network that takes none.
    #[must_use]
    pub fn defocus_overlay(&self, opacity: f32) -> Option<RgbImage> {
        self.defocus.as_ref().map(|map| overlay(&self.crop, map, opacity))
    }
}
