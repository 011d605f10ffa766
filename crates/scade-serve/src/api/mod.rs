//! The routes, and how they answer.

mod events;
mod files;
mod info;
mod jobs;
mod upload;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;

use crate::id::Id;
use crate::{App, Reason, guard, page};

/// All paths with their methods. `openapi.json` describes those of the API.
fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(page::index)),
        ("/style.css", get(page::style)),
        ("/icon.svg", get(page::icon)),
        ("/js/{name}", get(page::script)),
        ("/healthz", get(info::health)),
        ("/readyz", get(info::ready)),
        ("/metrics", get(info::metrics)),
        ("/api/openapi.json", get(info::openapi)),
        ("/api/v1/limits", get(info::limits)),
        ("/api/v1/detector", get(info::detector)),
        ("/api/v1/samples", get(info::samples)),
        ("/api/v1/session", post(info::session)),
        ("/api/v1/jobs", post(upload::create)),
        ("/api/v1/samples/{name}", post(upload::sample)),
        ("/api/v1/jobs/{id}", get(jobs::show).delete(jobs::delete)),
        ("/api/v1/jobs/{id}/cancel", post(jobs::cancel)),
        ("/api/v1/jobs/{id}/events", get(events::stream)),
        ("/api/v1/jobs/{id}/result", get(files::result)),
        ("/api/v1/jobs/{id}/faces/{file}", get(files::face)),
        ("/api/v1/jobs/{id}/frames/{file}", get(files::frame)),
    ]
}

/// Page and API of a service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for (path, methods) in routes() {
        router = router.route(path, methods);
    }
    router
        .fallback(async || Problem::new(Reason::NotFound, "there is no such path"))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        // Uploads count their bytes themselves; no other route reads a body.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

/// Why a request was refused: its reason and a message for people.
#[derive(Debug)]
pub(crate) struct Problem {
    reason: Reason,
    message: String,
}

#[derive(Serialize)]
struct ProblemView<'a> {
    reason: Reason,
    message: &'a str,
}

/// Seconds after which a refused client may try again.
const RETRY_SECONDS: u32 = 5;

impl Problem {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        // Paths of this machine are for its log.
        tracing::warn!("{}", scade_settings::error_chain(error));
        Self::new(Reason::Internal, "a fault of the service; its log has the reason")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = match self.reason {
            Reason::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            reason => reason.status(),
        };
        let view = ProblemView { reason: self.reason, message: &self.message };
        let mut response = json(status, &view);
        let headers = response.headers_mut();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(axum::http::header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => (status, [(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            tracing::warn!("an answer has no JSON form: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The job of a path.
fn find(app: &App, id: &str) -> Result<std::sync::Arc<crate::job::Job>, Problem> {
    let found = id.parse::<Id>().ok().and_then(|id| app.store().get(id));
    found.ok_or_else(|| Problem::new(Reason::NotFound, "there is no such job, or not any more"))
}

#[cfg(test)]
mod tests;
