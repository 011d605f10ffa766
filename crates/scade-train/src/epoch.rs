//! The epochs of a run: steps, validation, selection of the best, checkpoint.

use std::time::{Duration, Instant};

use burn::module::AutodiffModule;
use scade_data::{HostBatch, Subset};
use scade_kernels::TrainingKernels;
use scade_model::Network;

use crate::checkpoint::{self, Progress, State};
use crate::decision::EpochDecision;
use crate::device_workers::DeviceWorkers;
use crate::epoch_record::Timing;
use crate::evaluate::Threshold;
use crate::loss_accumulator::LossAccumulator;
use crate::losses::StepTensors;
use crate::process_group::ProcessGroup;
use crate::report::{Ending, Reporter, Reporters, StepRecord};
use crate::run::Run;
use crate::selection::ValScore;
use crate::sharding::Shard;
use crate::{EpochRecord, Error, RunFolder, StepLosses, ValMetrics};

/// All epochs that `state` has not finished yet.
pub(crate) fn all<B: TrainingKernels>(
    run: &Run<B>,
    folder: &RunFolder,
    state: State<B>,
    reporters: &mut Reporters<'_>,
) -> Result<Progress, Error> {
    let workers = start_workers(run, &state, reporters)?;
    let mut epochs = Epochs { run, folder, workers, state };
    let ending = epochs.run(reporters)?;
    let progress = epochs.state.progress;
    reporters.finish(&progress.history, ending)?;
    Ok(progress)
}

/// Connects to the other ranks, all of which must be about to do the same, and starts the other devices.
fn start_workers<B: TrainingKernels>(
    run: &Run<B>,
    state: &State<B>,
    reporters: &mut Reporters<'_>,
) -> Result<DeviceWorkers<B>, Error> {
    let group = match &run.process {
        Some(place) => {
            let fingerprint = run.identity.fingerprint(&state.module, state.progress.steps);
            Some(ProcessGroup::connect(place, fingerprint, reporters)?)
        }
        None => None,
    };
    let State { module, optimizer, .. } = state;
    DeviceWorkers::start(&run.devices, module, optimizer, &run.config, &run.objective, group)
}

struct Epochs<'a, B: TrainingKernels> {
    run: &'a Run<B>,
    folder: &'a RunFolder,
    workers: DeviceWorkers<B>,
    state: State<B>,
}

