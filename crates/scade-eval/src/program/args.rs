//! The command line.

use std::path::PathBuf;

use clap::Parser;
use scade_cli::{one_of, ratio};
use scade_eval::Missing;
use scade_metrics::Pooling;

/// Evaluates a detector, or anybody's scores: tables with intervals, figures and a report.
///
/// Scores are probabilities of fake, 0 to 1. A video is told from others by dataset, method, label and name;
/// what has no score is counted, and never gets one. Unusable score files end the program with exit code 2,
/// coverage below --min-coverage with 3.
#[derive(Debug, Parser)]
#[command(name = "scade-eval", version)]
#[cfg_attr(feature = "detector", command(args_conflicts_with_subcommands = true))]
#[cfg_attr(feature = "detector", command(subcommand_negates_reqs = true))]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) what: What,
    #[cfg(feature = "detector")]
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[cfg(feature = "detector")]
    #[command(flatten)]
    pub(crate) running: Running,
    /// CSV file with the columns path and label, and where known method, dataset and identity, for scores
    /// that come without labels [default: folders named real and fake in their paths].
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Folder that the paths in score files begin at, for facts about the files.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) files: PathBuf,
    /// Score above which a sample is called fake, 0 to 1; NAME=SCORE for one detector [default: the
    /// detector's own, 0.5 for score files].
    #[arg(long, value_name = "[NAME=]SCORE", value_parser = threshold)]
    pub(crate) threshold: Vec<(Option<String>, f64)>,
    /// How the scores of faces become that of a video: mean, median, max-of-tracks, max-of-long-tracks (of at least
    /// three faces), or top-K with a number [default: the detector's own, max-of-long-tracks for score files].
    #[arg(long, value_name = "RULE", value_parser = pooling)]
    pub(crate) pooling: Option<Pooling>,
    /// What is done with samples without a score. exclude: left out; as-real: score 0; as-fake: score 1.
    #[arg(long, value_parser = one_of::<Missing>(), default_value_t = Missing::Exclude)]
    pub(crate) missing: Missing,
    /// Ratio of scored videos, 0 to 1, below which the exit code is 3.
    #[arg(long, value_name = "RATIO", default_value_t = 0.99, value_parser = ratio)]
    pub(crate) min_coverage: f64,
    /// The detectors are runs of one recipe: report mean and standard deviation.
    #[arg(long)]
    pub(crate) seeds: bool,
    /// Accept samples of one label only, and report error rates without an AUC.
    #[arg(long)]
    pub(crate) one_class: bool,
    /// Draws of each bootstrap.
    #[arg(long, value_name = "COUNT", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(100..=100_000))]
    pub(crate) draws: u64,
    /// Seed of every random number.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// New folder for scores, report and figures.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Also write the scores of videos as score files of Deepfake Workbench, into --output.
    #[arg(long, requires = "output")]
    pub(crate) workbench: bool,
    /// Print the whole evaluation as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is evaluated.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct What {
    /// Score files, one for each detector: CSV with path, label and score, the JSON of scade-infer, or a
    /// score file of Deepfake Workbench. NAME=FILE names the detector; files of one name are joined.
    #[arg(long, value_name = "[NAME=]FILE", num_args = 1..)]
    pub(crate) scores: Vec<String>,
    /// What a detector is run on: a prepared dataset of scade-preprocess, a folder of images and clips below
    /// real and fake/METHOD, or a CSV file with path, label and where known method and identity. Repeatable.
    #[cfg(feature = "detector")]
    #[arg(long, value_name = "DATASET", num_args = 1.., conflicts_with = "scores")]
    pub(crate) data: Vec<PathBuf>,
    /// Run folder of scade-train; repeatable [default: the detector that comes with the program].
    #[cfg(feature = "detector")]
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "data")]
    pub(crate) model: Vec<PathBuf>,
}

/// What is done besides evaluating.
#[cfg(feature = "detector")]
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Calibrate(super::calibrate::Calibrate),
}

/// How detectors are run.
#[cfg(feature = "detector")]
#[derive(Debug, clap::Args)]
pub(crate) struct Running {
    /// Subset of prepared datasets.
    #[arg(long, value_name = "SUBSET", default_value = "test", value_parser = subset)]
    pub(crate) subset: scade_data::Subset,
    /// Maximum number of frames per clip, spread evenly over it.
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_frames: u64,
    /// Evaluate on data that the detector was trained or calibrated with; the report says so.
    #[arg(long)]
    pub(crate) allow_seen: bool,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = scade_device::Device::CHOICES)]
    pub(crate) device: scade_device::Device,
}

#[cfg(feature = "detector")]
fn subset(text: &str) -> Result<scade_data::Subset, String> {
    let found = scade_data::Subset::ALL.into_iter().find(|subset| subset.to_string() == text);
    found.ok_or_else(|| "expected train, val or test".to_owned())
}

fn threshold(text: &str) -> Result<(Option<String>, f64), String> {
    match text.rsplit_once('=') {
        Some((name, value)) => Ok((Some(name.to_owned()), ratio(value)?)),
        None => Ok((None, ratio(text)?)),
    }
}

fn pooling(text: &str) -> Result<Pooling, String> {
    let top = text.strip_prefix("top-").and_then(|count| count.parse().ok());
    match (text, top) {
        ("mean", _) => Ok(Pooling::Mean),
        ("median", _) => Ok(Pooling::Median),
        ("max-of-tracks", _) => Ok(Pooling::MaxOfTracks),
        ("max-of-long-tracks", _) => Ok(Pooling::default()),
        (_, Some(k)) => Ok(Pooling::TopK { k }),
        _ => Err("expected mean, median, max-of-tracks, max-of-long-tracks or top-K with a number from 1"
            .to_owned()),
    }
}

impl Args {
    /// The threshold of a detector, by its name or for all.
    pub(crate) fn threshold_of(&self, name: &str) -> Option<f64> {
        let named = |wanted: Option<&str>| {
            self.threshold.iter().rev().find(|(of, _)| of.as_deref() == wanted)
        };
        named(Some(name)).or_else(|| named(None)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_rule_of_pooling_may_have_a_number() {
        assert_eq!(pooling("top-3").unwrap().to_string(), "top-k (k = 3)");
        assert!(pooling("top-0").is_err() && pooling("max").is_err());
    }
}
