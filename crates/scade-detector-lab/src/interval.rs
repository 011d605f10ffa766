//! Intervals of 95 % for the tables, NaN where there is nothing to compute them from.

use scade_metrics::{Bootstrap, Confidence, Interval, Scores, Share};

const NOTHING: Interval = Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN };

/// A count out of a total, with the interval of its share.
pub(crate) fn share(count: usize, total: usize) -> Share {
    let nothing = Share { count, share: NOTHING };
    Share::wilson(count, total, Confidence::default()).unwrap_or(nothing)
}

/// AUC of scores that come in clips, with the interval of a bootstrap over clips, so that frames of one clip do
/// not count as independent. One clip of each class has an AUC without an interval.
pub(crate) fn auc_interval(real: &[Vec<f64>], fake: &[Vec<f64>]) -> Interval {
    let clips = real.iter().map(|clip| (clip, false)).chain(fake.iter().map(|clip| (clip, true)));
    let (mut values, mut labels, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for (key, (clip, label)) in clips.enumerate() {
        values.extend(clip);
        labels.extend(clip.iter().map(|_| label));
        keys.extend(clip.iter().map(|_| key));
    }
    let Ok(scores) = Scores::new(&values, &labels) else { return NOTHING };
    let value = scores.ranking().auc().unwrap_or(f64::NAN);
    let clustered = scores.clustered(&keys).ok();
    let interval = clustered.and_then(|clips| clips.auc(&Bootstrap::default()).ok());
    interval.unwrap_or(Interval { value, ..NOTHING })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_share_and_no_area() {
        assert!(share(0, 0).share.value.is_nan());
        assert!(auc_interval(&[], &[vec![0.5]]).value.is_nan());
        assert!(auc_interval(&[], &[]).value.is_nan());
        let one = auc_interval(&[vec![0.5]], &[vec![0.6, 0.4]]);
        assert!(one.value == 0.5 && one.low.is_nan());
    }

    #[test]
    fn the_interval_of_an_auc_contains_it_and_narrows_with_more_clips() {
        let clips = |count: usize, shift: f64| -> Vec<Vec<f64>> {
            (0..count).map(|i| vec![((i * 37) % 101) as f64 / 202.0 + shift]).collect()
        };
        let width = |count| {
            let interval = auc_interval(&clips(count, 0.0), &clips(count, 0.15));
            assert!(interval.low <= interval.value && interval.value <= interval.high);
            interval.high - interval.low
        };
        assert!(width(200) < 0.7 * width(40));
    }
}
