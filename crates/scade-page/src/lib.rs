//! Report pages: one HTML file with text, tables, figures and images, and nothing from elsewhere.
//!
//! A [`Page`] is filled from top to bottom and then written as one text. It holds no script and asks for no
//! font, image or style from elsewhere; a content security policy in it forbids that too. It follows the theme
//! of the screen, fits telephones and wide screens, and prints on light paper. All text is escaped by
//! `maud`, so that no file name can become markup; there is no way to insert markup of one's own.
//!
//! ```
//! use scade_page::{Column, Footer, Headline, Page, Table, Tone};
//! use scade_viz::{Counts, Curve};
//!
//! let mut page = Page::new("Evaluation of a detector");
//! page.subtitle("test set, 1,000 frames");
//! page.summary(["The detector finds 80 of 100 fakes and raises a false alarm for 1 of 100 real frames."]);
//! page.headline(Headline::new(Tone::Good, "AUC 0.981").detail("95 % interval 0.972 to 0.988"));
//! page.section("Results");
//! page.table(
//!     Table::new("Metrics", [Column::text("subset"), Column::number("frames"), Column::number("AUC").unit("0..1")])
//!         .row(["all", "1,000", "0.981"])
//!         .row(["compressed", "400", "0.942"]),
//! );
//! let points = [(0.0, 0.0), (0.01, 0.8), (1.0, 1.0)];
//! let n = Counts { real: 500, fake: 500, unit: "frames" };
//! let roc = scade_viz::roc(&[Curve::new("detector", &points)], None, &n);
//! page.figure(&roc, "The higher the curve at the left, the fewer false alarms for the same finds.");
//! page.footer(Footer::new("scade-eval --data test").version("scade-eval", "0.1.0"));
//! let html = page.html();
//! assert!(html.starts_with("<!DOCTYPE html>") && html.contains("AUC 0.981"));
//! ```

mod error;
mod footer;
mod image;
mod page;
mod parts;
mod table;

pub use error::Error;
pub use footer::Footer;
pub use image::Image;
pub use page::Page;
pub use parts::{Headline, Tone};
pub use table::{Column, Table};
