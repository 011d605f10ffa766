//! Agreement of a map with the true blur.

/// Scores of one map, or their means over maps.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scores {
    /// Rank correlation, over every second pixel in both directions.
    pub(crate) spearman: f64,
    /// Correlation, over all pixels.
    pub(crate) pearson: f64,
    /// Mean absolute error in pixels after the affine map of least squares.
    pub(crate) affine_error: f64,
    /// Mean absolute error in pixels; only for maps in pixels.
    pub(crate) error: Option<f64>,
}

impl Scores {
    /// The scores of a map of `width` columns; `pixels` if its values are pixels of blur.
    pub(crate) fn of(map: &[f64], truth: &[f64], width: usize, pixels: bool) -> Self {
        let thin = |values: &[f64]| -> Vec<f64> {
            let rows = values.chunks_exact(width).step_by(2);
            rows.flat_map(|row| row.iter().copied().step_by(2)).collect()
        };
        let error = || mean(&differences(map, truth));
        Self {
            spearman: pearson(&ranks(&thin(map)), &ranks(&thin(truth))),
            pearson: pearson(map, truth),
            affine_error: affine_error(map, truth),
            error: pixels.then(error),
        }
    }

    /// The means over several maps.
    pub(crate) fn mean(all: &[Self]) -> Self {
        let of = |part: fn(&Self) -> f64| mean(&all.iter().map(part).collect::<Vec<_>>());
        let errors: Option<Vec<f64>> = all.iter().map(|scores| scores.error).collect();
        Self {
            spearman: of(|scores| scores.spearman),
            pearson: of(|scores| scores.pearson),
            affine_error: of(|scores| scores.affine_error),
            error: errors.map(|errors| mean(&errors)),
        }
    }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect()
}

/// Correlation; 0 if either input is constant.
pub(crate) fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        product += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    let scale = (square_a * square_b).sqrt();
    if scale > 1e-12 { product / scale } else { 0.0 }
}

/// Ranks from 1; ties get their mean rank.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&at| ranks[at] = rank);
        before += tied.len();
    }
    ranks
}

fn affine_error(map: &[f64], truth: &[f64]) -> f64 {
    let (mean_map, mean_truth) = (mean(map), mean(truth));
    let (mut square, mut product) = (0.0, 0.0);
    for (map, truth) in map.iter().zip(truth) {
        square += (map - mean_map).powi(2);
        product += (map - mean_map) * (truth - mean_truth);
    }
    let slope = if square > 1e-12 { product / square } else { 0.0 };
    let fitted: Vec<f64> = map.iter().map(|map| mean_truth + slope * (map - mean_map)).collect();
    mean(&differences(&fitted, truth))
}

/// The chance that a number of `above` is larger than one of `below`, ties counting half.
pub(crate) fn auc(above: &[f64], below: &[f64]) -> f64 {
    let ranks = ranks(&[above, below].concat());
    let (n, m) = (above.len() as f64, below.len() as f64);
    (ranks[..above.len()].iter().sum::<f64>() - n * (n + 1.0) / 2.0) / (n * m)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.rankdata([3, 1, 3, 2])`.
    #[test]
    fn ties_get_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn an_affine_map_of_the_truth_is_perfect_but_for_the_error() {
        let truth: Vec<f64> = (0..16).map(|i| f64::from(i * i % 7)).collect();
        let map: Vec<f64> = truth.iter().map(|t| 2.0 * t + 1.0).collect();
        let scores = Scores::of(&map, &truth, 4, true);
        assert!((scores.spearman - 1.0).abs() < 1e-12);
        assert!((scores.pearson - 1.0).abs() < 1e-12);
        assert!(scores.affine_error < 1e-12);
        assert!((scores.error.unwrap() - (mean(&truth) + 1.0)).abs() < 1e-12);
        let turned: Vec<f64> = truth.iter().map(|t| -t).collect();
        assert!((Scores::of(&turned, &truth, 4, false).spearman + 1.0).abs() < 1e-12);
        assert_eq!(Scores::of(&[1.0; 16], &truth, 4, false).pearson, 0.0);
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(auc(&[2.0, 1.0], &[1.0, 0.0]), 0.875);
        assert_eq!(auc(&[1.0], &[1.0]), 0.5);
    }
}
