//! Work on many inputs by several threads, with the results in the order of the inputs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Condvar, Mutex, PoisonError};

/// Results per thread that may wait for an earlier one, so that memory stays bounded beside a slow input.
const AHEAD: usize = 64;

/// How far the results were taken.
#[derive(Debug, Default)]
struct Taken {
    count: usize,
    /// Nothing is taken any more.
    ended: bool,
}

/// Calls `work` for 0 to `count` on `jobs` threads, and `emit` with each result in this order. An error of
/// `emit` ends it once the inputs in work are done.
///
/// # Errors
/// The error of `emit`.
pub(crate) fn in_order<T: Send, E>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    mut emit: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let taken = (Mutex::new(Taken::default()), Condvar::new());
    let lock = || taken.0.lock().unwrap_or_else(PoisonError::into_inner);
    // Whether `index` may be started.
    let wait = |index: usize| {
        let far = |taken: &mut Taken| !taken.ended && index >= taken.count + AHEAD * jobs;
        let state = taken.1.wait_while(lock(), far).unwrap_or_else(PoisonError::into_inner);
        !state.ended
    };
    let (sender, results) = channel();
    let worker = |sender: std::sync::mpsc::Sender<(usize, T)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || !wait(index) || sender.send((index, work(index))).is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, count.max(1)) {
            let sender = sender.clone();
            scope.spawn(|| worker(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut end = Ok(());
        for (index, result) in results {
            waiting.insert(index, result);
            while end.is_ok() {
                let place = lock().count;
                let Some(result) = waiting.remove(&place) else { break };
                end = emit(result);
                let mut state = lock();
                state.count += 1;
                state.ended = end.is_err();
                taken.1.notify_all();
            }
            if end.is_err() {
                break;
            }
        }
        end
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        for jobs in [1, 2, 7] {
            let mut got = Vec::new();
            let work = |index: usize| {
                // The first takes longest.
                if index == 0 {
                    std::thread::sleep(Duration::from_millis(20));
                }
                index * index
            };
            in_order(1000, jobs, work, |value| {
                got.push(value);
                Ok::<(), ()>(())
            })
            .unwrap();
            assert!(got.iter().copied().eq((0..1000).map(|index| index * index)), "{jobs}");
        }
    }

    #[test]
    fn work_waits_for_a_slow_input() {
        let most = AtomicUsize::new(0);
        let work = |index: usize| {
            if index == 0 {
                std::thread::sleep(Duration::from_millis(50));
            }
            most.fetch_max(index, Ordering::SeqCst);
        };
        let mut seen_first = None;
        in_order(10_000, 2, work, |()| {
            seen_first.get_or_insert(most.load(Ordering::SeqCst));
            Ok::<(), ()>(())
        })
        .unwrap();
        assert!(seen_first.unwrap() < 2 * AHEAD + 2, "{seen_first:?}");
    }

    #[test]
    fn an_error_of_the_receiver_ends_the_work() {
        let done = AtomicUsize::new(0);
        let work = |_| done.fetch_add(1, Ordering::SeqCst);
        let mut count = 0;
        let end = in_order(100_000, 2, work, |_| {
            count += 1;
            if count == 3 { Err("closed") } else { Ok(()) }
        });
        assert_eq!(end, Err("closed"));
        assert!(done.load(Ordering::SeqCst) < 1000, "{done:?}");
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert_eq!(in_order(0, 4, |_| (), |()| Err("called")), Ok(()));
    }
}
