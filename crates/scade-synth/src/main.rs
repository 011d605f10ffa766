//! Synthetic talking-head clips, real and face-swapped, for demo and tests.
fn main() {}
