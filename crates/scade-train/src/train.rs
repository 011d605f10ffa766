//! The loop: epochs of steps, validation after each, the best epoch kept, the last one resumable.

use std::time::Instant;

use burn::module::AutodiffModule;
use burn::tensor::backend::Backend;
use scade_data::{HostBatch, Store};
use scade_eval::Report;
use scade_kernels::TrainingKernels;
use scade_model::{Artefact, Network, Predictor};
use serde::{Deserialize, Serialize};

use crate::average::Average;
use crate::checkpoint::{self, Progress, State};
use crate::dashboard::Dashboard;
use crate::evaluate::{Threshold, evaluate};
use crate::meter::Meter;
use crate::nodes::{NodePlace, Nodes};
use crate::origin::Origin;
use crate::peers::Peers;
use crate::samples::Loaders;
use crate::schedule::Schedule;
use crate::selection::Merit;
use crate::trainee::{Losses, Objective, Trainee};
use crate::watch::{StepRecord, Watch};
use crate::{Config, EpochRecord, Error, RunFolder, Scored};

/// How a run ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Trained {
    /// Epochs that were run.
    pub epochs: u64,
    /// The epoch whose weights are the detector's, from 1.
    pub best_epoch: u64,
    /// Metrics of that epoch on the validation set.
    pub val: Option<Report>,
    /// Metrics of that epoch on the test set.
    pub test: Option<Report>,
    /// Samples that were passed over in this part of the run; each was named in the log.
    pub unreadable: Unreadable,
    /// Duration of this part of the run, in seconds.
    pub seconds: f64,
}

/// What is not part of the result: two runs that differ in it alone have the same weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conduct {
    /// Judge the best epoch on the test set at the end.
    pub test: bool,
    /// Show Burn's dashboard instead of a progress bar. It takes the terminal of the process: stdin and
    /// stdout must be one. Needs the feature `tui`.
    pub dashboard: bool,
}

/// How many different samples of each part could not be read.
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
    /// Of all parts.
    #[must_use]
    pub fn total(self) -> usize {
        self.train + self.val + self.test
    }
}

/// What stays the same during a run.
struct Run<'a, B: TrainingKernels> {
    config: &'a Config,
    folder: &'a RunFolder,
    artefact: Artefact,
    loaders: Loaders,
    objective: Objective,
    schedule: Schedule,
    /// Of an epoch.
    steps: u64,
    /// What a checkpoint must have been made for.
    origin: Origin,
    /// One, or several that share the batches of a step.
    devices: &'a [B::Device],
    /// This process among several that do.
    node: Option<&'a NodePlace>,
}

/// Trains by `config` and leaves the detector in `folder`: a fresh one of [`RunFolder::create`], or
/// one with a checkpoint, which is continued.
///
/// The weights kept, validated and tested are those of the epoch with the best validation AUC (the
/// lowest validation loss where the validation set has one class; the last epoch without one).
/// Every epoch starts from the seed and its own number, so that an interrupted run that is resumed
/// goes the same way as one that was not. With several `devices` each takes `batch_size` samples of a
/// step, and dropout and the order of sums depend on the threads: such runs agree within rounding only.
///
/// With `node` this process is one of several that take part, each with as many devices, the same store
/// and a run folder of its own. Node 0 validates, and decides for all which epoch is the best and when to
/// stop. All end with the same weights.
///
/// # Errors
/// See [`Error`]; what was finished before stays in the folder.
///
/// # Panics
/// Without a device.
pub fn train<B: TrainingKernels>(
    config: &Config,
    folder: &RunFolder,
    conduct: Conduct,
    devices: &[B::Device],
    node: Option<&NodePlace>,
) -> Result<Trained, Error> {
    let started = Instant::now();
    let run = Run::<B>::open(config, folder, devices, node)?;
    let progress = run.epochs(run.begin()?, conduct.dashboard)?;
    let best = progress.history.iter().rfind(|record| record.best);
    let mut trained = Trained {
        epochs: progress.epochs,
        best_epoch: best.map_or(0, |record| record.epoch),
        ..run.judge(conduct.test)?
    };
    if !conduct.test {
        // What an earlier part of the run found of these same weights still holds.
        match folder.trained().filter(|earlier| earlier.best_epoch == trained.best_epoch) {
            Some(earlier) => trained.test = earlier.test,
            None => folder.remove_predictions()?,
        }
    }
    trained.unreadable = run.loaders.unreadable();
    trained.seconds = started.elapsed().as_secs_f64();
    folder.write_json("metrics.json", &trained)?;
    Ok(trained)
}

