//! Training on several devices: each takes its share of the batches of a step, the gradients are added up
//! by Burn's collective, and over several machines by `nodes.rs`, and all make the same step.
//!
//! What differs from one device with the same batches: nothing in the gradient but the order of additions.
//! What differs from one batch that is as large as all of them: batch normalisation takes statistics of
//! each batch by itself, and so does the single-center loss take its means. Running statistics are those
//! of each device's own batches during an epoch, and their mean over all devices after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use burn::module::Module;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorPrimitive};
use burn_collective::{
    CollectiveConfig, CollectiveError, PeerId, ReduceOperation, all_reduce, register,
    reset_collective,
};
use scade_data::HostBatch;
use scade_kernels::TrainingKernels;

use crate::nodes::Nodes;
use crate::trainee::{Losses, Objective, Parts, Trainee, TraineeOptimizer};
use crate::{Config, Error, flat};

/// The collective has one server for each backend of a process: one training at a time.
static COLLECTIVE: Mutex<()> = Mutex::new(());

/// The devices beside the first, each with a thread and with a copy of what is trained.
pub(crate) struct Peers<B: TrainingKernels> {
    others: Vec<Other<B>>,
    objective: Objective,
    max_norm: f64,
    /// The other machines, if there are any.
    nodes: Option<Nodes>,
    /// Held as long as there are peers.
    _session: Option<MutexGuard<'static, ()>>,
}

struct Other<B: AutodiffBackend> {
    orders: Sender<Order>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<Option<Trainee<B>>>>,
}

enum Order {
    /// These of `count` batches.
    Step { batches: Vec<HostBatch>, count: usize, learning_rate: f64 },
    /// Give all the same running statistics, the mean over `count` devices.
    Settle { count: usize },
}

/// That an order was carried out, or what went wrong.
type Answer = Result<(), String>;

impl<B: TrainingKernels> Peers<B> {
    /// Peers on all but the first of `devices`; the caller works on that one. They start as copies of
    /// `trainee` and `optimizer`. Other machines, with as many devices each, take part through `nodes`.
    ///
    /// # Errors
    /// [`Error::Peer`].
    pub(crate) fn start(
        devices: &[B::Device],
        trainee: &Trainee<B>,
        optimizer: &TraineeOptimizer<B>,
        config: &Config,
        objective: Objective,
        nodes: Option<Nodes>,
    ) -> Result<Self, Error> {
        let max_norm = config.optimizer.clip_norm;
        let mut peers = Self { others: Vec::new(), objective, max_norm, nodes, _session: None };
        if devices.len() == 1 {
            return Ok(peers);
        }
        let through_first = peers.nodes.is_some();
        flat::realise(trainee);
        let session = COLLECTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        reset_collective::<B::InnerBackend>();
        let settings = CollectiveConfig::default().with_num_devices(devices.len());
        peers._session = Some(session);
        for (rank, device) in devices.iter().enumerate().skip(1) {
            // Through a record: a mere clone would share the running statistics.
            let record = trainee.clone().into_record();
            let copy = Trainee::init(config, device).load_record(record).fork(device);
            let optimizer =
                Trainee::optimizer(&config.optimizer).load_record(optimizer.to_record());
            let (orders, to_do) = channel();
            let (done, answers) = channel();
            let member =
                Member { rank, device: device.clone(), objective, max_norm, through_first };
            let settings = settings.clone();
            let thread = std::thread::Builder::new()
                .name(format!("peer-{rank}"))
                .spawn(move || member.serve(settings, copy, optimizer, &to_do, &done))
                .map_err(|error| Error::Peer { rank, reason: error.to_string() })?;
            peers.others.push(Other { orders, answers, thread: Some(thread) });
        }
        register::<B::InnerBackend>(PeerId(0), devices[0].clone(), settings)
            .map_err(|error| failed(0, &error))?;
        Ok(peers)
    }

    /// How many devices of this machine take part, the first one included.
    pub(crate) fn local_count(&self) -> usize {
        self.others.len() + 1
    }

