//! The head as a turning ellipsoid: the position of facial features on a turned head.

use crate::canvas::{Canvas, Color, Placement, Point, Region, paint};
use crate::motion::Expression;

/// Depth of the head relative to its half width.
const DEPTH: f32 = 0.9;

/// Painting on the surface of a turned head.
///
/// *Face coordinates* are those of the head seen from the front; *view coordinates* those of the
/// head as seen, with roll and size taken off. The two differ by yaw and pitch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surface {
    pub(crate) placement: Placement,
    radii: Point,
    yaw: (f32, f32),
    pitch: (f32, f32),
}

impl Surface {
    /// The surface of a head with these `radii`.
    pub(crate) fn new(placement: Placement, radii: Point, expression: &Expression) -> Self {
        let [yaw, pitch] = [expression.yaw, expression.pitch].map(f32::sin_cos);
        Self { placement, radii, yaw, pitch }
    }

    /// Height of a point of the ellipsoid towards the viewer.
    fn depth(&self, [x, y]: Point) -> f32 {
        let [u, v] = [x / self.radii[0], y / self.radii[1]];
        DEPTH * (1.0 - u * u - v * v).max(0.0).sqrt()
    }

    /// From view to face coordinates, for a point `height` above the skin.
    pub(crate) fn to_face(self, [x, y]: Point, height: f32) -> Point {
        let depth = self.depth([x, y]);
        [
            x * self.yaw.1 - depth * self.yaw.0 - height * self.yaw.0,
            y * self.pitch.1 - depth * self.pitch.0 - height * self.pitch.0,
        ]
    }

    /// From face to view coordinates; the inverse of [`Self::to_face`] on the ellipsoid.
    pub(crate) fn to_view(self, [x, y]: Point, height: f32) -> Point {
        let depth = self.depth([x, y]) + height;
        [x * self.yaw.1 + depth * self.yaw.0, y * self.pitch.1 + depth * self.pitch.0]
    }

    /// Paints a region given in face coordinates. The brush gets each pixel in face coordinates.
    pub(crate) fn paint(
        &self,
        canvas: &mut Canvas,
        region: Region,
        height: f32,
        brush: impl Fn(Point) -> (Color, f32),
    ) {
        // No point moves farther than its depth times the larger sine.
        let reach = (DEPTH + height) * self.yaw.0.abs().max(self.pitch.0.abs()) + 0.05;
        paint(canvas, self.placement, region.grown(reach), |p| brush(self.to_face(p, height)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn view_and_face_coordinates_undo_each_other() {
        let expression = Expression { yaw: 0.2, pitch: -0.12, ..Expression::default() };
        let placement = Placement::new([0.0, 0.0], 1.0, 0.0);
        let surface = Surface::new(placement, [0.9, 1.2], &expression);
        for point in [[-0.38, -0.18], [0.38, -0.18], [0.0, 0.3], [-0.3, 0.65], [0.3, 0.65]] {
            let [x, y] = surface.to_face(surface.to_view(point, 0.0), 0.0);
            let off = (x - point[0]).hypot(y - point[1]);
            assert!(off < 0.03, "{point:?} came back as {x}, {y}");
        }
    }
}
