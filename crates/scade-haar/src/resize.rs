//! Bilinear reduction with the arithmetic of OpenCV's `INTER_LINEAR_EXACT`, by rows.

use pulp::NullaryFnOnce;
use scade_image::{GrayImage, on_wide_vectors};

/// Weights are in 2⁻⁸ on each axis.
const ONE: u16 = 1 << 8;

/// Two neighboring samples and the weight of the second one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair {
    first: u32,
    weight: u16,
}

/// A gray image seen at another size.
pub(crate) struct Reduced<'a> {
    image: &'a GrayImage,
    columns: Vec<Pair>,
    rows: Vec<Pair>,
}

impl<'a> Reduced<'a> {
    pub(crate) fn new(image: &'a GrayImage, width: usize, height: usize) -> Self {
        let columns = pairs(image.width() as usize, width);
        Self { image, columns, rows: pairs(image.height() as usize, height) }
    }

    /// Width in pixels.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Row `y` into `out`, which is as long as the image is wide; `mixed` is scratch.
    pub(crate) fn row(&self, y: usize, mixed: &mut Vec<u16>, out: &mut [u8]) {
        let width = self.image.width() as usize;
        let Pair { first, weight } = self.rows[y];
        let source = &self.image.as_raw()[first as usize * width..];
        if width == self.columns.len() && weight == 0 {
            out.copy_from_slice(&source[..width]);
            return;
        }
        mixed.resize(width + 1, 0);
        // With weight 0 the second row is not used, and there may be none.
        let second = if weight == 0 { source } else { &source[width..] };
        on_wide_vectors(Mix { rows: [&source[..width], &second[..width]], weight, mixed });
        // Read with weight 0 only.
        mixed[width] = 0;
        for (out, pair) in out.iter_mut().zip(&self.columns) {
            let values = &mixed[pair.first as usize..][..2];
            let sum = u32::from(values[0]) * u32::from(ONE - pair.weight)
                + u32::from(values[1]) * u32::from(pair.weight);
            *out = ((sum + (1 << 15)) >> 16) as u8;
        }
    }
}

/// The samples of each place of an axis of `output` pixels; before the first and behind the last center
/// there is one only.
fn pairs(input: usize, output: usize) -> Vec<Pair> {
    let scale = 1.0 / (output as f64 / input as f64);
    let last = input.saturating_sub(1) as f64;
    let pair = |i| {
        let place = scale * (i as f64 + 0.5) - 0.5;
        let first = place.floor();
        if first < 0.0 || first >= last {
            return Pair { first: first.clamp(0.0, last) as u32, weight: 0 };
        }
        let weight = ((place - first) * f64::from(ONE)).round_ties_even();
        Pair { first: first as u32, weight: weight as u16 }
    };
    (0..output).map(pair).collect()
}

/// The weighted mean of two rows in 2⁻⁸, which 16 bits hold. Rows come before columns, other than in OpenCV:
/// nothing is rounded in between, so the result is the same, and this order uses vectors.
struct Mix<'a> {
    rows: [&'a [u8]; 2],
    weight: u16,
    mixed: &'a mut [u16],
}

impl NullaryFnOnce for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let both = self.rows[0].iter().zip(self.rows[1]);
        for (out, (&above, &below)) in self.mixed.iter_mut().zip(both) {
            *out = u16::from(above) * (ONE - self.weight) + u16::from(below) * self.weight;
        }
    }
}
