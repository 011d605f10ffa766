//! A single-channel image of 32-bit floats.

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
        (width.checked_mul(height) == Some(data.len())).then_some(Self { width, height, data })
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
    /// When the pixel is outside the plane.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> f32 {
        assert!(x < self.width, "x = {x} in a plane {} wide", self.width);
        self.data[y * self.width + x]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_row_by_row() {
        let plane = Plane::from_vec(3, 2, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((plane.width(), plane.height()), (3, 2));
        assert_eq!(plane.at(2, 0), 2.0);
        assert_eq!(plane.at(0, 1), 3.0);
    }

    #[test]
    fn a_wrong_number_of_values_makes_no_plane() {
        assert_eq!(Plane::from_vec(3, 2, vec![0.0; 5]), None);
        assert_eq!(Plane::from_vec(usize::MAX, 2, vec![0.0; 5]), None);
    }

    #[test]
    #[should_panic(expected = "x = 3 in a plane 3 wide")]
    fn a_column_outside_is_not_the_next_row() {
        let _ = Plane::new(3, 2).at(3, 0);
    }
}
