//! All jobs: those that wait, in order, and those whose results are kept.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::id::Id;
use crate::job::{Job, State};

/// The jobs of a service.
#[derive(Debug, Default)]
pub(crate) struct Store {
    jobs: HashMap<Id, Arc<Job>>,
    waiting: VecDeque<Arc<Job>>,
    /// Uploads that have a place in the queue, and a folder.
    coming: HashSet<Id>,
}

impl Store {
    /// Jobs that wait, uploads that will wait included.
    pub(crate) fn queued(&self) -> usize {
        self.waiting.len() + self.coming.len()
    }

    pub(crate) fn running(&self) -> usize {
        self.jobs.values().filter(|job| job.state() == State::Running).count()
    }

    pub(crate) fn expect(&mut self, id: Id) {
        self.coming.insert(id);
    }

    pub(crate) fn forget(&mut self, id: Id) {
        self.coming.remove(&id);
    }

    pub(crate) fn add(&mut self, job: Arc<Job>) {
        self.coming.remove(&job.id);
        self.jobs.insert(job.id, Arc::clone(&job));
        self.waiting.push_back(job);
    }

    pub(crate) fn get(&self, id: Id) -> Option<Arc<Job>> {
        self.jobs.get(&id).cloned()
    }

    pub(crate) fn position(&self, id: Id) -> Option<usize> {
        self.waiting.iter().position(|job| job.id == id)
    }

    /// The next job, which begins to run. Those behind it are notified of their new position.
    pub(crate) fn next(&mut self) -> Option<Arc<Job>> {
        let next = loop {
            let job = self.waiting.pop_front()?;
            if job.start() {
                break job;
            }
        };
        self.notify();
        Some(next)
    }

    /// Takes a job that has ended out of the queue.
    pub(crate) fn unqueue(&mut self, id: Id) {
        let before = self.waiting.len();
        self.waiting.retain(|job| job.id != id);
        if self.waiting.len() < before {
            self.notify();
        }
    }

    fn notify(&self) {
        self.waiting.iter().for_each(|job| job.status.send_modify(|_| {}));
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<Arc<Job>> {
        self.unqueue(id);
        self.jobs.remove(&id)
    }

    pub(crate) fn live(&self) -> Vec<Arc<Job>> {
        self.jobs.values().filter(|job| !job.state().has_ended()).cloned().collect()
    }

    pub(crate) fn knows(&self, id: Id) -> bool {
        self.jobs.contains_key(&id) || self.coming.contains(&id)
    }

    /// Removes jobs that ended longer ago than `keep`, and the oldest beyond `most`.
    pub(crate) fn expire(&mut self, keep: Duration, most: usize) {
        let now = SystemTime::now();
        let ended = |job: &Job| job.status.borrow().ended;
        let mut all: Vec<_> =
            self.jobs.values().filter_map(|job| Some((ended(job)?, job.id))).collect();
        all.sort_by_key(|(time, _)| *time);
        let surplus = all.len().saturating_sub(most);
        for (index, (time, id)) in all.into_iter().enumerate() {
            let age = now.duration_since(time).unwrap_or_default();
            if index < surplus || age > keep {
                self.jobs.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;
    use crate::job::End;

    fn job() -> Arc<Job> {
        Arc::new(Job::new(Id::random().unwrap(), "a.png".into(), 1, "x".into()))
    }

    #[test]
    fn jobs_run_in_order_without_those_that_were_cancelled() {
        let mut store = Store::default();
        let jobs = [job(), job(), job()];
        jobs.iter().for_each(|job| store.add(Arc::clone(job)));
        assert_eq!(store.position(jobs[2].id), Some(2));
        assert!(jobs[0].end(End::Failed(Reason::Cancelled, String::new())));
        assert_eq!(store.next().unwrap().id, jobs[1].id);
        assert_eq!(store.position(jobs[2].id), Some(0));
        assert_eq!((store.running(), store.queued()), (1, 1));
    }

    #[test]
    fn old_results_and_surplus_results_go_and_others_stay() {
        let mut store = Store::default();
        let jobs = [job(), job(), job()];
        jobs.iter().for_each(|job| store.add(Arc::clone(job)));
        jobs[..2].iter().for_each(|job| {
            job.end(End::Failed(Reason::NoFace, String::new()));
        });
        store.expire(Duration::from_secs(60), 1);
        assert!(!store.knows(jobs[0].id) && store.knows(jobs[1].id) && store.knows(jobs[2].id));
        store.expire(Duration::ZERO, 9);
        assert!(!store.knows(jobs[1].id) && store.knows(jobs[2].id));
    }

    #[test]
    fn a_job_ends_once() {
        let job = job();
        assert!(job.end(End::Failed(Reason::TimedOut, String::new())));
        assert!(!job.end(End::Failed(Reason::Cancelled, String::new())));
        assert_eq!(job.state(), State::Failed);
        assert!(!job.start());
    }
}
