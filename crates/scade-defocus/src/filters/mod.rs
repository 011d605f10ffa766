//! Image filters; those with an OpenCV equivalent have its arithmetic and its borders.
//!
//! They work on 8-bit gray levels or 32-bit floats, row by row.

mod box_mean;
mod canny;
mod enlarge;
mod gaussian;
mod gradient;
mod grid;
mod guided;
mod guided_path;
mod logarithm;
mod path;

pub(crate) use box_mean::{Border, box_mean};
pub(crate) use canny::{canny, canny_l2};
pub(crate) use enlarge::enlarge;
pub(crate) use gaussian::{SIGMA_1, SIGMA_1_4, gaussian};
pub(crate) use gradient::{squared_gradient, squared_gradient_halved};
pub(crate) use grid::Grid;
pub(crate) use guided::guided_filter;
pub(crate) use guided_path::smooth_guided;
pub(crate) use logarithm::logarithms;
pub(crate) use path::smooth_paths;
