//! Tails of the binomial distribution, for exact bounds of error rates.

/// Chance of at most `count` successes among `total`, each with `chance` (0 < chance < 1).
pub(crate) fn at_most(count: usize, total: usize, chance: f64) -> f64 {
    if count >= total {
        return 1.0;
    }
    let mean = total as f64 * chance;
    // The shorter tail: what is summed falls away from the mean.
    if (count as f64) < mean {
        tail(count, total, chance, |i| i.checked_sub(1))
    } else {
        1.0 - tail(count + 1, total, chance, |i| (i < total).then_some(i + 1))
    }
}

/// Sum of the probabilities from `from` outward until they no longer count.
fn tail(from: usize, total: usize, chance: f64, next: impl Fn(usize) -> Option<usize>) -> f64 {
    let (mut sum, mut at) = (0.0, Some(from));
    while let Some(count) = at {
        let term = probability(count, total, chance);
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
        at = next(count);
    }
    sum
}

fn probability(count: usize, total: usize, chance: f64) -> f64 {
    let (k, n) = (count as f64, total as f64);
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    (ways + k * chance.ln() + (n - k) * (-chance).ln_1p()).exp()
}

/// The one-sided upper bound of Clopper and Pearson (1934): the chance at which at most `count` of `total`
/// happens with probability `alpha` only. 1 when everything was counted.
pub(crate) fn upper_bound(count: usize, total: usize, alpha: f64) -> f64 {
    if count >= total {
        return 1.0;
    }
    let (mut low, mut high) = (count as f64 / total as f64, 1.0);
    // Ends when the two are neighbors, at the latest after 60 steps.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if at_most(count, total, middle) > alpha { low = middle } else { high = middle }
    }
    high
}

/// The largest count with `upper_bound(count, total, alpha) <= chance`; `None` if not even zero.
pub(crate) fn most_allowed(total: usize, chance: f64, alpha: f64) -> Option<usize> {
    let (mut sum, mut allowed) = (0.0, None);
    for count in 0..total {
        sum += probability(count, total, chance);
        if sum > alpha {
            break;
        }
        allowed = Some(count);
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.beta.ppf(.95, k + 1, n - k)`
    #[test]
    fn bounds_agree_with_the_quantiles_of_the_beta_distribution() {
        let expected = [
            (0, 1, 0.95),
            (0, 300, 0.009_936_081_944_457_708),
            (3, 300, 0.025_641_393_082_609_616),
            (10, 1000, 0.016_903_175_120_562_504),
            (250, 1000, 0.273_553_631_323_720_2),
            (4, 7, 0.871_243_607_195_757_2),
            (970, 1000, 0.978_325_215_706_854_6),
            (9_800, 1_000_000, 0.009_963_585_965_704_895),
        ];
        for (count, total, bound) in expected {
            let got = upper_bound(count, total, 0.05);
            assert!((got - bound).abs() < 1e-9, "{count}/{total}: {bound}, {got}");
        }
        assert_eq!(upper_bound(5, 5, 0.05), 1.0);
    }

    #[test]
    fn the_largest_allowed_count_is_the_last_with_a_low_bound() {
        for total in [10, 100, 299, 300, 1000, 3000] {
            for chance in [0.001, 0.01, 0.05, 0.3] {
                let allowed = most_allowed(total, chance, 0.05);
                let first_refused = allowed.map_or(0, |count| count + 1);
                if let Some(count) = allowed {
                    assert!(upper_bound(count, total, 0.05) <= chance + 1e-12, "{total} {chance}");
                }
                assert!(upper_bound(first_refused, total, 0.05) > chance, "{total} {chance}");
            }
        }
        assert_eq!(most_allowed(298, 0.01, 0.05), None);
        assert_eq!(most_allowed(299, 0.01, 0.05), Some(0));
    }

    #[test]
    fn both_tails_sum_to_one() {
        for (count, total, chance) in [(3, 10, 0.2), (0, 5, 0.5), (50, 100, 0.4), (9, 2000, 0.01)] {
            let all: f64 = (0..=total).map(|k| probability(k, total, chance)).sum();
            let some: f64 = (0..=count).map(|k| probability(k, total, chance)).sum();
            assert!((all - 1.0).abs() < 1e-12);
            assert!((at_most(count, total, chance) - some).abs() < 1e-12);
        }
    }
}
