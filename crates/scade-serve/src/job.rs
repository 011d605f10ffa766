//! One file on its way to a result.

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::Reason;
use crate::id::Id;
use crate::protocol::Stage;

/// Name of an upload in the folder of its job. The name that the user gave it reaches no path.
pub(crate) const INPUT_FILE: &str = "input";

/// Name of the record there.
pub(crate) const RECORD_FILE: &str = "record.json";

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl State {
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What changes while a job lives.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) started: Option<Instant>,
    pub(crate) progress: Option<Progress>,
    pub(crate) failure: Option<(Reason, String)>,
    pub(crate) summary: Option<Summary>,
    pub(crate) ended: Option<SystemTime>,
}

/// Steps of the stage in which a job is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    pub(crate) done: u64,
    pub(crate) total: Option<u64>,
    /// When the stage began.
    pub(crate) since: Instant,
}

/// The result in a few words, for lists.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Summary {
    kind: Option<Value>,
    score: Option<Value>,
    threshold: Option<Value>,
    label: Option<Value>,
    call: Option<Value>,
}

impl Summary {
    pub(crate) fn of(record: &Map<String, Value>) -> Self {
        let value = |key| record.get(key).cloned();
        Self {
            kind: value("kind"),
            score: value("score"),
            threshold: value("threshold"),
            label: value("label"),
            call: value("call"),
        }
    }
}

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: Id,
    /// As the user named the file; for display alone.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) created: SystemTime,
    pub(crate) folder: PathBuf,
    pub(crate) status: watch::Sender<Status>,
}

impl Job {
    pub(crate) fn new(id: Id, name: String, bytes: u64, folder: PathBuf) -> Self {
        let status = Status {
            state: State::Queued,
            started: None,
            progress: None,
            failure: None,
            summary: None,
            ended: None,
        };
        let (status, _) = watch::channel(status);
        Self { id, name, bytes, created: SystemTime::now(), folder, status }
    }

    pub(crate) fn state(&self) -> State {
        self.status.borrow().state
    }

    /// Begins to run; false if it has ended already.
    pub(crate) fn start(&self) -> bool {
        self.status.send_if_modified(|status| {
            let is_queued = status.state == State::Queued;
            if is_queued {
                (status.state, status.started) = (State::Running, Some(Instant::now()));
            }
            is_queued
        })
    }

    pub(crate) fn advance(&self, stage: Stage, done: u64, total: Option<u64>) {
        self.status.send_modify(|status| {
            let before = status.progress.filter(|before| before.stage == stage);
            let since = before.map_or_else(Instant::now, |before| before.since);
            status.progress = Some(Progress { stage, done, total, since });
        });
    }

    /// Ends it, once: false if it had ended before.
    pub(crate) fn end(&self, end: End) -> bool {
        self.status.send_if_modified(|status| {
            if status.state.has_ended() {
                return false;
            }
            status.ended = Some(SystemTime::now());
            match end {
                End::Done(summary) => {
                    (status.state, status.summary) = (State::Done, Some(summary));
                }
                End::Failed(reason, message) => {
                    let is_wish = reason == Reason::Cancelled;
                    status.state = if is_wish { State::Cancelled } else { State::Failed };
                    status.failure = Some((reason, message));
                }
            }
            true
        })
    }

    /// What a client sees; `position` in the queue from 0.
    pub(crate) fn view(&self, position: Option<usize>) -> View {
        let status = self.status.borrow().clone();
        let (reason, message) = status.failure.unzip();
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ran = status.started.filter(|_| status.ended.is_none());
        View {
            id: self.id,
            name: self.name.clone(),
            bytes: self.bytes,
            created: seconds(self.created).as_secs_f64(),
            state: status.state,
            position,
            elapsed: ran.map(|start| start.elapsed().as_secs_f64()),
            progress: status.progress.filter(|_| !status.state.has_ended()).map(ProgressView::of),
            reason,
            message,
            summary: status.summary,
            ended: status.ended.map(|time| seconds(time).as_secs_f64()),
        }
    }
}

/// How a job ends.
#[derive(Debug)]
pub(crate) enum End {
    Done(Summary),
    Failed(Reason, String),
}

/// A job in JSON. Times are seconds since 1970, durations seconds.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    id: Id,
    name: String,
    bytes: u64,
    created: f64,
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ProgressView {
    stage: Stage,
    done: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// Of this stage, by its steps so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<f64>,
}

impl ProgressView {
    fn of(Progress { stage, done, total, since }: Progress) -> Self {
        let left = total.filter(|_| done > 0).map(|total| total.saturating_sub(done));
        let remaining = left.map(|left| since.elapsed().as_secs_f64() / done as f64 * left as f64);
        Self { stage, done, total, remaining }
    }
}