    /// One step by the mean gradient of `count` batches, of which `group` is this machine's share. Each of
    /// its devices takes an equal number as long as there are any.
    ///
    /// # Errors
    /// [`Error::Peer`], [`Error::Node`]; the others are then of no more use.
    ///
    /// # Panics
    /// Alone without a batch.
    pub(crate) fn step(
        &self,
        trainee: Trainee<B>,
        group: Vec<HostBatch>,
        count: usize,
        optimizer: &mut TraineeOptimizer<B>,
        learning_rate: f64,
        device: &B::Device,
    ) -> Result<(Trainee<B>, Losses<B::InnerBackend>), Error> {
        let each = group.len().div_ceil(self.local_count());
        let mut rest = group.into_iter();
        let mut own: Vec<_> = rest.by_ref().take(each).collect();
        for other in &self.others {
            let batches = rest.by_ref().take(each).collect();
            // One that is gone tells why when it is asked for its answer.
            let _ = other.orders.send(Order::Step { batches, count, learning_rate });
        }
        let sent = own.drain(..).map(|batch| batch.to_device(device));
        let (mut gradients, parts) = trainee.share(sent, &self.objective, count);
        if self.is_alone() {
            let parts = parts.expect("a step has a batch");
            let (trainee, norm) =
                trainee.update(gradients, optimizer, learning_rate, self.max_norm);
            return Ok((trainee, Losses::new(parts, norm)));
        }
        let row = self.sum(shared_row(&trainee, &mut gradients, parts))?;
        self.answers()?;
        let (gradients, parts) = from_shared_row(&trainee, row);
        let (trainee, norm) = trainee.update(gradients, optimizer, learning_rate, self.max_norm);
        Ok((trainee, Losses::new(parts, norm)))
    }

    /// Gives all peers the mean of their running statistics.
    ///
    /// # Errors
    /// [`Error::Peer`], [`Error::Node`].
    pub(crate) fn settle(&self, trainee: Trainee<B>) -> Result<Trainee<B>, Error> {
        if self.is_alone() {
            return Ok(trainee);
        }
        let count = self.local_count() * self.nodes.as_ref().map_or(1, |nodes| nodes.count);
        for other in &self.others {
            let _ = other.orders.send(Order::Settle { count });
        }
        let row = self.sum(flat::statistics(&trainee))?;
        self.answers()?;
        Ok(flat::with_statistics(trainee, row.div_scalar(count as f64)))
    }

    /// Gives all machines the mean of what they hold in `module`, a moving average: its statistics are those
    /// of each one's own batches.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub(crate) fn settle_average<M: Module<B::InnerBackend>>(&self, module: M) -> Result<M, Error> {
        let Some(nodes) = &self.nodes else { return Ok(module) };
        let mut row = flat::weights(&module);
        nodes.sum(&mut row)?;
        row.iter_mut().for_each(|value| *value /= nodes.count as f32);
        Ok(flat::with_weights(module, &row))
    }

    /// Replaces `values` by those of the first of several machines.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub(crate) fn follow_first(&self, values: &mut [f64]) -> Result<(), Error> {
        self.nodes.as_ref().map_or(Ok(()), |nodes| nodes.follow_first(values))
    }

    /// The sum of the rows of all devices of all machines.
    fn sum(&self, row: Tensor<B::InnerBackend, 1>) -> Result<Tensor<B::InnerBackend, 1>, Error> {
        let exchange = |row| match self.others.is_empty() {
            true => Ok(row),
            false => exchanged(0, row).map_err(|error| self.blame(&error)),
        };
        let row = exchange(row)?;
        let Some(nodes) = &self.nodes else { return Ok(row) };
        let device = row.device();
        let mut numbers = flat::numbers(row.into_data());
        nodes.sum(&mut numbers)?;
        // The others have nothing to add: they learn the total.
        exchange(Tensor::from_floats(numbers.as_slice(), &device))
    }

    fn is_alone(&self) -> bool {
        self.others.is_empty() && self.nodes.is_none()
    }

    fn answers(&self) -> Result<(), Error> {
        for (index, other) in self.others.iter().enumerate() {
            let rank = index + 1;
            let gone = |_| Error::Peer { rank, reason: "its thread has ended".into() };
            let answer = other.answers.recv().map_err(gone)?;
            answer.map_err(|reason| Error::Peer { rank, reason })?;
        }
        Ok(())
    }

    /// The collective fails for all when one peer does: which, and why.
    fn blame(&self, error: &CollectiveError) -> Error {
        self.answers().err().unwrap_or_else(|| failed(0, error))
    }

    /// What the others have ended with, in order.
    #[cfg(test)]
    pub(crate) fn finish(mut self) -> Vec<Trainee<B>> {
        let mut trainees = Vec::new();
        for other in &mut self.others {
            other.orders = channel().0;
            let thread = other.thread.take().unwrap();
            trainees.push(thread.join().unwrap().unwrap());
        }
        trainees
    }
}

