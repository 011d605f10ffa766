//! The crate as its users meet it, on videos of its own making.

mod broken;
mod clips;
mod reading;
mod writing;
