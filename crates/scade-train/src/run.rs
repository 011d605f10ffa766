//! A run from its preflight checks to the metrics of the best epoch.

use burn::module::AutodiffModule;
use scade_data::{Audit, DatasetSpec, Subset};
use scade_kernels::TrainingKernels;
use scade_metrics::Report;
use scade_model::{ModelBundle, Network, Predictor};
use serde::{Deserialize, Serialize};

use crate::checkpoint::{self, Progress, State};
use crate::ema::Ema;
use crate::evaluate::{Threshold, evaluate};
use crate::identity::RunIdentity;
use crate::losses::{Objective, TrainModule};
use crate::process_group::ProcessRank;
use crate::report::RunStart;
use crate::samples::Samples;
use crate::schedule::Schedule;
use crate::seed::Seeds;
use crate::{Config, Error, RunFolder, Scored};

/// The result of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Trained {
    /// Finished epochs.
    pub epochs: u64,
    /// The epoch whose weights are kept, from 1.
    pub best_epoch: u64,
    /// Metrics of that epoch on the validation set.
    pub val: Option<Report>,
    /// Metrics of that epoch on the test set.
    pub test: Option<Report>,
    /// Samples that were skipped in this part of the run; each was named in the log.
    pub unreadable: Unreadable,
    /// Duration of this part of the run, in seconds.
    pub seconds: f64,
}

/// Options that the weights do not depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// Evaluate the best epoch on the test set at the end.
    pub evaluate_test: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { evaluate_test: true }
    }
}

/// How many different samples of each subset could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Of the training set.
    pub train: usize,
    /// Of the validation set.
    pub val: usize,
    /// Of the test set.
    pub test: usize,
}

impl Unreadable {
    /// Of all subsets.
    #[must_use]
    pub fn total(self) -> usize {
        self.train + self.val + self.test
    }
}

/// A run that has passed all checks, with everything that it reads open: what [`train`](fn@crate::train) takes.
///
/// No file is written before: a run folder made after [`Run::open`] is that of a run that can begin.
#[derive(Debug)]
pub struct Run<B: TrainingKernels> {
    pub(crate) config: Config,
    pub(crate) seeds: Seeds,
    pub(crate) samples: Samples,
    pub(crate) objective: Objective,
    pub(crate) schedule: Schedule,
    pub(crate) steps_per_epoch: u64,
    /// What a checkpoint must have been made for.
    pub(crate) identity: RunIdentity,
    /// One, or several that share the batches of a step.
    pub(crate) devices: Vec<B::Device>,
    /// This process among several.
    pub(crate) process: Option<ProcessRank>,
    /// Without a threshold until the end, so that an unfinished run is not taken for a detector.
    bundle: ModelBundle<DatasetSpec>,
}

impl<B: TrainingKernels> Run<B> {
    /// Checks `config`, the devices and the prepared dataset, and lists its samples: each once.
    ///
    /// With several `devices` each takes `batch_size` samples of a step. With `process` this process is one
    /// of several that take part, each with as many devices and the same dataset.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting out of its range or a precision that a device does not support;
    /// [`Error::Data`], [`Error::NoSplit`], [`Error::Leaks`], [`Error::Channels`], [`Error::OneClass`], and
    /// everything else that keeps the samples from being listed.
    ///
    /// # Panics
    /// Without a device.
    pub fn open(
        config: Config,
        devices: Vec<B::Device>,
        process: Option<ProcessRank>,
    ) -> Result<Self, Error> {
        assert!(!devices.is_empty(), "a run needs a device");
        config.validate()?;
        let precision = config.optimizer.precision;
        devices.iter().try_for_each(|device| precision.check::<B>(device))?;
        let samples = Samples::open(&config)?;
        let [n_real, n_fake] = samples.train().label_counts();
        let classification = config.balance.weighted(config.loss.classification, n_real, n_fake)?;
        let spec = samples.store.spec().clone();
        let all_devices = devices.len() * process.as_ref().map_or(1, |place| place.world_size);
        let batches_per_step = config.optimizer.gradient_accumulation * all_devices;
        let steps_per_epoch = samples.train().batches_per_epoch().div_ceil(batches_per_step) as u64;
        let learning_rate = config.optimizer.learning_rate;
        Ok(Self {
            bundle: ModelBundle::new(config.network.clone(), None, spec),
            objective: Objective::new(&config, classification),
            schedule: config.schedule.init(learning_rate, steps_per_epoch, config.epochs),
            identity: RunIdentity::new(&samples.store, &samples.splits, &config, all_devices)?,
            seeds: Seeds::new(config.seed),
            steps_per_epoch,
            samples,
            devices,
            process,
            config,
        })
    }

