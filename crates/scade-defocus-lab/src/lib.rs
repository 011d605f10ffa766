//! Benchmark of defocus maps on images of known blur, and the fit of the recommended map.
//!
//! The benchmark renders its images, so that no photographs are needed. It is defined in
//! `docs/defocus.md`. This crate does not depend on the forgery detector; it uses the face detector
//! only for photographs of the user.

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
pub use splice::{Portrait, of_folder, splice_auc, synthetic};

/// Size of the benchmark's images, in pixels.
pub(crate) const SIDE: usize = 256;
