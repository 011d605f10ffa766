//! Logs on stderr, kept clear of what else is shown there: progress bars, or something that has the whole
//! screen. What they share is part of the subscriber, and found again through it.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Subscriber;
use tracing_indicatif::{IndicatifLayer, IndicatifWriter, writer};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer, filter, fmt, registry};

/// Target of the spans that are shown as bars, and of nothing else.
pub(crate) const BAR: &str = "scade_cli::progress";

/// Whether a person watches stderr on a terminal that can redraw lines.
#[must_use]
pub fn terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Starts logging to stderr: warnings of every crate and information of ours, or what the
/// environment variable `RUST_LOG` asks for. Colors only on a terminal and without `NO_COLOR`.
pub fn init_logs() {
    // A target is matched by its beginning: `scade` means all crates of ours.
    let wanted =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,scade=info"));
    let bars = terminal().then(IndicatifLayer::new);
    let screen =
        Screen { held: Arc::default(), bars: bars.as_ref().map(IndicatifLayer::get_stderr_writer) };
    let lines = fmt::layer()
        .with_ansi(terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_target(false)
        .without_time()
        .with_writer(screen.clone())
        .with_filter(wanted);
    let bars = bars.map(|bars| bars.with_filter(filter::filter_fn(|span| span.target() == BAR)));
    let subscriber = registry().with(lines).with(bars).with(screen);
    // A second call, as tests make it, keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Who may write to stderr. As a layer it does nothing but be found.
#[derive(Clone)]
pub(crate) struct Screen {
    /// Log lines that wait for the screen, while a [`HeldLogs`] lives.
    held: Arc<Mutex<Option<Vec<u8>>>>,
    /// Steps aside for bars; only where there can be some.
    bars: Option<IndicatifWriter<writer::Stderr>>,
}

impl Screen {
    /// That of the subscriber in use, after [`init_logs`].
    pub(crate) fn current() -> Option<Self> {
        tracing::dispatcher::get_default(|dispatch| dispatch.downcast_ref::<Self>().cloned())
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.held().is_some()
    }

    pub(crate) fn has_bars(&self) -> bool {
        self.bars.is_some()
    }

    fn held(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, bytes: &[u8]) -> std::io::Result<()> {
        match &self.bars {
            Some(bars) => bars.clone().write_all(bytes),
            None => std::io::stderr().write_all(bytes),
        }
    }
}

impl<S: Subscriber> Layer<S> for Screen {}

impl MakeWriter<'_> for Screen {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(held) = self.held().as_mut() {
            held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.show(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// Keeps log lines back while something else has the whole screen; they are written when it ends.
#[must_use]
pub struct HeldLogs(Option<Screen>);

impl HeldLogs {
    /// From now on.
    pub fn begin() -> Self {
        Self::of(Screen::current())
    }

    fn of(screen: Option<Screen>) -> Self {
        if let Some(screen) = &screen {
            screen.held().get_or_insert_default();
        }
        Self(screen)
    }
}

impl std::fmt::Debug for HeldLogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("HeldLogs").finish_non_exhaustive()
    }
}

impl Drop for HeldLogs {
    fn drop(&mut self) {
        if let Some(screen) = &self.0 {
            let lines = screen.held().take();
            // A log that nobody reads is no reason to end the work.
            let _ = screen.show(&lines.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_until_the_screen_is_free() {
        let mut screen = Screen { held: Arc::default(), bars: None };
        let held = HeldLogs::of(Some(screen.clone()));
        assert!(screen.is_taken());
        screen.write_all(b"").unwrap();
        screen.write_all(b"kept\n").unwrap();
        assert_eq!(screen.held().as_deref(), Some(b"kept\n".as_slice()));
        drop(held);
        assert!(!screen.is_taken());
    }

    #[test]
    fn the_screen_is_found_through_the_subscriber() {
        let screen = Screen { held: Arc::default(), bars: None };
        let lines = fmt::layer().with_writer(screen.clone()).with_filter(EnvFilter::new("info"));
        let subscriber = registry().with(lines).with(screen.clone());
        tracing::subscriber::with_default(subscriber, || {
            let held = HeldLogs::begin();
            assert!(screen.is_taken());
            drop(held);
            assert!(!screen.is_taken());
        });
    }
}
