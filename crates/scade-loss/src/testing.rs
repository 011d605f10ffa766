//! Helpers for this crate's tests. `tests/parity.rs` compares with PyTorch.

use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};

/// Backends of the tests, without and with gradients.
pub(crate) type Cpu = Flex;
pub(crate) type Training = Autodiff<Cpu>;

/// Tolerance, absolute or relative to the larger number.
const TOLERANCE: f32 = 2e-6;

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
