//! How long work is watched: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::fmt::Display;
use std::io::Write;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::logs::{logs_are_held, terminal};

/// Every bar of the process, so that logs can step aside for them.
pub(crate) static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Between two plain lines of a piped log.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Progress of one piece of work with a known number of steps. Shared freely between threads.
#[derive(Debug)]
pub struct Progress {
    view: View,
    started: Instant,
}

#[derive(Debug)]
enum View {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
    /// Something else has the screen.
    None,
}

#[derive(Debug)]
struct Lines {
    what: String,
    unit: String,
    done: u64,
    total: u64,
    note: String,
    printed: Instant,
}

impl Progress {
    /// Starts showing `what`, counted in `unit` ("frames", "steps"), from 0 to `total`; nothing while
    /// something else has the screen.
    #[must_use]
    pub fn start(what: &str, unit: &str, total: u64) -> Self {
        let started = Instant::now();
        let view = if logs_are_held() {
            View::None
        } else if terminal() {
            let template = format!(
                "{{prefix:12}} {{bar:30}} {{pos}}/{{len}} {unit} · {{per_sec}} · {{eta}} left {{msg}}"
            );
            let style = ProgressStyle::with_template(&template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = BARS.add(ProgressBar::new(total).with_style(style));
            bar.set_prefix(what.to_owned());
            View::Bar(bar)
        } else {
            View::Lines(Mutex::new(Lines {
                what: what.to_owned(),
                unit: unit.to_owned(),
                done: 0,
                total,
                note: String::new(),
                printed: started,
            }))
        };
        Self { view, started }
    }

    /// Counts `n` more steps as done.
    pub fn advance(&self, n: u64) {
        match &self.view {
            View::Bar(bar) => bar.inc(n),
            View::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                lines.done += n;
                if lines.printed.elapsed() >= PLAIN_INTERVAL {
                    lines.printed = Instant::now();
                    lines.print(self.started.elapsed());
                }
            }
            View::None => {}
        }
    }

    /// Shows a few words beside the numbers: the current loss, say.
    pub fn note(&self, text: impl Into<String>) {
        match &self.view {
            View::Bar(bar) => bar.set_message(text.into()),
            View::Lines(lines) => {
                lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).note = text.into();
            }
            View::None => {}
        }
    }

    /// Ends the display; what was reached stays readable in a plain log.
    pub fn finish(&self) {
        match &self.view {
            View::Bar(bar) => {
                bar.finish_and_clear();
                BARS.remove(bar);
            }
            View::Lines(lines) => {
                let lines = lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                lines.print(self.started.elapsed());
            }
            View::None => {}
        }
    }
}

/// Prints results to stdout and ends the line, clear of any bar.
///
/// # Errors
/// When nobody reads stdout any more, or the disk behind it is full.
pub fn print(results: impl Display) -> anyhow::Result<()> {
    BARS.suspend(|| writeln!(std::io::stdout(), "{results}")).context("cannot write to stdout")
}

impl Lines {
    /// A line that nobody reads is no reason to end the work.
    fn print(&self, elapsed: Duration) {
        let _ = writeln!(std::io::stderr(), "{}", self.text(elapsed));
    }

    fn text(&self, elapsed: Duration) -> String {
        let rate = self.done as f64 / elapsed.as_secs_f64().max(1e-9);
        let mut text =
            format!("{}: {}/{} {} · {rate:.1}/s", self.what, self.done, self.total, self.unit);
        if self.done > 0 && self.done < self.total {
            let left = (self.total - self.done) as f64 / rate;
            text += &format!(" · {left:.0} s left");
        }
        if !self.note.is_empty() {
            text += &format!(" · {}", self.note);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_states_rate_and_time_left() {
        let now = Instant::now();
        let lines = Lines {
            what: "train".into(),
            unit: "steps".into(),
            done: 20,
            total: 50,
            note: "loss 0.31".into(),
            printed: now,
        };
        let text = lines.text(Duration::from_secs(10));
        assert_eq!(text, "train: 20/50 steps · 2.0/s · 15 s left · loss 0.31");
    }
}
