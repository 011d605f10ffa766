//! The service on a socket: a bounded number of connections, none of which is silent for long.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::{App, router};

/// How long answers may take to be sent after the last job has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Answers requests until `shutdown`, then closes `app` and returns when its jobs have ended.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let limits = app.limits().clone();
    let permits = Arc::new(Semaphore::new(limits.connections));
    let listener = Bounded { listener, permits, idle: limits.idle_time };
    let (ending, mut ended) = tokio::sync::watch::channel(false);
    let closer = {
        let app = app.clone();
        async move {
            shutdown.await;
            ending.send_replace(true);
            // Streams of events end with their jobs, and with them their connections.
            app.close().await;
        }
    };
    let closer = tokio::spawn(closer);
    let signal = {
        let mut ended = ended.clone();
        async move {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    };
    let answers = axum::serve(listener, router(app)).with_graceful_shutdown(signal);
    let too_late = async {
        let _ = ended.wait_for(|ended| *ended).await;
        tokio::time::sleep(limits.grace_time + LAST_ANSWERS).await;
    };
    tokio::select! {
        result = answers => result?,
        () = too_late => {}
    }
    closer.await.map_err(io::Error::other)
}

struct Bounded {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    idle: Duration,
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // It is never closed; without a permit, connections wait in the queue of the operating system.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let (idle, sleep) = (self.idle, Box::pin(tokio::time::sleep(self.idle)));
        (Connection { stream, idle, sleep, _permit: permit }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails when nothing was read or written for a while.
struct Connection {
    stream: TcpStream,
    idle: Duration,
    sleep: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn moved(&mut self) {
        self.sleep.as_mut().reset(Instant::now() + self.idle);
    }

    /// Ready with an error once the time is over.
    fn is_over(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                self.moved();
                Poll::Ready(result)
            }
            Poll::Pending => self.is_over(cx).map(Err),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(result) => {
                self.moved();
                Poll::Ready(result)
            }
            Poll::Pending => self.is_over(cx).map(Err),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(cx, bytes) {
            Poll::Ready(result) => {
                self.moved();
                Poll::Ready(result)
            }
            Poll::Pending => self.is_over(cx).map(Err),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
