//! The float canvas, the placement of drawings on it, and painting: a brush returns color and coverage
//! for every pixel of a region.

use scade_image::Similarity;

/// RGB image of floats; 0 is black, 1 is white, gamma-encoded as displays expect.
pub(crate) type Canvas = image::Rgb32FImage;

/// Red, green, blue in the scale of [`Canvas`].
pub(crate) type Color = [f32; 3];

/// A point or a vector, x to the right and y down.
pub(crate) type Point = [f32; 2];

/// Placement of a drawing in an image.
///
/// Drawings are measured in *face units*: about half a face width, with the middle of the face at
/// the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    to_image: Similarity,
    to_drawing: Similarity,
    scale: f32,
}

impl Placement {
    /// Origin at `center` in pixels, `scale` pixels per unit, turned by `roll` radians clockwise.
    ///
    /// # Panics
    /// When `scale` is not above 0, or a number is not finite.
    pub(crate) fn new(center: Point, scale: f32, roll: f32) -> Self {
        let to_image = Similarity::around([0.0, 0.0], roll, scale, center);
        Self { to_image, to_drawing: to_image.inverse(), scale }
    }

    /// Pixels per unit.
    pub(crate) fn scale(&self) -> f32 {
        self.scale
    }

    /// A point of the drawing, in pixels of the image.
    pub(crate) fn to_image(self, point: Point) -> Point {
        self.to_image.apply(point)
    }

    /// A point of the image, in units of the drawing.
    pub(crate) fn to_drawing(self, point: Point) -> Point {
        self.to_drawing.apply(point)
    }

    /// The center of the first pixel of row `y`, and the step to the next pixel, in units of the
    /// drawing.
    pub(crate) fn row(self, y: u32) -> [Point; 2] {
        let [first, second] = [0.5, 1.5].map(|x| self.to_drawing([x, y as f32 + 0.5]));
        [first, [second[0] - first[0], second[1] - first[1]]]
    }

    /// The pixels `x1..x2, y1..y2` of a `width` × `height` image that cover `region`.
    pub(crate) fn pixels(self, region: Region, width: u32, height: u32) -> [u32; 4] {
        let Region { from, to } = region;
        let corners = [from, [to[0], from[1]], to, [from[0], to[1]]].map(|p| self.to_image(p));
        let range = |axis: usize, size: u32| {
            let low = corners.iter().map(|c| c[axis]).fold(f32::MAX, f32::min);
            let high = corners.iter().map(|c| c[axis]).fold(f32::MIN, f32::max);
            // Casts of floats to integers saturate, so that a region outside becomes an empty range.
            ((low.floor() as u32).min(size), (high.ceil() as u32).min(size))
        };
        let ((x1, x2), (y1, y2)) = (range(0, width), range(1, height));
        [x1, x2, y1, y2]
    }
}

/// A rectangle of a drawing, in its units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    /// Left and top.
    pub(crate) from: Point,
    /// Right and bottom.
    pub(crate) to: Point,
}

impl Region {
    /// The rectangle around `center` with half sizes `half` in x and y.
    pub(crate) fn around(center: Point, half: Point) -> Self {
        Self {
            from: [center[0] - half[0], center[1] - half[1]],
            to: [center[0] + half[0], center[1] + half[1]],
        }
    }

    /// The same rectangle, larger by `margin` on every side.
    pub(crate) fn grown(self, margin: f32) -> Self {
        Self { from: self.from.map(|v| v - margin), to: [self.to[0] + margin, self.to[1] + margin] }
    }
}

/// Blends the brush's color over every pixel of `region`.
///
/// The brush maps the pixel's center, in units of the drawing, to a color and its coverage of the
/// pixel, 0 to 1.
pub(crate) fn paint(
    canvas: &mut Canvas,
    placement: Placement,
    region: Region,
    brush: impl Fn(Point) -> (Color, f32),
) {
    let [x1, x2, y1, y2] = placement.pixels(region, canvas.width(), canvas.height());
    for y in y1..y2 {
        let [[x0, y0], [dx, dy]] = placement.row(y);
        for x in x1..x2 {
            let (color, cover) = brush([x0 + x as f32 * dx, y0 + x as f32 * dy]);
            if cover > 0.0 {
                let pixel = canvas.get_pixel_mut(x, y);
                pixel.0 = mix(pixel.0, color, cover.min(1.0));
            }
        }
    }
}

/// `a` where `t` is 0, `b` where it is 1.
pub(crate) fn mix(a: Color, b: Color, t: f32) -> Color {
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t)
}

/// A color made brighter or darker.
pub(crate) fn shade(color: Color, factor: f32) -> Color {
    color.map(|v| v * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_is_undone_by_its_inverse() {
        let placement = Placement::new([120.0, 80.0], 37.0, 0.4);
        let [x, y] = placement.to_drawing(placement.to_image([0.7, -1.3]));
        assert!((x - 0.7).abs() < 1e-5 && (y + 1.3).abs() < 1e-5, "{x} {y}");
    }

    #[test]
    fn positive_roll_turns_clockwise_as_seen() {
        let [x, y] = Placement::new([0.0, 0.0], 1.0, 0.1).to_image([1.0, 0.0]);
        assert!(x > 0.9 && y > 0.05, "{x} {y}");
    }

    #[test]
    fn painting_stays_inside_its_region_and_the_image() {
        let mut canvas = Canvas::new(20, 10);
        let placement = Placement::new([15.0, 5.0], 1.0, 0.0);
        let region = Region::around([0.0, 0.0], [8.0, 2.0]);
        paint(&mut canvas, placement, region, |_| ([1.0; 3], 0.5));
        for (x, y, pixel) in canvas.enumerate_pixels() {
            let inside = x >= 7 && (3..7).contains(&y);
            assert_eq!(pixel.0, if inside { [0.5; 3] } else { [0.0; 3] }, "at {x}, {y}");
        }
        let outside = Region::around([500.0, 500.0], [1.0, 1.0]);
        paint(&mut canvas, placement, outside, |_| unreachable!("there is nothing to paint"));
    }
}
