//! The program `scade-infer`: files in, predictions out.

mod args;
mod batch;
mod explain;
mod inputs;
mod output;
mod record;
mod results;

use std::process::ExitCode;

use anyhow::bail;
use scade::{Detector, Kernels, Media, VideoOptions};
use scade_cli::{Outcome, Program, ProgressBar, init_logs, shard_of};
use scade_device::{Job, TrainingKernels};
use scade_settings::Progress;

use crate::args::Args;
use crate::explain::Sheets;
use crate::inputs::{Input, Inputs};
pub(crate) use crate::output::OUTPUT_HINT;
use crate::output::{Output, Scored};
use crate::record::Record;
use crate::results::Known;

/// Flags, and the settings that hints name.
const FLAGS: [(&str, &str); 5] = [
    ("model", "model"),
    ("weights", "weights"),
    ("threshold", "threshold"),
    ("output", "output"),
    ("shard", "shard"),
];

fn main() -> ExitCode {
    let program =
        Program::new().flags(&FLAGS).hints::<scade::Error>().hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let inputs = inputs::list(args, shard_of(args.shard)?)?;
    if let Some(path) = &args.output {
        output::check(path, args.resume, &inputs.files)?;
    }
    let counts = scade_device::run(args.device, Score { args, inputs: &inputs })??;
    let skipped = inputs.skipped.to_string();
    if !skipped.is_empty() {
        tracing::warn!("not scored: {skipped}");
    }
    match counts.failed {
        0 => Ok(Outcome::Complete),
        failed if failed == counts.all => {
            bail!("none of {failed} inputs could be scored; each record has the reason")
        }
        _ => Ok(Outcome::Partial),
    }
}

/// Inputs of this run.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    all: usize,
    failed: usize,
}

struct Score<'a> {
    args: &'a Args,
    inputs: &'a Inputs,
}

impl Job for Score<'_> {
    type Output = anyhow::Result<Counts>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let options = self.args.detector_options();
        let detector = match &self.args.model {
            Some(folder) => Detector::<B::InnerBackend>::load(folder, &options, device)?,
            None => Detector::<B::InnerBackend>::builtin(&options, device)?,
        };
        let video = self.args.video_options();
        let settings = settings(&detector, &video);
        let output = Output::open(self.args, &settings)?;
        let progress = ProgressBar::new();
        let Inputs { files, unreadable, .. } = self.inputs;
        progress.start("infer", "files", files.len() as u64);
        for error in unreadable {
            output.put(Scored::Record(Box::new(Record::unreadable(error, &settings))))?;
        }
        let mut sheets = self.args.explain.as_deref().map(Sheets::create).transpose()?;
        let score = |index: usize| score(&detector, &files[index], &video, &settings, &output);
        let mut inputs = files.iter();
        batch::in_order(files.len(), self.args.jobs.into(), score, |scored| {
            let (scored, input) = (scored?, inputs.next());
            let explain = matches!(&scored, Scored::Record(record) if !record.is_error());
            output.put(scored)?;
            if let (true, Some(sheets), Some(input)) = (explain, &mut sheets, input) {
                sheets.add(&detector, input, &video)?;
            }
            progress.advance(1);
            anyhow::Ok(())
        })?;
        sheets.map_or(Ok(()), Sheets::finish)?;
        progress.finish();
        output.finish()
    }
}

/// Digest of what decides the records besides the files.
fn settings<B: Kernels>(detector: &Detector<B>, video: &VideoOptions) -> String {
    let VideoOptions { max_frames, pace, keep_samples: _ } = video;
    let version = env!("CARGO_PKG_VERSION");
    let all = format!("{} {max_frames} {pace:?} {version}", detector.digest());
    scade_fs::sha256_hex(all)[..32].to_owned()
}

/// One input; whatever is wrong with it becomes its record.
fn score<B: Kernels>(
    detector: &Detector<B>,
    input: &Input,
    video: &VideoOptions,
    settings: &str,
    output: &Output,
) -> anyhow::Result<Scored> {
    // What cannot be read is reported by whoever opens it.
    let sha256 = scade_fs::sha256_of_file(&input.path).ok();
    if let Some(known) = output.find(&input.path.to_string_lossy(), sha256.as_deref())? {
        return Ok(match known {
            Known::Done => Scored::Before,
            Known::Same(line) => Scored::Line { line, sha256 },
        });
    }
    let prediction = match input.media {
        Media::Image => scade::read_image(&input.path)
            .map_err(scade::Error::from)
            .and_then(|image| detector.score_image(&image))
            .map(record::Prediction::Image),
        Media::Video => detector.score_video(&input.path, video).map(record::Prediction::Video),
    };
    Ok(Scored::Record(Box::new(Record::new(&input.path, sha256, settings, prediction))))
}
