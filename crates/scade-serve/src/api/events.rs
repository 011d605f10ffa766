//! A job as a stream of server-sent events: one at once, one at each change, the last when it has ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use tokio::sync::watch::Receiver;

use super::{Problem, find, jobs};
use crate::App;
use crate::job::{Job, Status};

/// How often a silent stream shows that it is alive.
const BEAT: Duration = Duration::from_secs(10);

/// Changes that come faster are one event.
const PACE: Duration = Duration::from_millis(100);

struct Watch {
    app: App,
    job: Arc<Job>,
    changes: Receiver<Status>,
    is_first: bool,
}

pub(super) async fn stream(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let job = find(&app, &id)?;
    let changes = job.status.subscribe();
    let start = Some(Watch { app, job, changes, is_first: true });
    Ok(Sse::new(unfold(start, next)).keep_alive(KeepAlive::new().interval(BEAT)))
}

async fn next(watch: Option<Watch>) -> Option<(Result<Event, Infallible>, Option<Watch>)> {
    let mut watch = watch?;
    if !watch.is_first {
        watch.changes.changed().await.ok()?;
        tokio::time::sleep(PACE).await;
    }
    watch.is_first = false;
    watch.changes.mark_unchanged();
    let view = jobs::view(&watch.app, &watch.job);
    let ended = view.state.has_ended();
    let event = Event::default().event("job").data(serde_json::to_string(&view).ok()?);
    Some((Ok(event), (!ended).then_some(watch)))
}
