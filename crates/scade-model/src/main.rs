//! SCADE-Net and Meso-4 on Burn, and their weights on disk.
fn main() {}
