//! Efficient channel attention on channel means: a few numbers per picture, in double precision.

/// The sigmoid of each channel's neighbours, weighted; beyond the ends are zeros.
pub(crate) fn gates(means: &[f64], weights: &[f32]) -> impl Iterator<Item = f64> {
    let margin = weights.len() / 2;
    (0..means.len()).map(move |channel| {
        let neighbour = |tap: usize| means.get((channel + tap).wrapping_sub(margin));
        let mixed: f64 = weights
            .iter()
            .enumerate()
            .filter_map(|(tap, weight)| Some(f64::from(*weight) * neighbour(tap)?))
            .sum();
        1.0 / (1.0 + (-mixed).exp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_looks_at_its_neighbours() {
        let got: Vec<f64> = gates(&[1.0, 2.0, 4.0], &[0.5, -1.0, 2.0]).collect();
        let expected = [3.0, 6.5, -3.0].map(|x: f64| 1.0 / (1.0 + (-x).exp()));
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-15, "{got}, {expected}");
        }
    }
}
