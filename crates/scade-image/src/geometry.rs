//! Boxes and facial landmarks.

use serde::{Deserialize, Serialize};

/// An axis-aligned box around a face, in pixels of the image it was found in.
///
/// It may reach beyond the image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceBox {
    /// Left edge.
    pub x1: f32,
    /// Top edge.
    pub y1: f32,
    /// Right edge.
    pub x2: f32,
    /// Bottom edge.
    pub y2: f32,
}

impl FaceBox {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.x2 - self.x1
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> f32 {
        self.y2 - self.y1
    }

    /// Area in square pixels; 0 for a box turned inside out.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }
}

/// Five facial points as `[x, y]` in pixels: the eye on the left of the image, the eye on the
/// right, the tip of the nose, the mouth corner on the left, the mouth corner on the right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Landmarks(pub [[f32; 2]; 5]);
