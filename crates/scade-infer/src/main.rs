//! Verdicts on pictures and videos from the command line.
fn main() {}
