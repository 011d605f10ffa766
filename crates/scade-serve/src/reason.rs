//! Why there is no result, as a code that programs can match.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// Why a job failed or a request was refused. In JSON it is the name in kebab case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// No face was found.
    NoFace,
    /// The image is smaller than any face that can be found.
    TooSmall,
    /// The file is of a kind or has a feature that is not read.
    Unsupported,
    /// The file is damaged or cut short.
    Damaged,
    /// The file has no content.
    Empty,
    /// More bytes or pixels than the limits allow.
    TooLarge,
    /// A longer video than the limits allow.
    TooLong,
    /// The job took longer than the limits allow.
    TimedOut,
    /// The worker ended while it had the file.
    Crashed,
    /// Someone cancelled the job.
    Cancelled,
    /// The service ended before the job did.
    ShuttingDown,
    /// Too many jobs wait.
    QueueFull,
    /// Too many uploads at the same time.
    Busy,
    /// The detector is not loaded yet.
    NotReady,
    /// The upload ended before its announced length, or took too long.
    Incomplete,
    /// The request is not one that this path takes.
    BadRequest,
    /// The token is missing or wrong.
    Unauthorized,
    /// The request was made by another site, or for another host.
    Foreign,
    /// There is no such path, job or picture.
    NotFound,
    /// The job has no result yet.
    NotFinished,
    /// A fault of the service.
    Internal,
}

impl Reason {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The status of a response that refuses a request for this reason.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Empty | Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Incomplete => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::QueueFull => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            // Of a job that has no result, and will have none.
            _ => StatusCode::CONFLICT,
        }
    }
}
