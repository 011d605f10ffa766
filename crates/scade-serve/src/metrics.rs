//! Counters in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) uploaded_bytes: AtomicU64,
    pub(crate) worker_starts: AtomicU64,
    outcomes: Mutex<BTreeMap<&'static str, u64>>,
    responses: Mutex<BTreeMap<u16, u64>>,
    /// How many jobs took at most each bound, then all.
    times: [AtomicU64; BOUNDS.len() + 1],
    milliseconds: AtomicU64,
}

impl Metrics {
    /// A job that ended, by `done` or the code of its reason, and how long it ran.
    pub(crate) fn job(&self, outcome: &'static str, ran: Option<Duration>) {
        *locked(&self.outcomes).entry(outcome).or_default() += 1;
        let Some(ran) = ran else { return };
        for (bound, count) in BOUNDS.iter().chain([&f64::INFINITY]).zip(&self.times) {
            if ran.as_secs_f64() <= *bound {
                count.fetch_add(1, Relaxed);
            }
        }
        let milliseconds = u64::try_from(ran.as_millis()).unwrap_or(u64::MAX);
        self.milliseconds.fetch_add(milliseconds, Relaxed);
    }

    pub(crate) fn response(&self, status: u16) {
        *locked(&self.responses).entry(status).or_default() += 1;
    }

    /// All of them, with what is known only now.
    pub(crate) fn text(&self, queued: usize, running: usize, ready: bool) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, lines: &[(String, String)]| {
            let _ = writeln!(text, "# HELP scade_{name} {help}\n# TYPE scade_{name} {kind}");
            for (labels, value) in lines {
                let _ = writeln!(text, "scade_{name}{labels} {value}");
            }
        };
        let one = |value: u64| vec![(String::new(), value.to_string())];
        let labeled = |label: &str, name: &dyn std::fmt::Display, value: u64| {
            (format!("{{{label}=\"{name}\"}}"), value.to_string())
        };
        let outcomes = locked(&self.outcomes);
        let jobs: Vec<_> = outcomes.iter().map(|(name, n)| labeled("outcome", name, *n)).collect();
        let responses = locked(&self.responses);
        let responses: Vec<_> =
            responses.iter().map(|(status, n)| labeled("status", status, *n)).collect();
        metric("ready", "gauge", "Whether the detector is loaded.", &one(ready.into()));
        metric("jobs_queued", "gauge", "Jobs that wait.", &one(queued as u64));
        metric("jobs_running", "gauge", "Jobs that run.", &one(running as u64));
        metric("jobs_total", "counter", "Jobs that ended, by outcome.", &jobs);
        let bytes = self.uploaded_bytes.load(Relaxed);
        metric("uploaded_bytes_total", "counter", "Bytes of complete uploads.", &one(bytes));
        let starts = self.worker_starts.load(Relaxed);
        metric("worker_starts_total", "counter", "Workers that were started.", &one(starts));
        metric("responses_total", "counter", "HTTP responses, by status.", &responses);
        let name = "job_seconds";
        let _ = writeln!(text, "# HELP scade_{name} How long jobs ran.");
        let _ = writeln!(text, "# TYPE scade_{name} histogram");
        for (bound, count) in BOUNDS.iter().zip(&self.times) {
            let count = count.load(Relaxed);
            let _ = writeln!(text, "scade_{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let all = self.times[BOUNDS.len()].load(Relaxed);
        let sum = self.milliseconds.load(Relaxed) as f64 / 1000.0;
        let _ = writeln!(text, "scade_{name}_bucket{{le=\"+Inf\"}} {all}");
        let _ = writeln!(text, "scade_{name}_sum {sum}\nscade_{name}_count {all}");
        text
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_lines_of_prometheus() {
        let metrics = Metrics::default();
        metrics.job("done", Some(Duration::from_millis(1500)));
        metrics.job("no-face", None);
        metrics.response(404);
        let text = metrics.text(2, 1, true);
        for line in [
            "scade_jobs_queued 2",
            "scade_jobs_total{outcome=\"done\"} 1",
            "scade_jobs_total{outcome=\"no-face\"} 1",
            "scade_responses_total{status=\"404\"} 1",
            "scade_job_seconds_bucket{le=\"1\"} 0",
            "scade_job_seconds_bucket{le=\"2\"} 1",
            "scade_job_seconds_bucket{le=\"+Inf\"} 1",
            "scade_job_seconds_sum 1.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
