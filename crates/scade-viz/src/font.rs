//! The font of all plots: a subset of DejaVu Sans with Latin letters, digits and some signs.
//!
//! ```sh
//! pyftsubset DejaVuSans.ttf --no-hinting --layout-features=kern --name-IDs='*' \
//!   --unicodes=U+0020-007E,U+00A0-00FF,U+2013,U+2014,U+2026,U+2212,U+2264,U+2265,U+03B1,U+03BB,U+03C3
//! ```

use std::sync::Once;

use plotters::style::{FontStyle, register_font};

/// The font family of all plots. An SVG names it too, and a viewer uses its own font of that family.
pub(crate) const FAMILY: &str = "sans-serif";

static BYTES: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");

/// Registers the font with the plotting library, once.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only for invalid font files; a test plots with this one.
        let _ = register_font(FAMILY, FontStyle::Normal, BYTES);
    });
}
