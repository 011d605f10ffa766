//! An axis: what it measures, how values map to places, and which range it shows.

use std::ops::RangeInclusive;

use scade_metrics::normal_quantile;

use crate::ticks::{self, Tick};

/// Larger values are not plotted: a loss that diverged would flatten everything else, and differences
/// of such values are lost in rounding.
const LARGEST: f64 = 1e12;

/// How values map to places on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scale {
    /// Equal differences are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long; for values above 0.
    Log10,
    /// Quantiles of the normal distribution, for ratios between 0 and 1: the error trade-off of normally
    /// distributed scores is a straight line (Martin et al., "The DET Curve", Eurospeech 1997).
    Probit,
}

/// An axis of a [`Chart`](crate::Chart).
///
/// Without [`Axis::range`] it shows all values with some room. With a range, values beyond an end are
/// plotted at that end, such as a false positive rate of 0 on a logarithmic axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    pub(crate) label: String,
    unit: String,
    scale: Scale,
    range: Option<(f64, f64)>,
    included: Vec<f64>,
    percent: bool,
    reversed: bool,
    whole: bool,
    pub(crate) bare: bool,
    categories: Vec<String>,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A logarithmic axis. Values of 0 and below are plotted at its lower end.
    #[must_use]
    pub fn log10(label: impl Into<String>) -> Self {
        Self { scale: Scale::Log10, ..Self::linear(label) }
    }

    /// An axis of ratios on the probit scale, labeled in percent.
    #[must_use]
    pub fn probit(label: impl Into<String>) -> Self {
        Self { scale: Scale::Probit, unit: "%".into(), ..Self::linear(label) }
    }

    /// An axis of whole numbers such as epochs, with half a number of room at both ends.
    #[must_use]
    pub fn counting(label: impl Into<String>) -> Self {
        Self { whole: true, ..Self::linear(label) }
    }

    /// An axis of names; the first is from 0 to 1, the second from 1 to 2, and so on.
    #[must_use]
    pub fn categories(
        label: impl Into<String>,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let categories: Vec<String> = names.into_iter().map(Into::into).collect();
        let last = categories.len().max(1) as f64;
        Self { categories, range: Some((0.0, last)), ..Self::linear(label) }
    }

    /// Shows the unit after the label, in parentheses.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Labels ratios in percent.
    #[must_use]
    pub fn percent(mut self) -> Self {
        self.percent = true;
        self.unit("%")
    }

    /// Shows exactly this range. Ignored unless `low < high` and the scale has a place for both.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Shows at least this value, whatever the data.
    #[must_use]
    pub fn including(mut self, value: f64) -> Self {
        self.included.push(value);
        self
    }

    /// The largest value is at the left, or at the bottom.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    /// Without ticks, for coordinates that mean nothing by themselves.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Label and unit.
    pub(crate) fn name(&self) -> String {
        if self.unit.is_empty() {
            self.label.clone()
        } else {
            format!("{} ({})", self.label, self.unit)
        }
    }

    /// Chooses the range by the values, and about `n` ticks.
    pub(crate) fn fit(&self, values: impl IntoIterator<Item = f64>, n: usize) -> Fitted {
        let range = self.range_of(values);
        let ticks = if self.bare {
            Vec::new()
        } else if self.categories.is_empty() {
            match self.scale {
                Scale::Linear => {
                    ticks::linear(&range, n, if self.whole { 1.0 } else { 0.0 }, self.percent)
                }
                Scale::Log10 => ticks::logarithmic(&range, n),
                Scale::Probit => ticks::ratios(&range),
            }
        } else {
            let names = self.categories.iter().enumerate();
            names.map(|(i, name)| Tick { at: i as f64 + 0.5, label: name.clone() }).collect()
        };
        let categories = !self.categories.is_empty();
        Fitted { scale: self.scale, reversed: self.reversed, range, ticks, categories }
    }

    fn range_of(&self, values: impl IntoIterator<Item = f64>) -> RangeInclusive<f64> {
        let exact = self.range.filter(|(low, high)| {
            low < high && self.scale.place(*low).is_some() && self.scale.place(*high).is_some()
        });
        if let Some((low, high)) = exact {
            return low..=high;
        }
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().chain(self.included.iter().copied()) {
            if self.scale.place(value).is_some() {
                (low, high) = (low.min(value), high.max(value));
            }
        }
        match self.scale {
            _ if low > high => match self.scale {
                Scale::Linear => 0.0..=1.0,
                Scale::Log10 => 0.1..=1.0,
                Scale::Probit => 0.01..=0.5,
            },
            Scale::Linear if self.whole => low - 0.5..=high + 0.5,
            Scale::Linear => {
                // Equal values get room too, and never so little that neighboring ticks are equal.
                let span = (high - low).max(1e-3 * high.abs().max(low.abs())).max(1e-9);
                let (middle, half) = (f64::midpoint(low, high), 0.5 * span);
                let room = |end: f64| if self.included.contains(&end) { 0.0 } else { 0.05 * span };
                middle - half - room(low)..=middle + half + room(high)
            }
            Scale::Log10 => {
                // Logarithms first: the ratio of the ends can be infinite.
                let (low, high) = (low.log10(), high.log10());
                let room = ((high - low) * 0.05).clamp(0.1, 1.0);
                10f64.powf((low - room).max(-300.0))..=10f64.powf(high + room)
            }
            Scale::Probit => {
                // From mark to mark.
                let below = ticks::RATIOS.into_iter().rfind(|ratio| *ratio <= low);
                let above = ticks::RATIOS.into_iter().find(|ratio| *ratio >= high);
                let (low, high) = (below.unwrap_or(1e-5), above.unwrap_or(0.999));
                if low < high { low..=high } else { (low / 2.0)..=f64::midpoint(high, 1.0) }
            }
        }
    }
}

