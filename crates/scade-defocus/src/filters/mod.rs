//! Plain image filters with the arithmetic and the borders of OpenCV.
//!
//! They work on 8-bit grey levels or 32-bit floats, row by row; what the result is used for is the
//! matter of the methods.

mod box_mean;
mod canny;
mod gaussian;
mod grid;
mod guided;

pub(crate) use box_mean::{Border, box_mean};
pub(crate) use canny::canny;
pub(crate) use gaussian::gaussian5;
pub(crate) use grid::Grid;
pub(crate) use guided::guided_filter;
