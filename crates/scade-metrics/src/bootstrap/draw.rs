//! One draw of a bootstrap, and the metrics of it.

use super::clusters::{Clusters, Sorted};
use super::weights::Row;
use crate::calibration::{log_loss, squared_error};
use crate::ranking::Tie;
use crate::{Confusion, Ranking};

/// One draw: the samples, each as often as its cluster was drawn.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    pub(crate) sorted: &'a Sorted,
    pub(crate) clusters: &'a Clusters,
    pub(crate) rows: &'a [Row],
    pub(crate) lane: usize,
}

impl Draw<'_> {
    /// Score, label and number of copies of each sample that was drawn, in descending order of score.
    pub fn samples(&self) -> impl Iterator<Item = (f64, bool, u64)> + '_ {
        self.sorted.samples.iter().filter_map(|sample| {
            let copies = self.rows[self.clusters.of(sample) as usize][self.lane];
            (copies > 0).then_some((sample.score, sample.fake, u64::from(copies)))
        })
    }

    /// The ranking of the draw, without sorting.
    #[must_use]
    pub fn ranking(&self) -> Ranking {
        let (mut ties, mut n_fake, mut n_real) = (Vec::<Tie>::new(), 0, 0);
        for (score, is_fake, copies) in self.samples() {
            let (fake, real) = if is_fake { (copies, 0) } else { (0, copies) };
            match ties.last_mut() {
                Some(tie) if tie.low == score => {
                    tie.fake += fake;
                    tie.real += real;
                }
                _ => ties.push(Tie { high: score, low: score, fake, real }),
            }
            n_fake += fake;
            n_real += real;
        }
        Ranking { ties, n_fake, n_real }
    }

    /// The confusion matrix of the draw at a threshold in 0..=1; a score equal to it is real.
    #[must_use]
    pub fn confusion(&self, threshold: f64) -> Confusion {
        let mut confusion = Confusion { tp: 0, fp: 0, tn: 0, fn_: 0 };
        for (score, fake, copies) in self.samples() {
            *confusion.cell(score > threshold, fake) += copies as usize;
        }
        confusion
    }

    /// Brier score of the draw.
    #[must_use]
    pub fn brier(&self) -> f64 {
        self.mean_of(squared_error)
    }

    /// Log loss of the draw.
    #[must_use]
    pub fn log_loss(&self) -> f64 {
        self.mean_of(log_loss)
    }

    fn mean_of(&self, loss: impl Fn(f64, f64) -> f64) -> f64 {
        let (mut sum, mut n) = (0.0, 0);
        for (score, fake, copies) in self.samples() {
            sum += loss(score, f64::from(u8::from(fake))) * copies as f64;
            n += copies;
        }
        sum / n as f64
    }
}
