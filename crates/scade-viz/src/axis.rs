//! Ranges and ticks of an axis that hold for every set of values.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

/// Larger values are not plotted: a loss that diverged would flatten everything else, and differences
/// of such values are lost in rounding.
const LARGEST: f64 = 1e12;

/// Whether a value can be plotted.
pub(crate) fn plottable(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

/// The shown range of an axis and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) range: Range<f64>,
    pub(crate) ticks: Vec<f64>,
}

impl Axis {
    /// An axis that shows all [`plottable`] values with some room, marked at about `n` round numbers;
    /// 0 to 1 without values.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, n: usize) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| plottable(*value)) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // Equal values get room too, and never so little that neighboring ticks are equal.
        let span = (high - low).max(1e-3 * high.abs().max(low.abs())).max(1e-9);
        let middle = f64::midpoint(low, high);
        let half = 0.54 * span;
        Self::new(middle - half..middle + half, n)
    }

    /// An axis over exactly `range`.
    pub(crate) fn new(range: Range<f64>, n: usize) -> Self {
        let step = round_step((range.end - range.start) / n.max(1) as f64);
        let ticks = multiples(&range, step);
        Self { range, ticks }
    }

    /// An axis of the whole numbers `first..=last`, with half a number of room at both ends, marked
    /// at most `n` times, at whole numbers.
    pub(crate) fn counting(first: u64, last: u64, n: usize) -> Self {
        let range = first as f64 - 0.5..last as f64 + 0.5;
        let step = round_step((range.end - range.start) / n.max(1) as f64).max(1.0);
        let ticks = multiples(&range, step);
        Self { range, ticks }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let ratio = (value - self.range.start) / (self.range.end - self.range.start);
        first + (ratio * f64::from(last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// The smallest of 1, 2, 5, 10, 20 … (or a tenth, a hundredth …) that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let enough = |factor: &f64| factor * power >= step * (1.0 - 1e-9);
    factors.into_iter().find(enough).unwrap_or(10.0) * power
}

fn multiples(range: &Range<f64>, step: f64) -> Vec<f64> {
    let (first, last) = ((range.start / step).ceil(), (range.end / step).floor());
    let count = (last - first).clamp(0.0, 1000.0) as usize;
    (0..=count).map(|index| (first + index as f64) * step).filter(|x| range.contains(x)).collect()
}

/// The label of a tick, in as few digits as distinguish it from its neighbors.
pub(crate) fn label(value: f64, ticks: &[f64]) -> String {
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let step = if step.is_finite() { step } else { value.abs().max(1e-9) };
    if value.abs() >= 1e6 || step < 1e-4 {
        return format!("{value:.2e}");
    }
    let digits = (-(step * 1.001).log10().floor()).clamp(0.0, 5.0) as usize;
    // No minus sign before zero.
    let text = format!("{value:.digits$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() { text.replace('-', "") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::around([0.52, 0.97], 5);
        let labels: Vec<_> = axis.ticks.iter().map(|tick| label(*tick, &axis.ticks)).collect();
        assert_eq!(labels, ["0.6", "0.7", "0.8", "0.9"].map(str::to_owned));
        assert!(axis.range.start < 0.52 && axis.range.end > 0.97);
    }

    #[test]
    fn epochs_are_counted_in_whole_numbers() {
        assert_eq!(Axis::counting(1, 1, 10).ticks, [1.0]);
        assert_eq!(Axis::counting(1, 4, 10).ticks, [1.0, 2.0, 3.0, 4.0]);
        let ticks = Axis::counting(1, 200, 10).ticks;
        assert!(ticks.len() <= 11 && ticks.iter().all(|tick| tick.fract() == 0.0), "{ticks:?}");
    }

    #[test]
    fn every_set_of_values_has_a_range_and_few_ticks() {
        let odd = [f64::NAN, f64::INFINITY, f64::MIN, -1e12, -1.0, 0.0, 1e-300, 1e-7, 1.0, 1e12];
        for a in odd {
            for b in odd {
                let axis = Axis::around([a, b], 5);
                assert!(axis.range.start < axis.range.end, "{a} and {b}");
                assert!((1..20).contains(&axis.ticks.len()), "{a} and {b}: {:?}", axis.ticks);
                assert!(axis.ticks.windows(2).all(|pair| pair[0] < pair[1]), "{a} and {b}");
            }
        }
    }
}
