//! Fewer points for a figure.

use crate::Ranking;
use crate::ranking::Tie;

/// Least step of a rate between two points.
const STEP: f64 = 1.0 / 512.0;

/// Least factor of a count between two points.
const FACTOR: f64 = 1.02;

impl Ranking {
    /// The same ranking with fewer points (some 2,500 for a million samples), for curves that are plotted:
    /// each of its points is a point of the full curve, and the steps it leaves out are below 1/512 of an
    /// axis and 2 % of a count, so that axes in logarithms or normal quantiles lose nothing either.
    /// Its metrics are not those of the samples.
    #[must_use]
    pub fn for_figure(&self) -> Self {
        let mut ties: Vec<Tie> = Vec::new();
        let (mut last, mut now) = ([0; 2], [0; 2]);
        let mut open = false;
        for tie in &self.ties {
            match ties.last_mut() {
                Some(merged) if open => {
                    merged.low = tie.low;
                    merged.fake += tie.fake;
                    merged.real += tie.real;
                }
                _ => ties.push(*tie),
            }
            now = [now[0] + tie.fake, now[1] + tie.real];
            open = !apart(last[0], now[0], self.n_fake) && !apart(last[1], now[1], self.n_real);
            if !open {
                last = now;
            }
        }
        Self { ties, n_fake: self.n_fake, n_real: self.n_real }
    }
}

/// Whether two counts out of `total` can be told apart in a figure, counted from either end.
fn apart(last: u64, now: u64, total: u64) -> bool {
    let factor = |small: u64, large: u64| large as f64 > small as f64 * FACTOR;
    (now - last) as f64 > STEP * total as f64
        || factor(last, now)
        || factor(total - now, total - last)
}
