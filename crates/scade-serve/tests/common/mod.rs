//! A service with workers that have no detector, and requests to it without a socket.

#![allow(dead_code)]

pub(crate) mod fake;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use scade_serve::{Access, App, Limits, Sample, Settings, router};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use fake::Fake;

/// A service and the folder that its private folder is in.
pub(crate) struct Service {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) folder: tempfile::TempDir,
}

/// An answer as a whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that a request was refused for a reason.
    pub(crate) fn refused(&self, status: u16, reason: &str) {
        assert_eq!(
            (self.status.as_u16(), &self.json()["reason"]),
            (status, &reason.into()),
            "{self:?}"
        );
    }
}

pub(crate) fn render(sample: Sample, path: &Path) -> Result<(), String> {
    if sample.is_video() {
        return std::fs::write(path, "clip").map_err(|error| error.to_string());
    }
    sample.render_image(path)
}

pub(crate) fn settings(folder: &Path, limits: Limits) -> Settings {
    let (access, folder) = (Access::default(), folder.join("serve"));
    Settings { limits, access, folder, workers: 1 }
}

/// One that has loaded its detector.
pub(crate) async fn service(limits: Limits) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), limits);
    started(settings, folder).await
}

pub(crate) async fn started(settings: Settings, folder: tempfile::TempDir) -> Service {
    let app = App::start(settings, Arc::new(Fake::default()), render).unwrap();
    app.readiness().wait_for(|now| now.is_ready()).await.unwrap();
    Service { router: router(app.clone()), app, folder }
}

impl Service {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(request("POST", path).body(body.into()).unwrap()).await
    }

    /// The identifier of a new job.
    pub(crate) async fn upload(&self, content: &'static str) -> String {
        let answer = self.post("/api/v1/jobs?name=file", content).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn job(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/jobs/{id}")).await.json()
    }

    /// The job when it is in one of these states.
    pub(crate) async fn wait(&self, id: &str, states: &[&str]) -> Value {
        for _ in 0..1000 {
            let job = self.job(id).await;
            if states.iter().any(|state| job["state"] == *state) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{}", self.job(id).await);
    }

    pub(crate) async fn ended(&self, id: &str) -> Value {
        self.wait(id, &["done", "failed", "cancelled"]).await
    }

    /// Files and folders of jobs.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.folder.path().join("serve"), "", &mut found);
        found.retain(|path| !path.ends_with("lock"));
        found
    }
}

fn list(folder: &Path, below: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &name, found);
        } else {
            found.push(name);
        }
    }
}

pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080")
}

/// A form with files, each a field, a file name and content.
pub(crate) fn form(files: &[(&str, &str, &str)]) -> (String, String) {
    let mut body = String::new();
    for (field, name, content) in files {
        body += &format!(
            "--BOUND\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
        );
    }
    ("multipart/form-data; boundary=BOUND".to_owned(), body + "--BOUND--\r\n")
}
