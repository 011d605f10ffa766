//! The timeout for FFmpeg.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Expires when it has not been restarted for `limit`. Copies share one timer, so that the callback
/// inside FFmpeg sees restarts by the loop outside.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    limit: Duration,
    made: Instant,
    /// Nanoseconds from `made` to the last restart.
    restarted: Arc<AtomicU64>,
}

impl Watch {
    pub(super) fn start(limit: Duration) -> Self {
        Self { limit, made: Instant::now(), restarted: Arc::default() }
    }

    pub(super) fn restart(&self) {
        let now = u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.restarted.store(now, Ordering::Relaxed);
    }

    pub(super) fn expired(&self) -> bool {
        let restarted = Duration::from_nanos(self.restarted.load(Ordering::Relaxed));
        self.made.elapsed().saturating_sub(restarted) >= self.limit
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_gives_the_full_time_again_to_all_copies() {
        let watch = Watch::start(Duration::from_millis(200));
        let copy = watch.clone();
        std::thread::sleep(Duration::from_millis(250));
        assert!(copy.expired());
        watch.restart();
        assert!(!copy.expired());
        assert!(!Watch::start(Duration::MAX).expired());
    }
}
