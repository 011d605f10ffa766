//! One job: how far it is, and its end.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{Problem, find, json};
use crate::job::{End, Job, View};
use crate::{App, Reason};

pub(super) fn view(app: &App, job: &Job) -> View {
    let position = app.store().position(job.id);
    job.view(position)
}

pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = find(&app, &id)?;
    Ok(json(StatusCode::OK, &view(&app, &job)))
}

/// Cancelling what has ended changes nothing.
pub(super) async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job: Arc<Job> = find(&app, &id)?;
    app.end(&job, End::Failed(Reason::Cancelled, "the job was cancelled".to_owned()));
    Ok(json(StatusCode::OK, &view(&app, &job)))
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete(&find(&app, &id)?);
    Ok(StatusCode::NO_CONTENT)
}
