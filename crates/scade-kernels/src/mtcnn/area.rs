//! Area resize: every output pixel is the plain mean of the input pixels it touches.
//!
//! All sizes of a pyramid come out of one reading of the picture. Down every column runs the sum of
//! all rows so far; the sum over a window of rows is the difference of that sum at its two ends.
//! Sums are whole numbers and exact.

use std::cell::RefCell;
use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{Part, Picture};
use crate::Level;

/// Colours that the networks take for 0, and what they take for 1 from there.
const MEAN: f32 = 127.5;
const SCALE: f32 = 1.0 / 128.0;

/// Some rows of a part of a picture at one size.
pub(super) struct Target<'a> {
    /// Height and width of the whole.
    pub(super) size: [usize; 2],
    /// Rows that are wanted, at least one.
    pub(super) rows: Range<usize>,
    /// `[rows, width, 3]`; gets the colours from about −1 to 1.
    pub(super) out: &'a mut [f32],
}

/// A whole picture at several sizes, `[height, width]`, on all threads.
pub(super) fn pyramid(level: Level, picture: Picture<'_>, sizes: &[[usize; 2]]) -> Vec<Vec<f32>> {
    let mut out: Vec<_> = sizes.iter().map(|[h, w]| vec![0.0; 3 * h * w]).collect();
    let bands = rayon::current_num_threads();
    let mut targets: Vec<Vec<Target<'_>>> = (0..bands).map(|_| Vec::new()).collect();
    for (&size, mut left) in sizes.iter().zip(out.iter_mut().map(|out| &mut out[..])) {
        for (band, targets) in targets.iter_mut().enumerate() {
            let rows = band * size[0] / bands..(band + 1) * size[0] / bands;
            let (out, rest) = left.split_at_mut(rows.len() * 3 * size[1]);
            left = rest;
            if !rows.is_empty() {
                targets.push(Target { size, rows, out });
            }
        }
    }
    targets.par_iter_mut().for_each(|targets| resize(level, picture, picture.whole(), targets));
    out
}

/// Resizes a part of a picture to each of the targets: output column `i` of `W` averages the input
/// columns `floor(i·w/W) .. ceil((i+1)·w/W)`, and rows alike (PyTorch's `interpolate(mode="area")`).
///
/// O(part + output rows · part width).
pub(super) fn resize(level: Level, picture: Picture<'_>, part: Part, targets: &mut [Target<'_>]) {
    if targets.is_empty() {
        return;
    }
    picture.check(part);
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    SCRATCH.with_borrow_mut(|scratch| level.run(Sweep { picture, part, targets, scratch }));
}

/// The input samples under output sample `i`; never empty.
fn window(i: usize, input: usize, output: usize) -> Range<usize> {
    i * input / output..((i + 1) * input).div_ceil(output)
}

/// What a thread needs for resizing; kept.
#[derive(Default)]
struct Scratch {
    /// Sum of the rows so far, for each byte of a row.
    total: Vec<u32>,
    /// The same over the rows of a window.
    sums: Vec<u32>,
    progress: Vec<Progress>,
}

/// How far a target has come.
#[derive(Default)]
struct Progress {
    /// The next row.
    next: usize,
    /// Rows of the part under it.
    window: Range<usize>,
    /// `total` where the window begins.
    start: Vec<u32>,
    /// Columns of the part under each output pixel.
    columns: Vec<Range<usize>>,
    /// How many they are, once for each colour.
    counts: Vec<f32>,
}

struct Sweep<'a, 'b> {
    picture: Picture<'a>,
    part: Part,
    targets: &'a mut [Target<'b>],
    scratch: &'a mut Scratch,
}

impl WithSimd for Sweep<'_, '_> {
    type Output = ();

    // Plain loops, which the compiler turns into the vectors of the level.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { picture, part, targets, scratch } = self;
        let rows = scratch.prepare(part, targets);
        let Scratch { total, sums, progress } = scratch;
        for y in rows {
            let row = picture.row(part, y);
            for (progress, target) in progress.iter_mut().zip(&*targets) {
                if progress.window.start == y && progress.next == target.rows.start {
                    progress.start.copy_from_slice(total);
                }
            }
            for (total, &value) in total.iter_mut().zip(row) {
                *total = total.wrapping_add(u32::from(value));
            }
            for (progress, target) in progress.iter_mut().zip(&mut *targets) {
                while progress.next < target.rows.end && progress.window.end == y + 1 {
                    progress.emit(total, sums, target);
                    progress.step(part.height, total, row, target);
                }
            }
        }
    }
}

impl Scratch {
    /// Begins; returns the rows of the part that the targets need.
    fn prepare(&mut self, part: Part, targets: &[Target<'_>]) -> Range<usize> {
        let Self { total, sums, progress } = self;
        total.clear();
        total.resize(3 * part.width, 0);
        sums.resize(3 * part.width, 0);
        progress.resize_with(targets.len().max(progress.len()), Progress::default);
        let mut rows = part.height..0;
        for (progress, target) in progress.iter_mut().zip(targets) {
            progress.prepare(part, target);
            let last = window(target.rows.end - 1, part.height, target.size[0]);
            rows = rows.start.min(progress.window.start)..rows.end.max(last.end);
        }
        rows
    }
}

impl Progress {
    fn prepare(&mut self, part: Part, target: &Target<'_>) {
        let [height, width] = target.size;
        self.next = target.rows.start;
        self.window = window(self.next, part.height, height);
        self.start.resize(3 * part.width, 0);
        self.columns.clear();
        self.columns.extend((0..width).map(|i| window(i, part.width, width)));
        self.counts.clear();
        self.counts.extend(self.columns.iter().flat_map(|columns| [columns.len() as f32; 3]));
    }

    /// Writes the next row, whose window ends here.
    #[inline(always)]
    fn emit(&self, total: &[u32], sums: &mut [u32], target: &mut Target<'_>) {
        for ((sum, &total), &start) in sums.iter_mut().zip(total).zip(&self.start) {
            *sum = total.wrapping_sub(start);
        }
        let (sums, _) = sums.as_chunks::<3>();
        let width = 3 * target.size[1];
        let out = &mut target.out[(self.next - target.rows.start) * width..][..width];
        for (out, columns) in out.as_chunks_mut::<3>().0.iter_mut().zip(&self.columns) {
            *out = across(&sums[columns.clone()]);
        }
        let rows = self.window.len() as f32;
        for (out, columns) in out.iter_mut().zip(&self.counts) {
            *out = (*out / (rows * columns) - MEAN) * SCALE;
        }
    }

    /// Goes on to the next row; its window begins behind `row` or, where windows overlap, with it.
    #[inline(always)]
    fn step(&mut self, height: usize, total: &[u32], row: &[u8], target: &Target<'_>) {
        let end = self.window.end;
        self.next += 1;
        self.window = window(self.next, height, target.size[0]);
        if self.window.start == end {
            self.start.copy_from_slice(total);
            return;
        }
        for ((start, &total), &value) in self.start.iter_mut().zip(total).zip(row) {
            *start = total.wrapping_sub(u32::from(value));
        }
    }
}

/// The sums of red, green and blue over pixels.
#[inline(always)]
fn across(sums: &[[u32; 3]]) -> [f32; 3] {
    let mut total = [0u32; 3];
    for rgb in sums {
        for c in 0..3 {
            total[c] = total[c].wrapping_add(rgb[c]);
        }
    }
    total.map(|total| total as f32)
}
