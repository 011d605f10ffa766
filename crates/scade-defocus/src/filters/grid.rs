//! A borrowed image of one channel.

/// One value per pixel, row by row; at least one pixel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a, T> {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// The values.
    pub(crate) values: &'a [T],
}

impl<'a, T> Grid<'a, T> {
    /// A grid over `width * height` values.
    ///
    /// # Panics
    /// When there are none, or another number of them.
    pub(crate) fn new(width: usize, height: usize, values: &'a [T]) -> Self {
        assert!(width > 0 && height > 0, "a grid of {width} x {height}");
        assert_eq!(values.len(), width * height, "values of a grid of {width} x {height}");
        Self { width, height, values }
    }

    /// A grid of the same size over other values.
    ///
    /// # Panics
    /// When there is another number of them.
    pub(crate) fn with<U>(&self, values: &'a [U]) -> Grid<'a, U> {
        Grid::new(self.width, self.height, values)
    }

    /// The values of one row.
    pub(crate) fn row(&self, y: usize) -> &'a [T] {
        &self.values[y * self.width..][..self.width]
    }
}
