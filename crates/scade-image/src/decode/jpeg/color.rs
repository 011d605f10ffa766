//! Samples of all components become pixels, by the filters and the rounding of libjpeg-turbo.

use std::thread::{available_parallelism, scope};

use pulp::NullaryFnOnce;

use super::frame::{Colors, Component, Frame};
use crate::on_wide_vectors;

/// More would wait for memory.
const MOST_THREADS: usize = 4;

/// Bytes of pixels for which a thread is worth its start.
const LEAST_BYTES: usize = 3_000_000;

impl Frame {
    /// Red, green and blue of all pixels.
    pub(super) fn pixels(&self) -> Vec<u8> {
        let mut pixels = vec![0; 3 * self.width * self.height];
        let threads = available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS));
        let threads = threads.min(pixels.len().div_ceil(LEAST_BYTES));
        let rows = self.height.div_ceil(threads);
        scope(|scope| {
            let mut parts = (0..).step_by(rows).zip(pixels.chunks_mut(3 * self.width * rows));
            let own = parts.next();
            for (top, pixels) in parts {
                scope.spawn(move || on_wide_vectors(Pixels { frame: self, top, pixels }));
            }
            if let Some((top, pixels)) = own {
                on_wide_vectors(Pixels { frame: self, top, pixels });
            }
        });
        pixels
    }
}

struct Pixels<'a> {
    frame: &'a Frame,
    /// The first row.
    top: usize,
    pixels: &'a mut [u8],
}

impl NullaryFnOnce for Pixels<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { frame, top, pixels } = self;
        let filters: Vec<Filter> =
            frame.components.iter().map(|component| Filter::of(component, frame.most)).collect();
        // Of the widest filter: a component's samples times its factor.
        let longest = |component: &Component| component.size[0] * frame.most[0];
        let longest = frame.components.iter().map(longest).max().unwrap_or_default();
        let mut buffers = vec![vec![0; longest]; 3];
        let mut sums = vec![0; longest];
        for (y, out) in (top..).zip(pixels.chunks_exact_mut(3 * frame.width)) {
            for ((filter, component), out) in
                filters.iter().zip(&frame.components).zip(&mut buffers)
            {
                filter.row(component, y, &mut sums, out);
            }
            let row = |at: usize| &buffers[at][..frame.width];
            match (filters.len(), frame.colors) {
                (1, _) => interleave([row(0); 3], out),
                (_, Colors::Rgb) => interleave([row(0), row(1), row(2)], out),
                (_, Colors::Ycc) => convert([row(0), row(1), row(2)], out),
            }
        }
    }
}

#[inline(always)]
fn interleave([red, green, blue]: [&[u8]; 3], out: &mut [u8]) {
    for (((out, &red), &green), &blue) in
        out.as_chunks_mut().0.iter_mut().zip(red).zip(green).zip(blue)
    {
        *out = [red, green, blue];
    }
}

/// The formula of JFIF with factors of 16 bits.
#[inline(always)]
fn convert([luma, blue, red]: [&[u8]; 3], out: &mut [u8]) {
    const HALF: i32 = 1 << 15;
    for (((out, &luma), &blue), &red) in
        out.as_chunks_mut().0.iter_mut().zip(luma).zip(blue).zip(red)
    {
        let (luma, blue, red) = (i32::from(luma), i32::from(blue) - 128, i32::from(red) - 128);
        let level = |value: i32| value.clamp(0, 255) as u8;
        *out = [
            level(luma + ((91_881 * red + HALF) >> 16)),
            level(luma + ((-22_554 * blue - 46_802 * red + HALF) >> 16)),
            level(luma + ((116_130 * blue + HALF) >> 16)),
        ];
    }
}

/// How a component is brought to full size.
enum Filter {
    /// Each sample is repeated, across and down; also for a factor of 1.
    Repeat([usize; 2]),
    /// ¾ of the nearest sample and ¼ of the next, in one direction or both.
    Across,
    Down,
    Both,
}

impl Filter {
    fn of(component: &Component, most: [usize; 2]) -> Self {
        let factors = [0, 1].map(|side| most[side] / component.sampling[side]);
        match (factors, component.size[0]) {
            ([1, 2], _) => Self::Down,
            // libjpeg-turbo repeats where there are not three samples.
            ([2, 1], 3..) => Self::Across,
            ([2, 2], 3..) => Self::Both,
            _ => Self::Repeat(factors),
        }
    }

    /// Writes row `y` of the image.
    #[inline(always)]
    fn row(&self, component: &Component, y: usize, sums: &mut [u16], out: &mut [u8]) {
        let [width, height] = component.size;
        let row = |y: usize| &component.samples[y.min(height - 1) * component.stride()..][..width];
        let near = row(y / 2);
        let far = row(if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { y / 2 + 1 });
        match *self {
            Self::Repeat([1, down]) => out[..width].copy_from_slice(row(y / down)),
            Self::Repeat([across, down]) => {
                for (out, &sample) in out.chunks_exact_mut(across).zip(row(y / down)) {
                    out.fill(sample);
                }
            }
            Self::Across => {
                // Rounded down before a sample and up after it.
                triangle(
                    row(y),
                    |own, other, after| {
                        ((3 * u16::from(own) + u16::from(other) + if after { 2 } else { 1 }) >> 2)
                            as u8
                    },
                    out,
                );
            }
            Self::Down => {
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for ((out, &near), &far) in out.iter_mut().zip(near).zip(far) {
                    *out = ((3 * u16::from(near) + u16::from(far) + bias) >> 2) as u8;
                }
            }
            Self::Both => {
                let sums = &mut sums[..width];
                for ((sum, &near), &far) in sums.iter_mut().zip(near).zip(far) {
                    *sum = 3 * u16::from(near) + u16::from(far);
                }
                triangle(
                    sums,
                    |own, other, after| ((3 * own + other + if after { 7 } else { 8 }) >> 4) as u8,
                    out,
                );
            }
        }
    }
}

/// Two values for each of at least two samples: of it and the one before it, of it and the one after it.
#[inline(always)]
fn triangle<T: Copy>(samples: &[T], value: impl Fn(T, T, bool) -> u8, out: &mut [u8]) {
    let last = samples.len() - 1;
    let out = &mut out.as_chunks_mut().0[..=last];
    out[0] = [value(samples[0], samples[0], false), value(samples[0], samples[1], true)];
    for (out, three) in out[1..].iter_mut().zip(samples.windows(3)) {
        *out = [value(three[1], three[0], false), value(three[1], three[2], true)];
    }
    let (own, before) = (samples[last], samples[last - 1]);
    out[last] = [value(own, before, false), value(own, own, true)];
}