impl<B: TrainingKernels> Epochs<'_, B> {
    fn run(&mut self, reporters: &mut Reporters<'_>) -> Result<Ending, Error> {
        let config = &self.run.config;
        let rule = &config.early_stopping;
        let early = Ending::EarlyStopping { patience: rule.patience };
        // A run that has stopped early and is resumed has stopped.
        if self.state.progress.selection.is_exhausted(rule) {
            return Ok(early);
        }
        while self.state.progress.epochs < config.epochs {
            let mut record = self.train(reporters)?;
            let network = self.network();
            let decision = self.decide(network.clone(), reporters.should_stop())?;
            record.set_validation(decision.val);
            let score = ValScore { auc: record.val_auc, loss: record.val_loss };
            let progress = &mut self.state.progress;
            let observed = progress.selection.observe(score, rule);
            record.best = observed.best;
            if record.best {
                self.run.save(self.folder, &network)?;
            }
            progress.epochs = record.epoch;
            progress.history.push(record);
            reporters.epoch(&progress.history)?;
            let identity = &self.run.identity;
            checkpoint::save(self.folder, identity, &self.state, config.keep_checkpoints)?;
            if decision.stop {
                return Ok(Ending::Requested);
            }
            if observed.stop {
                return Ok(early);
            }
        }
        Ok(Ending::Complete)
    }

    /// The network that is validated and kept: with EMA weights, if there are any.
    fn network(&self) -> Network<B::InnerBackend> {
        match &self.state.ema {
            Some(ema) => ema.module.clone(),
            None => self.state.module.network.valid(),
        }
    }

    /// Validation by rank 0, and its decision for all ranks.
    fn decide(
        &self,
        network: Network<B::InnerBackend>,
        stop: bool,
    ) -> Result<EpochDecision, Error> {
        let mut val = None;
        if self.run.rank() == 0 {
            let scored = self.run.score(network, Subset::Val, Threshold::At(0.5))?;
            val = scored.as_ref().map(ValMetrics::from);
        }
        self.workers.broadcast(EpochDecision { stop, val })
    }

    /// All steps of the next epoch.
    fn train(&mut self, reporters: &mut Reporters<'_>) -> Result<EpochRecord, Error> {
        let run = self.run;
        let epoch = self.state.progress.epochs + 1;
        B::seed(run.device(), run.seeds.dropout(epoch, run.rank()));
        let shard = self.shard();
        let all = run.samples.train().batches_per_epoch();
        let mut batches = run.samples.train().epoch_where(epoch, |batch| shard.contains(batch))?;
        let mut losses = LossAccumulator::new();
        let mut timing = Stopwatch::start();
        let mut learning_rate = 0.0;
        let diverged = |loss, step| Error::Diverged { epoch, step, loss };
        for step in 0.. {
            let group: Vec<_> = timing
                .waiting_for(|| batches.by_ref().take(shard.per_rank).collect::<Result<_, _>>())?;
            // Ranks count by the list, whatever of it is unreadable: they must make the same steps.
            let count = match shard.world_size {
                1 => group.len(),
                _ => shard.batches_in_step(step, all),
            };
            if count == 0 {
                break;
            }
            timing.samples += group.iter().map(HostBatch::len).sum::<usize>();
            learning_rate = run.schedule.rate(self.state.progress.steps);
            let tensors = self.step(group, count, learning_rate)?;
            let last = self.state.progress.steps;
            losses.add(tensors).map_err(|loss| diverged(loss, last))?;
            self.report(losses.take_read(), reporters)?;
            reporters.advance();
        }
        self.synchronize()?;
        let steps = self.state.progress.steps;
        let train = losses.means().map_err(|loss| diverged(loss, steps))?;
        self.report(losses.take_read(), reporters)?;
        let timing = timing.stop();
        Ok(EpochRecord { epoch, steps, learning_rate, train, timing, ..EpochRecord::default() })
    }

    fn shard(&self) -> Shard {
        let per_device = self.run.config.optimizer.gradient_accumulation;
        Shard {
            per_rank: per_device * self.workers.device_count(),
            rank: self.run.rank(),
            world_size: self.run.process.as_ref().map_or(1, |place| place.world_size),
        }
    }

    /// One step by the mean gradient of `count` batches, of which `group` are those of this rank.
    fn step(
        &mut self,
        group: Vec<HostBatch>,
        count: usize,
        learning_rate: f64,
    ) -> Result<StepTensors<B::InnerBackend>, Error> {
        let state = &mut self.state;
        // Handles, not numbers, are copied.
        let (module, optimizer) = (state.module.clone(), &mut state.optimizer);
        let device = self.run.device();
        let (module, tensors) =
            self.workers.step(module, group, count, optimizer, learning_rate, device)?;
        state.module = module;
        state.progress.steps = state.progress.steps.saturating_add(1);
        if let Some(ema) = &mut state.ema {
            ema.update(&state.module.network.valid(), state.progress.steps);
        }
        Ok(tensors)
    }

    /// Gives all devices and ranks the same running statistics.
    fn synchronize(&mut self) -> Result<(), Error> {
        let state = &mut self.state;
        state.module = self.workers.synchronize_statistics(state.module.clone())?;
        if let Some(ema) = &mut state.ema {
            ema.module = self.workers.synchronize_ema(ema.module.clone())?;
        }
        Ok(())
    }

    /// Reports losses that were read back, of the steps up to the last one.
    fn report(&self, read: Vec<StepLosses>, reporters: &mut Reporters<'_>) -> Result<(), Error> {
        if read.is_empty() {
            return Ok(());
        }
        let first = self.state.progress.steps - read.len() as u64;
        let record = |(losses, done)| StepRecord {
            step: done + 1,
            learning_rate: self.run.schedule.rate(done),
            losses,
        };
        let records: Vec<_> = read.into_iter().zip(first..).map(record).collect();
        reporters.steps(&records)
    }
}

/// Measures the steps of an epoch.
struct Stopwatch {
    started: Instant,
    waited: Duration,
    samples: usize,
}

impl Stopwatch {
    fn start() -> Self {
        Self { started: Instant::now(), waited: Duration::ZERO, samples: 0 }
    }

    /// Adds the duration of `load` to the time spent waiting for data.
    fn waiting_for<T>(&mut self, load: impl FnOnce() -> T) -> T {
        let asked = Instant::now();
        let loaded = load();
        self.waited += asked.elapsed();
        loaded
    }

    fn stop(self) -> Timing {
        let seconds = self.started.elapsed().as_secs_f64();
        Timing {
            samples_per_second: self.samples as f64 / seconds,
            waiting_for_data: self.waited.as_secs_f64() / seconds,
        }
    }
}
