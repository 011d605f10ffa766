//! What the service takes, so that one upload cannot keep it from others.

use std::time::Duration;

use serde::Serialize;

/// Limits of uploads, jobs and results. `GET /api/v1/limits` shows them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// Size of a file in bytes.
    pub upload_bytes: u64,
    /// Width times height of an image or of a frame.
    pub pixels: u64,
    /// Length of a video in seconds.
    pub seconds: f64,
    /// Frames of a video that are scored, spread evenly over it.
    pub frames: u64,
    /// Jobs that wait.
    pub queue: usize,
    /// Uploads at the same time.
    pub uploads: usize,
    /// Open connections.
    pub connections: usize,
    /// How long one job may run.
    #[serde(rename = "job_seconds", serialize_with = "seconds")]
    pub job_time: Duration,
    /// How long one upload may take.
    #[serde(rename = "upload_seconds", serialize_with = "seconds")]
    pub upload_time: Duration,
    /// How long a connection, an upload too, may be silent.
    #[serde(rename = "idle_seconds", serialize_with = "seconds")]
    pub idle_time: Duration,
    /// How long results are kept.
    #[serde(rename = "keep_seconds", serialize_with = "seconds")]
    pub keep_time: Duration,
    /// Results that are kept; the oldest goes first.
    pub results: usize,
    /// How long a running job may go on when the service is told to end.
    #[serde(skip)]
    pub grace_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 200_000_000,
            pixels: 36_000_000,
            seconds: 600.0,
            frames: 32,
            queue: 16,
            uploads: 4,
            connections: 256,
            job_time: Duration::from_secs(300),
            upload_time: Duration::from_secs(600),
            idle_time: Duration::from_secs(60),
            keep_time: Duration::from_secs(3600),
            results: 200,
            grace_time: Duration::from_secs(20),
        }
    }
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
