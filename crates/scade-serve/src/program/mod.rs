//! What the program does with its arguments.

mod args;
mod memory;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use scade_cli::{HintExt, Outcome};
use scade_serve::worker::{self, WorkerOptions};
use scade_serve::{Access, App, Program, Settings};
use tokio::net::TcpListener;

pub(crate) use args::{Args, Command};

/// The token, out of sight of lists of processes.
const TOKEN: &str = "SCADE_SERVE_TOKEN";

/// Is a worker, between stdin and stdout.
pub(crate) fn work(args: &Args, memory: u64) -> anyhow::Result<Outcome> {
    memory::limit(memory).context("cannot limit the memory of the worker")?;
    let options = WorkerOptions {
        model: args.model.clone(),
        detector: args.detector_options(),
        device: args.device,
    };
    let input = std::io::BufReader::new(std::io::stdin());
    // Nobody waits for the end of a task any more.
    let gone = || std::process::exit(0);
    worker::run(&options, input, std::io::stdout(), gone)?;
    Ok(Outcome::Complete)
}

/// Serves until a signal.
pub(crate) fn serve(args: &Args) -> anyhow::Result<Outcome> {
    let token = args.token.clone().or_else(|| std::env::var(TOKEN).ok());
    let token = token.filter(|token| !token.is_empty());
    if !args.listen.ip().is_loopback() && token.is_none() {
        let error = anyhow!("{} can be reached from other machines", args.listen);
        return Err(error)
            .hint(format!("set a token in the environment variable {TOKEN}, or with --token"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(args, token))
}

async fn run(args: &Args, token: Option<String>) -> anyhow::Result<Outcome> {
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener
        .with_context(|| format!("cannot listen on {}", args.listen))
        .hint("choose another port with --listen; port 0 is any that is free")?;
    let address = listener.local_addr()?;
    let settings = Settings {
        limits: args.limits(),
        access: Access { token: token.clone(), hosts: args.host.clone() },
        folder: args.folder()?,
        workers: args.workers,
    };
    let path = std::env::current_exe().context("cannot find this program")?;
    let worker = Program { path, arguments: args.worker_arguments(), without: vec![TOKEN] };
    let app = App::start(settings, Arc::new(worker), worker::render)
        .hint("choose another folder with --folder")?;
    let mut readiness = app.readiness();
    let loading = readiness.wait_for(|now| now.detector.is_some() || now.problem.is_some());
    // A signal ends it in this time, too.
    let problem = tokio::select! {
        now = loading => now.map(|now| now.problem.clone()).ok().flatten(),
        () = signal() => {
            app.close().await;
            return Ok(Outcome::Complete);
        }
    };
    if let Some(problem) = problem {
        app.close().await;
        bail!(
            "the detector cannot be loaded, for the reason above: its worker did not start: {problem}"
        );
    }
    announce(address, token.as_deref())?;
    scade_serve::serve(listener, app, signal()).await?;
    Ok(Outcome::Complete)
}

/// Where the page is. The token is for its owner: it is in the part of the address that is never sent.
fn announce(address: SocketAddr, token: Option<&str>) -> anyhow::Result<()> {
    let token = token.map(|token| format!("#token={}", encoded(token))).unwrap_or_default();
    scade_cli::print(format_args!("http://{address}/{token}"))?;
    // It may be read by a program that waits for this line.
    std::io::stdout().flush()?;
    Ok(())
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The wish to end.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_part_of_an_address() {
        assert_eq!(encoded("a b&c=#é~"), "a%20b%26c%3D%23%C3%A9~");
    }
}
