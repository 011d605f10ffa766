//! The font of figures: a subset of DejaVu Sans with Latin, Greek and Cyrillic letters and some signs.
//!
//! ```sh
//! pyftsubset DejaVuSans.ttf --no-hinting --layout-features= --name-IDs='*' \
//!   --unicodes=U+0020-007E,U+00A0-017F,U+0370-03FF,U+0400-045F,U+2010-2015,U+2018-201E,U+2026,\
//! U+2190-2193,U+2212,U+221E,U+2248,U+2260,U+2264,U+2265
//! ```

use std::sync::OnceLock;

use ttf_parser::{Face, OutlineBuilder};

static BYTES: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");

/// Fonts of the viewer that an SVG asks for. All are narrower than DejaVu Sans, by which text is placed,
/// so that text stays within its place.
pub(crate) const FAMILY: &str =
    "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'DejaVu Sans',sans-serif";

/// Extra width of bold letters.
const BOLD: f64 = 1.08;

fn face() -> Option<&'static Face<'static>> {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(BYTES, 0).ok()).as_ref()
}

/// Width of one character in the font size 1.
fn advance(face: &Face<'_>, character: char) -> f64 {
    let glyph = face.glyph_index(character).unwrap_or_default();
    f64::from(face.glyph_hor_advance(glyph).unwrap_or(600)) / f64::from(face.units_per_em())
}

/// Width of a line of text, in the unit of `size`.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let Some(face) = face() else { return 0.6 * size * text.chars().count() as f64 };
    let sum: f64 = text.chars().map(|character| advance(face, character)).sum();
    sum * size * if bold { BOLD } else { 1.0 }
}

/// Breaks text into lines of at most `most` units, between words where that is possible.
pub(crate) fn wrap(text: &str, size: f64, bold: bool, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if width(&longer, size, bold) <= most {
                *line = longer;
                continue;
            }
        }
        // Words that are longer than a line, such as names of files, break anywhere.
        let mut piece = String::new();
        for character in word.chars() {
            piece.push(character);
            if width(&piece, size, bold) > most && piece.chars().count() > 1 {
                piece.pop();
                lines.push(std::mem::replace(&mut piece, character.into()));
            }
        }
        lines.push(piece);
    }
    lines
}

/// Text, shortened by `…` to at most `most` units.
pub(crate) fn shorten(text: &str, size: f64, most: f64) -> String {
    if width(text, size, false) <= most {
        return text.into();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if width(&short, size, false) + width("…", size, false) > most {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// Receives the outlines of letters; y points down.
pub(crate) trait Pen {
    fn move_to(&mut self, x: f64, y: f64);
    fn line_to(&mut self, x: f64, y: f64);
    fn quad_to(&mut self, x1: f64, y1: f64, x: f64, y: f64);
    fn close(&mut self);
}

/// Outlines a line of text from its left end on the base line, (0, 0).
pub(crate) fn outline(text: &str, size: f64, bold: bool, pen: &mut dyn Pen) {
    let Some(face) = face() else { return };
    let scale = size / f64::from(face.units_per_em());
    let mut x = 0.0;
    for character in text.chars() {
        let glyph = face.glyph_index(character).unwrap_or_default();
        face.outline_glyph(glyph, &mut Placed { pen, x, scale });
        x += advance(face, character) * size * if bold { BOLD } else { 1.0 };
    }
}

struct Placed<'a> {
    pen: &'a mut dyn Pen,
    x: f64,
    scale: f64,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (self.x + f64::from(x) * self.scale, -f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.pen.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.pen.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.pen.quad_to(x1, y1, x, y);
    }

    /// TrueType outlines have none.
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, x: f32, y: f32) {
        self.line_to(x, y);
    }

    fn close(&mut self) {
        self.pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_of_the_crate_has_the_letters_of_figures() {
        let face = face().expect("the font is readable");
        for character in "azAZ09 (%)−–…≤≥αß Жяё".chars() {
            assert!(face.glyph_index(character).is_some(), "{character}");
        }
        assert!(width("iiii", 12.0, false) < width("mmmm", 12.0, false));
    }

    #[test]
    fn lines_of_wrapped_text_are_short_enough_and_lose_no_word() {
        let text = "a few words and_one_name_of_a_file_that_is_longer_than_a_line.mp4 at the end";
        for most in [10.0, 60.0, 130.0, 1e4] {
            let lines = wrap(text, 12.0, false, most);
            assert!(
                lines
                    .iter()
                    .all(|line| { width(line, 12.0, false) <= most || line.chars().count() == 1 })
            );
            let letters = |text: &str| text.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text));
        }
        assert!(width(&shorten(text, 12.0, 100.0), 12.0, false) <= 100.0);
    }
}
