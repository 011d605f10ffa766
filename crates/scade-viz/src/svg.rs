//! Writes a laid out figure as SVG.
//!
//! Colors of light paper are attributes, so that every viewer shows them; a style sheet replaces them where
//! the screen prefers dark. There is no identifier, so that one page can hold many figures.

use std::fmt::Write;

use crate::font::FAMILY;
use crate::scene::{Anchor, Mark, Scene, Segment, Shape, Text};
use crate::theme::{Role, Theme};

/// The class of all figures, by which a page can find them.
pub(crate) const CLASS: &str = "scade-figure";

/// Text as content or attribute of XML: what could end either is replaced, and so is what XML cannot hold.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A length in at most two decimals.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

pub(crate) fn write(scene: &Scene, title: &str, alt: &str) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{CLASS}\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\" font-family=\"{FAMILY}\">\n\
         <title>{}</title>\n<style>{}</style>\n",
        escape(alt),
        escape(title),
        style(),
    );
    for mark in &scene.marks {
        match mark {
            Mark::Shape(shape) => write_shape(&mut svg, shape),
            Mark::Text(text) => write_text(&mut svg, text),
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The colors of dark paper: `f…` fills, `s…` strokes.
fn style() -> String {
    let mut rules = String::new();
    for role in Role::all() {
        let (class, hex) = (role.class(), role.hex(Theme::Dark));
        let _ = write!(rules, ".{CLASS} .f{class}{{fill:{hex}}}.{CLASS} .s{class}{{stroke:{hex}}}");
    }
    format!("@media screen and (prefers-color-scheme:dark){{{rules}}}")
}

fn write_shape(svg: &mut String, shape: &Shape) {
    if shape.path.is_empty() {
        return;
    }
    let mut classes = Vec::new();
    let mut attributes = String::new();
    if let Some((role, opacity)) = shape.fill {
        classes.push(format!("f{}", role.class()));
        let _ = write!(attributes, " fill=\"{}\"", role.hex(Theme::Light));
        if opacity < 1.0 {
            let _ = write!(attributes, " fill-opacity=\"{}\"", number(opacity));
        }
    } else {
        attributes.push_str(" fill=\"none\"");
    }
    if let Some(stroke) = shape.stroke {
        classes.push(format!("s{}", stroke.role.class()));
        let _ = write!(
            attributes,
            " stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"",
            stroke.role.hex(Theme::Light),
            number(stroke.width)
        );
        if !stroke.dashes.is_empty() {
            let dashes: Vec<_> = stroke.dashes.iter().map(|dash| number(*dash)).collect();
            let _ = write!(attributes, " stroke-dasharray=\"{}\"", dashes.join(" "));
        }
    }
    let _ = write!(svg, "<path class=\"{}\"{attributes} d=\"", classes.join(" "));
    for segment in &shape.path {
        let _ = match *segment {
            Segment::Move(x, y) => write!(svg, "M{} {}", number(x), number(y)),
            Segment::Line(x, y) => write!(svg, "L{} {}", number(x), number(y)),
            Segment::Circle(x, y, radius) => {
                let (r, d) = (number(radius), number(2.0 * radius));
                let (left, y) = (number(x - radius), number(y));
                write!(svg, "M{left} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z")
            }
            Segment::Close => write!(svg, "z"),
        };
    }
    svg.push_str("\"/>\n");
}

fn write_text(svg: &mut String, text: &Text) {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if text.bold { " font-weight=\"600\"" } else { "" };
    let _ = writeln!(
        svg,
        "<text class=\"f{}\" fill=\"{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{weight}>{}</text>",
        text.role.class(),
        text.role.hex(Theme::Light),
        number(text.x),
        number(text.y),
        number(text.size),
        escape(&text.text),
    );
}
