//! Area resize: every output pixel is the unweighted mean of the input pixels it touches.
//!
//! All sizes of a pyramid are computed in one pass over the image. Each column keeps a running sum of
//! rows; the sum over a window of rows is the difference of the running sums at its two ends. Sums are
//! exact integers. The running sum may wrap around; the difference is still correct as long as it fits.

use std::cell::RefCell;
use std::num::Wrapping;
use std::ops::{AddAssign, Range, Sub};

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::{ImageView, Part};
use crate::Level;

/// Normalization of colors, `(x − MEAN)·SCALE`: about −1..1.
const MEAN: f32 = 127.5;
const SCALE: f32 = 1.0 / 128.0;

/// Some rows of a part of an image at one size.
pub(super) struct Target<'a> {
    /// Height and width of the whole resized image.
    pub(super) size: [usize; 2],
    /// Rows to compute, at least one.
    pub(super) rows: Range<usize>,
    /// `[rows, width, 3]`; receives colors from about −1 to 1.
    pub(super) out: &'a mut [f32],
}

impl Target<'_> {
    /// One of the rows to compute, by its index among them.
    #[inline(always)]
    fn row(&mut self, place: usize) -> &mut [f32] {
        let width = 3 * self.size[1];
        &mut self.out[place * width..][..width]
    }
}

/// A whole image at several sizes, `[height, width]`, on all threads.
pub(super) fn pyramid(level: Level, image: ImageView<'_>, sizes: &[[usize; 2]]) -> Vec<Vec<f32>> {
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
    targets.par_iter_mut().for_each(|targets| resize(level, image, image.whole(), targets));
    out
}

/// Resizes a part of an image to each of the targets: output column `i` of `W` averages the input
/// columns `floor(i·w/W) .. ceil((i+1)·w/W)`, and rows alike (PyTorch's `interpolate(mode="area")`).
///
/// O(part + output rows · part width).
pub(super) fn resize(level: Level, image: ImageView<'_>, part: Part, targets: &mut [Target<'_>]) {
    if targets.is_empty() {
        return;
    }
    image.check(part);
    thread_local! {
        static NARROW: RefCell<Scratch<u16>> = RefCell::default();
        static WIDE: RefCell<Scratch<u32>> = RefCell::default();
    }
    let most = targets.iter().map(|target| part.height.div_ceil(target.size[0]) + 1).max();
    // 16-bit sums, twice as many per vector, where they can hold the sum of any window.
    if most <= Some(usize::from(u16::MAX / u16::from(u8::MAX))) {
        NARROW.with_borrow_mut(|scratch| level.run(Sweep { image, part, targets, scratch }));
    } else {
        WIDE.with_borrow_mut(|scratch| level.run(Sweep { image, part, targets, scratch }));
    }
}

/// Integer type for sums over rows.
trait Sum: Copy + Default + From<u8> + Into<u32> {}

impl Sum for u16 {}
impl Sum for u32 {}

/// The input samples under output sample `i`; never empty.
fn window(i: usize, input: usize, output: usize) -> Range<usize> {
    i * input / output..((i + 1) * input).div_ceil(output)
}

/// Buffers of a thread, reused.
#[derive(Default)]
struct Scratch<T> {
    /// Sum of the rows so far, for each byte of a row.
    total: Vec<Wrapping<T>>,
    /// The same over the rows of a window, plus one element, see [`across`].
    sums: Vec<Wrapping<T>>,
    progress: Vec<Progress<T>>,
}

/// Progress of a target.
#[derive(Default)]
struct Progress<T> {
    /// The next row.
    next: usize,
    /// Input rows under it.
    window: Range<usize>,
    /// `total` where the window begins.
    start: Vec<Wrapping<T>>,
    /// Input columns under each output pixel.
    columns: Vec<Range<usize>>,
    /// Their number, once per color.
    counts: Vec<f32>,
}

struct Sweep<'a, 'b, T> {
    image: ImageView<'a>,
    part: Part,
    targets: &'a mut [Target<'b>],
    scratch: &'a mut Scratch<T>,
}

