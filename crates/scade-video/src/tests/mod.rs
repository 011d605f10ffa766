//! The crate as its users meet it, on videos of its own making.

mod broken;
mod clips;
#[path = "../../fixtures/mod.rs"]
#[allow(unreachable_pub)]
mod fixtures;
mod mutation;
mod odd;
mod opencv;
mod opening;
mod reading;
mod skipping;
mod writing;

/// Says that something could not be tested here, and what would do it.
#[allow(clippy::print_stderr)]
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}; it takes {why}");
}
