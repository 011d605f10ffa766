//! Efficient channel attention on channel means, in double precision.

/// The sigmoid of each channel's weighted neighbors, zero-padded at both ends.
pub(crate) fn gates(means: &[f64], weights: &[f32]) -> impl Iterator<Item = f64> {
    let margin = weights.len() / 2;
    (0..means.len()).map(move |channel| {
        let neighbor = |position: usize| means.get((channel + position).wrapping_sub(margin));
        let mixed: f64 = weights
            .iter()
            .enumerate()
            .filter_map(|(position, weight)| Some(f64::from(*weight) * neighbor(position)?))
            .sum();
        1.0 / (1.0 + (-mixed).exp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_depends_on_neighboring_channels() {
        let got: Vec<f64> = gates(&[1.0, 2.0, 4.0], &[0.5, -1.0, 2.0]).collect();
        let expected = [3.0, 6.5, -3.0].map(|x: f64| 1.0 / (1.0 + (-x).exp()));
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-15, "{got}, {expected}");
        }
    }
}