/// Checks that `config.data` is a store that can be trained on, before a run folder is made.
///
/// # Errors
/// [`Error::Data`] without a store, [`Error::NoSplit`], [`Error::Leaks`], [`Error::Channels`],
/// and whatever else keeps the samples from being listed.
pub fn check_store(config: &Config) -> Result<(), Error> {
    let store = Store::open(&config.data)?;
    let leaks = Loaders::open(&store, config)?.leaks;
    if !leaks.is_clean() {
        tracing::warn!("{leaks}: the figures of this run flatter the detector");
    }
    Ok(())
}

/// Checks that every device has the precision that `config` asks for, before a run folder is made.
///
/// # Errors
/// [`Error::Setting`].
pub fn check_devices<B: Backend>(config: &Config, devices: &[B::Device]) -> Result<(), Error> {
    devices.iter().try_for_each(|device| config.optimizer.precision.check::<B>(device))
}

impl<'a, B: TrainingKernels> Run<'a, B> {
    fn open(
        config: &'a Config,
        folder: &'a RunFolder,
        devices: &'a [B::Device],
        node: Option<&'a NodePlace>,
    ) -> Result<Self, Error> {
        config.validate()?;
        check_devices::<B>(config, devices)?;
        let store = Store::open(&config.data)?;
        let loaders = Loaders::open(&store, config)?;
        let [n_real, n_fake] = loaders.train.label_counts();
        let classification = config.balance.weigh(config.loss.classification, n_real, n_fake)?;
        // Without a threshold until the end: nobody shall take an unfinished run for a detector.
        let spec = serde_json::to_value(store.spec()).unwrap_or_default();
        let artefact = Artefact::new(config.network.clone(), None, spec);
        let all_devices = devices.len() * node.map_or(1, |place| place.count);
        let group = config.optimizer.accumulate * all_devices;
        let steps = loaders.train.batches_per_epoch().div_ceil(group) as u64;
        tracing::info!(
            "training on {n_real} real and {n_fake} fake samples, {steps} steps an epoch"
        );
        Ok(Self {
            config,
            folder,
            artefact,
            objective: Objective::new(config, classification),
            schedule: config.schedule.init(config.optimizer.learning_rate, steps, config.epochs),
            steps,
            origin: Origin::new(&store, config, all_devices)?,
            loaders,
            devices,
            node,
        })
    }

