//! Logs on stderr, kept clear of a progress bar that is being drawn there.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

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

/// Lines that wait for the screen, while a [`HeldLogs`] lives.
static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Keeps log lines back while something else has the whole screen; they are written when it ends.
#[derive(Debug)]
#[must_use]
pub struct HeldLogs(());

impl HeldLogs {
    /// From now on.
    pub fn begin() -> Self {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
        Self(())
    }
}

pub(crate) fn logs_are_held() -> bool {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

impl Drop for HeldLogs {
    fn drop(&mut self) {
        let lines = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A log that nobody reads is no reason to end the work.
        let _ = AboveBars.write_all(&lines.unwrap_or_default());
    }
}

/// Writes a log line above whatever bar is on the screen.
struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(held) = HELD.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        BARS.suspend(|| std::io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_until_the_screen_is_free() {
        let held = HeldLogs::begin();
        AboveBars.write_all(b"").unwrap();
        AboveBars.write_all(b"kept\n").unwrap();
        assert_eq!(HELD.lock().unwrap().as_deref(), Some(b"kept\n".as_slice()));
        drop(held);
        assert_eq!(*HELD.lock().unwrap(), None);
    }
}