impl<T: Sum> WithSimd for Sweep<'_, '_, T>
where
    Wrapping<T>: AddAssign + Sub<Output = Wrapping<T>>,
{
    type Output = ();

    // Plain loops, which the compiler vectorizes for the level.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { image, part, targets, scratch } = self;
        let rows = scratch.prepare(part, targets);
        let Scratch { total, sums, progress } = scratch;
        for y in rows {
            let row = image.row(part, y);
            for (progress, target) in progress.iter_mut().zip(&*targets) {
                if progress.window.start == y && progress.next == target.rows.start {
                    progress.start.copy_from_slice(total);
                }
            }
            for (total, &value) in total.iter_mut().zip(row) {
                *total += Wrapping(T::from(value));
            }
            for (progress, target) in progress.iter_mut().zip(&mut *targets) {
                while progress.next < target.rows.end && progress.window.end == y + 1 {
                    let (rows, place) = (progress.window.len(), progress.next - target.rows.start);
                    progress.step(part.height, total, row, sums, target);
                    progress.emit(rows, sums, target.row(place));
                }
            }
        }
    }
}

impl<T: Sum> Scratch<T> {
    /// Initializes the buffers; returns the input rows that the targets need.
    fn prepare(&mut self, part: Part, targets: &[Target<'_>]) -> Range<usize> {
        let Self { total, sums, progress } = self;
        total.clear();
        total.resize(3 * part.width, Wrapping::default());
        sums.resize(3 * part.width + 1, Wrapping::default());
        progress.resize_with(targets.len().max(progress.len()), Default::default);
        let mut rows = part.height..0;
        for (progress, target) in progress.iter_mut().zip(targets) {
            progress.prepare(part, target);
            let last = window(target.rows.end - 1, part.height, target.size[0]);
            rows = rows.start.min(progress.window.start)..rows.end.max(last.end);
        }
        rows
    }
}

impl<T: Sum> Progress<T> {
    fn prepare(&mut self, part: Part, target: &Target<'_>) {
        let [height, width] = target.size;
        self.next = target.rows.start;
        self.window = window(self.next, part.height, height);
        self.start.resize(3 * part.width, Wrapping::default());
        self.columns.clear();
        self.columns.extend((0..width).map(|i| window(i, part.width, width)));
        self.counts.clear();
        self.counts.extend(self.columns.iter().flat_map(|columns| [columns.len() as f32; 3]));
    }

    /// Advances by a row: returns the sums over the window that ends with `row`, if any. The next window
    /// begins after `row` or, where windows overlap, with it.
    #[inline(always)]
    fn step(
        &mut self,
        height: usize,
        total: &[Wrapping<T>],
        row: &[u8],
        sums: &mut [Wrapping<T>],
        target: &Target<'_>,
    ) where
        Wrapping<T>: Sub<Output = Wrapping<T>>,
    {
        let end = self.window.end;
        self.next += 1;
        self.window = window(self.next, height, target.size[0]);
        let columns = sums.iter_mut().zip(&mut self.start).zip(total);
        if self.window.start == end {
            for ((sum, start), &total) in columns {
                *sum = total - *start;
                *start = total;
            }
        } else {
            for (((sum, start), &total), &value) in columns.zip(row) {
                *sum = total - *start;
                *start = total - Wrapping(T::from(value));
            }
        }
    }

    /// Writes an output row from the sums over a window of `rows` rows.
    #[inline(always)]
    fn emit(&self, rows: usize, sums: &[Wrapping<T>], out: &mut [f32]) {
        for (out, columns) in out.as_chunks_mut::<3>().0.iter_mut().zip(&self.columns) {
            *out = across(&sums[3 * columns.start..=3 * columns.end]);
        }
        let rows = rows as f32;
        for (out, columns) in out.iter_mut().zip(&self.counts) {
            *out = (*out / (rows * columns) - MEAN) * SCALE;
        }
    }
}

/// The sums of red, green and blue over pixels, which must be followed by one more number.
///
/// Four lanes fill a vector where three do not; the fourth sum is ignored.
#[inline(always)]
fn across<T: Sum>(sums: &[Wrapping<T>]) -> [f32; 3] {
    let mut total = [0u32; 4];
    let mut rest = sums;
    while let Some((four, _)) = rest.split_first_chunk::<4>() {
        for c in 0..4 {
            total[c] = total[c].wrapping_add(four[c].0.into());
        }
        rest = &rest[3..];
    }
    let [red, green, blue, _] = total.map(|total| total as f32);
    [red, green, blue]
}
