//! SCADE-Net beside its PyTorch twin: evaluation, one training step, its gradients.
//!
//! `fixtures/published_layout.pth` and `fixtures/parity.safetensors` come from PyTorch 2.4.1:
//!
//! ```python
//! torch.manual_seed(7)
//! net = ScadeNet(dropout=0.0)               # the published layers and initial distributions
//! for p in net.parameters():                # so that nothing is zero or symmetric
//!     p.data.add_(torch.randn_like(p) * 0.05)
//! net.train()
//! for _ in range(5):                        # gives the running statistics real values
//!     net(torch.rand(4, 4, 256, 256))
//! center = torch.randn(1024) * 0.01
//! torch.save({"model": net.state_dict(), …}, "published_layout.pth")
//! x, y = torch.rand(4, 4, 256, 256), torch.tensor([0.0, 1.0, 1.0, 0.0])
//! net.eval()                                # eval_logits, eval_features, eval_block1..3: the
//! logits, features = net(x)                 #   first picture's blocks, every 61st element
//! net.train()                               # train_logits
//! logits, features = net(x)                 # train_loss, grad.*, after.* (running statistics)
//! loss = bce_with_logits(logits, y) + 0.1 * single_center_loss(features, y, center, 0.5, 0.5)
//! loss.backward()
//! ```
//!
//! The pictures are 4 MiB of noise; [`torch_rand`] draws the same numbers here. Tolerances are
//! relative to the largest number of a tensor: what differs is the order of additions.

mod torch_rand;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::backend::{Autodiff, Flex};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;
use scade_loss::{BinaryCrossEntropy, SingleCenterLossConfig};
use scade_model::{Network, NetworkConfig, ScadeNet, ScadeNetConfig, import_pth};
use torch_rand::TorchRand;

type Training = Autodiff<Flex>;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn reference() -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(fixture("parity.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |bytes: &[u8]| {
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
    };
    file.iter().map(|(name, view)| (name.to_owned(), numbers(view.data()))).collect()
}

fn network<B: Backend>() -> ScadeNet<B> {
    let config = ScadeNetConfig { dropout_rate: 0.0, ..Default::default() };
    let path = fixture("published_layout.pth");
    match import_pth(&NetworkConfig::ScadeNet(config), &path, &Default::default()).unwrap() {
        Network::ScadeNet(network) => network,
        Network::Meso4(_) => unreachable!("the configuration says SCADE-Net"),
    }
}

/// The four pictures: what PyTorch drew after 5,327,863 other numbers.
fn pictures<B: Backend>() -> Tensor<B, 4> {
    let mut rand = TorchRand::new(7);
    rand.skip(5_327_863);
    let values: Vec<f32> = (0..4 * 4 * 256 * 256).map(|_| rand.uniform()).collect();
    Tensor::from_data(TensorData::new(values, [4, 4, 256, 256]), &Default::default())
}

fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

fn assert_close(name: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{name}: length");
    let largest = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance * largest.max(1e-6), "{name}: {worst} off, largest {largest}");
}

#[test]
fn evaluation_agrees_with_pytorch() {
    let (network, expected) = (network::<Flex>(), reference());
    let output = network.forward(pictures());
    assert_close("logits", &numbers(output.logits), &expected["eval_logits"], 1e-5);
    assert_close("features", &numbers(output.features), &expected["eval_features"], 1e-5);
    let blocks = network.forward_blocks(pictures().slice(burn::tensor::s![0..1]));
    for (index, block) in blocks.into_iter().take(3).enumerate() {
        let name = format!("eval_block{}", index + 1);
        let thinned: Vec<f32> = numbers(block).into_iter().step_by(61).collect();
        assert_close(&name, &thinned, &expected[&name], 1e-5);
    }
}

#[test]
fn a_training_step_agrees_with_pytorch() {
    let (network, expected) = (network::<Training>(), reference());
    let device = Default::default();
    let labels = Tensor::from_data([[0.0], [1.0], [1.0], [0.0]], &device);
    let mut single_center = SingleCenterLossConfig::default().init::<Training>(&device);
    let center = TensorData::new(expected["center"].clone(), [1024]);
    single_center.center = Param::from_data(center, &device);

    let output = network.forward(pictures());
    let loss = BinaryCrossEntropy::default().forward(output.logits.clone(), labels.clone())
        + single_center.forward(output.features, labels) * 0.1;
    assert_close("logits", &numbers(output.logits), &expected["train_logits"], 1e-5);
    assert_close("loss", &numbers(loss.clone()), &expected["train_loss"], 1e-5);

    let gradients = loss.backward();
    let by_center = single_center.center.val().grad(&gradients).unwrap();
    assert_close("grad.center", &numbers(by_center), &expected["grad.center"], 1e-4);
    let mut comparison = Comparison { gradients, expected, path: Vec::new(), seen: 0 };
    network.visit(&mut comparison);
    assert_eq!(comparison.seen, 22 + 8, "parameters and running statistics");
}

/// Compares each parameter's gradient, and each running statistic, with the reference.
struct Comparison {
    gradients: <Training as AutodiffBackend>::Gradients,
    expected: BTreeMap<String, Vec<f32>>,
    path: Vec<String>,
    seen: usize,
}

impl Comparison {
    /// `block1.bn.gamma` is `block1_bn.weight` in PyTorch.
    fn published_name(&self) -> String {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let path = path.join(".").replace(".gamma", ".weight").replace(".beta", ".bias");
        let path = path.replace(".SumToZero", "").replace(".Plain", "");
        path.strip_prefix("head.").map_or_else(|| path.replacen('.', "_", 1), str::to_owned)
    }
}

impl ModuleVisitor<Training> for Comparison {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Training, D>>) {
        let name = self.published_name();
        self.seen += 1;
        if name.contains("running") {
            let name = format!("after.{name}");
            assert_close(&name, &numbers(param.val()), &self.expected[&name], 1e-5);
            return;
        }
        let gradient = param.val().grad(&self.gradients).unwrap();
        // Linear weights lie the other way round.
        let turned = name.starts_with("fc") && D == 2;
        let gradient = if turned { gradient.swap_dims(0, 1) } else { gradient };
        let name = format!("grad.{name}");
        // Up to 262,144 terms that cancel almost wholly, because a mean is subtracted soon after.
        // It is PyTorch's sum that is off: the same run in double precision differs from it by
        // as much, and from `f32` here by a thirtieth of that.
        let tolerance = if name.ends_with("_conv.bias") { 5e-3 } else { 1e-4 };
        assert_close(&name, &numbers(gradient), &self.expected[&name], tolerance);
    }
}
