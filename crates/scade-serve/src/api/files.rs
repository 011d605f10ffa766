//! What a job left: its record and pictures.

use std::io::ErrorKind;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::{Problem, find};
use crate::job::{RECORD_FILE, State as JobState};
use crate::protocol::{face_file, frame_file, parse_face, parse_frame};
use crate::{App, Reason};

/// The record of a job that is done.
pub(super) async fn result(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = find(&app, &id)?;
    let status = job.status.borrow().clone();
    match (status.state, status.failure) {
        (JobState::Done, _) => send(&app, &id, RECORD_FILE, "application/json").await,
        (_, Some((reason, message))) => {
            // The request is fine and the file is not: one status for all reasons of jobs.
            let mut response = Problem::new(reason, message).into_response();
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        _ => Err(Problem::new(Reason::NotFinished, "the job has not ended yet")),
    }
}

pub(super) async fn face(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (face, picture) = parse_face(&file).ok_or_else(no_picture)?;
    send(&app, &id, &face_file(face, picture), "image/png").await
}

pub(super) async fn frame(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let frame = parse_frame(&file).ok_or_else(no_picture)?;
    send(&app, &id, &frame_file(frame), "image/jpeg").await
}

fn no_picture() -> Problem {
    Problem::new(Reason::NotFound, "there is no such picture")
}

/// A file of the job; `name` is made by this program.
async fn send(app: &App, id: &str, name: &str, kind: &'static str) -> Result<Response, Problem> {
    let job = find(app, id)?;
    if job.state() != JobState::Done {
        return Err(Problem::new(Reason::NotFinished, "the job is not done"));
    }
    match tokio::fs::read(job.folder.join(name)).await {
        Ok(bytes) => Ok(([(CONTENT_TYPE, kind)], bytes).into_response()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(no_picture()),
        Err(error) => Err(Problem::internal(&error)),
    }
}
