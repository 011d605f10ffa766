//! The service itself: whether it works, what it takes, what it counts.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use strum::VariantArray;

use super::{Problem, json as answer};
use crate::{App, Reason, Sample};

/// The process runs.
pub(super) async fn health() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// Jobs can be taken.
pub(super) async fn ready(State(app): State<App>) -> Response {
    match check_ready(&app) {
        Ok(()) => answer(StatusCode::OK, &json!({ "status": "ready" })),
        Err(problem) => problem.into_response(),
    }
}

pub(super) fn check_ready(app: &App) -> Result<(), Problem> {
    if *app.closing().borrow() {
        return Err(Problem::new(Reason::ShuttingDown, "the service is about to end"));
    }
    let now = app.readiness().borrow().clone();
    if now.is_ready() {
        return Ok(());
    }
    // The problem may name paths of this machine, and is in its log.
    let message = match now.problem {
        Some(_) => "the detector cannot be loaded; the log of the service has the reason",
        None => "the detector is being loaded",
    };
    Err(Problem::new(Reason::NotReady, message))
}

pub(super) async fn metrics(State(app): State<App>) -> Response {
    let (queued, running) = {
        let store = app.store();
        (store.queued(), store.running())
    };
    let text = app.metrics().text(queued, running, check_ready(&app).is_ok());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

pub(super) async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], include_str!("../../openapi.json")).into_response()
}

pub(super) async fn limits(State(app): State<App>) -> Response {
    answer(StatusCode::OK, app.limits())
}

pub(super) async fn detector(State(app): State<App>) -> Result<Response, Problem> {
    let detector = app.readiness().borrow().detector.clone();
    let detector =
        detector.ok_or_else(|| Problem::new(Reason::NotReady, "the detector is being loaded"))?;
    Ok(answer(StatusCode::OK, &detector))
}

#[derive(Serialize)]
struct SampleView {
    name: Sample,
    file: &'static str,
    text: &'static str,
}

/// Those that the detector can read.
pub(super) async fn samples(State(app): State<App>) -> Response {
    let video = app.readiness().borrow().detector.as_ref().is_none_or(|detector| detector.video);
    let samples = Sample::VARIANTS.iter().filter(|sample| video || !sample.is_video());
    let view = |&name: &Sample| SampleView { name, file: name.name(), text: name.text() };
    answer(StatusCode::OK, &samples.map(view).collect::<Vec<_>>())
}

/// Changes the token for a cookie.
pub(super) async fn session(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !app.settings().access.has_token(&headers) {
        return Err(Problem::new(Reason::Unauthorized, "the token is missing or wrong"));
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, app.session().cookie())]).into_response())
}
