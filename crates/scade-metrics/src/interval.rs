//! A value with an interval, and shares with the interval of Wilson.

use serde::{Deserialize, Serialize};

use crate::{Confidence, InputError};

/// A value and its two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The value of the sample.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A count out of a total, with the interval of its share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The count.
    pub count: usize,
    /// `count / total`, 0..=1, with its interval.
    pub share: Interval,
}

impl Share {
    /// The interval of Wilson (1927): the shares that a score test does not reject. It has width at a count
    /// of 0 and of `total`, where the plain normal interval has none.
    ///
    /// # Errors
    /// [`InputError::Empty`] for a total of zero, [`InputError::Count`] for a count above it.
    pub fn wilson(count: usize, total: usize, confidence: Confidence) -> Result<Self, InputError> {
        if total == 0 {
            return Err(InputError::Empty);
        }
        if count > total {
            return Err(InputError::Count { count, total });
        }
        let (n, z) = (total as f64, confidence.z());
        let value = count as f64 / n;
        let middle = value + z * z / (2.0 * n);
        let reach = z * (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        let share = Interval {
            value,
            // The ends at 0 and `total` are exact; rounding would leave them 1e-17 inside.
            low: if count == 0 { 0.0 } else { ((middle - reach) / scale).max(0.0) },
            high: if count == total { 1.0 } else { ((middle + reach) / scale).min(1.0) },
        };
        Ok(Self { count, share })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Python:
    /// ```python
    /// z, p, n = 1.959963984540054, 7 / 200, 200
    /// m, r = p + z*z/2/n, z * (p*(1 - p)/n + z*z/4/n/n) ** 0.5
    /// print((m - r) / (1 + z*z/n), (m + r) / (1 + z*z/n))
    /// ```
    #[test]
    fn shares_have_the_interval_of_wilson() {
        let share = Share::wilson(7, 200, Confidence::default()).unwrap().share;
        assert!((share.value - 0.035).abs() < 1e-12);
        assert!((share.low - 0.017_055_542_0).abs() < 1e-9, "{share:?}");
        assert!((share.high - 0.070_470_611_5).abs() < 1e-9, "{share:?}");
    }

    #[test]
    fn a_share_of_none_or_all_has_width() {
        let none = Share::wilson(0, 50, Confidence::default()).unwrap().share;
        assert!(none.low == 0.0 && none.high > 0.05);
        let all = Share::wilson(50, 50, Confidence::default()).unwrap().share;
        assert!(all.high == 1.0 && (1.0 - all.low - none.high).abs() < 1e-12);
    }

    #[test]
    fn more_than_all_and_a_share_of_nothing_are_errors() {
        let share = |count, total| Share::wilson(count, total, Confidence::default());
        assert_eq!(share(0, 0), Err(InputError::Empty));
        assert_eq!(share(3, 2), Err(InputError::Count { count: 3, total: 2 }));
    }
}
