//! One head, from back to front: hair behind, ears, skin, eyes, brows, nose, mouth, hair in front.

mod eyes;
mod hair;
mod mouth;
mod skin;
mod surface;

use crate::canvas::{Canvas, Placement, Point};
use crate::identity::Identity;
use crate::motion::Expression;

use surface::Surface;

/// Where the light comes from; of unit length, x right, y down, z towards the viewer.
pub(crate) type Light = [f32; 3];

/// A person with pose, expression and light, ready to be painted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face<'a> {
    identity: &'a Identity,
    surface: Surface,
    expression: Expression,
    light: Light,
}

impl<'a> Face<'a> {
    /// The face of `identity` at a place, with an expression, in a light.
    pub(crate) fn new(
        identity: &'a Identity,
        placement: Placement,
        expression: Expression,
        light: Light,
    ) -> Self {
        let surface = Surface::new(placement, identity.head.radii, &expression);
        Self { identity, surface, expression, light }
    }

    /// Paints the hair behind head and neck.
    pub(crate) fn paint_behind(&self, canvas: &mut Canvas) {
        hair::paint_behind(self, canvas);
    }

    /// Paints the head with everything in front of it.
    pub(crate) fn paint(&self, canvas: &mut Canvas) {
        skin::paint_ears(self, canvas);
        skin::paint_head(self, canvas);
        eyes::paint(self, canvas);
        mouth::paint(self, canvas);
        hair::paint_front(self, canvas);
    }

    /// The five landmarks of `scade_image::Landmarks`, in pixels of the image.
    pub(crate) fn landmarks(&self) -> [Point; 5] {
        let Identity { eyes, nose, mouth, .. } = self.identity;
        let corner = mouth.height + mouth::drop(&self.expression) * 0.4;
        [
            ([-eyes.spacing, eyes.height], 0.0),
            ([eyes.spacing, eyes.height], 0.0),
            ([0.0, nose.tip], skin::NOSE_HEIGHT),
            ([-mouth.half_width, corner], 0.0),
            ([mouth.half_width, corner], 0.0),
        ]
        .map(|(point, height)| self.surface.placement.to_image(self.surface.to_view(point, height)))
    }

    /// From coordinates of the head as seen to those of the face seen from the front.
    pub(crate) fn to_face(self, view: Point) -> Point {
        self.surface.to_face(view, 0.0)
    }

    /// Pixels per face unit.
    fn scale(&self) -> f32 {
        self.surface.placement.scale()
    }

    /// The width of an edge as sharp as the pixels allow, never below `least` units.
    fn edge(&self, least: f32) -> f32 {
        least.max(1.2 / self.scale())
    }
}
