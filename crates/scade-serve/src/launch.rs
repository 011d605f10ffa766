//! Starting a worker, and the lines between it and the service.

use std::any::Any;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// Starts workers.
pub trait Launch: Send + Sync + 'static {
    /// Starts one.
    ///
    /// # Errors
    /// When it cannot be started. One that ends before it is ready is no error of this call.
    fn launch(&self) -> io::Result<Connection>;
}

/// A worker that was started.
pub struct Connection {
    /// Takes tasks.
    pub input: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    /// Gives events.
    pub output: Box<dyn AsyncRead + Send + Sync + Unpin>,
    /// Ends the worker when dropped.
    pub process: Box<dyn Any + Send + Sync>,
}

/// A program as worker. Its stderr is that of the service.
#[derive(Debug, Clone)]
pub struct Program {
    /// The file.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables of the environment that it does not get.
    pub without: Vec<&'static str>,
}

impl Launch for Program {
    fn launch(&self) -> io::Result<Connection> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        for name in &self.without {
            command.env_remove(name);
        }
        // A signal from the terminal is for the service, which ends its workers itself.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.kill_on_drop(true).spawn()?;
        let pipe = || io::Error::other("the worker has no pipe");
        let input = Box::new(child.stdin.take().ok_or_else(pipe)?);
        let output = Box::new(child.stdout.take().ok_or_else(pipe)?);
        Ok(Connection { input, output, process: Box::new(child) })
    }
}

/// Bytes of a line from a worker. A record has a few hundred for each face.
const LONGEST_LINE: usize = 32 << 20;

/// Lines to and from a worker.
pub(crate) struct Lines {
    input: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    output: BufReader<Box<dyn AsyncRead + Send + Sync + Unpin>>,
    line: Vec<u8>,
    _process: Box<dyn Any + Send + Sync>,
}

impl Lines {
    pub(crate) fn new(Connection { input, output, process }: Connection) -> Self {
        Self { input, output: BufReader::new(output), line: Vec::new(), _process: process }
    }

    pub(crate) async fn send(&mut self, mut line: String) -> io::Result<()> {
        line.push('\n');
        self.input.write_all(line.as_bytes()).await?;
        self.input.flush().await
    }

    /// The next line; `None` when the worker has ended. A call that is given up loses nothing.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let read = self.output.fill_buf().await?;
            if read.is_empty() {
                return Ok(None);
            }
            let (end, used) = match read.iter().position(|&byte| byte == b'\n') {
                Some(end) => (true, end + 1),
                None => (false, read.len()),
            };
            self.line.extend_from_slice(&read[..used - usize::from(end)]);
            self.output.consume(used);
            if end {
                return Ok(Some(std::mem::take(&mut self.line)));
            }
            if self.line.len() > LONGEST_LINE {
                return Err(io::Error::other("the worker wrote a line without end"));
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Lines {
        let arguments = vec!["-c".into(), script.into()];
        let program =
            Program { path: "/bin/sh".into(), arguments, without: vec!["SCADE_SERVE_TOKEN"] };
        Lines::new(program.launch().unwrap())
    }

    #[tokio::test]
    async fn lines_go_both_ways_until_the_process_ends() {
        let mut lines = shell("read a; echo \"got $a\"; printf 'no newline'");
        lines.send("this".to_owned()).await.unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap(), b"got this");
        assert_eq!(lines.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn dropping_the_connection_ends_the_process() {
        let mut lines = shell("echo $$; exec sleep 1000");
        let id = String::from_utf8(lines.next().await.unwrap().unwrap()).unwrap();
        let process: libc::pid_t = id.parse().unwrap();
        // SAFETY: signal 0 only asks whether the process is there.
        let runs = || unsafe { libc::kill(process, 0) } == 0;
        assert!(runs());
        drop(lines);
        for _ in 0..500 {
            if !runs() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("process {process} still runs");
    }
}
