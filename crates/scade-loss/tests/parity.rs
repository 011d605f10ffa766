//! Every loss against PyTorch: values and gradients.
//!
//! `losses.json` was made with PyTorch 2.4.1 from inputs sampled with seed 3:
//!
//! ```python
//! g = torch.Generator().manual_seed(3)
//! f = torch.randn(6, 32, generator=g)           # features
//! c = torch.randn(32, generator=g) * 0.01       # center
//! y = torch.tensor([0.0, 1, 0, 1, 1, 0])        # labels, 1 = fake
//! z = torch.randn(6, generator=g) * 2           # logits
//!
//! def single_center(f, y, c, margin, alpha):
//!     d = (f - c).norm(dim=1)
//!     real = d[y == 0].mean() if (y == 0).any() else d.new_zeros(())
//!     fake = d[y == 1].mean() if (y == 1).any() else d.new_zeros(())
//!     return torch.clamp(margin - alpha * (fake - real), min=0)
//!
//! def single_center_paper(f, y, c, margin):
//!     d = (f - c).norm(dim=1)
//!     real, fake = d[y == 0].mean(), d[y == 1].mean()
//!     return real + torch.clamp(real - fake + margin * f.shape[1] ** 0.5, min=0)
//!
//! def focal(z, y, a, gamma):
//!     bce = F.binary_cross_entropy_with_logits(z, y, reduction="none")
//!     p = torch.sigmoid(z)
//!     pt = p * y + (1 - p) * (1 - y)
//!     return ((a * y + (1 - a) * (1 - y)) * (1 - pt) ** gamma * bce).mean()
//!
//! # every case: v = loss(...); v.backward(); value, gradients
//! ```

use burn::module::Param;
use burn::tensor::Tensor;
use scade_loss::{BinaryCrossEntropy, ClassificationLoss, Focal};
use scade_loss::{SingleCenterForm, SingleCenterLossConfig};
use scade_parity::{Comparison, Report, TrainingKernels, numbers, on_each_device, tensor};
use serde_json::Value;

/// Tolerance relative to the largest number of a value or gradient.
const TOLERANCE: f64 = 1e-5;

const BATCH: usize = 6;
const DIM: usize = 32;

/// All numbers of a possibly nested list, in order.
fn floats(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(floats).collect(),
        number => vec![number.as_f64().unwrap() as f32],
    }
}

struct Losses;

impl Comparison for Losses {
    const PART: &'static str = "losses: values, gradients";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let file: Value = serde_json::from_str(include_str!("losses.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 9);
        for case in cases {
            let of = Case { file: &file, case, name: case["name"].as_str().unwrap(), report };
            match of.name {
                "bce" => of.on_logits::<B>(bce(None), 1.0, device),
                "bce(pos_weight=0.118)" => of.on_logits::<B>(bce(Some(0.118)), 1.0, device),
                "bce, logits x 60" => of.on_logits::<B>(bce(None), 60.0, device),
                "focal(alpha=0.25, gamma=2)" => {
                    of.on_logits::<B>(ClassificationLoss::Focal(Focal::default()), 1.0, device);
                }
                "single_center(margin=0.5, alpha=0.5)" => {
                    of.on_features::<B>(published(0.5), None, device);
                }
                "single_center(margin=3, alpha=0.5)" => {
                    of.on_features::<B>(published(3.0), None, device);
                }
                "single_center(margin=3), all fake" => {
                    of.on_features::<B>(published(3.0), Some(1.0), device);
                }
                "single_center(margin=3), all real" => {
                    of.on_features::<B>(published(3.0), Some(0.0), device);
                }
                "single_center_paper(margin=0.3)" => {
                    of.on_features::<B>(SingleCenterForm::Paper { margin: 0.3 }, None, device);
                }
                other => panic!("unknown case: {other}"),
            }
        }
    }
}

fn bce(pos_weight: Option<f64>) -> ClassificationLoss {
    ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight })
}

fn published(margin: f64) -> SingleCenterForm {
    SingleCenterForm::Published { margin, alpha: 0.5 }
}

/// One case of the file.
struct Case<'a> {
    file: &'a Value,
    case: &'a Value,
    name: &'a str,
    report: &'a Report,
}

impl Case<'_> {
    /// Checks a loss on the logits multiplied by `scale`.
    fn on_logits<B: TrainingKernels>(
        &self,
        loss: ClassificationLoss,
        scale: f64,
        device: &B::Device,
    ) {
        let logits = tensor::<B, 2>(&floats(&self.file["logits"]), [BATCH, 1], device);
        let logits = logits.require_grad();
        let labels = tensor(&floats(&self.file["labels"]), [BATCH, 1], device);
        let value = loss.forward(logits.clone() * scale, labels);
        self.check("value", &numbers(value.clone()));
        let gradients = value.backward();
        self.check("grad_logits", &numbers(logits.grad(&gradients).unwrap()));
    }

    /// Checks a single-center loss on the features, with the file's labels or all of one class.
    fn on_features<B: TrainingKernels>(
        &self,
        form: SingleCenterForm,
        class: Option<f32>,
        device: &B::Device,
    ) {
        let mut loss = SingleCenterLossConfig { form, feature_dim: DIM }.init::<B>(device);
        let center = tensor(&floats(&self.file["center"]), [DIM], device);
        loss.center = Param::from_tensor(center);
        let features = tensor::<B, 2>(&floats(&self.file["features"]), [BATCH, DIM], device);
        let features = features.require_grad();
        let labels = class.map_or_else(|| floats(&self.file["labels"]), |class| vec![class; BATCH]);
        let labels: Tensor<B, 2> = tensor(&labels, [BATCH, 1], device);
        let value = loss.forward(features.clone(), labels);
        self.check("value", &numbers(value.clone()));
        let gradients = value.backward();
        self.check("grad_features", &numbers(features.grad(&gradients).unwrap()));
        self.check("grad_center", &numbers(loss.center.val().grad(&gradients).unwrap()));
    }

    fn check(&self, key: &str, got: &[f32]) {
        let name = format!("{}: {key}", self.name);
        self.report.relative(&name, got, &floats(&self.case[key]), TOLERANCE);
    }
}

#[test]
fn parity_of_losses() {
    on_each_device(&Losses);
}
