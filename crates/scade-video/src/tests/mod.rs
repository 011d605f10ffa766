//! Tests of the public interface, on generated videos.

mod broken;
mod clips;
mod counting;
mod display;
#[path = "../../fixtures/mod.rs"]
#[allow(unreachable_pub)]
mod fixtures;
mod mutation;
mod naming;
mod odd;
mod opencv;
mod opening;
mod reading;
mod seeking;
mod skipping;
mod streams;
mod writing;

/// Reports that a test was skipped, and what it needs.
#[allow(clippy::print_stderr)]
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}; it needs {why}");
}
