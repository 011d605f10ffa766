//! Training on several devices: each takes some of the batches of a step, their gradients are summed in
//! the order of the devices, over several machines by `process_group.rs`, and all make the same step.
//!
//! What differs from one device with the same batches: nothing in the gradient but the order of additions.
//! What differs from one batch that is as large as all of them: batch normalization takes statistics of
//! each batch by itself, and so does the single-center loss take its means. Running statistics are those
//! of each device's own batches during an epoch, and their mean over all devices after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use burn::module::Module;
use burn::optim::Optimizer;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use scade_data::HostBatch;
use scade_kernels::TrainingKernels;

use crate::bucket::GradientBucket;
use crate::decision::EpochDecision;
use crate::losses::{Objective, StepTensors};
use crate::process_group::ProcessGroup;
use crate::train_module::{TrainModule, TrainOptimizer};
use crate::{Config, Error, flat};

/// The devices beside the first, each with a thread and a copy of what is trained. The caller works on
/// the first one.
pub(crate) struct DeviceWorkers<B: TrainingKernels> {
    others: Vec<Worker<B>>,
    objective: Objective,
    max_norm: f64,
    /// The other processes, if there are any.
    group: Option<ProcessGroup>,
}

/// The caller's ends of the channels of a worker thread.
struct Worker<B: AutodiffBackend> {
    orders: Sender<Order>,
    /// Its own contribution to each sum, or why there will be none.
    contributions: Receiver<Result<Vec<f32>, String>>,
    sums: Sender<Arc<[f32]>>,
    thread: Option<JoinHandle<Option<TrainModule<B>>>>,
}

enum Order {
    /// One step, by these of its `count` batches.
    Step { batches: Vec<HostBatch>, count: usize, learning_rate: f64 },
    /// Replace the running statistics by their mean over `count` devices.
    SynchronizeStatistics { count: usize },
}

impl<B: TrainingKernels> DeviceWorkers<B> {
    /// Workers on all but the first of `devices`. They start as copies of `module` and `optimizer`. Other
    /// processes, with as many devices each, take part through `group`.
    ///
    /// # Errors
    /// [`Error::Device`] when a thread cannot be started.
    pub(crate) fn start(
        devices: &[B::Device],
        module: &TrainModule<B>,
        optimizer: &TrainOptimizer<B>,
        config: &Config,
        objective: &Objective,
        group: Option<ProcessGroup>,
    ) -> Result<Self, Error> {
        let (max_norm, objective) = (config.optimizer.clip_norm, objective.clone());
        let mut workers = Self { others: Vec::new(), objective, max_norm, group };
        if devices.len() > 1 {
            flat::materialize(module);
        }
        for (index, device) in devices.iter().enumerate().skip(1) {
            // Through a record: a mere clone would share the running statistics.
            let record = module.clone().into_record();
            let copy = TrainModule::init(config, device).load_record(record).fork(device);
            let optimizer =
                TrainModule::optimizer(&config.optimizer).load_record(optimizer.to_record());
            let (orders, to_do) = channel();
            let (contribute, contributions) = channel();
            let (sums, results) = channel();
            let thread = WorkerThread::<B> {
                device: device.clone(),
                objective: workers.objective.clone(),
                max_norm,
                contribute,
                sums: results,
            };
            let thread = std::thread::Builder::new()
                .name(format!("device-{index}"))
                .spawn(move || thread.serve(copy, optimizer, &to_do))
                .map_err(|error| Error::Device { index, reason: error.to_string() })?;
            let thread = Some(thread);
            workers.others.push(Worker { orders, contributions, sums, thread });
        }
        Ok(workers)
    }

    /// How many devices of this process take part, the first one included.
    pub(crate) fn device_count(&self) -> usize {
        self.others.len() + 1
    }

    /// One step by the mean gradient of `count` batches, of which `group` are those of this process. Its
    /// devices take equal numbers of them as long as there are any.
    ///
    /// # Errors
    /// [`Error::Device`], [`Error::Rank`]; no further step is possible after one.
    ///
    /// # Panics
    /// Without a batch.
    pub(crate) fn step(
        &self,
        module: TrainModule<B>,
        group: Vec<HostBatch>,
        count: usize,
        optimizer: &mut TrainOptimizer<B>,
        learning_rate: f64,
        device: &B::Device,
    ) -> Result<(TrainModule<B>, StepTensors<B::InnerBackend>), Error> {
        let per_device = group.len().div_ceil(self.device_count());
        let mut rest = group.into_iter();
        let own: Vec<_> = rest.by_ref().take(per_device).collect();
        for other in &self.others {
            let batches = rest.by_ref().take(per_device).collect();
            // A worker that has failed reports why where its contribution is awaited.
            let _ = other.orders.send(Order::Step { batches, count, learning_rate });
        }
        let batches = own.into_iter().map(|batch| batch.into_device(device));
        let mut bucket = module.accumulate(batches, &self.objective, count);
        if !self.is_alone() {
            bucket = GradientBucket::unpack(&module, &self.all_reduce(bucket.pack(&module))?);
        }
        Ok(module.update(bucket, optimizer, learning_rate, self.max_norm))
    }

    /// Gives all devices of all processes the mean of their running statistics.
    ///
    /// # Errors
    /// [`Error::Device`], [`Error::Rank`].
    pub(crate) fn synchronize_statistics(
        &self,
        module: TrainModule<B>,
    ) -> Result<TrainModule<B>, Error> {
        if self.is_alone() {
            return Ok(module);
        }
        let count = self.device_count() * self.group.as_ref().map_or(1, |group| group.world_size);
        for other in &self.others {
            let _ = other.orders.send(Order::SynchronizeStatistics { count });
        }
        let sum = self.all_reduce(flat::statistics(&module))?;
        Ok(flat::with_statistics(module, sum.div_scalar(count as f64)))
    }

