//! How often each cluster is drawn: multinomial numbers, many at a time.
//!
//! A draw takes n of n clusters with replacement. Done literally for a million clusters, it would miss the
//! cache at every step. Instead each cluster gets a Poisson number of its own, of a mean slightly below 1, and
//! the clusters still missing are drawn literally. Given their sum, independent Poisson numbers are
//! multinomial (and the rare draw of too large a sum is repeated), so that the result is multinomial exactly.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::clusters::Clusters;

/// Draws made at a time: one row of weights then is a vector register.
pub(crate) const LANES: usize = 16;

/// Copies of one cluster in each draw.
pub(crate) type Row = [u8; LANES];

/// Strata of fewer clusters are drawn literally.
const LITERAL: usize = 4096;

/// Standard deviations between the mean of the sum of Poisson numbers and the size of the stratum.
const MARGIN: f64 = 4.0;

/// Memory for the weights of some draws.
pub(crate) struct Weights {
    rows: Vec<Row>,
}

impl Weights {
    pub(crate) fn new(clusters: &Clusters) -> Self {
        Self { rows: vec![[0; LANES]; clusters.len()] }
    }

    /// The weights of a batch of draws, a function of seed and batch alone.
    pub(crate) fn draw(&mut self, clusters: &Clusters, seed: u64, batch: u64) -> &[Row] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(batch);
        for stratum in clusters.strata() {
            draw_stratum(&mut self.rows[stratum], &mut rng);
        }
        &self.rows
    }
}

fn draw_stratum(rows: &mut [Row], rng: &mut ChaCha8Rng) {
    let n = rows.len();
    let mut totals = [0_usize; LANES];
    if n < LITERAL {
        rows.fill([0; LANES]);
    } else {
        let poisson = Poisson::new(1.0 - MARGIN / (n as f64).sqrt());
        for row in &mut *rows {
            rng.fill_bytes(row);
            for (weight, total) in row.iter_mut().zip(&mut totals) {
                *weight = poisson.draw(*weight, rng);
                *total += usize::from(*weight);
            }
        }
        for (lane, total) in totals.iter_mut().enumerate() {
            while *total > n {
                *total = 0;
                for row in &mut *rows {
                    row[lane] = poisson.draw(rng.random(), rng);
                    *total += usize::from(row[lane]);
                }
            }
        }
    }
    for (lane, total) in totals.into_iter().enumerate() {
        for _ in total..n {
            let weight = &mut rows[rng.random_range(0..n)][lane];
            // A cluster 255 times in one draw is less likely than a hardware error.
            *weight = weight.saturating_add(1);
        }
    }
}

/// Poisson numbers by inversion, one random byte for most.
struct Poisson {
    /// The number for all uniform values that start with a byte, or [`Poisson::SPLIT`].
    by_byte: [u8; 256],
    /// Chance of at most k.
    cumulative: [f64; 40],
}

impl Poisson {
    /// Values that start with the byte have different numbers.
    const SPLIT: u8 = u8::MAX;

    fn new(mean: f64) -> Self {
        let (mut term, mut sum) = ((-mean).exp(), 0.0);
        let cumulative: [f64; 40] = std::array::from_fn(|k| {
            if k > 0 {
                term *= mean / k as f64;
            }
            sum += term;
            sum
        });
        let number = |value: f64| cumulative.partition_point(|&chance| chance <= value) as u8;
        let by_byte = std::array::from_fn(|byte| {
            let (low, high) = (byte as f64 / 256.0, (byte + 1) as f64 / 256.0);
            if number(low) == number(high) { number(low) } else { Self::SPLIT }
        });
        Self { by_byte, cumulative }
    }

    fn draw(&self, byte: u8, rng: &mut ChaCha8Rng) -> u8 {
        match self.by_byte[usize::from(byte)] {
            Self::SPLIT => {
                let value = (f64::from(byte) + rng.random::<f64>()) / 256.0;
                self.cumulative.partition_point(|&chance| chance <= value) as u8
            }
            number => number,
        }
    }
}
