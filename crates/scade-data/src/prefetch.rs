//! Running numbered jobs ahead of their use on several threads, with results in order.
//!
//! Thread `w` of `n` runs the jobs `w`, `w + n`, `w + 2n`, … and starts the next when its last result
//! is taken. So at most one result per thread waits, and results need no sorting.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use scade_settings::panic_message;

use crate::{Error, Result};

/// A job. Arguments: its number, and a flag that turns true when the result is no longer wanted.
type Job<T> = dyn Fn(usize, &AtomicBool) -> T + Send + Sync;

/// The results of jobs `0..count`, in order. Dropped early, it stops the threads and waits for them.
pub(crate) struct Prefetch<T> {
    job: Arc<Job<T>>,
    count: usize,
    next: usize,
    stop: Arc<AtomicBool>,
    lanes: Vec<Lane<T>>,
}

struct Lane<T> {
    results: Receiver<T>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Starts `workers` threads, at most one per job; with 0, each job runs on the calling thread when
    /// its result is requested.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system refuses a thread.
    pub(crate) fn start(
        count: usize,
        workers: usize,
        job: impl Fn(usize, &AtomicBool) -> T + Send + Sync + 'static,
    ) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut prefetch = Self { job: Arc::new(job), count, next: 0, stop, lanes: Vec::new() };
        let workers = workers.min(count);
        for first in 0..workers {
            let lane = prefetch.lane(first, workers)?;
            prefetch.lanes.push(lane);
        }
        Ok(prefetch)
    }

    fn lane(&self, first: usize, step: usize) -> Result<Lane<T>> {
        let (job, stop, count) = (self.job.clone(), self.stop.clone(), self.count);
        let (sender, results) = sync_channel(0);
        let work = move || {
            for number in (first..count).step_by(step) {
                if stop.load(Ordering::Relaxed) || sender.send(job(number, &stop)).is_err() {
                    return;
                }
            }
        };
        let name = format!("loader {first}");
        let thread = std::thread::Builder::new().name(name).spawn(work).map_err(Error::Thread)?;
        Ok(Lane { results, thread })
    }

    /// The result of job `number`, from its thread.
    fn receive(&mut self, number: usize) -> Result<T> {
        let lane = number % self.lanes.len();
        if let Ok(result) = self.lanes[lane].results.recv() {
            return Ok(result);
        }
        // Only a panic ends a thread before its last job.
        let panic = self.lanes.swap_remove(lane).thread.join().err();
        self.next = self.count;
        Err(Error::WorkerPanicked { message: message(panic) })
    }
}

impl<T: Send + 'static> Iterator for Prefetch<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next;
        if number >= self.count {
            return None;
        }
        self.next += 1;
        if self.lanes.is_empty() {
            return Some(Ok((self.job)(number, &self.stop)));
        }
        Some(self.receive(number))
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for Lane { results, thread } in self.lanes.drain(..) {
            // This wakes a thread that waits to send its result.
            drop(results);
            // A panic after the last wanted result is irrelevant.
            let _ = thread.join();
        }
    }
}

fn message(panic: Option<Box<dyn Any + Send>>) -> String {
    let text = panic.as_deref().and_then(panic_message);
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for workers in [0, 1, 2, 3, 20] {
            let uneven = |number, _: &AtomicBool| {
                std::thread::sleep(Duration::from_micros(((number * 7) % 5) as u64 * 100));
                number
            };
            let results: Vec<_> =
                Prefetch::start(13, workers, uneven).unwrap().map(Result::unwrap).collect();
            assert_eq!(results, (0..13).collect::<Vec<_>>(), "{workers} workers");
        }
        assert_eq!(Prefetch::start(0, 3, |number, _| number).unwrap().count(), 0);
    }

    #[test]
    fn threads_do_not_run_far_ahead_and_stop_on_drop() {
        let started = Arc::new(AtomicUsize::new(0));
        let count = started.clone();
        let job = move |number, _: &AtomicBool| {
            count.fetch_add(1, Ordering::SeqCst);
            number
        };
        let mut prefetch = Prefetch::start(1_000_000, 3, job).unwrap();
        for expected in 0..4 {
            assert_eq!(prefetch.next().unwrap().unwrap(), expected);
        }
        drop(prefetch);
        let at_drop = started.load(Ordering::SeqCst);
        assert!(at_drop <= 4 + 3, "{at_drop} jobs for 4 results");
        assert_eq!(Arc::strong_count(&started), 1, "no thread is left that could count");
    }

    #[test]
    fn a_job_sees_that_its_result_is_not_wanted() {
        let patient = |_, stop: &AtomicBool| {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        drop(Prefetch::start(5, 2, patient).unwrap());
    }

    #[test]
    fn a_panic_surfaces_once_and_ends_the_results() {
        let job = |number, _: &AtomicBool| {
            assert!(number != 3, "job {number} is broken");
            number
        };
        let mut prefetch = Prefetch::start(10, 2, job).unwrap();
        assert_eq!(prefetch.by_ref().take(3).map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2]);
        let error = prefetch.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "a loader thread panicked: job 3 is broken");
        assert!(prefetch.next().is_none());
    }
}
