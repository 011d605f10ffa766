//! Paints a laid out figure as PNG.

use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Shader, Stroke, StrokeDash,
    Transform,
};

use crate::font::{self, Pen};
use crate::scene::{Anchor, Mark, Scene, Segment, Shape, Text};
use crate::theme::{Role, Theme};
use crate::{Error, scene};

/// Pixels per unit of length, so that text is sharp on screens of high density.
const DENSITY: f32 = 2.0;

pub(crate) fn write(scene: &Scene, theme: Theme) -> Result<Vec<u8>, Error> {
    let pixels = |length: f64| (length * f64::from(DENSITY)).ceil().max(1.0) as u32;
    let mut pixmap = Pixmap::new(pixels(scene.width), pixels(scene.height))
        .ok_or_else(|| Error::Png { reason: "the figure is too large".into() })?;
    for mark in &scene.marks {
        match mark {
            Mark::Shape(shape) => paint_shape(&mut pixmap, shape, theme),
            Mark::Text(text) => paint_text(&mut pixmap, text, theme),
        }
    }
    pixmap.encode_png().map_err(|reason| Error::Png { reason: reason.to_string() })
}

fn paint(role: Role, opacity: f64, theme: Theme) -> Paint<'static> {
    let [red, green, blue] = role.rgb(theme);
    let alpha = (255.0 * opacity).round().clamp(0.0, 255.0) as u8;
    let shader = Shader::SolidColor(Color::from_rgba8(red, green, blue, alpha));
    Paint { shader, anti_alias: true, ..Paint::default() }
}

fn path_of(segments: &[Segment]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for segment in segments {
        match *segment {
            Segment::Move(x, y) => path.move_to(x as f32, y as f32),
            Segment::Line(x, y) => path.line_to(x as f32, y as f32),
            Segment::Circle(x, y, radius) => path.push_circle(x as f32, y as f32, radius as f32),
            Segment::Close => path.close(),
        }
    }
    path.finish()
}

fn paint_shape(pixmap: &mut Pixmap, shape: &Shape, theme: Theme) {
    let Some(path) = path_of(&shape.path) else { return };
    let scaled = Transform::from_scale(DENSITY, DENSITY);
    if let Some((role, opacity)) = shape.fill {
        pixmap.fill_path(&path, &paint(role, opacity, theme), FillRule::Winding, scaled, None);
    }
    if let Some(stroke) = shape.stroke {
        let paint = paint(stroke.role, 1.0, theme);
        pixmap.stroke_path(&path, &paint, &stroke_of(&stroke), scaled, None);
    }
}

fn stroke_of(stroke: &scene::Stroke) -> Stroke {
    let dashes: Vec<f32> = stroke.dashes.iter().map(|dash| *dash as f32).collect();
    Stroke {
        width: stroke.width as f32,
        line_join: LineJoin::Round,
        dash: StrokeDash::new(dashes, 0.0),
        ..Stroke::default()
    }
}

fn paint_text(pixmap: &mut Pixmap, text: &Text, theme: Theme) {
    let mut outline = Outline(PathBuilder::new());
    font::outline(&text.text, text.size, text.bold, &mut outline);
    // Nothing but spaces has no outline.
    let Some(path) = outline.0.finish() else { return };
    let width = font::width(&text.text, text.size, text.bold);
    let left = match text.anchor {
        Anchor::Start => text.x,
        Anchor::Middle => text.x - width / 2.0,
        Anchor::End => text.x - width,
    };
    let placed = Transform::from_translate(left as f32, text.y as f32).post_scale(DENSITY, DENSITY);
    let paint = paint(text.role, 1.0, theme);
    pixmap.fill_path(&path, &paint, FillRule::Winding, placed, None);
    if text.bold {
        // The font of the crate has one weight; a thin line around the letters makes them bold.
        let stroke = Stroke { width: 0.04 * text.size as f32, ..Stroke::default() };
        pixmap.stroke_path(&path, &paint, &stroke, placed, None);
    }
}

struct Outline(PathBuilder);

impl Pen for Outline {
    fn move_to(&mut self, x: f64, y: f64) {
        self.0.move_to(x as f32, y as f32);
    }

    fn line_to(&mut self, x: f64, y: f64) {
        self.0.line_to(x as f32, y as f32);
    }

    fn quad_to(&mut self, x1: f64, y1: f64, x: f64, y: f64) {
        self.0.quad_to(x1 as f32, y1 as f32, x as f32, y as f32);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
