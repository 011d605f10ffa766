//! The same test body in double precision, where rounding hides no errors.

use std::process::Command;

#[cfg(feature = "ndarray")]
use crate::{Comparison, Report};

/// Runs `comparison` on Burn's own operations in double precision. Only for tests that
/// [`in_a_process_of_its_own`] starts: the first computation of a process decides its precision.
///
/// # Panics
/// When numbers differ.
#[cfg(feature = "ndarray")]
pub fn in_double_precision<C: Comparison>(comparison: &C) {
    use burn::backend::{Autodiff, NdArray};

    let report = Report::new(C::PART, "ndarray, f64".to_owned());
    comparison.run::<Autodiff<NdArray<f64>>>(&Default::default(), &report);
    report.finish();
}

/// Runs the ignored test `name` of this test program in a process and forwards its output.
///
/// # Panics
/// When it fails, or there is no such test.
pub fn in_a_process_of_its_own(name: &str) {
    let program = std::env::current_exe().expect("the path of this test program");
    let mut command = Command::new(program);
    let output = command.args(["--exact", name, "--ignored", "--nocapture"]).output();
    let output = output.expect("this test program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    hand_on(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{name}: {said}{errors}");
}

/// For the table of `cargo xtask parity`.
#[allow(clippy::print_stdout)]
fn hand_on(said: &str) {
    print!("{said}");
}
