//! Numbers from PyTorch for the tests of this crate, and the comparison with them.
//!
//! `tests/losses.json` was made with PyTorch 2.4.1 from inputs drawn under seed 3:
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

use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use serde_json::Value;

/// Where the tests run, without and with gradients.
pub(crate) type Cpu = Flex;
pub(crate) type Training = Autodiff<Cpu>;

/// Differences up to this, absolute or relative to the larger number, are rounding.
const TOLERANCE: f32 = 2e-6;

pub(crate) fn file() -> Value {
    serde_json::from_str(include_str!("../tests/losses.json")).unwrap()
}

pub(crate) fn case(name: &str) -> Value {
    let file = file();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

/// All numbers of a possibly nested list, in order.
pub(crate) fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap() as f32],
    }
}

pub(crate) fn assert_close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let allowed = TOLERANCE * expected.abs().max(1.0);
        assert!((got - expected).abs() <= allowed, "{what}[{index}]: {got}, expected {expected}");
    }
}

/// A leaf that collects gradients.
pub(crate) fn leaf<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<Training, D> {
    Tensor::from_data(TensorData::new(values, shape), &Default::default()).require_grad()
}

/// A scalar loss of logits: its value and its gradient.
pub(crate) fn on_logits(
    logits: &[f32],
    labels: &[f32],
    loss: impl Fn(Tensor<Training, 2>, Tensor<Training, 2>) -> Tensor<Training, 1>,
) -> (f32, Vec<f32>) {
    let batch = logits.len();
    let logits = leaf(logits.to_vec(), [batch, 1]);
    let value = loss(logits.clone(), leaf(labels.to_vec(), [batch, 1]));
    let gradients = value.backward();
    let gradient = logits.grad(&gradients).unwrap().into_data().to_vec().unwrap();
    (value.into_scalar(), gradient)
}

/// Compares a loss with the case `name` of the file; the logits of the file are scaled first.
pub(crate) fn check_on_logits(
    name: &str,
    scale: f32,
    loss: impl Fn(Tensor<Training, 2>, Tensor<Training, 2>) -> Tensor<Training, 1>,
) {
    let (file, case) = (file(), case(name));
    let logits: Vec<f32> = numbers(&file["logits"]).iter().map(|logit| logit * scale).collect();
    let (value, gradient) = on_logits(&logits, &numbers(&file["labels"]), loss);
    assert_close(name, &[value], &numbers(&case["value"]));
    // The file's gradient is by the logit before it was scaled.
    let gradient: Vec<f32> = gradient.iter().map(|slope| slope * scale).collect();
    assert_close(name, &gradient, &numbers(&case["grad_logits"]));
}
