//! `scade-eval calibrate`: sets the threshold of a finished detector by data that it was not trained with.

use std::path::{Path, PathBuf};

use scade_cli::{HintExt, Outcome};
use scade_data::Subset;
use scade_device::{Device, Job, TrainingKernels};
use scade_eval::ScoreTable;
use scade_metrics::{Calibration, Confidence, Conformal, Rate, Scores};
use scade_model::{DetectorCalibration, ModelBundle};
use scade_sample::DatasetSpec;

use super::args::Running;
use super::datasets::{Dataset, opened};
use super::{models, seen};

/// Sets the threshold of a detector so that few real videos and images are called fake, and fits probabilities.
///
/// The threshold is the lowest whose false positive rate stays below the target with 95 % confidence, by the
/// upper bound of Clopper and Pearson. Where both labels are there, temperature, Platt and isotonic scaling and
/// a conformal rule are fitted too. All is written into detector.json, with the name and digest of the data, on
/// which the detector is not to be tested then.
#[derive(Debug, clap::Args)]
pub(crate) struct Calibrate {
    /// Run folder of scade-train.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// A prepared dataset (--subset val, say), a folder of images and clips below real and fake/METHOD, or a
    /// CSV file with path and label. Real ones suffice for a threshold.
    #[arg(long, value_name = "DATASET")]
    data: PathBuf,
    /// Ratio of real videos and images that may be called fake.
    #[arg(long, value_name = "RATIO", default_value = "0.05", value_parser = rate)]
    false_positives: Rate,
    /// Errors that the conformal rule allows in each class.
    #[arg(long, value_name = "RATIO", default_value = "0.05", value_parser = rate)]
    error_rate: Rate,
    #[command(flatten)]
    running: Running,
}

fn rate(text: &str) -> Result<Rate, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number between 0 and 1".to_owned())?;
    Rate::new(number).map_err(|error| error.to_string())
}

pub(crate) fn run(args: &Calibrate) -> anyhow::Result<Outcome> {
    let datasets = opened(std::slice::from_ref(&args.data), args.running.subset)?;
    let models = std::slice::from_ref(&args.model);
    // The set of an earlier calibration may be used again; that of the training may not.
    seen::trained_only(models, &datasets, args.running.allow_seen)?;
    if args.running.subset == Subset::Test {
        tracing::warn!("the subset test is for tests: --subset val calibrates without touching it");
    }
    let device: Device = args.running.device;
    scade_device::run(device, Work { args, dataset: &datasets[0] })?
}

struct Work<'a> {
    args: &'a Calibrate,
    dataset: &'a Dataset,
}

impl Job for Work<'_> {
    type Output = anyhow::Result<Outcome>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let Calibrate { model, running, .. } = self.args;
        let (mut bundle, network) =
            ModelBundle::<DatasetSpec>::load::<B::InnerBackend>(model, device)?;
        // Scores are what counts: a run that has not ended has no threshold yet.
        let weights = running.weights.as_ref();
        let detector =
            models::load::<B::InnerBackend>(Some(model.as_path()), Some(1.0), weights, device)?;
        let mut table = ScoreTable::new("calibration");
        models::score(&detector, self.dataset, running.max_frames, &mut table)?;
        table.check()?;
        let (scores, fake) = table.video_scores(&detector.pooling());
        let missing = table.videos() - scores.len();
        let found = calibration(self.args, self.dataset, &scores, &fake)?;
        scade_cli::print(describe(model, &found))?;
        bundle.threshold = Some(found.threshold.threshold);
        bundle.calibration = Some(found);
        bundle.save(model, &network)?;
        Ok(if missing == 0 { Outcome::Complete } else { Outcome::Partial })
    }
}

fn calibration(
    args: &Calibrate,
    dataset: &Dataset,
    scores: &[f64],
    fake: &[bool],
) -> anyhow::Result<DetectorCalibration> {
    let scores = Scores::new(scores, fake)?;
    let threshold = scores
        .threshold_at_fpr(args.false_positives, Confidence::default())
        .hint("add real videos or images, or allow more with --false-positives")?;
    let both = scores.n_fake() > 0;
    let fitted = |fit: fn(Scores<'_>) -> Result<Calibration, scade_metrics::Undefined>| {
        let fitted = both.then(|| fit(scores))?;
        fitted.inspect_err(|error| tracing::warn!("not fitted: {error}")).ok()
    };
    Ok(DetectorCalibration {
        set: dataset.name.clone(),
        sha256: dataset.sha256()?,
        real: scores.n_samples() - scores.n_fake(),
        fake: scores.n_fake(),
        threshold,
        temperature: fitted(Calibration::temperature),
        platt: fitted(Calibration::platt),
        isotonic: fitted(Calibration::isotonic),
        conformal: Conformal::new(scores, args.error_rate)
            .inspect_err(|error| tracing::warn!("no conformal rule: {error}"))
            .ok(),
    })
}

fn describe(model: &Path, found: &DetectorCalibration) -> String {
    let threshold = &found.threshold;
    format!(
        "{}: threshold {:.6}: {} of {} real ones of {} are above it; at most {:.2} % of such, with 95 % \
         confidence",
        model.display(),
        threshold.threshold,
        threshold.false_positives,
        threshold.n_real,
        found.set,
        100.0 * threshold.fpr_at_most
    )
}
