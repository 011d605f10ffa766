//! Training on several devices: each takes its share of the batches of a step, the gradients are added up
//! by Burn's collective, and all make the same step.
//!
//! What differs from one device with the same batches: nothing in the gradient but the order of additions.
//! What differs from one batch that is as large as all of them: batch normalisation takes statistics of
//! each batch by itself, and so does the single-center loss take its means. Running statistics are those
//! of each device's own batches during an epoch, and their mean after it.

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

use crate::trainee::{Losses, Objective, Trainee, TraineeOptimizer};
use crate::{Config, Error, flat};

/// The collective has one server for each backend of a process: one training at a time.
static COLLECTIVE: Mutex<()> = Mutex::new(());

/// The devices beside the first, each with a thread and with a copy of what is trained.
pub(crate) struct Peers<B: TrainingKernels> {
    others: Vec<Other<B>>,
    objective: Objective,
    max_norm: f64,
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
    /// Give all the same running statistics.
    Settle,
}

/// The losses of a share, as in [`Trainee::share`], or what went wrong.
type Answer = Result<[f32; 3], String>;

impl<B: TrainingKernels> Peers<B> {
    /// Peers on all but the first of `devices`; the caller works on that one. They start as copies of
    /// `trainee` and `optimizer`.
    ///
    /// # Errors
    /// [`Error::Peer`].
    pub(crate) fn start(
        devices: &[B::Device],
        trainee: &Trainee<B>,
        optimizer: &TraineeOptimizer<B>,
        config: &Config,
        objective: Objective,
    ) -> Result<Self, Error> {
        let max_norm = config.optimizer.clip_norm;
        if devices.len() == 1 {
            return Ok(Self { others: Vec::new(), objective, max_norm, _session: None });
        }
        flat::realise(trainee);
        let session = COLLECTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        reset_collective::<B::InnerBackend>();
        let settings = CollectiveConfig::default().with_num_devices(devices.len());
        let mut peers = Self { others: Vec::new(), objective, max_norm, _session: Some(session) };
        for (rank, device) in devices.iter().enumerate().skip(1) {
            // Through a record: a mere clone would share the running statistics.
            let record = trainee.clone().into_record();
            let copy = Trainee::init(config, device).load_record(record).fork(device);
            let optimizer =
                Trainee::optimizer(&config.optimizer).load_record(optimizer.to_record());
            let (orders, to_do) = channel();
            let (done, answers) = channel();
            let member = Member { rank, device: device.clone(), objective, max_norm };
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

    /// How many devices take part, the first one included.
    pub(crate) fn count(&self) -> usize {
        self.others.len() + 1
    }

    /// One step by the mean gradient of `group`, of which each device takes an equal number as long as
    /// there are any.
    ///
    /// # Errors
    /// [`Error::Peer`]; the others are then of no more use.
    pub(crate) fn step(
        &self,
        trainee: Trainee<B>,
        group: Vec<HostBatch>,
        optimizer: &mut TraineeOptimizer<B>,
        learning_rate: f64,
        device: &B::Device,
    ) -> Result<(Trainee<B>, Losses<B::InnerBackend>), Error> {
        let count = group.len();
        let each = count.div_ceil(self.count());
        let mut rest = group.into_iter();
        let mut own: Vec<_> = rest.by_ref().take(each).collect();
        for other in &self.others {
            let batches = rest.by_ref().take(each).collect();
            // One that is gone tells why when it is asked for its answer.
            let _ = other.orders.send(Order::Step { batches, count, learning_rate });
        }
        let sent = own.drain(..).map(|batch| batch.to_device(device));
        let (mut gradients, parts) = trainee.share(sent, &self.objective, count);
        if !self.others.is_empty() {
            gradients = added_up(0, &trainee, gradients).map_err(|error| self.blame(&error))?;
        }
        let mut parts = parts.expect("the first device has a batch");
        for sums in self.answers()? {
            for (part, sum) in parts.iter_mut().zip(sums) {
                *part = part.clone().add_scalar(sum);
            }
        }
        let (trainee, norm) = trainee.update(gradients, optimizer, learning_rate, self.max_norm);
        Ok((trainee, Losses::new(parts, norm)))
    }

    /// Gives all peers the mean of their running statistics.
    ///
    /// # Errors
    /// [`Error::Peer`].
    pub(crate) fn settle(&self, trainee: Trainee<B>) -> Result<Trainee<B>, Error> {
        if self.others.is_empty() {
            return Ok(trainee);
        }
        for other in &self.others {
            let _ = other.orders.send(Order::Settle);
        }
        let settled = settled(0, trainee).map_err(|error| self.blame(&error))?;
        self.answers()?;
        Ok(settled)
    }

    fn answers(&self) -> Result<Vec<[f32; 3]>, Error> {
        let answer = |(index, other): (usize, &Other<B>)| {
            let rank = index + 1;
            let gone = |_| Error::Peer { rank, reason: "its thread has ended".into() };
            other.answers.recv().map_err(gone)?.map_err(|reason| Error::Peer { rank, reason })
        };
        self.others.iter().enumerate().map(answer).collect()
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
                Ok(Ok((next, losses))) => {
                    trainee = Some(next);
                    Ok(losses)
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
    ) -> Result<(Trainee<B>, [f32; 3]), CollectiveError> {
        match order {
            Order::Step { batches, count, learning_rate } => {
                let sent = batches.iter().map(|batch| batch.to_device(&self.device));
                let (gradients, parts) = trainee.share(sent, &self.objective, count);
                let gradients = added_up(self.rank, &trainee, gradients)?;
                let (trainee, _) =
                    trainee.update(gradients, optimizer, learning_rate, self.max_norm);
                let losses = parts.map_or([0.0; 3], |parts| {
                    let row = flat::numbers(Tensor::cat(parts.to_vec(), 0).into_data());
                    [row[0], row[1], row[2]]
                });
                Ok((trainee, losses))
            }
            Order::Settle => Ok((settled(self.rank, trainee)?, [0.0; 3])),
        }
    }
}

/// The sum of the gradients of all peers, the same bits for each. Every peer must call it.
fn added_up<B: AutodiffBackend>(
    rank: usize,
    trainee: &Trainee<B>,
    mut gradients: GradientsParams,
) -> Result<GradientsParams, CollectiveError> {
    let row = flat::gradients(trainee, &mut gradients);
    Ok(flat::to_gradients(trainee, exchanged(rank, row, ReduceOperation::Sum)?))
}

/// `trainee` with the mean of the running statistics of all peers. Every peer must call it.
fn settled<B: AutodiffBackend>(
    rank: usize,
    trainee: Trainee<B>,
) -> Result<Trainee<B>, CollectiveError> {
    let row = exchanged(rank, flat::statistics(&trainee), ReduceOperation::Mean)?;
    Ok(flat::with_statistics(trainee, row))
}

fn exchanged<B: burn::tensor::backend::Backend>(
    rank: usize,
    row: Tensor<B, 1>,
    operation: ReduceOperation,
) -> Result<Tensor<B, 1>, CollectiveError> {
    let own = row.into_primitive().tensor();
    let all = all_reduce::<B>(PeerId(rank as u32), own, operation)?;
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
