//! Workers at work: one job at a time each, started anew when they crash, hang or are stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::job::{End, INPUT_FILE, Job, RECORD_FILE, Summary};
use crate::launch::Lines;
use crate::protocol::{DetectorInfo, Event, Task};
use crate::{App, Launch, Reason};

/// How long a worker may load its detector.
const START_TIME: Duration = Duration::from_secs(120);

/// Pause before a worker that did not start is started again; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One worker after the other, until the service closes.
pub(crate) async fn slot(app: App, launch: Arc<dyn Launch>) {
    let mut closing = app.closing();
    let mut pause = FIRST_PAUSE;
    while !*closing.borrow() {
        app.metrics().worker_starts.fetch_add(1, Relaxed);
        let started = tokio::select! {
            started = tokio::time::timeout(START_TIME, start(&*launch)) => started,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        let problem = match started {
            Ok(Ok((mut lines, detector))) => {
                pause = FIRST_PAUSE;
                app.set_readiness(|now| {
                    (now.detector, now.problem) = (Some(detector), None);
                });
                work(&app, &mut lines).await;
                continue;
            }
            Ok(Err(problem)) => problem.to_string(),
            Err(_) => format!("it was not ready after {} s", START_TIME.as_secs()),
        };
        tracing::warn!("a worker did not start: {problem}");
        app.set_readiness(|now| now.problem = Some(problem));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

async fn start(launch: &dyn Launch) -> io::Result<(Lines, DetectorInfo)> {
    let mut lines = Lines::new(launch.launch()?);
    let Some(line) = lines.next().await? else {
        return Err(io::Error::other("it ended before it was ready"));
    };
    match serde_json::from_slice(&line) {
        Ok(Event::Ready { detector }) => Ok((lines, detector)),
        _ => Err(io::Error::other("it does not speak the protocol of this service")),
    }
}

/// Job after job, until the worker is of no more use or the service closes.
async fn work(app: &App, lines: &mut Lines) {
    let mut closing = app.closing();
    for number in 0.. {
        let job = tokio::select! {
            // Without it, a job could be taken and dropped when both are ready.
            biased;
            _ = closing.wait_for(|closing| *closing) => return,
            line = lines.next() => {
                let ended = matches!(line, Ok(None) | Err(_));
                tracing::warn!("a worker without a job {}", if ended { "ended" } else { "spoke" });
                return;
            }
            job = app.next_job() => job,
        };
        let goes_on = run(app, lines, &job, number).await;
        if !goes_on {
            return;
        }
    }
}

/// One job. False when the worker must be stopped.
async fn run(app: &App, lines: &mut Lines, job: &Arc<Job>, number: u64) -> bool {
    let limits = app.limits();
    let task = Task {
        task: number,
        file: job.folder.join(INPUT_FILE),
        output: job.folder.clone(),
        max_frames: limits.frames,
        max_pixels: limits.pixels,
        max_seconds: limits.seconds,
    };
    let deadline = tokio::time::sleep(limits.job_time);
    tokio::pin!(deadline);
    let mut status = job.status.subscribe();
    let crashed = |what: &str| End::Failed(Reason::Crashed, format!("the worker {what}"));
    let sent = match serde_json::to_string(&task) {
        Ok(line) => lines.send(line).await,
        Err(error) => Err(error.into()),
    };
    if sent.is_err() {
        finish(app, job, crashed("had ended"));
        return false;
    }
    loop {
        let line = tokio::select! {
            line = lines.next() => line,
            () = &mut deadline => {
                let limit = limits.job_time.as_secs_f64();
                let message = format!("it was not done after {limit} s");
                finish(app, job, End::Failed(Reason::TimedOut, message));
                return false;
            }
            _ = status.wait_for(|status| status.state.has_ended()) => {
                // Cancelled: there is no other way to stop it.
                clean(app, job);
                return false;
            }
        };
        let event = match line {
            Ok(Some(line)) => serde_json::from_slice(&line).ok(),
            Ok(None) | Err(_) => {
                finish(app, job, crashed("ended while it had this file"));
                return false;
            }
        };
        match event {
            Some(Event::Progress { task, stage, done, total }) if task == number => {
                job.advance(stage, done, total);
            }
            Some(Event::Done { task, record }) if task == number => {
                let end = match save(job, record).await {
                    Ok(summary) => End::Done(summary),
                    Err(error) => {
                        let message = format!("the result cannot be stored: {error}");
                        End::Failed(Reason::Internal, message)
                    }
                };
                finish(app, job, end);
                return true;
            }
            Some(Event::Failed { task, reason, message }) if task == number => {
                finish(app, job, End::Failed(reason, message));
                return true;
            }
            _ => {
                finish(app, job, crashed("said something that is no event of this job"));
                return false;
            }
        }
    }
}

/// Ends a job that ran, and removes what is not needed any more.
fn finish(app: &App, job: &Arc<Job>, end: End) {
    app.end(job, end);
    clean(app, job);
}

/// Removes the folder of a job without a result, or that was deleted.
fn clean(app: &App, job: &Job) {
    let has_result = job.state() == crate::job::State::Done;
    if !has_result || !app.store().knows(job.id) {
        app.remove_folder(job);
    }
}

/// Stores the record with what the worker does not know.
async fn save(job: &Job, mut record: Map<String, Value>) -> io::Result<Summary> {
    record.insert("id".to_owned(), job.id.to_string().into());
    record.insert("name".to_owned(), job.name.clone().into());
    let summary = Summary::of(&record);
    let text = serde_json::to_vec(&record)?;
    tokio::fs::write(job.folder.join(RECORD_FILE), text).await?;
    Ok(summary)
}
