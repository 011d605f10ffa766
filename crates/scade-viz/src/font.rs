//! The font of all images: DejaVu Sans, cut down to Latin letters, digits and some signs.
//!
//! ```sh
//! pyftsubset DejaVuSans.ttf --no-hinting --layout-features=kern --name-IDs='*' \
//!   --unicodes=U+0020-007E,U+00A0-00FF,U+2013,U+2014,U+2026,U+2212,U+2264,U+2265,U+03B1,U+03BB,U+03C3
//! ```

use std::sync::Once;

use plotters::style::{FontStyle, register_font};

/// The name under which images ask for the font. An SVG names it too, and a viewer that draws SVG
/// takes its own font of that kind.
pub(crate) const FAMILY: &str = "sans-serif";

static BYTES: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");

/// Makes the font known to the drawing library, once.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It could only fail for bytes that are no font, and a test draws with these.
        let _ = register_font(FAMILY, FontStyle::Normal, BYTES);
    });
}
