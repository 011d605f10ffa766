//! Errors in the input.

/// Scores or labels that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InputError {
    /// There are no scores.
    #[error("expected at least one score, got none")]
    Empty,
    /// The numbers of scores and labels differ.
    #[error("expected one label per score, got {scores} scores and {labels} labels")]
    LengthMismatch {
        /// Number of scores.
        scores: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A score is NaN, infinite, or outside 0..=1.
    #[error("expected score {index} to be a probability in 0..=1, got {got}")]
    NotAProbability {
        /// Position in the input, from 0.
        index: usize,
        /// The score.
        got: f64,
    },
    /// The threshold is NaN, infinite, or outside 0..=1.
    #[error("expected a threshold in 0..=1, got {got}")]
    Threshold {
        /// The threshold.
        got: f64,
    },
    /// The numbers of scores and of keys (of clusters, strata or kinds of attack) differ.
    #[error("expected one key per score, got {scores} scores and {keys} keys")]
    KeyMismatch {
        /// Number of scores.
        scores: usize,
        /// Number of keys.
        keys: usize,
    },
    /// A ratio or a level of confidence is NaN, or not strictly between 0 and 1.
    #[error("expected a ratio above 0 and below 1, got {got}")]
    Ratio {
        /// The number.
        got: f64,
    },
    /// A share was asked for of more than there are.
    #[error("expected a count of at most {total}, got {count}")]
    Count {
        /// The count.
        count: usize,
        /// The whole.
        total: usize,
    },
    /// A p-value is NaN or outside 0..=1.
    #[error("expected p-value {index} in 0..=1, got {got}")]
    PValue {
        /// Position in the input, from 0.
        index: usize,
        /// The number.
        got: f64,
    },
    /// A stored calibration or conformal rule has parameters that no fit gives.
    #[error("expected {expected}, got {got}")]
    Parameter {
        /// What holds for every fit.
        expected: &'static str,
        /// What was read.
        got: String,
    },
    /// Frames of one video have different labels: two videos have the same key.
    #[error("expected one label for all frames of video `{group}/{video}`, got both real and fake")]
    MixedLabels {
        /// The group in the key of the video.
        group: String,
        /// The name in the key of the video.
        video: String,
    },
}
