//! The state of a service: its jobs, its workers, and how they begin and end.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use crate::guard::{Access, Session};
use crate::id::Id;
use crate::job::{End, INPUT_FILE, Job, State};
use crate::metrics::Metrics;
use crate::protocol::DetectorInfo;
use crate::store::Store;
use crate::{FolderError, Launch, Limits, PrivateFolder, Reason, RenderSample, pool};

/// How a service is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What it takes.
    pub limits: Limits,
    /// Who may use it.
    pub access: Access,
    /// Folder that the private folder is made in.
    pub folder: PathBuf,
    /// Jobs that run at the same time, each with a worker of its own; at least 1.
    pub workers: usize,
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder for uploads cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The operating system gives no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Whether jobs can be taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readiness {
    /// The detector, once a worker has loaded it.
    pub detector: Option<DetectorInfo>,
    /// Why the last start of a worker failed, if it did.
    pub problem: Option<String>,
}

impl Readiness {
    /// A worker was ready, and none failed to start since. While one is started anew, jobs wait for it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.detector.is_some() && self.problem.is_none()
    }
}

/// A service; clones are the same one.
#[derive(Debug, Clone)]
pub struct App(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Settings,
    folder: PrivateFolder,
    store: Mutex<Store>,
    arrived: Notify,
    readiness: watch::Sender<Readiness>,
    closing: watch::Sender<bool>,
    uploads: Arc<Semaphore>,
    metrics: Metrics,
    session: Session,
    render: RenderSample,
    tasks: Mutex<JoinSet<()>>,
}

/// How often results that are too old are looked for.
const SWEEP: Duration = Duration::from_secs(15);

impl App {
    /// Makes the private folder and starts the workers. It belongs to the runtime that it is called in.
    ///
    /// # Errors
    /// [`StartError`]. Whether a worker can be started shows in [`Self::readiness`].
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(
        settings: Settings,
        launch: Arc<dyn Launch>,
        render: RenderSample,
    ) -> Result<Self, StartError> {
        let folder = PrivateFolder::create(&settings.folder)?;
        let session = Session::random().map_err(StartError::Random)?;
        let uploads = Arc::new(Semaphore::new(settings.limits.uploads));
        let workers = settings.workers.max(1);
        let app = Self(Arc::new(Shared {
            settings,
            folder,
            store: Mutex::default(),
            arrived: Notify::new(),
            readiness: watch::Sender::default(),
            closing: watch::Sender::new(false),
            uploads,
            metrics: Metrics::default(),
            session,
            render,
            tasks: Mutex::default(),
        }));
        let mut tasks = app.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..workers {
            tasks.spawn(pool::slot(app.clone(), Arc::clone(&launch)));
        }
        tasks.spawn(sweep(app.clone()));
        drop(tasks);
        Ok(app)
    }

    /// Whether jobs can be taken, and when that changes.
    #[must_use]
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.0.readiness.subscribe()
    }

    /// Takes no more jobs, lets those that run go on for [`Limits::grace_time`], then ends workers and tasks.
    pub async fn close(&self) {
        self.0.closing.send_replace(true);
        let waiting: Vec<_> =
            self.store().live().into_iter().filter(|job| job.state() == State::Queued).collect();
        waiting.iter().for_each(|job| self.end(job, shut_down()));
        let mut tasks =
            std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.limits().grace_time, all).await.is_err() {
            let running = self.store().live();
            running.iter().for_each(|job| self.end(job, shut_down()));
            // They see it and end.
            while tasks.join_next().await.is_some() {}
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.settings.limits
    }

    pub(crate) fn folder(&self) -> &PrivateFolder {
        &self.0.folder
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn session(&self) -> &Session {
        &self.0.session
    }

    pub(crate) fn render(&self) -> RenderSample {
        self.0.render
    }

    pub(crate) fn uploads(&self) -> &Arc<Semaphore> {
        &self.0.uploads
    }

    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    pub(crate) fn set_readiness(&self, change: impl FnOnce(&mut Readiness)) {
        self.0.readiness.send_modify(change);
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a job into the queue.
    pub(crate) fn enqueue(&self, job: Arc<Job>) {
        self.metrics().uploaded_bytes.fetch_add(job.bytes, Relaxed);
        self.store().add(job);
        self.0.arrived.notify_one();
    }

    /// The next job, which runs now. Waits for one.
    pub(crate) async fn next_job(&self) -> Arc<Job> {
        loop {
            let arrived = self.0.arrived.notified();
            let next = { self.store().next() };
            if let Some(job) = next {
                // There may be another one, of which a second worker was not told.
                self.0.arrived.notify_one();
                return job;
            }
            arrived.await;
        }
    }

    /// Ends a job, if it has not ended. The upload is removed; without a result, so is all else.
    pub(crate) fn end(&self, job: &Arc<Job>, end: End) {
        let outcome = match &end {
            End::Done(_) => "done",
            End::Failed(reason, _) => reason.code(),
        };
        if !job.end(end) {
            return;
        }
        let ran = job.status.borrow().started.map(|start| start.elapsed());
        self.metrics().job(outcome, ran);
        self.store().unqueue(job.id);
        if job.state() == State::Done {
            let _ = std::fs::remove_file(job.folder.join(INPUT_FILE));
        } else if ran.is_none() {
            self.remove_folder(job);
        }
        let limits = self.limits();
        self.store().expire(limits.keep_time, limits.results);
    }

    /// Ends a job and forgets it. The folder of one that runs is removed when its worker is gone.
    pub(crate) fn delete(&self, job: &Arc<Job>) {
        let ran = job.state() == State::Running;
        let gone = "the job was deleted".to_owned();
        self.end(job, End::Failed(Reason::Cancelled, gone));
        self.store().remove(job.id);
        if !ran {
            self.remove_folder(job);
        }
    }

    pub(crate) fn remove_folder(&self, job: &Job) {
        // What remains is removed by the next sweep.
        let _ = std::fs::remove_dir_all(&job.folder);
    }
}

/// The end of jobs when the service ends.
fn shut_down() -> End {
    End::Failed(Reason::ShuttingDown, "the service ended before the job did".to_owned())
}

/// Removes results that are too old, and folders without a job.
async fn sweep(app: App) {
    let mut closing = app.closing();
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP.min(app.limits().keep_time)) => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
        let limits = app.limits();
        app.store().expire(limits.keep_time, limits.results);
        let entries = std::fs::read_dir(app.folder().path());
        for entry in entries.into_iter().flatten().flatten() {
            let id = entry.file_name().to_str().and_then(|name| name.parse::<Id>().ok());
            if id.is_some_and(|id| !app.store().knows(id)) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}