impl<B: TrainingKernels> Drop for Peers<B> {
    fn drop(&mut self) {
        if self.others.is_empty() {
            return;
        }
        // Whoever still waits for the others waits in vain.
        reset_collective::<B::InnerBackend>();
        for other in &mut self.others {
            other.orders = channel().0;
            if let Some(thread) = other.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

/// One of the other peers, in its thread.
struct Member<B: AutodiffBackend> {
    rank: usize,
    device: B::Device,
    objective: Objective,
    max_norm: f64,
    /// Whether the first peer adds what other machines have.
    through_first: bool,
}

impl<B: TrainingKernels> Member<B> {
    /// Does what it is told until nobody tells it any more, or something fails.
    fn serve(
        self,
        settings: CollectiveConfig,
        trainee: Trainee<B>,
        mut optimizer: TraineeOptimizer<B>,
        orders: &Receiver<Order>,
        answers: &Sender<Answer>,
    ) -> Option<Trainee<B>> {
        let id = PeerId(self.rank as u32);
        if let Err(error) = register::<B::InnerBackend>(id, self.device.clone(), settings) {
            let _ = answers.send(Err(format!("{error:?}")));
            return None;
        }
        let mut trainee = Some(trainee);
        while let Ok(order) = orders.recv() {
            let now = trainee.take()?;
            let done = catch_unwind(AssertUnwindSafe(|| self.obey(order, now, &mut optimizer)));
            let answer = match done {
                Ok(Ok(next)) => {
                    trainee = Some(next);
                    Ok(())
                }
                Ok(Err(error)) => Err(format!("{error:?}")),
                Err(panic) => Err(words(panic.as_ref())),
            };
            if answer.is_err() {
                // The others must not wait for what will never come.
                reset_collective::<B::InnerBackend>();
            }
            let _ = answers.send(answer);
        }
        trainee
    }

    fn obey(
        &self,
        order: Order,
        trainee: Trainee<B>,
        optimizer: &mut TraineeOptimizer<B>,
    ) -> Result<Trainee<B>, CollectiveError> {
        match order {
            Order::Step { batches, count, learning_rate } => {
                let sent = batches.iter().map(|batch| batch.to_device(&self.device));
                let (mut gradients, parts) = trainee.share(sent, &self.objective, count);
                let row = self.sum(shared_row(&trainee, &mut gradients, parts))?;
                let (gradients, _) = from_shared_row(&trainee, row);
                let (trainee, _) =
                    trainee.update(gradients, optimizer, learning_rate, self.max_norm);
                Ok(trainee)
            }
            Order::Settle { count } => {
                let row = self.sum(flat::statistics(&trainee))?;
                Ok(flat::with_statistics(trainee, row.div_scalar(count as f64)))
            }
        }
    }

    /// As [`Peers::sum`], which is called at the same time.
    fn sum(
        &self,
        row: Tensor<B::InnerBackend, 1>,
    ) -> Result<Tensor<B::InnerBackend, 1>, CollectiveError> {
        let row = exchanged(self.rank, row)?;
        if self.through_first { exchanged(self.rank, row.zeros_like()) } else { Ok(row) }
    }
}

/// What a peer adds to a step, in one row: gradients, then the three losses.
fn shared_row<B: AutodiffBackend>(
    trainee: &Trainee<B>,
    gradients: &mut GradientsParams,
    parts: Option<Parts<B::InnerBackend>>,
) -> Tensor<B::InnerBackend, 1> {
    let row = flat::gradients(trainee, gradients);
    let none = || Tensor::zeros([3], &row.device());
    let parts = parts.map_or_else(none, |parts| Tensor::cat(parts.to_vec(), 0));
    Tensor::cat(vec![row, parts], 0)
}

/// The way back from [`shared_row`].
fn from_shared_row<B: AutodiffBackend>(
    trainee: &Trainee<B>,
    row: Tensor<B::InnerBackend, 1>,
) -> (GradientsParams, Parts<B::InnerBackend>) {
    let count = row.dims()[0] - 3;
    let parts = std::array::from_fn(|part| row.clone().narrow(0, count + part, 1));
    (flat::to_gradients(trainee, row.narrow(0, 0, count)), parts)
}

/// The sum of the rows of all peers of this machine, the same bits for each. Every peer must call it.
fn exchanged<B: burn::tensor::backend::Backend>(
    rank: usize,
    row: Tensor<B, 1>,
) -> Result<Tensor<B, 1>, CollectiveError> {
    let own = row.into_primitive().tensor();
    let all = all_reduce::<B>(PeerId(rank as u32), own, ReduceOperation::Sum)?;
    Ok(Tensor::from_primitive(TensorPrimitive::Float(all)))
}

fn failed(rank: usize, error: &CollectiveError) -> Error {
    Error::Peer { rank, reason: format!("{error:?}") }
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

#[cfg(test)]
mod tests;
