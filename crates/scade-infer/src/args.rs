//! The arguments of the program.

use std::path::PathBuf;

use clap::Parser;
use scade::{DetectorOptions, FaceSelection, Fallback, Gate, Pace, VideoOptions};
use scade_cli::{one_of, ratio};
use scade_device::Device;
use scade_settings::Shard;

/// Looks for evidence that faces in images and videos were manipulated.
///
/// Each input gives one record on stdout: a line of text on a terminal, JSON Lines when piped or with --json.
/// The score is the network's probability of fake, 0 to 1; above the threshold it is evidence. Where faces are
/// too small, soft or compressed, or seen too briefly, the conclusion is "inconclusive", with the reason.
#[derive(Debug, Parser)]
#[command(name = "scade-infer", version)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub(crate) struct Args {
    /// Images, videos, folders (searched at any depth) and patterns such as 'clips/*.mp4'; - reads a list from
    /// stdin, one path per line.
    #[arg(value_name = "FILE", group = "what")]
    pub(crate) files: Vec<PathBuf>,
    /// Folder of a detector, the run folder of scade-train [default: the detector that comes with the
    /// program].
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// One image.
    #[arg(long, value_name = "FILE", group = "what")]
    pub(crate) image: Option<PathBuf>,
    /// One video.
    #[arg(long, value_name = "FILE", group = "what")]
    pub(crate) video: Option<PathBuf>,
    /// A folder, searched at any depth for images and videos.
    #[arg(long, value_name = "DIR", group = "what")]
    pub(crate) input: Option<PathBuf>,
    /// Also write all records to this file. FILE.jsonl: a line as soon as a file is scored, so that --resume can
    /// continue; FILE.csv: a table; else a JSON list at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also explain the scores, in this new folder: a sheet per face with the regions that they depend on (of a
    /// video the five faces with the highest scores), and explanations.json with the numbers.
    #[arg(long, value_name = "DIR")]
    pub(crate) explain: Option<PathBuf>,
    /// Continue the --output FILE.jsonl of an interrupted run: files that it has, by content and settings, are not
    /// scored again.
    #[arg(long, requires = "output")]
    pub(crate) resume: bool,
    /// Files that are scored at the same time. One file uses all cores where it can; more help with many small
    /// images.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
    /// Score shard I of N, from 1 [default: from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, else all files].
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Score above which a face is evidence, 0 to 1 [default: the detector's own].
    #[arg(long, value_name = "SCORE", value_parser = ratio)]
    pub(crate) threshold: Option<f64>,
    /// Whether faces that are too small, soft or compressed are excluded.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) gate: Switch,
    /// Maximum number of frames per video, spread evenly over it.
    #[arg(long, value_name = "COUNT", default_value_t = VideoOptions::default().max_frames, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_frames: u64,
    /// At most this many frames per second of video.
    #[arg(long, value_name = "RATE", value_parser = rate, conflicts_with = "every")]
    pub(crate) fps: Option<f64>,
    /// At most every N-th frame.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) every: Option<u64>,
    /// Faces to score in each frame. all: every face, each person in a video with a score of their own; largest:
    /// largest box; best: highest detection score.
    #[arg(long, value_parser = one_of::<FaceSelection>(), default_value = "all")]
    pub(crate) faces: FaceSelection,
    /// What is tried where no face is found. second-look: enlarged, then turned by 90°, with a lower
    /// threshold; haar: the second look, then OpenCV's frontal face cascade [default: as in training].
    #[arg(long, value_parser = one_of::<Fallback>())]
    pub(crate) fallback: Option<Fallback>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    pub(crate) device: Device,
    /// Print records as JSON Lines, on a terminal too.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The value of a flag that turns something on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

fn rate(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    value.ok_or_else(|| "expected a number above 0".to_owned())
}

impl Args {
    pub(crate) fn detector_options(&self) -> DetectorOptions {
        DetectorOptions {
            face_weights: self.weights.clone(),
            threshold: self.threshold,
            faces: Some(self.faces),
            fallback: self.fallback,
            gate: Some(match self.gate {
                Switch::On => Gate::default(),
                Switch::Off => Gate::OPEN,
            }),
        }
    }

    pub(crate) fn video_options(&self) -> VideoOptions {
        let pace = match (self.every, self.fps) {
            (Some(every), _) => Pace::Every(every),
            (None, Some(rate)) => Pace::PerSecond(rate),
            (None, None) => Pace::Any,
        };
        VideoOptions { max_frames: self.max_frames, pace, ..VideoOptions::default() }
    }
}