    /// What validates, tests and keeps.
    fn device(&self) -> &'a B::Device {
        &self.devices[0]
    }

    /// A run that has learnt nothing yet.
    fn fresh(&self) -> State<B> {
        B::seed(self.device(), self.config.seed);
        let trainee = Trainee::init(self.config, self.device());
        let decay = self.config.optimizer.ema_decay;
        let average = (decay > 0.0).then(|| Average::new(trainee.network.valid(), decay));
        State {
            trainee,
            optimizer: Trainee::optimizer(&self.config.optimizer),
            average,
            progress: Progress::default(),
        }
    }

    /// Fresh weights, or those of the newest checkpoint in the folder.
    fn begin(&self) -> Result<State<B>, Error> {
        let resumed = checkpoint::load(self.folder, &self.origin, || self.fresh(), self.device())?;
        Ok(resumed
            .inspect(|state| tracing::info!("resuming after epoch {}", state.progress.epochs))
            .unwrap_or_else(|| self.fresh()))
    }

    fn epochs(&self, mut state: State<B>, dashboard: bool) -> Result<Progress, Error> {
        let rule = &self.config.early_stopping;
        let left = self.config.epochs.saturating_sub(state.progress.epochs);
        let dashboard = dashboard
            .then(|| Dashboard::open(self.config.epochs, self.steps, state.progress.epochs))
            .transpose()?;
        let bar = scade_cli::Progress::start("train", "steps", left.saturating_mul(self.steps));
        let mut watch = Watch::open(self.folder, state.progress.steps, dashboard)?;
        let nodes = self.meet(&state)?;
        let State { trainee, optimizer, .. } = &state;
        let peers =
            Peers::start(self.devices, trainee, optimizer, self.config, self.objective, nodes)?;
        while state.progress.epochs < self.config.epochs && !state.progress.selection.is_over(rule)
        {
            let mut record = self.epoch(&mut state, &peers, &bar, &mut watch)?;
            let network = match &state.average {
                Some(average) => average.module.clone(),
                None => state.trainee.network.valid(),
            };
            if self.number() == 0 {
                let scored = self.score(network.clone(), "validation", Threshold::At(0.5))?;
                record.validated(scored.as_ref());
            }
            let stop = self.agree(&peers, &mut record, watch.should_stop())?;
            let merit = Merit { auc: record.val_auc, loss: record.val_loss };
            let progress = &mut state.progress;
            record.best = progress.selection.is_best(merit, rule);
            if record.best {
                self.artefact.save(self.folder.path(), &network)?;
            }
            tracing::info!("{}", record.line(self.config.epochs));
            progress.epochs = record.epoch;
            progress.history.push(record);
            self.folder.write_history(&progress.history)?;
            watch.epoch(&progress.history)?;
            checkpoint::save(self.folder, &self.origin, &state, self.config.keep_checkpoints)?;
            if stop {
                tracing::info!("ended at the dashboard; --resume continues");
                break;
            }
        }
        bar.finish();
        watch.draw(&state.progress.history)?;
        if state.progress.selection.is_over(rule) {
            tracing::info!("stopped early: no gain for {} epochs", rule.patience);
        }
        Ok(state.progress)
    }

    /// This process's number among the nodes.
    fn number(&self) -> usize {
        self.node.map_or(0, |place| place.number)
    }

    /// The other nodes, if there are any. All must be about to do the same.
    fn meet(&self, state: &State<B>) -> Result<Option<Nodes>, Error> {
        let fingerprint = || self.origin.fingerprint(&state.trainee, state.progress.steps);
        self.node.map(|place| Nodes::meet(place, fingerprint())).transpose()
    }

    /// What node 0 found in validation, and whether it is told to stop, for all nodes.
    fn agree(&self, peers: &Peers<B>, record: &mut EpochRecord, stop: bool) -> Result<bool, Error> {
        // No metric is ever NaN.
        let found = record.validation().map(|value| value.unwrap_or(f64::NAN));
        let mut values = [found[0], found[1], found[2], found[3], f64::from(u8::from(stop))];
        peers.follow_first(&mut values)?;
        for (own, value) in record.validation().into_iter().zip(&values) {
            *own = Some(*value).filter(|value| !value.is_nan());
        }
        Ok(values[4] > 0.0)
    }

    /// All steps of the next epoch.
    fn epoch(
        &self,
        state: &mut State<B>,
        peers: &Peers<B>,
        bar: &scade_cli::Progress,
        watch: &mut Watch<'_>,
    ) -> Result<EpochRecord, Error> {
        let epoch = state.progress.epochs + 1;
        // Dropout is another one on each node.
        let node = (self.number() as u64) << 32;
        B::seed(self.device(), epoch_seed(self.config.seed, epoch ^ node));
        let mut record = EpochRecord { epoch, ..EpochRecord::default() };
        let mut meter = Meter::new();
        let (started, mut waited, mut samples) = (Instant::now(), 0.0, 0);
        let diverged = |loss, step| Error::Diverged { epoch, step, loss };
        let each = self.config.optimizer.accumulate * peers.local_count();
        let share = Share { each, number: self.number(), nodes: self.node.map_or(1, |n| n.count) };
        let all = self.loaders.train.batches_per_epoch();
        let mut batches = self.loaders.train.epoch_where(epoch, |batch| share.has(batch))?;
        for step in 0.. {
            let asked = Instant::now();
            let group: Vec<_> = batches.by_ref().take(each).collect::<Result<_, _>>()?;
            // Nodes go by the list, whatever of it cannot be read: they must make the same steps.
            let count = if share.nodes == 1 { group.len() } else { share.count(step, all) };
            if count == 0 {
                break;
            }
            waited += asked.elapsed().as_secs_f64();
            samples += group.iter().map(HostBatch::len).sum::<usize>();
            record.learning_rate = self.schedule.rate(state.progress.steps);
            meter
                .add(self.step(state, peers, (group, count), record.learning_rate)?)
                .map_err(|loss| diverged(loss, state.progress.steps))?;
            watch.steps(&self.step_records(meter.fresh(), state.progress.steps))?;
            bar.advance(1);
        }
        state.trainee = peers.settle(state.trainee.clone())?;
        if let Some(average) = &mut state.average {
            average.module = peers.settle_average(average.module.clone())?;
        }
        let progress = &state.progress;
        let [total, classification, single_center, gradient_norm] =
            meter.means().map_err(|loss| diverged(loss, progress.steps))?;
        watch.steps(&self.step_records(meter.fresh(), progress.steps))?;
        bar.note(format!("epoch {epoch}, loss {total:.3}"));
        record.steps = progress.steps;
        record.train_loss = total;
        record.train_classification_loss = classification;
        record.train_single_center_loss = single_center;
        record.gradient_norm = gradient_norm;
        let seconds = started.elapsed().as_secs_f64();
        record.samples_per_second = samples as f64 / seconds;
        record.waiting = waited / seconds;
        Ok(record)
    }

    /// One step by the mean gradient of `count` batches, of which `group` is this node's share.
    fn step(
        &self,
        state: &mut State<B>,
        peers: &Peers<B>,
        (group, count): (Vec<HostBatch>, usize),
        learning_rate: f64,
    ) -> Result<Losses<B::InnerBackend>, Error> {
        // Handles, not numbers, are copied.
        let trainee = state.trainee.clone();
        let (optimizer, device) = (&mut state.optimizer, self.device());
        let (trainee, losses) =
            peers.step(trainee, group, count, optimizer, learning_rate, device)?;
        state.trainee = trainee;
        state.progress.steps = state.progress.steps.saturating_add(1);
        if let Some(average) = &mut state.average {
            average.update(&state.trainee.network.valid(), state.progress.steps);
        }
        Ok(losses)
    }

    /// Losses that have come, of the steps up to `last`.
    fn step_records(&self, losses: Vec<[f64; 4]>, last: u64) -> Vec<StepRecord> {
        let before = last - losses.len() as u64;
        let record = |(losses, done)| StepRecord {
            step: done + 1,
            learning_rate: self.schedule.rate(done),
            losses,
        };
        losses.into_iter().zip(before..).map(record).collect()
    }

    fn score(
        &self,
        network: Network<B::InnerBackend>,
        part: &'static str,
        threshold: Threshold,
    ) -> Result<Option<Scored>, Error> {
        let loader = if part == "test" { &self.loaders.test } else { &self.loaders.val };
        let network = Predictor::new(network);
        let score = |loader| {
            evaluate(
                &network,
                self.objective.classification,
                loader,
                part,
                threshold,
                self.device(),
            )
        };
        loader.as_ref().map(score).transpose()
    }

    /// The metrics of the weights that were kept, at the threshold that suits the validation set
    /// best. It becomes the detector's.
    fn judge(&self, test: bool) -> Result<Trained, Error> {
        let (mut artefact, network) =
            Artefact::load::<B::InnerBackend>(self.folder.path(), self.device())?;
        let val =
            self.score(network.clone(), "validation", Threshold::Best)?.map(|scored| scored.report);
        let threshold = val.as_ref().map_or(0.5, |report| report.threshold);
        if val.as_ref().is_none_or(|report| report.frames.n_real.min(report.frames.n_fake) == 0) {
            tracing::warn!("the validation set cannot choose a threshold; it is {threshold}");
        }
        artefact.threshold = Some(threshold);
        artefact.save(self.folder.path(), &network)?;
        let at = Threshold::At(threshold);
        let scored = if test { self.score(network, "test", at)? } else { None };
        if let Some(scored) = &scored {
            self.folder.write_predictions(&scored.predictions)?;
        }
        let test = scored.map(|scored| scored.report);
        Ok(Trained { val, test, ..Trained::default() })
    }
}

