//! Where the ticks of an axis are, and their labels.

use std::ops::RangeInclusive;

/// A labeled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    /// Empty for a minor tick.
    pub(crate) label: String,
}

/// Ratios that are marked on a probit axis.
pub(crate) const RATIOS: [f64; 19] = [
    1e-5, 1e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95,
    0.98, 0.99, 0.999,
];

/// About `n` multiples of 1, 2 or 5 times a power of ten, at least `least` apart.
pub(crate) fn linear(
    range: &RangeInclusive<f64>,
    n: usize,
    least: f64,
    percent: bool,
) -> Vec<Tick> {
    let (low, high) = (*range.start(), *range.end());
    // At least two ticks, or nobody could tell the scale.
    let step_of = |n: usize| round_step((high - low) / n as f64).max(least);
    let count = |step: f64| (high / step + 1e-9).floor() - (low / step - 1e-9).ceil();
    let enough = (n.max(1)..n + 8).map(step_of).find(|step| count(*step) >= 1.0);
    let step = enough.unwrap_or_else(|| step_of(n.max(1)));
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let count = (last - first).clamp(0.0, 1000.0) as usize;
    let at = |index: usize| ((first + index as f64) * step).clamp(low, high);
    let factor = if percent { 100.0 } else { 1.0 };
    let tick = |at: f64| Tick { at, label: decimal(at * factor, step * factor) };
    let ticks = (0..=count).map(at).map(tick);
    ticks.filter(|tick| range.contains(&tick.at)).collect()
}

/// Powers of ten with labels and their multiples without; in ranges below two decades also 2 and 5.
pub(crate) fn logarithmic(range: &RangeInclusive<f64>, n: usize) -> Vec<Tick> {
    let (first, last) = (range.start().log10().floor(), range.end().log10().ceil());
    let decades = (last - first).max(1.0);
    let step = (decades / n.max(1) as f64).ceil().max(1.0);
    let narrow = range.end() / range.start() < 100.0;
    let mut ticks = Vec::new();
    for decade in 0..=(decades.min(1000.0) as usize) {
        let exponent = (first + decade as f64) as i32;
        for factor in 1..=9 {
            // Parsed, not computed: 0.001 rather than 0.0010000000000000002.
            let Ok(at) = format!("{factor}e{exponent}").parse::<f64>() else { continue };
            let labeled = match factor {
                1 => decade % step as usize == 0,
                2 | 5 => narrow,
                _ => false,
            };
            if range.contains(&at) && (step == 1.0 || factor == 1) {
                let label = if labeled { short(at) } else { String::new() };
                ticks.push(Tick { at, label });
            }
        }
    }
    if ticks.iter().all(|tick| tick.label.is_empty()) {
        // Less than a step of 1, 2, 5: the ends are marked.
        ticks = [*range.start(), *range.end()].map(|at| Tick { at, label: short(at) }).into();
    }
    ticks
}

/// Ratios in percent.
pub(crate) fn ratios(range: &RangeInclusive<f64>) -> Vec<Tick> {
    let inside = RATIOS.into_iter().filter(|ratio| range.contains(ratio));
    let percent = |ratio: f64| {
        let text = format!("{:.3}", 100.0 * ratio);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    inside.map(|at| Tick { at, label: percent(at) }).collect()
}

/// The smallest of 1, 2, 5, 10, 20 … (or a tenth, a hundredth …) that is at least `step`.
pub(crate) fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let enough = |factor: &f64| factor * power >= step * (1.0 - 1e-9);
    factors.into_iter().find(enough).unwrap_or(10.0) * power
}

/// A number in as few digits as distinguish it from its neighbors at `step`.
fn decimal(value: f64, step: f64) -> String {
    if value.abs() >= 1e6 || step < 1e-4 {
        return minus(&format!("{value:.2e}"));
    }
    let digits = (-(step * 1.001).log10().floor()).clamp(0.0, 5.0) as usize;
    let text = format!("{value:.digits$}");
    // No minus sign before zero.
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        return text.replace('-', "");
    }
    if value.abs() >= 1e4 && digits == 0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", thousands(value.abs().round() as u64));
    }
    minus(&text)
}

/// A positive number without rounding, in the shorter notation.
fn short(value: f64) -> String {
    if (1e-3..1e5).contains(&value) { format!("{value}") } else { minus(&format!("{value:e}")) }
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A count with commas between thousands: `28,055`.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn labels_are_round_and_short() {
        assert_eq!(
            labels(&linear(&(0.5..=0.98), 5, 0.0, false)),
            ["0.5", "0.6", "0.7", "0.8", "0.9"]
        );
        assert_eq!(labels(&linear(&(0.0..=1.0), 4, 0.0, true)), ["0", "50", "100"]);
        assert_eq!(
            labels(&linear(&(-1.0..=1.0), 4, 0.0, false)),
            ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
        );
        assert_eq!(labels(&linear(&(0.0..=40_000.0), 2, 0.0, false)), ["0", "20,000", "40,000"]);
        assert_eq!(labels(&logarithmic(&(0.001..=1.0), 6)), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(
            labels(&logarithmic(&(1e-5..=2e-4), 6)),
            ["1e−5", "2e−5", "5e−5", "1e−4", "2e−4"]
        );
        assert_eq!(labels(&ratios(&(0.001..=0.05))), ["0.1", "0.2", "0.5", "1", "2", "5"]);
        assert_eq!(
            [0, 999, 1000, 28_055, 1_000_000].map(thousands).join(" "),
            "0 999 1,000 28,055 1,000,000"
        );
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for last in [1, 4, 200] {
            let range = 0.5..=f64::from(last) + 0.5;
            let ticks = linear(&range, 10, 1.0, false);
            assert!(
                (1..=11).contains(&ticks.len()) && ticks.iter().all(|tick| tick.at.fract() == 0.0)
            );
        }
    }
}
