//! Download, verification and caching of MTCNN's weights.
//!
//! They are public (MIT license, 495,850 numbers, 2 MB) but not part of this repository. On first
//! use `locate` fetches the three original files, checks their SHA-256 against the pinned ones,
//! converts them to one safetensors file and keeps that in the cache, `$SCADE_CACHE` or the user's
//! cache folder. The originals are Python pickles; they are parsed, never executed.
//!
//! Without the feature `fetch` there is no `locate`, and nothing here uses the network, runs other programs
//! or reads a cache: [`crate::Mtcnn::load`] takes the path of a converted file.
//!
//! The converted file keeps PyTorch's names and layout, with the network's name as a prefix
//! (`pnet.conv1.weight`), and contains a digest of its tensors to detect corruption on loading.

#[cfg(feature = "fetch")]
mod cache;
#[cfg(feature = "fetch")]
mod convert;
mod converted;
#[cfg(feature = "fetch")]
mod download;
mod error;
#[cfg(feature = "fetch")]
mod pip;
mod release;
#[cfg(feature = "fetch")]
mod source;

#[cfg(feature = "fetch")]
pub use cache::{locate, locate_cached_only, locate_for};
pub use converted::digest_of as digest;
pub use error::{Attempt, Error};
pub use release::{CASCADE, PinnedFile, Release, UPSTREAM};

pub(crate) use converted::read_converted;

/// The converted weights if they are cached; otherwise prints that the test is skipped.
#[cfg(test)]
#[allow(clippy::print_stderr)]
pub(crate) fn locate_or_skip() -> Option<std::path::PathBuf> {
    #[cfg(feature = "fetch")]
    let path = locate_cached_only();
    #[cfg(not(feature = "fetch"))]
    let path = None;
    if path.is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
    }
    path
}