    /// Gives all processes the mean of their `ema` weights, whose statistics are those of each one's own
    /// batches.
    ///
    /// # Errors
    /// [`Error::Rank`].
    pub(crate) fn synchronize_ema<M: Module<B::InnerBackend>>(&self, ema: M) -> Result<M, Error> {
        let Some(group) = &self.group else { return Ok(ema) };
        let mut weights = flat::weights(&ema);
        group.sum(&mut weights)?;
        weights.iter_mut().for_each(|value| *value /= group.world_size as f32);
        Ok(flat::with_weights(ema, &weights))
    }

    /// The decision of rank 0; that of other ranks is ignored.
    ///
    /// # Errors
    /// [`Error::Rank`].
    pub(crate) fn broadcast(&self, decision: EpochDecision) -> Result<EpochDecision, Error> {
        let Some(group) = &self.group else { return Ok(decision) };
        let invalid = |reason: String| Error::Rank { rank: 0, reason };
        let content = group.broadcast(decision.to_bytes().map_err(invalid)?)?;
        EpochDecision::from_bytes(&content).map_err(invalid)
    }

    /// The sum over all devices in their order, and then over all processes in the order of their ranks:
    /// the same bits for each, whatever the order in which they finish.
    fn all_reduce(
        &self,
        own: Tensor<B::InnerBackend, 1>,
    ) -> Result<Tensor<B::InnerBackend, 1>, Error> {
        let device = own.device();
        let mut sum = flat::numbers(own.into_data());
        for (other, index) in self.others.iter().zip(1..) {
            let values = other.contribution().map_err(|reason| Error::Device { index, reason })?;
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        if let Some(group) = &self.group {
            group.sum(&mut sum)?;
        }
        let sum: Arc<[f32]> = sum.into();
        for other in &self.others {
            let _ = other.sums.send(Arc::clone(&sum));
        }
        Ok(Tensor::from_floats(&*sum, &device))
    }

    fn is_alone(&self) -> bool {
        self.others.is_empty() && self.group.is_none()
    }

    /// The modules of the other devices at the end, in order.
    #[cfg(test)]
    pub(crate) fn finish(mut self) -> Vec<TrainModule<B>> {
        let end = |worker: Worker<B>| {
            let Worker { orders, thread, .. } = worker;
            drop(orders);
            thread.unwrap().join().unwrap().unwrap()
        };
        std::mem::take(&mut self.others).into_iter().map(end).collect()
    }
}

impl<B: AutodiffBackend> Worker<B> {
    fn contribution(&self) -> Result<Vec<f32>, String> {
        self.contributions.recv().unwrap_or_else(|_| Err("its thread has ended".into()))
    }
}

impl<B: TrainingKernels> Drop for DeviceWorkers<B> {
    fn drop(&mut self) {
        for Worker { orders, contributions, sums, thread } in self.others.drain(..) {
            // A thread that waits for an order or a sum ends when the channel does.
            drop((orders, contributions, sums));
            if let Some(thread) = thread {
                let _ = thread.join();
            }
        }
    }
}

/// The thread of one of the other devices.
struct WorkerThread<B: AutodiffBackend> {
    device: B::Device,
    objective: Objective,
    max_norm: f64,
    contribute: Sender<Result<Vec<f32>, String>>,
    sums: Receiver<Arc<[f32]>>,
}

impl<B: TrainingKernels> WorkerThread<B> {
    /// Carries out orders until there are no more; returns the module unless something failed.
    fn serve(
        self,
        mut module: TrainModule<B>,
        mut optimizer: TrainOptimizer<B>,
        orders: &Receiver<Order>,
    ) -> Option<TrainModule<B>> {
        while let Ok(order) = orders.recv() {
            let work = AssertUnwindSafe(|| self.carry_out(order, module, &mut optimizer));
            match catch_unwind(work) {
                Ok(next) => module = next?,
                Err(panic) => {
                    let _ = self.contribute.send(Err(panic_message(panic.as_ref())));
                    return None;
                }
            }
        }
        Some(module)
    }

    /// `None` when the caller has ended.
    fn carry_out(
        &self,
        order: Order,
        module: TrainModule<B>,
        optimizer: &mut TrainOptimizer<B>,
    ) -> Option<TrainModule<B>> {
        Some(match order {
            Order::Step { batches, count, learning_rate } => {
                let batches = batches.into_iter().map(|batch| batch.into_device(&self.device));
                let bucket = module.accumulate(batches, &self.objective, count);
                let sum = self.all_reduce(bucket.pack(&module))?;
                let bucket = GradientBucket::unpack(&module, &sum);
                module.update(bucket, optimizer, learning_rate, self.max_norm).0
            }
            Order::SynchronizeStatistics { count } => {
                let sum = self.all_reduce(flat::statistics(&module))?;
                flat::with_statistics(module, sum.div_scalar(count as f64))
            }
        })
    }

    /// The counterpart of [`DeviceWorkers::all_reduce`], which the caller is in at the same time.
    fn all_reduce(&self, own: Tensor<B::InnerBackend, 1>) -> Option<Tensor<B::InnerBackend, 1>> {
        self.contribute.send(Ok(flat::numbers(own.into_data()))).ok()?;
        let sum = self.sums.recv().ok()?;
        Some(Tensor::from_floats(&*sum, &self.device))
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

#[cfg(test)]
mod tests;
