//! The program `scade-infer`: files in, predictions out.

mod explain;
mod inputs;
mod record;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Parser;
use scade::{Detector, DetectorOptions, FaceSelection, Fallback, Kernels, Media, VideoOptions};
use scade_cli::{HintExt, Outcome, Program, ProgressBar, init_logs, one_of};
use scade_device::{Device, Job, TrainingKernels};
use scade_settings::Progress;

use crate::explain::Sheets;
use crate::inputs::{Input, Inputs};
use crate::record::Record;

/// Scores whether faces in images and videos are forged.
///
/// Each input gives one record on stdout: a line of text on a terminal, JSON Lines when piped or with
/// --json. The score is the network's probability of fake.
#[derive(Debug, Parser)]
#[command(name = "scade-infer", version)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
struct Args {
    /// Images, videos and folders; folders are searched at any depth.
    #[arg(value_name = "FILE", group = "what")]
    files: Vec<PathBuf>,
    /// Folder of a detector, the run folder of scade-train [default: the detector that comes with the
    /// program].
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// One image.
    #[arg(long, value_name = "FILE", group = "what")]
    image: Option<PathBuf>,
    /// One video.
    #[arg(long, value_name = "FILE", group = "what")]
    video: Option<PathBuf>,
    /// A folder, searched at any depth for images and videos.
    #[arg(long, value_name = "DIR", group = "what")]
    input: Option<PathBuf>,
    /// Also write all records to this file, as a JSON list.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also explain the scores, in this new folder: a sheet per face with the regions that they depend on (of a
    /// video the five faces with the highest scores), and explanations.json with the numbers.
    #[arg(long, value_name = "DIR")]
    explain: Option<PathBuf>,
    /// Score above which a face is called fake, 0 to 1 [default: the detector's own].
    #[arg(long, value_name = "SCORE", value_parser = probability)]
    threshold: Option<f64>,
    /// Maximum number of frames per video, spread evenly over it.
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    max_frames: u64,
    /// Faces to score in each frame. largest: largest box; best: highest detection score; all: every face,
    /// each person in a video scored separately [default: as in training].
    #[arg(long, value_parser = one_of::<FaceSelection>())]
    faces: Option<FaceSelection>,
    /// What is tried where no face is found. second-look: enlarged, then turned by 90°, with a lower
    /// threshold; haar: the second look, then OpenCV's frontal face cascade [default: as in training].
    #[arg(long, value_parser = one_of::<Fallback>())]
    fallback: Option<Fallback>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    device: Device,
    /// Print records as JSON Lines, on a terminal too.
    #[arg(long)]
    json: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// Flags, and the settings that hints name.
const FLAGS: [(&str, &str); 4] =
    [("model", "model"), ("weights", "weights"), ("threshold", "threshold"), ("output", "output")];

fn main() -> ExitCode {
    let program =
        Program::new().flags(&FLAGS).hints::<scade::Error>().hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let Args { files, image, video, input, .. } = args;
    let inputs = inputs::list(files, image.as_deref(), video.as_deref(), input.as_deref())?;
    if let Some(path) = &args.output {
        check_output(path, &inputs.files)?;
    }
    let records = scade_device::run(args.device, Score { args, inputs: &inputs })??;
    if let Some(path) = &args.output {
        let text = serde_json::to_string_pretty(&records)?;
        scade_fs::write(path, text + "\n").hint(OUTPUT_HINT)?;
    }
    let skipped = inputs.skipped.to_string();
    if !skipped.is_empty() {
        tracing::warn!("not scored: {skipped}");
    }
    match records.iter().filter(|record| record.is_error()).count() {
        0 => Ok(Outcome::Complete),
        failed if failed == records.len() => {
            bail!("none of {failed} inputs could be scored; each record has the reason")
        }
        _ => Ok(Outcome::Partial),
    }
}

const OUTPUT_HINT: &str = "name a file that can be written with --output";

/// Before hours of work end with it: the file can be written and is not one of the inputs.
fn check_output(path: &Path, inputs: &[Input]) -> anyhow::Result<()> {
    let same = |input: &Input| match (input.path.canonicalize(), path.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if inputs.iter().any(same) {
        let error = anyhow!("{} would be overwritten: it is one of the inputs", path.display());
        return Err(error).hint("name another file with --output");
    }
    scade_fs::check_writable(path).hint(OUTPUT_HINT)
}

struct Score<'a> {
    args: &'a Args,
    inputs: &'a Inputs,
}

impl Job for Score<'_> {
    type Output = anyhow::Result<Vec<Record>>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let options = DetectorOptions {
            face_weights: self.args.weights.clone(),
            threshold: self.args.threshold,
            faces: self.args.faces,
            fallback: self.args.fallback,
        };
        let detector = match &self.args.model {
            Some(folder) => Detector::<B::InnerBackend>::load(folder, &options, device)?,
            None => Detector::<B::InnerBackend>::builtin(&options, device)?,
        };
        let json = self.args.json || !std::io::stdout().is_terminal();
        let progress = ProgressBar::new();
        let Inputs { files, unreadable, .. } = self.inputs;
        progress.start("infer", "files", files.len() as u64);
        let mut records = Vec::with_capacity(files.len() + unreadable.len());
        let mut put = |record: Record| {
            let line = if json { serde_json::to_string(&record)? } else { record.line() };
            scade_cli::print(&line)?;
            records.push(record);
            anyhow::Ok(())
        };
        for error in unreadable {
            put(Record::unreadable(error))?;
        }
        let mut sheets = self.args.explain.as_deref().map(Sheets::create).transpose()?;
        for input in files {
            let record = score(&detector, input, self.args.max_frames);
            let is_error = record.is_error();
            put(record)?;
            if let Some(sheets) = sheets.as_mut().filter(|_| !is_error) {
                sheets.add(&detector, input, self.args.max_frames)?;
            }
            progress.advance(1);
        }
        sheets.map_or(Ok(()), Sheets::finish)?;
        progress.finish();
        Ok(records)
    }
}

/// One input; whatever is wrong with it becomes its record.
fn score<B: Kernels>(detector: &Detector<B>, input: &Input, max_frames: u64) -> Record {
    let prediction = match input.media {
        Media::Image => scade::read_image(&input.path)
            .map_err(scade::Error::from)
            .and_then(|image| detector.score_image(&image))
            .map(record::Prediction::Image),
        Media::Video => detector
            .score_video(&input.path, &VideoOptions { max_frames })
            .map(record::Prediction::Video),
    };
    Record::new(&input.path, prediction)
}