    /// The settings of the run.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the subsets of the split share: nothing, unless `config.allow_leaks` is set. Metrics of a run
    /// with leaks are too good.
    #[must_use]
    pub fn leaks(&self) -> &Audit {
        &self.samples.leaks
    }

    /// The device that validates, tests and writes checkpoints.
    pub(crate) fn device(&self) -> &B::Device {
        &self.devices[0]
    }

    /// Rank of this process.
    pub(crate) fn rank(&self) -> usize {
        self.process.as_ref().map_or(0, |place| place.rank)
    }

    /// A state without a step.
    fn fresh(&self) -> State<B> {
        B::seed(self.device(), self.seeds.weights());
        let module = TrainModule::init(&self.config, self.device());
        let decay = self.config.optimizer.ema_decay;
        let ema = (decay > 0.0).then(|| Ema::new(module.network.valid(), decay));
        State {
            module,
            optimizer: TrainModule::optimizer(&self.config.optimizer),
            ema,
            progress: Progress::default(),
        }
    }

    /// The newest checkpoint in `folder`, or fresh weights.
    pub(crate) fn begin(&self, folder: &RunFolder) -> Result<State<B>, Error> {
        let resumed = checkpoint::load(folder, &self.identity, || self.fresh(), self.device())?;
        Ok(resumed.unwrap_or_else(|| self.fresh()))
    }

    pub(crate) fn start(&self, progress: &Progress) -> RunStart {
        let [n_real, n_fake] = self.samples.train().label_counts();
        RunStart {
            epochs: self.config.epochs,
            steps_per_epoch: self.steps_per_epoch,
            finished_epochs: progress.epochs,
            finished_steps: progress.steps,
            n_real,
            n_fake,
        }
    }

    /// Keeps the weights of the best epoch so far.
    pub(crate) fn save(
        &self,
        folder: &RunFolder,
        network: &Network<B::InnerBackend>,
    ) -> Result<(), Error> {
        Ok(self.bundle.save(folder.path(), network)?)
    }

    /// Scores of a subset; none when it has no samples.
    pub(crate) fn score(
        &self,
        network: Network<B::InnerBackend>,
        part: Subset,
        threshold: Threshold,
    ) -> Result<Option<Scored>, Error> {
        let Some(loader) = self.samples.subset(part) else { return Ok(None) };
        let (network, loss) = (Predictor::new(network), self.objective.loss.classification);
        evaluate(&network, loss, loader, part, threshold, self.device()).map(Some)
    }

    /// Evaluates the weights that were kept, at the threshold that suits the validation set best, which
    /// becomes that of the model bundle.
    pub(crate) fn evaluate_best(
        &self,
        folder: &RunFolder,
        test: bool,
    ) -> Result<[Option<Report>; 2], Error> {
        let (mut bundle, network) =
            ModelBundle::<DatasetSpec>::load::<B::InnerBackend>(folder.path(), self.device())?;
        let val = self.score(network.clone(), Subset::Val, Threshold::Best)?;
        let val = val.map(|scored| scored.report);
        let threshold = val.as_ref().map_or(0.5, |report| report.threshold);
        if val.as_ref().is_none_or(|report| report.frames.n_real.min(report.frames.n_fake) == 0) {
            tracing::warn!("the validation set cannot choose a threshold; it is {threshold}");
        }
        bundle.threshold = Some(threshold);
        bundle.save(folder.path(), &network)?;
        let scored =
            if test { self.score(network, Subset::Test, Threshold::At(threshold))? } else { None };
        if let Some(scored) = &scored {
            folder.write_predictions(&scored.predictions)?;
        }
        Ok([val, scored.map(|scored| scored.report)])
    }
}