impl Scale {
    /// The place of a value before the range is applied; `None` for what the scale cannot show.
    fn place(self, value: f64) -> Option<f64> {
        let shown = match self {
            Self::Linear => value.abs() <= LARGEST,
            Self::Log10 => (1e-300..=LARGEST).contains(&value),
            Self::Probit => value > 1e-12 && value < 1.0 - 1e-12,
        };
        shown.then(|| self.map(value))
    }

    fn map(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log10 => value.log10(),
            Self::Probit => normal_quantile(value),
        }
    }
}

/// Whether a value can be plotted at all.
pub(crate) fn plottable(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

/// An axis with its range and ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fitted {
    scale: Scale,
    reversed: bool,
    pub(crate) range: RangeInclusive<f64>,
    pub(crate) ticks: Vec<Tick>,
    /// Whether ticks are names of intervals.
    pub(crate) categories: bool,
}

impl Fitted {
    /// Where a value is between the two ends, 0..=1; values beyond an end are at that end. `None` for what
    /// cannot be plotted.
    pub(crate) fn position(&self, value: f64) -> Option<f64> {
        if !plottable(value) {
            return None;
        }
        let place = |value: f64| self.scale.map(value);
        let (low, high) = (*self.range.start(), *self.range.end());
        let (first, last) = (place(low), place(high));
        let ratio = (place(value.clamp(low, high)) - first) / (last - first);
        let ratio = ratio.clamp(0.0, 1.0);
        Some(if self.reversed { 1.0 - ratio } else { ratio })
    }

    /// Whether a value is above the upper end, and is plotted there.
    pub(crate) fn is_above(&self, value: f64) -> bool {
        value > *self.range.end()
    }

    /// The value at a position, for curves that are given by a formula.
    pub(crate) fn value(&self, position: f64) -> f64 {
        let (mut low, mut high) = (*self.range.start(), *self.range.end());
        // The scales rise; halving finds the value to a part in 2^50 of the range.
        for _ in 0..50 {
            let middle = if self.scale == Scale::Log10 {
                (low * high).sqrt()
            } else {
                f64::midpoint(low, high)
            };
            let below = self.position(middle).unwrap_or(0.0) < position;
            if below != self.reversed { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> Vec<Axis> {
        let mut axes = vec![
            Axis::linear("x"),
            Axis::linear("x").including(0.0),
            Axis::linear("x").percent().reversed(),
            Axis::linear("x").range(2.0, 1.0),
            Axis::log10("x"),
            Axis::log10("x").range(0.0, 1.0),
            Axis::log10("x").range(1e-4, 1.0),
            Axis::probit("x"),
            Axis::counting("x"),
        ];
        axes.push(Axis::categories("x", ["a", "b"]));
        axes
    }

    const ODD: [f64; 13] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN,
        -1e12,
        -1.0,
        0.0,
        1e-300,
        1e-7,
        0.5,
        0.999_999,
        1.0,
        1e12,
    ];

    #[test]
    fn ticks_rise_and_lie_inside_the_range_for_every_set_of_values() {
        for axis in axes() {
            for (a, b) in ODD.iter().flat_map(|a| ODD.iter().map(move |b| (*a, *b))) {
                let fitted = axis.fit([a, b], 5);
                let (low, high) = (fitted.range.start(), fitted.range.end());
                assert!(low < high, "{axis:?} of {a} and {b}: {:?}", fitted.range);
                let at: Vec<f64> = fitted.ticks.iter().map(|tick| tick.at).collect();
                assert!(
                    at.iter().all(|at| fitted.range.contains(at)),
                    "{axis:?} of {a}, {b}: {at:?}"
                );
                assert!(
                    at.windows(2).all(|pair| pair[0] < pair[1]),
                    "{axis:?} of {a}, {b}: {at:?}"
                );
                let labels = fitted.ticks.iter().filter(|tick| !tick.label.is_empty()).count();
                assert!((1..=20).contains(&labels), "{axis:?} of {a} and {b}: {at:?}");
            }
        }
    }

    #[test]
    fn every_scale_rises_and_stays_between_its_ends() {
        for axis in axes() {
            let fitted = axis.fit([0.002, 0.9], 5);
            let mut last = if axis.reversed { 1.0 } else { 0.0 };
            for step in 0..=1000 {
                let value = f64::from(step) / 1000.0 * 1.2 - 0.1;
                let position = fitted.position(value).unwrap();
                assert!((0.0..=1.0).contains(&position));
                assert!(if axis.reversed { position <= last } else { position >= last });
                last = position;
            }
            assert_eq!(fitted.position(f64::NAN), None);
            assert_eq!(fitted.position(f64::INFINITY), None);
        }
    }

    #[test]
    fn values_are_found_again_by_their_position() {
        for axis in axes() {
            let fitted = axis.fit([0.002, 0.9], 5);
            for value in [0.01, 0.2, 0.7] {
                if fitted.range.contains(&value) {
                    let found = fitted.value(fitted.position(value).unwrap());
                    assert!((found - value).abs() < 1e-6, "{axis:?}: {value} and {found}");
                }
            }
        }
    }
}
