//! A single-channel picture of 32-bit floats.

/// One float per pixel, row by row from the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    width: usize,
    height: usize,
    data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// A plane over existing values, row by row; `None` unless there are `width * height` of them.
    #[must_use]
    pub fn from_vec(width: usize, height: usize, data: Vec<f32>) -> Option<Self> {
        (data.len() == width * height).then_some(Self { width, height, data })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The values, row by row.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, row by row, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The value at `(x, y)`.
    ///
    /// # Panics
    /// When the pixel lies outside the plane.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> f32 {
        assert!(x < self.width, "x = {x} in a plane {} wide", self.width);
        self.data[y * self.width + x]
    }
}
