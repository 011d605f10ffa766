//! The contact sheet: some targets with their source and their forgeries, cropped around the face, for
//! people to look at.

use scade_blend::FaceFrame;
use scade_image::{Landmarks, RgbImage, Similarity, warp_rgb};

/// Side of a cell in pixels.
const CELL: u32 = 160;

/// Side of what a cell shows, in distances of the eyes.
const EXTENT: f32 = 4.4;

/// Most rows.
const ROWS: usize = 12;

/// Rows spread evenly over all.
pub(crate) fn selected<T>(all: &[T]) -> impl Iterator<Item = &T> {
    let rows = all.len().min(ROWS);
    (0..rows).map(move |row| &all[row * all.len() / rows])
}

/// A face, upright, in a square.
pub(crate) fn cell(image: &RgbImage, landmarks: &Landmarks) -> RgbImage {
    let Some(frame) = FaceFrame::of(landmarks) else { return RgbImage::new(CELL, CELL) };
    let [half, side] = [EXTENT / 2.0, CELL as f32];
    // The middle of the face is below the eyes; the frame's axes are not exactly square to each other.
    let places = [[0.0, 0.55 - half], [0.0, 0.55 + half]].map(|point| frame.place(point));
    let corners = [([side / 2.0, 0.0], places[0]), ([side / 2.0, side], places[1])];
    match Similarity::fit(&corners) {
        Some(map) => warp_rgb(image, &map, CELL, CELL),
        None => RgbImage::new(CELL, CELL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_spread_over_all() {
        let all: Vec<usize> = (0..60).collect();
        let rows: Vec<_> = selected(&all).copied().collect();
        assert_eq!(rows, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
        assert_eq!(selected(&all[..2]).count(), 2);
        assert_eq!(selected::<u8>(&[]).count(), 0);
    }

    #[test]
    fn a_cell_shows_the_face() {
        let mut image = RgbImage::from_pixel(300, 300, [50; 3].into());
        image.put_pixel(150, 150, [255; 3].into());
        let points = [[-0.5, 0.0], [0.5, 0.0], [0.0, 0.571], [-0.41, 1.155], [0.41, 1.155]];
        let landmarks = Landmarks(points.map(|[x, y]| [150.5 + 40.0 * x, 128.5 + 40.0 * y]));
        let cell = cell(&image, &landmarks);
        let (x, y, _) = cell.enumerate_pixels().max_by_key(|(_, _, pixel)| pixel[0]).unwrap();
        assert!(x.abs_diff(80) < 3 && y.abs_diff(80) < 3, "{x} {y}");
    }
}
