//! Logs on stderr, kept clear of a progress bar that is being drawn there.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::progress::BARS;

/// Whether a person watches stderr on a terminal that can redraw lines.
#[must_use]
pub fn terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Starts logging to stderr: warnings of every crate and information of ours, or what the
/// environment variable `RUST_LOG` asks for. Colours only on a terminal and without `NO_COLOR`.
pub fn init_logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        let ours = ["cli", "data", "face", "infer", "preprocess", "synth", "train"];
        let ours: Vec<String> = ours.iter().map(|name| format!("scade_{name}=info")).collect();
        EnvFilter::new(format!("warn,scade=info,{}", ours.join(",")))
    });
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false)
        .without_time()
        .with_writer(|| AboveBars);
    // A second call, as tests make it, keeps the first subscriber.
    let _ = subscriber.try_init();
}

/// Writes a log line above whatever bar is on the screen.
struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        BARS.suspend(|| std::io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
