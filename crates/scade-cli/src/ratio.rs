//! The value of a flag that is a score, a probability or a share.

/// A number from 0 to 1, for `value_parser` of clap.
///
/// # Errors
/// What was expected, in words.
pub fn ratio(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn only_numbers_from_0_to_1_are_ratios() {
        assert_eq!(["0", "0.25", "1"].map(|text| ratio(text).unwrap()), [0.0, 0.25, 1.0]);
        for wrong in ["-0.1", "1.5", "NaN", "inf", "half", ""] {
            assert!(ratio(wrong).unwrap_err().contains("from 0 to 1"), "{wrong}");
        }
    }
}
