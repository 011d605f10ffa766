//! The worker: a detector that is loaded once and scores file after file.

mod analysis;
mod failure;
mod pictures;
mod sample;

use std::borrow::Cow;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

use scade::{BuiltinDetector, Detector, DetectorOptions};
use scade_device::{Device, Job, TrainingKernels};
use scade_settings::{Hint, panic_message};

use crate::Reason;
use crate::protocol::{DetectorInfo, Event, Task};

pub use sample::render;

/// Which detector a worker loads, and where it computes.
#[derive(Debug, Clone, Default)]
pub struct WorkerOptions {
    /// Folder of the detector; `None` for the built-in one.
    pub model: Option<PathBuf>,
    /// How it is loaded.
    pub detector: DetectorOptions,
    /// The device.
    pub device: Device,
}

/// Why a worker does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The detector cannot be loaded.
    #[error(transparent)]
    Detector(#[from] scade::Error),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] scade_device::Unavailable),
    /// The service does not read any more.
    #[error("the service has gone")]
    Gone(#[source] io::Error),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

impl Hint for WorkerError {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Detector(error) => error.hint(),
            Self::Device(error) => error.hint(),
            Self::Gone(_) | Self::Thread(_) => None,
        }
    }
}

/// Does the work of a worker, from `input` to `output`, as [`crate::protocol`] describes it.
///
/// `gone` is called on another thread when the input ends, in the middle of a task too: nobody waits for its end.
///
/// # Errors
/// [`WorkerError`].
pub fn run(
    options: &WorkerOptions,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send,
    gone: impl FnOnce() + Send + 'static,
) -> Result<(), WorkerError> {
    let (sender, tasks) = channel();
    let read = move || {
        let lines = input.lines().map_while(Result::ok);
        for task in lines.map_while(|line| serde_json::from_str::<Task>(&line).ok()) {
            if sender.send(task).is_err() {
                return;
            }
        }
        gone();
    };
    std::thread::Builder::new().name("tasks".into()).spawn(read).map_err(WorkerError::Thread)?;
    let voice = Voice(Mutex::new(Box::new(output)));
    scade_device::run(options.device, Work { options, tasks, voice })?
}

/// Writes events, from any thread.
pub(crate) struct Voice<'a>(Mutex<Box<dyn Write + Send + 'a>>);

impl Voice<'_> {
    pub(crate) fn say(&self, event: &Event) -> io::Result<()> {
        let line = serde_json::to_string(event)? + "\n";
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(line.as_bytes())?;
        output.flush()
    }
}

struct Work<'a> {
    options: &'a WorkerOptions,
    tasks: Receiver<Task>,
    voice: Voice<'a>,
}

impl Job for Work<'_> {
    type Output = Result<(), WorkerError>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let Self { options, tasks, voice } = self;
        let WorkerOptions { model, detector: settings, .. } = options;
        let (detector, name, card) = match model {
            Some(folder) => {
                let name = folder.display().to_string();
                (Detector::<B::InnerBackend>::load(folder, settings, device)?, name, None)
            }
            None => {
                let BuiltinDetector { name, model_card, .. } = BuiltinDetector::DEFAULT;
                let name = format!("{name}, built in");
                (Detector::builtin(settings, device)?, name, Some(model_card.to_owned()))
            }
        };
        let threshold = detector.threshold();
        let video = cfg!(feature = "ffmpeg");
        let info = DetectorInfo { name: name.clone(), threshold, card, video };
        voice.say(&Event::Ready { detector: info }).map_err(WorkerError::Gone)?;
        for task in tasks {
            let number = task.task;
            // What a panic leaves behind is memory alone: the detector does not change while it scores.
            let analyze = || analysis::analyze(&detector, &name, &task, &voice);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(analyze));
            let event = match result {
                Ok(Ok(record)) => Event::Done { task: number, record },
                Ok(Err(failure::Failure { reason, message })) => {
                    Event::Failed { task: number, reason, message }
                }
                Err(panic) => {
                    let text = panic_message(&*panic).unwrap_or("for an unknown reason");
                    let message = format!("the detector panicked: {text}");
                    Event::Failed { task: number, reason: Reason::Internal, message }
                }
            };
            voice.say(&event).map_err(WorkerError::Gone)?;
        }
        Ok(())
    }
}
