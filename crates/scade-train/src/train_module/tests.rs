//! The step beside PyTorch's: losses and gradient norms, one step after the other.
//!
//! `training.json` and the checkpoint come from PyTorch 2.4.1 (see the parity test of
//! `scade-model`), the runs in double precision:
//!
//! ```python
//! def run(steps, single_center):
//!     net, center = …                           # published_layout.pth, dropout 0
//!     g = torch.Generator().manual_seed(11)
//!     x, y = torch.rand(8, 4, 256, 256, generator=g), torch.tensor([0.0, 1, 0, 1, 1, 1, 0, 0])
//!     net, center, x, y = net.double(), center.double().requires_grad_(), x.double(), y.double()
//!     opt = Adam([*net.parameters(), center], lr=1e-3, betas=(0.9, 0.999), weight_decay=1e-5)
//!     net.train()
//!     for _ in range(steps):
//!         opt.zero_grad()
//!         logits, features = net(x)
//!         bce = bce_with_logits(logits[:, 0], y, pos_weight=torch.tensor([0.75]))
//!         scl = single_center(features, y, center)
//!         (bce + 0.1 * scl).backward()
//!         norm = clip_grad_norm_(net.parameters(), 1.0)      # the center is not clipped
//!         opt.step()
//!         yield bce.item(), scl.item(), norm.item()
//!
//! {"published": run(12, single_center_loss), "paper": run(6, single_center_loss_paper)}
//! ```
//!
//! In the first run the hinge of the single-center loss is never reached, and the center stays
//! still but for its decay; in the second one it moves.
//!
//! Both amplify rounding: PyTorch in single precision strays from the first by 7e-4 in step 5, 8e-3 in
//! step 7 and 1.3e-2 in step 12. After the steady steps single precision is therefore held to what it can
//! keep, not to what it starts with; in double precision all twelve steps are held to the same tolerance.

use std::path::Path;

use burn::module::Param;
use burn::tensor::DType;
use scade_data::Batch;
use scade_device::Device;
use scade_loss::SingleCenterLossConfig;
use scade_loss::{BinaryCrossEntropy, ClassificationLoss, SingleCenterForm};
use scade_model::{NetworkConfig, ScadeNetConfig, import_pth};
use scade_parity::{Comparison, Report, Tensors, TorchRand, TrainingKernels};
use scade_parity::{in_a_process_of_its_own, in_double_precision};
use scade_parity::{numbers, on_each_device_that, tensor};
use serde_json::Value;

use super::{Objective, StepTensors, TrainModule};
use crate::{Config, LossConfig, OptimizerConfig};

/// Relative.
const TOLERANCE: f64 = 1e-3;
/// The same after the steady steps, in single precision.
const AMPLIFIED: f64 = 2e-2;

/// A file that belongs to the parity test of the network.
fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scade-model/tests/fixtures").join(name)
}

fn config(form: SingleCenterForm) -> Config {
    let network = ScadeNetConfig { dropout_rate: 0.0, ..Default::default() };
    let single_center = SingleCenterLossConfig { form, ..Default::default() };
    Config {
        network: NetworkConfig::ScadeNet(network),
        loss: LossConfig { single_center, ..Default::default() },
        optimizer: OptimizerConfig { weight_decay: 1e-5, ..Default::default() },
        ..Default::default()
    }
}

/// The network and the center that the runs start from.
fn start<B: TrainingKernels>(config: &Config, device: &B::Device) -> TrainModule<B> {
    let mut module = TrainModule::<B>::init(config, device);
    module.network = import_pth(&config.network, &fixture("published_layout.pth"), device).unwrap();
    let tensors = Tensors::read(&std::fs::read(fixture("parity.safetensors")).unwrap());
    module.single_center.center = Param::from_tensor(tensors.tensor("center", device));
    module
}

