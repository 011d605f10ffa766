//! `scade-detector-lab`: measures a detector on real photographs and on clips of known origin, and sets its
//! threshold by photographs.

mod clips;
mod interval;
mod photos;
mod table;
mod threshold;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scade::{Detector, DetectorOptions, FaceSelection, Gate, Kernels};
use scade_cli::{HintExt, Outcome, Program, ProgressBar, init_logs};
use scade_device::{Device, Job, TrainingKernels};
use scade_model::ModelBundle;
use scade_sample::DatasetSpec;
use scade_settings::Progress;
use serde::Serialize;

use crate::clips::{ClipSet, Clips};
use crate::photos::{Change, Photos};

/// Measure a detector, or set its threshold.
#[derive(Debug, Parser)]
#[command(name = "scade-detector-lab", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print false positives on real photographs and AUC on clips, as tables with intervals of 95 %.
    Measure(Measure),
    /// Set the threshold of a run folder so that a share of real photographs is called fake, as they are
    /// and compressed, halved and doubled.
    Calibrate(Calibrate),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    device: Device,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["photos", "clips"])))]
struct Measure {
    /// Folder of a detector [default: the detector that comes with the program].
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Folder of real photographs; repeatable.
    #[arg(long, value_name = "DIR")]
    photos: Vec<PathBuf>,
    /// Folder with clips in `real` and `fake`; the kind of a forgery is its folder below `fake`, or its name
    /// up to `__`. Repeatable.
    #[arg(long, value_name = "DIR")]
    clips: Vec<PathBuf>,
    /// Maximum number of frames per clip, spread evenly over it.
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..))]
    max_frames: u64,
    /// Also write all figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Calibrate {
    /// Run folder of scade-train; its threshold is replaced.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Text file that lists real photographs, one path in each line.
    #[arg(long, value_name = "FILE")]
    photos: PathBuf,
    /// Share of real photographs that may be called fake.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    false_positives: f64,
    #[command(flatten)]
    common: Common,
}

fn share(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value < 1.0);
    value.ok_or_else(|| "expected a number between 0 and 1".to_owned())
}

const FLAGS: [(&str, &str); 3] = [("model", "model"), ("weights", "weights"), ("output", "output")];

fn main() -> ExitCode {
    let program =
        Program::new().flags(&FLAGS).hints::<scade::Error>().hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| match &args.command {
        Command::Measure(args) => scade_device::run(args.common.device, Measuring(args))?,
        Command::Calibrate(args) => scade_device::run(args.common.device, Calibrating(args))?,
    })
}

fn detector<B: Kernels>(
    model: Option<&PathBuf>,
    threshold: Option<f64>,
    common: &Common,
    device: &B::Device,
) -> anyhow::Result<Detector<B>> {
    let face_weights = common.weights.clone();
    // The score alone is measured: of one face in each image and frame, whatever its quality.
    let options = DetectorOptions {
        face_weights,
        threshold,
        faces: Some(FaceSelection::Largest),
        gate: Some(Gate::OPEN),
        ..DetectorOptions::default()
    };
    Ok(match model {
        Some(folder) => Detector::load(folder, &options, device)?,
        None => Detector::builtin(&options, device)?,
    })
}

/// All figures of a detector.
#[derive(Debug, Serialize)]
struct Figures {
    photos: Vec<Photos>,
    clips: Vec<Clips>,
}

struct Measuring<'a>(&'a Measure);

impl Job for Measuring<'_> {
    type Output = anyhow::Result<Outcome>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let Measure { model, photos, clips, max_frames, output, common } = self.0;
        let detector = detector::<B::InnerBackend>(model.as_ref(), None, common, device)?;
        let progress = ProgressBar::new();
        let files = photos::list(photos)?;
        if files.is_empty() && clips.is_empty() {
            anyhow::bail!("no photograph was found below the folders of --photos");
        }
        if let Some(path) = output {
            scade_fs::check_writable(path).hint("name a file that can be written with --output")?;
        }
        let sets =
            clips.iter().map(|root| ClipSet::below(root)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut figures = Figures { photos: Vec::new(), clips: Vec::new() };
        let mut failed = 0;
        if !files.is_empty() {
            progress.start("photographs", "images", (files.len() * Change::ALL.len()) as u64);
            let scored = photos::score(&detector, &files, || progress.advance(1))?;
            progress.finish();
            failed += scored[0].unreadable;
            figures.photos = scored.iter().map(Photos::of).collect();
        }
        for set in &sets {
            progress.start(&set.name, "clips", set.clips.len() as u64);
            let scored = set.score(&detector, *max_frames, || progress.advance(1))?;
            progress.finish();
            failed += set.clips.len() - scored.len();
            figures.clips.push(Clips::of(&set.name, &scored));
        }
        scade_cli::print(table::markdown(&figures).trim_end())?;
        if let Some(path) = output {
            let text = serde_json::to_string_pretty(&figures)? + "\n";
            scade_fs::write(path, text).hint("name a file that can be written with --output")?;
        }
        Ok(outcome(failed))
    }
}

struct Calibrating<'a>(&'a Calibrate);

impl Job for Calibrating<'_> {
    type Output = anyhow::Result<Outcome>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let Calibrate { model, photos, false_positives, common } = self.0;
        let (mut bundle, network) =
            ModelBundle::<DatasetSpec>::load::<B::InnerBackend>(model, device)?;
        // Scores are what counts; a run that has not ended has no threshold yet.
        let detector = detector::<B::InnerBackend>(Some(model), Some(1.0), common, device)?;
        let files = photos::listed(photos)?;
        let progress = ProgressBar::new();
        progress.start("photographs", "images", (files.len() * Change::ALL.len()) as u64);
        let scored = photos::score(&detector, &files, || progress.advance(1))?;
        progress.finish();
        let scores: Vec<f64> = scored.iter().flat_map(|set| set.scores.clone()).collect();
        let threshold = threshold::at(&scores, *false_positives)?;
        bundle.threshold = Some(threshold);
        bundle.save(model, &network)?;
        let share = 100.0 * false_positives;
        scade_cli::print(format_args!(
            "threshold {threshold:.6}: {share} % of {} scores of {} photographs are above it",
            scores.len(),
            files.len() - scored[0].unreadable
        ))?;
        Ok(outcome(scored[0].unreadable))
    }
}

/// The inputs that failed were reported one by one.
fn outcome(failed: usize) -> Outcome {
    if failed == 0 { Outcome::Complete } else { Outcome::Partial }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
