//! Differences from reference numbers: checked, and printed for the table.

use std::cell::RefCell;

/// Collects the comparisons of one part on one device.
#[derive(Debug)]
pub struct Report {
    part: &'static str,
    device: String,
    /// Comparisons that exceeded their tolerance.
    failures: RefCell<Vec<String>>,
}

impl Report {
    /// A report on `part`, computed on `device`.
    #[must_use]
    pub fn new(part: &'static str, device: String) -> Self {
        Self { part, device, failures: RefCell::default() }
    }

    /// Compares by the largest difference relative to the largest reference number: implementations differ
    /// in the order of additions, and small numbers are sums of large ones.
    ///
    /// If it is above `tolerance` or NaN, [`Self::finish`] fails.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn relative(&self, name: &str, got: &[f32], expected: &[f32], tolerance: f64) {
        let largest =
            expected.iter().fold(0.0, |most: f64, value| most.max(f64::from(value.abs())));
        self.check(name, got, expected, largest.max(1e-6), tolerance);
    }

    /// As [`Self::relative`], but with the absolute difference, in the unit of the numbers.
    ///
    /// # Panics
    /// As [`Self::relative`].
    pub fn absolute(&self, name: &str, got: &[f32], expected: &[f32], tolerance: f64) {
        self.check(name, got, expected, 1.0, tolerance);
    }

    fn check(&self, name: &str, got: &[f32], expected: &[f32], unit: f64, tolerance: f64) {
        let Self { part, device, failures } = self;
        assert_eq!(got.len(), expected.len(), "{part} on {device}: {name}: length");
        let differences =
            got.iter().zip(expected).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
        let worst = differences.fold(0.0, larger_or_nan) / unit;
        print(&[part, device, name, &format!("{worst:.1e}"), &format!("{tolerance:.0e}")]);
        // Written so that NaN fails.
        let fits = worst <= tolerance;
        if !fits {
            let failure = format!("{name} is {worst:.2e} off, {tolerance:.0e} is allowed");
            failures.borrow_mut().push(failure);
        }
    }

    /// Ends the comparison.
    ///
    /// # Panics
    /// If any comparison exceeded its tolerance, listing all of them.
    pub fn finish(self) {
        let Self { part, device, failures } = self;
        let failures = failures.into_inner();
        assert!(failures.is_empty(), "{part} on {device}: {}", failures.join("; "));
    }
}

/// The larger of two numbers; propagates NaN, which `f64::max` would drop.
fn larger_or_nan(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// Prints a line at once, as tests run in parallel. Cargo shows it with `--nocapture`.
#[allow(clippy::print_stdout)]
fn print(fields: &[&str]) {
    println!("parity\t{}", fields.join("\t"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report::new("a test", "nowhere".to_owned())
    }

    #[test]
    fn differences_are_relative_to_the_largest_number() {
        let report = report();
        report.relative("numbers", &[100.0, 0.1], &[100.0, 0.0], 1.1e-3);
        report.absolute("numbers", &[100.0, 0.1], &[100.0, 0.0], 0.11);
        report.finish();
    }

    #[test]
    #[should_panic(expected = "a test on nowhere: one is 1.00e-2 off, 1e-3 is allowed; three is")]
    fn all_differences_above_the_tolerance_are_named() {
        let report = report();
        report.relative("one", &[101.0], &[100.0], 1e-3);
        report.relative("two", &[100.0], &[100.0], 1e-3);
        report.absolute("three", &[101.0], &[100.0], 1e-3);
        report.finish();
    }

    #[test]
    #[should_panic(expected = "numbers is NaN off")]
    fn nan_fails_at_any_index() {
        let report = report();
        report.relative("numbers", &[f32::NAN, 1.0], &[1.0, 1.0], 1e-3);
        report.finish();
    }

    #[test]
    #[should_panic(expected = "length")]
    fn a_missing_number_fails() {
        report().relative("numbers", &[1.0], &[1.0, 1.0], 1e-3);
    }
}
