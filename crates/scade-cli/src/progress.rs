//! How long work is watched: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::ProgressStyle;
use tracing::Span;
use tracing_indicatif::span_ext::IndicatifSpanExt;

use crate::logs::{BAR, Screen};

/// Between two plain lines of a piped log.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Shows progress on stderr: the program's end of [`scade_settings::Progress`]. After
/// [`crate::init_logs`] and on a terminal it is a bar, else a line every ten seconds, and nothing while
/// something else has the screen.
#[derive(Debug, Default)]
pub struct ProgressBar {
    piece: Mutex<Option<Piece>>,
}

/// One piece of work.
#[derive(Debug)]
enum Piece {
    /// Shown as long as the span is open.
    Bar(Span),
    Lines(Lines),
}

#[derive(Debug)]
struct Lines {
    what: String,
    unit: String,
    done: u64,
    total: u64,
    note: String,
    started: Instant,
    printed: Instant,
}

impl ProgressBar {
    /// Shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn piece(&self) -> MutexGuard<'_, Option<Piece>> {
        self.piece.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl scade_settings::Progress for ProgressBar {
    fn start(&self, what: &str, unit: &str, total: u64) {
        let screen = Screen::current();
        *self.piece() = match screen {
            Some(screen) if screen.is_taken() => None,
            Some(screen) if screen.has_bars() => Some(Piece::Bar(bar(what, unit, total))),
            _ => Some(Piece::Lines(Lines::new(what, unit, total))),
        };
    }

    fn advance(&self, n: u64) {
        match &mut *self.piece() {
            Some(Piece::Bar(span)) => span.pb_inc(n),
            Some(Piece::Lines(lines)) => {
                lines.done += n;
                if lines.printed.elapsed() >= PLAIN_INTERVAL {
                    lines.printed = Instant::now();
                    lines.print();
                }
            }
            None => {}
        }
    }

    fn note(&self, text: &str) {
        match &mut *self.piece() {
            Some(Piece::Bar(span)) => span.pb_set_message(text),
            Some(Piece::Lines(lines)) => text.clone_into(&mut lines.note),
            None => {}
        }
    }

    /// What was reached stays readable in a plain log; a bar goes.
    fn finish(&self) {
        if let Some(Piece::Lines(lines)) = self.piece().take() {
            lines.print();
        }
    }
}

fn bar(what: &str, unit: &str, total: u64) -> Span {
    let template =
        format!("{what:12} {{bar:30}} {{pos}}/{{len}} {unit} · {{per_sec}} · {{eta}} left {{msg}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let span = tracing::info_span!(target: BAR, parent: None, "progress");
    span.pb_set_style(&style);
    span.pb_set_length(total);
    span.pb_start();
    span
}

/// The reader of stdout has gone, as `head` does; for a program no failure, but a reason to end.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads stdout any more")]
pub(crate) struct StdoutClosed;

/// Prints results to stdout and ends the line, clear of any bar.
///
/// # Errors
/// When the disk behind stdout is full, say; and when nobody reads it any more, which [`crate::run`] takes
/// for a silent success.
pub fn print(results: impl Display) -> anyhow::Result<()> {
    let write = || writeln!(std::io::stdout(), "{results}");
    match tracing_indicatif::suspend_tracing_indicatif(write) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
        written => written.context("cannot write to stdout"),
    }
}

impl Lines {
    fn new(what: &str, unit: &str, total: u64) -> Self {
        let now = Instant::now();
        Self {
            what: what.to_owned(),
            unit: unit.to_owned(),
            done: 0,
            total,
            note: String::new(),
            started: now,
            printed: now,
        }
    }

    /// A line that nobody reads is no reason to end the work.
    fn print(&self) {
        let _ = writeln!(std::io::stderr(), "{}", self.text(self.started.elapsed()));
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
    use scade_settings::Progress as _;

    #[test]
    fn a_plain_line_states_rate_and_time_left() {
        let mut lines = Lines::new("train", "steps", 50);
        (lines.done, lines.note) = (20, "loss 0.31".into());
        let text = lines.text(Duration::from_secs(10));
        assert_eq!(text, "train: 20/50 steps · 2.0/s · 15 s left · loss 0.31");
    }

    #[test]
    fn pieces_of_work_follow_one_another() {
        let bar = ProgressBar::new();
        bar.advance(1);
        for total in [3, 4] {
            bar.start("test", "steps", total);
            bar.advance(2);
            bar.note("halfway");
            match &*bar.piece() {
                Some(Piece::Lines(lines)) => {
                    assert_eq!((lines.done, lines.total, &*lines.note), (2, total, "halfway"));
                }
                other => panic!("{other:?}"),
            }
            bar.finish();
            assert!(bar.piece().is_none());
        }
    }
}
