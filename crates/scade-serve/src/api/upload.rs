//! Files that come in.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Problem, info, jobs, json};
use crate::id::Id;
use crate::job::{INPUT_FILE, Job};
use crate::{App, Reason, Sample};

/// Characters of a file name that are shown.
const LONGEST_NAME: usize = 120;

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    /// Name of a file that is the body itself.
    name: Option<String>,
}

/// A file as multipart form or as the body itself becomes a job.
pub(super) async fn create(
    State(app): State<App>,
    Query(parameters): Query<Parameters>,
    request: Request,
) -> Result<Response, Problem> {
    let place = Place::reserve(&app)?;
    let most = app.limits().upload_bytes;
    let announced = length(request.headers());
    let is_form = is_form(request.headers());
    // A form has a few hundred bytes around its file.
    if announced.is_some_and(|bytes| bytes > most + if is_form { 4096 } else { 0 }) {
        return Err(too_large(most));
    }
    let time = app.limits().upload_time;
    let received = async {
        if is_form {
            from_form(&place, request).await
        } else {
            let bytes = from_body(&place, request.into_body()).await?;
            if announced.is_some_and(|announced| announced != bytes) {
                return Err(incomplete("it ended before its announced length"));
            }
            Ok((parameters.name, bytes))
        }
    };
    let received = timeout(time, received).await;
    let (name, bytes) =
        received.map_err(|_| incomplete(&format!("it took more than {} s", time.as_secs())))??;
    if bytes == 0 {
        return Err(Problem::new(Reason::Empty, "the file is empty"));
    }
    Ok(place.take(shown(name.as_deref().unwrap_or_default()), bytes))
}

/// A synthetic file becomes a job.
pub(super) async fn sample(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let unknown = |_| Problem::new(Reason::NotFound, "there is no such sample");
    let sample: Sample = name.parse().map_err(unknown)?;
    let place = Place::reserve(&app)?;
    let (render, path) = (app.render(), place.file());
    let rendered = tokio::task::spawn_blocking(move || render(sample, &path)).await;
    let rendered = rendered.map_err(|error| error.to_string()).flatten();
    rendered.map_err(|message| {
        tracing::warn!("the sample cannot be rendered: {message}");
        Problem::new(Reason::Internal, "the sample cannot be rendered")
    })?;
    let found = tokio::fs::metadata(place.file()).await;
    let bytes = found.map_err(|error| Problem::internal(&error))?.len();
    Ok(place.take(sample.name().to_owned(), bytes))
}

/// A place in the queue, with a folder. Dropped, it is free again and the folder is gone.
struct Place {
    app: App,
    id: Id,
    folder: PathBuf,
    is_taken: bool,
    _permit: tokio::sync::OwnedSemaphorePermit,
}

impl Place {
    fn reserve(app: &App) -> Result<Self, Problem> {
        info::check_ready(app)?;
        let permit = Arc::clone(app.uploads()).try_acquire_owned();
        let permit =
            permit.map_err(|_| Problem::new(Reason::Busy, "too many uploads at the same time"))?;
        let id = Id::random().map_err(|error| Problem::internal(&error))?;
        {
            let mut store = app.store();
            if store.queued() >= app.limits().queue {
                return Err(Problem::new(Reason::QueueFull, "too many jobs wait"));
            }
            store.expect(id);
        }
        let folder = app.folder().subfolder(&id.to_string()).map_err(|error| {
            app.store().forget(id);
            Problem::internal(&error)
        })?;
        Ok(Self { app: app.clone(), id, folder, is_taken: false, _permit: permit })
    }

    fn file(&self) -> PathBuf {
        self.folder.join(INPUT_FILE)
    }

    fn take(mut self, name: String, bytes: u64) -> Response {
        self.is_taken = true;
        let job = Arc::new(Job::new(self.id, name, bytes, self.folder.clone()));
        self.app.enqueue(Arc::clone(&job));
        let mut response = json(StatusCode::CREATED, &jobs::view(&self.app, &job));
        if let Ok(address) = format!("/api/v1/jobs/{}", job.id).parse() {
            response.headers_mut().insert(LOCATION, address);
        }
        response.into_response()
    }

    /// Writes chunks to the file, and counts them.
    async fn receive(
        &self,
        mut chunks: impl Stream<Item = Result<Bytes, Problem>> + Unpin,
    ) -> Result<u64, Problem> {
        let limits = self.app.limits();
        let internal = |error: std::io::Error| Problem::internal(&error);
        let mut file = tokio::fs::File::create(self.file()).await.map_err(internal)?;
        let mut bytes = 0;
        loop {
            let silent = || incomplete("nothing came any more");
            let until = Instant::now() + limits.idle_time;
            let chunk = timeout_at(until, chunks.next()).await.map_err(|_| silent())?;
            let Some(chunk) = chunk.transpose()? else { break };
            bytes += chunk.len() as u64;
            if bytes > limits.upload_bytes {
                return Err(too_large(limits.upload_bytes));
            }
            file.write_all(&chunk).await.map_err(internal)?;
        }
        file.flush().await.map_err(internal)?;
        Ok(bytes)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_taken {
            self.app.store().forget(self.id);
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

async fn from_body(place: &Place, body: Body) -> Result<u64, Problem> {
    let chunks = body.into_data_stream();
    place.receive(chunks.map(|chunk| chunk.map_err(|_| incomplete("it broke off")))).await
}

/// The one file of a form, and its name.
async fn from_form(place: &Place, request: Request) -> Result<(Option<String>, u64), Problem> {
    let wrong = |message: &str| Problem::new(Reason::BadRequest, message);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| wrong("the form has no boundary"))?;
    let broken = |error: MultipartError| match error.status() {
        StatusCode::BAD_REQUEST => incomplete("the form is broken, or broke off"),
        _ => wrong("the form cannot be read"),
    };
    let mut found = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") || found.is_some() {
            return Err(wrong("the form must have one field, `file`, with one file"));
        }
        let name = field.file_name().map(str::to_owned);
        let bytes = place.receive(field.map(|chunk| chunk.map_err(broken))).await?;
        found = Some((name, bytes));
    }
    found.ok_or_else(|| wrong("the form has no field `file`"))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

fn too_large(most: u64) -> Problem {
    let message = format!("the file has more than {most} bytes, the most that is taken");
    Problem::new(Reason::TooLarge, message)
}

fn incomplete(why: &str) -> Problem {
    Problem::new(Reason::Incomplete, format!("the upload is not complete: {why}"))
}

/// A file name for display: the last part of a path, without what moves the cursor or turns the direction of text.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = last.chars().filter(is_shown).take(LONGEST_NAME).collect();
    let name = name.trim();
    if name.is_empty() { "upload".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_shown_as_plain_text() {
        for (name, expected) in [
            ("clip.mp4", "clip.mp4"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\a.png", "a.png"),
            ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
            ("", "upload"),
            ("..", ".."),
            ("dir/", "upload"),
        ] {
            assert_eq!(shown(name), expected, "{name:?}");
        }
        assert_eq!(shown(&"x".repeat(1000)).len(), LONGEST_NAME);
    }
}
