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

/// Rows filled with random bytes at a time: 4 KB.
const CHUNK: usize = 256;

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
    let mut totals = [0_u32; LANES];
    if n < LITERAL {
        rows.fill([0; LANES]);
    } else {
        let poisson = Poisson::new(1.0 - MARGIN / (n as f64).sqrt());
        for rows in rows.chunks_mut(CHUNK) {
            rng.fill_bytes(rows.as_flattened_mut());
            for row in rows {
                *row = poisson.draw_row(*row, rng);
                for lane in 0..LANES {
                    totals[lane] = totals[lane].wrapping_add(u32::from(row[lane]));
                }
            }
        }
        for (lane, total) in totals.iter_mut().enumerate() {
            while *total as usize > n {
                *total = 0;
                for row in &mut *rows {
                    row[lane] = poisson.draw_row([rng.random(); LANES], rng)[lane];
                    *total += u32::from(row[lane]);
                }
            }
        }
    }
    for (lane, total) in totals.into_iter().enumerate() {
        for _ in total as usize..n {
            let weight = &mut rows[rng.random_range(0..n)][lane];
            // A cluster 255 times in one draw is less likely than a hardware error.
            *weight = weight.saturating_add(1);
        }
    }
}

/// Poisson numbers by inversion, with one random byte for most of them.
struct Poisson {
    /// Chance of at most k.
    cumulative: [f64; 40],
    /// The byte that the chance of at most k starts with, of those that differ from 255.
    splits: [u8; SPLITS],
}

/// At a mean of at most 1, the chance of at most 5 starts with the byte 255.
const SPLITS: usize = 5;

impl Poisson {
    /// For a mean of at most 1.
    fn new(mean: f64) -> Self {
        let (mut term, mut sum) = ((-mean).exp(), 0.0);
        let cumulative: [f64; 40] = std::array::from_fn(|k| {
            if k > 0 {
                term *= mean / k as f64;
            }
            sum += term;
            sum
        });
        let splits = std::array::from_fn(|k| (cumulative[k] * 256.0) as u8);
        Self { cumulative, splits }
    }

    /// A number from each uniform byte. Where the byte is that of a chance of at most k, it leaves open which
    /// side of it the uniform value lies, and more random bits decide.
    fn draw_row(&self, bytes: Row, rng: &mut ChaCha8Rng) -> Row {
        let (mut numbers, mut open) = ([0; LANES], [0; LANES]);
        for split in self.splits {
            for lane in 0..LANES {
                // Wrapping here and below, though nothing wraps: checks would keep the compiler from vectors.
                numbers[lane] = u8::wrapping_add(numbers[lane], u8::from(bytes[lane] > split));
                open[lane] |= u8::from(bytes[lane] == split);
            }
        }
        for lane in 0..LANES {
            open[lane] |= u8::from(bytes[lane] == u8::MAX);
        }
        if open != [0; LANES] {
            for lane in 0..LANES {
                if open[lane] != 0 {
                    let value = (f64::from(bytes[lane]) + rng.random::<f64>()) / 256.0;
                    numbers[lane] =
                        self.cumulative.partition_point(|&chance| chance <= value) as u8;
                }
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scores;

    /// Mean over draws and clusters of the square and of the cube of the weight, and the product of neighbors.
    fn moments(n: usize, batches: u64) -> [f64; 3] {
        let scores: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
        let labels = vec![false; n];
        let sorted = super::super::clusters::Sorted::new(&Scores::new(&scores, &labels).unwrap());
        let keys: Vec<usize> = (0..n).collect();
        let scores = Scores::new(&scores, &labels).unwrap();
        let clusters = Clusters::new(&scores, &sorted, &keys).unwrap();
        let mut weights = Weights::new(&clusters);
        let mut sums = [0.0; 3];
        for batch in 0..batches {
            let rows = weights.draw(&clusters, 7, batch);
            for lane in 0..LANES {
                let total: usize = rows.iter().map(|row| usize::from(row[lane])).sum();
                assert_eq!(total, n);
                for pair in rows.windows(2) {
                    let [a, b] = [f64::from(pair[0][lane]), f64::from(pair[1][lane])];
                    for (sum, term) in sums.iter_mut().zip([a * a, a * a * a, a * b]) {
                        *sum += term;
                    }
                }
            }
        }
        let count = batches as f64 * LANES as f64 * (n - 1) as f64;
        sums.map(|sum| sum / count)
    }

    #[test]
    fn both_ways_to_draw_have_the_moments_of_the_multinomial() {
        for (n, batches) in [(50, 4000), (LITERAL - 1, 50), (LITERAL, 50), (20_000, 10)] {
            let got = moments(n, batches);
            // Of a binomial of n trials at 1/n, and of two cells of a multinomial.
            let p = 1.0 / n as f64;
            let square = 2.0 - p;
            let cube = 1.0 + 3.0 * (1.0 - p) + (1.0 - p) * (1.0 - 2.0 * p);
            // Standard errors for some three million weights are 0.002, 0.009 and 0.001.
            for ((got, expected), tolerance) in
                got.into_iter().zip([square, cube, 1.0 - p]).zip([0.01, 0.05, 0.006])
            {
                assert!((got - expected).abs() < tolerance, "{n}: {expected}, {got}");
            }
        }
    }

    #[test]
    fn poisson_numbers_have_their_chances() {
        let mean: f64 = 0.9;
        let poisson = Poisson::new(mean);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut counts, rows) = ([0.0; 8], 100_000);
        for _ in 0..rows {
            for number in poisson.draw_row(rng.random(), &mut rng) {
                counts[usize::from(number).min(7)] += 1.0 / f64::from(rows) / LANES as f64;
            }
        }
        let mut chance = (-mean).exp();
        for (k, count) in counts[..7].iter().enumerate() {
            // Five standard errors.
            let tolerance = 5.0 * (chance / f64::from(rows) / LANES as f64).sqrt();
            assert!((count - chance).abs() < tolerance, "{k}: {chance}, {count}");
            chance *= mean / (k + 1) as f64;
        }
    }

    #[test]
    fn draws_depend_on_the_seed_and_the_batch_alone() {
        let (scores, labels) = ([0.1, 0.2, 0.3, 0.4], [true, false, true, false]);
        let scores = Scores::new(&scores, &labels).unwrap();
        let sorted = super::super::clusters::Sorted::new(&scores);
        let clusters = Clusters::new(&scores, &sorted, &[0, 1, 2, 3]).unwrap();
        let draw = |seed, batch| Weights::new(&clusters).draw(&clusters, seed, batch).to_vec();
        let mut used = Weights::new(&clusters);
        used.draw(&clusters, 1, 0);
        assert_eq!(used.draw(&clusters, 1, 5), draw(1, 5));
        assert_ne!(draw(1, 5), draw(1, 6));
        assert_ne!(draw(1, 5), draw(2, 5));
    }
}
