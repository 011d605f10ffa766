//! The program `scade-infer`: files in, verdicts out.

mod inputs;
mod record;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Parser;
use scade::{Detector, DetectorOptions, FaceSelection, Kernels, VideoOptions};
use scade_cli::{HintExt, Outcome, Progress, init_logs, named, with_hint};
use scade_device::{Device, Job, TrainingKernels};

use crate::inputs::{Input, Kind};
use crate::record::Record;

/// Judges whether faces in pictures and videos are forged.
///
/// Each input gives one record on stdout: a line of text on a terminal, a line of JSON elsewhere or
/// with --json. The score is the probability of a fake.
#[derive(Debug, Parser)]
#[command(name = "scade-infer", version)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
struct Args {
    /// Folder of a detector, as scade-train leaves it [default: the latest run below ./outputs].
    #[arg(long)]
    model: Option<PathBuf>,
    /// One picture.
    #[arg(long, group = "what")]
    image: Option<PathBuf>,
    /// One video.
    #[arg(long, group = "what")]
    video: Option<PathBuf>,
    /// A folder, searched at any depth for pictures and videos.
    #[arg(long, group = "what")]
    input: Option<PathBuf>,
    /// Also write all records to this file, as a JSON list.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Score above which a face is called fake [default: the detector's own].
    #[arg(long, value_parser = probability)]
    threshold: Option<f64>,
    /// Most frames of a video, spread evenly over it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    max_frames: u64,
    /// Which of several faces are judged: the largest, the best, which the face detector is surest
    /// of, or all, each person in a video by itself [default: as in training].
    #[arg(long, value_parser = named::<FaceSelection>)]
    faces: Option<FaceSelection>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n].
    #[arg(long, default_value = "auto")]
    device: Device,
    /// Print records as JSON, one a line, on a terminal too.
    #[arg(long)]
    json: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    init_logs();
    scade_cli::Program::new().hints::<scade_device::Unavailable>().run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let inputs = inputs::list(args.image.as_deref(), args.video.as_deref(), args.input.as_deref())?;
    let model = model(args.model.as_deref())?;
    if let Some(path) = &args.output {
        check_output(path, &inputs)?;
    }
    let records = scade_device::run(args.device, Judge { args, inputs: &inputs, model: &model })??;
    if let Some(path) = &args.output {
        let text = serde_json::to_string_pretty(&records)?;
        scade_fs::write(path, text + "\n").hint(OUTPUT_HINT)?;
    }
    match records.iter().filter(|record| record.is_error()).count() {
        0 => Ok(Outcome::Complete),
        failed if failed == records.len() => {
            bail!("no verdict on any of {failed} inputs; each record says why")
        }
        _ => Ok(Outcome::Partial),
    }
}

const OUTPUT_HINT: &str = "name a file that can be written with --output";

/// Before hours of work end with it: the file can be written and is none of those to be judged.
fn check_output(path: &Path, inputs: &[Input]) -> anyhow::Result<()> {
    let same = |input: &Input| match (input.path.canonicalize(), path.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if inputs.iter().any(same) {
        let error = anyhow!("{} would be overwritten: it is to be judged itself", path.display());
        return Err(error).hint("name another file with --output");
    }
    scade_fs::check_writable(path).hint(OUTPUT_HINT)
}

/// The folder asked for, or the run with the highest number below ./outputs.
fn model(asked: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = asked {
        return Ok(path.to_owned());
    }
    let number = |path: &Path| -> Option<u64> {
        path.join("detector.json").is_file().then_some(())?;
        path.file_name()?.to_str()?.strip_prefix("run-")?.parse().ok()
    };
    let runs = std::fs::read_dir("outputs").into_iter().flatten().flatten();
    runs.filter_map(|entry| Some((number(&entry.path())?, entry.path())))
        .max()
        .map(|(_, path)| path)
        .context("there is no trained detector below ./outputs")
        .hint("name the folder of a detector with --model; `cargo xtask demo` trains one")
}

struct Judge<'a> {
    args: &'a Args,
    inputs: &'a [Input],
    model: &'a Path,
}

impl Job for Judge<'_> {
    type Output = anyhow::Result<Vec<Record>>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let options = DetectorOptions {
            face_weights: self.args.weights.clone(),
            threshold: self.args.threshold,
            faces: self.args.faces,
        };
        let detector = Detector::<B::InnerBackend>::load(self.model, &options, device)
            .map_err(|error| explain(error, self.model))?;
        let json = self.args.json || !std::io::stdout().is_terminal();
        let progress = Progress::start("judge", "files", self.inputs.len() as u64);
        let mut records = Vec::with_capacity(self.inputs.len());
        for input in self.inputs {
            let record = judge(&detector, input, self.args.max_frames);
            let line = if json { serde_json::to_string(&record)? } else { record.line() };
            scade_cli::print(&line)?;
            progress.advance(1);
            records.push(record);
        }
        progress.finish();
        Ok(records)
    }
}

fn explain(error: scade::Error, model: &Path) -> anyhow::Error {
    let hint = match &error {
        scade::Error::Weights(weights) => match weights.hint() {
            Some(hint) => hint,
            None => return error.into(),
        },
        scade::Error::Unfinished { .. } => format!(
            "let it end with `scade-train --resume {}`, or say with --threshold above which score \
             a face is called fake",
            model.display()
        ),
        _ => "--model takes the folder that scade-train printed as `detector`".to_owned(),
    };
    with_hint(error, hint)
}

/// One input; whatever is wrong with it becomes its record.
fn judge<B: Kernels>(detector: &Detector<B>, input: &Input, max_frames: u64) -> Record {
    let verdict = match input.kind {
        Kind::Image => scade::read_image(&input.path)
            .map_err(scade::Error::from)
            .and_then(|image| detector.score_image(&image))
            .map(record::Prediction::Image),
        Kind::Video => detector
            .score_video(&input.path, &VideoOptions { max_frames })
            .map(record::Prediction::Video),
    };
    Record::new(&input.path, verdict)
}
