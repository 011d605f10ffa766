//! Images whose blur is known, how well each defocus map tells it, and the fit of the recommended
//! map.
//!
//! The benchmark draws its images, so that anyone has them: no photograph is in it. Its definition
//! is that of `docs/defocus.md`. This crate knows no detector of forgeries; it needs the detector of
//! faces only for photographs that its user names.

mod benchmark;
mod blur;
mod cases;
mod figure;
mod fit;
mod leaves;
mod rng;
mod scores;
mod sigma;
mod splice;

pub use benchmark::{Candidate, Row, core, methods};
pub use figure::figure;
pub use fit::{Fit, FitSettings, fit};
pub use splice::{Portrait, drawn, of_folder, splice_auc};

/// Side of the benchmark's images, in pixels.
pub(crate) const SIDE: usize = 256;
