//! The detector as a service: a web page and an HTTP API, on one's own machine.
//!
//! [`App`] holds the jobs, [`router`] answers requests, [`serve`] does so on a socket. Files are decoded and scored
//! by workers ([`Launch`]): processes that read [`protocol::Task`]s as JSON Lines and write
//! [`protocol::Event`]s, so that a file that crashes a decoder fails one job alone. The library knows no
//! tensors; the worker of the program `scade-serve` does, in the module `worker` (feature `detector`).
//!
//! What a request cannot do is in SECURITY.md; how to use the service in docs/serve.md.

mod api;
mod app;
mod folder;
mod guard;
mod id;
mod job;
mod launch;
mod limits;
mod metrics;
mod page;
mod pool;
pub mod protocol;
mod reason;
mod samples;
mod server;
mod store;
#[cfg(feature = "detector")]
pub mod worker;

pub use api::router;
pub use app::{App, Readiness, Settings, StartError};
pub use folder::{FolderError, PrivateFolder};
pub use guard::Access;
pub use launch::{Connection, Launch, Program};
pub use limits::Limits;
pub use reason::Reason;
pub use samples::{RenderSample, Sample};
pub use server::serve;