/// Which batches of an epoch a node takes: of each step the first `each` are those of node 0, and so on.
#[derive(Debug, Clone, Copy)]
struct Share {
    each: usize,
    number: usize,
    nodes: usize,
}

impl Share {
    /// Whether batch number `batch` of an epoch is this node's.
    fn has(self, batch: usize) -> bool {
        batch / self.each % self.nodes == self.number
    }

    /// How many of an epoch's `all` batches step number `step` takes, on all nodes together.
    fn count(self, step: usize, all: usize) -> usize {
        let group = self.each * self.nodes;
        all.saturating_sub(step.saturating_mul(group)).min(group)
    }
}

/// Seeds of neighbouring runs and epochs must not meet: 64-bit mixing as in SplitMix64.
fn epoch_seed(seed: u64, epoch: u64) -> u64 {
    let mut mixed = seed.wrapping_add(epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_of_an_epoch_is_one_nodes_and_of_one_step() {
        for (each, nodes, all) in [(1, 2, 7), (2, 3, 13), (4, 1, 9), (3, 2, 2)] {
            let share = |number| Share { each, number, nodes };
            for batch in 0..all {
                let owners = (0..nodes).filter(|number| share(*number).has(batch)).count();
                assert_eq!(owners, 1, "batch {batch} of {all}");
            }
            let counts = (0..).map(|step| share(0).count(step, all)).take_while(|count| *count > 0);
            assert_eq!(counts.sum::<usize>(), all);
        }
    }
}