fn batch<B: TrainingKernels>(device: &B::Device) -> Batch<B> {
    let pixels = TorchRand::new(11).rand(8 * 4 * 256 * 256);
    let labels = [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    Batch {
        images: tensor(&pixels, [8, 4, 256, 256], device),
        labels: tensor(&labels, [8, 1], device),
    }
}

/// Takes the steps of a run of the reference and compares each.
fn compare<B: TrainingKernels>(run: &ReferenceRun, device: &B::Device, report: &Report) {
    let &ReferenceRun { name, form, steady } = run;
    let file: Value = serde_json::from_str(include_str!("../../tests/training.json")).unwrap();
    let config = config(form);
    let bce = BinaryCrossEntropy { pos_weight: Some(0.75) };
    let classification = ClassificationLoss::BinaryCrossEntropy(bce);
    let objective = Objective::new(&config, classification);
    let mut module = start::<B>(&config, device);
    let mut optimizer = TrainModule::optimizer(&config.optimizer);
    let batch = batch::<B>(device);
    let single = batch.images.dtype() == DType::F32;
    let steady = if single { steady } else { usize::MAX };
    for (expected, step) in file[name].as_array().unwrap().iter().zip(1_usize..) {
        let tensors;
        let OptimizerConfig { learning_rate, clip_norm, .. } = config.optimizer;
        (module, tensors) = module.step(
            [batch.clone()].into_iter(),
            &objective,
            &mut optimizer,
            learning_rate,
            clip_norm,
        );
        let StepTensors { losses, gradient_norm } = tensors;
        assert_eq!(losses.total.dtype(), batch.images.dtype());
        let tolerance = if step > steady { AMPLIFIED } else { TOLERANCE };
        for (key, got) in [
            ("bce", losses.classification),
            ("scl", losses.single_center),
            ("grad_norm", gradient_norm),
        ] {
            let expected = [expected[key].as_f64().unwrap() as f32];
            report.relative(&format!("{name} {step}: {key}"), &numbers(got), &expected, tolerance);
        }
    }
}

/// A run of `training.json`.
struct ReferenceRun {
    name: &'static str,
    form: SingleCenterForm,
    /// Steps before rounding is amplified.
    steady: usize,
}

struct PublishedRun;

impl Comparison for PublishedRun {
    const PART: &'static str = "twelve steps of training";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let form = SingleCenterForm::default();
        compare::<B>(&ReferenceRun { name: "published", form, steady: 3 }, device, report);
    }
}

struct PaperRun;

impl Comparison for PaperRun {
    const PART: &'static str = "six steps with a moving center";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let form = SingleCenterForm::Paper { margin: 0.3 };
        compare::<B>(&ReferenceRun { name: "paper", form, steady: 4 }, device, report);
    }
}

/// Not ndarray, which strays by up to 1.8e-2 in the eleventh step: on another processor it may be more.
fn is_steady(device: Device) -> bool {
    device != Device::NdArray
}

#[test]
fn parity_of_twelve_steps() {
    on_each_device_that(is_steady, &PublishedRun);
}

#[test]
fn parity_of_six_steps_with_a_moving_center() {
    on_each_device_that(is_steady, &PaperRun);
}

#[test]
fn parity_of_twelve_steps_in_double_precision() {
    in_a_process_of_its_own("train_module::tests::twelve_steps_in_double_precision");
}

#[test]
#[ignore = "started by parity_of_twelve_steps_in_double_precision"]
fn twelve_steps_in_double_precision() {
    in_double_precision(&PublishedRun);
}

/// Each batch has statistics of its own, together as well as apart.
#[test]
fn accumulated_gradients_are_the_mean_of_those_of_their_batches() {
    use burn::backend::{Autodiff, Flex};
    use burn::module::{ModuleVisitor, Param};
    use burn::optim::{GradientsAccumulator, GradientsParams};
    use burn::tensor::Tensor;

    struct Largest<'a> {
        accumulated: &'a GradientsParams,
        separate: &'a [GradientsParams; 2],
        seen: usize,
    }
    impl ModuleVisitor<Autodiff<Flex>> for Largest<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Autodiff<Flex>, D>>) {
            let Some(got) = self.accumulated.get::<Flex, D>(param.id) else { return };
            let [a, b] = [0, 1].map(|i| self.separate[i].get::<Flex, D>(param.id).unwrap());
            let error = (got - (a + b).div_scalar(2.0)).abs().max().into_scalar();
            assert!(error < 1e-6, "{error}");
            self.seen += 1;
        }
    }

    let config = Config { batch_size: 2, ..config(SingleCenterForm::default()) };
    let device = Default::default();
    let module = TrainModule::<Autodiff<Flex>>::init(&config, &device);
    let objective = Objective::new(&config, config.loss.classification);
    let batches = [0, 1].map(|_| crate::steps::noise(&config, &device));
    let mut sum = GradientsAccumulator::new();
    for batch in &batches {
        sum.accumulate(&module, module.backward(batch.clone(), &objective, 2).0);
    }
    let accumulated = sum.grads();
    let separate = batches.map(|batch| module.backward(batch, &objective, 1).0);
    let mut largest = Largest { accumulated: &accumulated, separate: &separate, seen: 0 };
    burn::module::Module::visit(&module, &mut largest);
    assert_eq!(largest.seen, accumulated.len());
}
