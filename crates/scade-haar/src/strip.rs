//! A strip of windows of one scale.

use std::ops::Range;

use scade_image::on_wide_vectors;

use crate::plan::Plan;
use crate::resize::Reduced;
use crate::scan::Scan;
use crate::tile::{Pixels, Tile};

/// Memory that one thread uses again and again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    mixed: Vec<u16>,
    pixels: Vec<u8>,
    tile: Tile,
    skips: Vec<bool>,
}

/// The windows of some rows that pass all stages, as row and column in order.
///
/// `rows` and `columns` count windows.
pub(crate) fn scan_strip(
    image: &Reduced<'_>,
    plan: &Plan,
    rows: Range<usize>,
    columns: usize,
    scratch: &mut Scratch,
) -> Vec<(usize, usize)> {
    let Scratch { mixed, pixels, tile, skips } = scratch;
    let width = image.width();
    pixels.resize((plan.rows(rows.len()) - 1) * width, 0);
    for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
        image.row(plan.step * rows.start + y, mixed, out);
    }
    skips.clear();
    skips.resize(rows.len(), false);
    let mut hits = Vec::new();
    for column in (0..columns).step_by(plan.windows) {
        let windows = plan.windows.min(columns - column);
        let width = plan.columns(windows) - 1;
        let x = plan.step * column;
        tile.fill(plan, &Pixels { strip: pixels, stride: image.width(), x, width });
        on_wide_vectors(Scan { plan, tile, windows, skips, hits: &mut hits, column });
    }
    hits.iter_mut().for_each(|hit| hit.0 += rows.start);
    hits.sort_unstable();
    hits
}
