//! Each network alone, on noise.

use std::path::PathBuf;

use burn::module::Module;
use scade_parity::{Comparison, Report, Tensors, TrainingKernels, numbers, on_each_device};

use crate::net::Networks;
use crate::weights;

/// Inputs and outputs, one or two of the three samples:
/// ```python
/// g = torch.Generator().manual_seed(2)
/// for name, net, size in [("pnet", PNet(), 37), ("rnet", RNet(), 24), ("onet", ONet(), 48)]:
///     x = torch.rand(3, 3, size, size, generator=g) * 2 - 1
///     ys = net.eval()(x)
///     out[f"{name}.input"] = x
///     out |= {f"{name}.out{i}": y.contiguous() for i, y in enumerate(ys)}
/// ```
const GOLDEN: &[u8] = include_bytes!("../../fixtures/mtcnn_nets.safetensors");

/// Probabilities and box corrections are about 1.
const TOLERANCE: f64 = 1e-5;

struct EachNetwork {
    weights: PathBuf,
}

impl Comparison for EachNetwork {
    const PART: &'static str = "MTCNN: each network";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let golden = Tensors::read(GOLDEN);
        let close = |name: &str, got: Vec<f32>| {
            report.absolute(name, &got, golden.values(name), TOLERANCE);
        };
        let networks = Networks::<B::InnerBackend>::load(&self.weights, device).unwrap();
        assert_eq!(networks.num_params(), 495_850);

        let output = networks.pnet.forward(golden.tensor("pnet.input", device));
        close("pnet.out0", numbers(output.regression));
        close("pnet.out1", numbers(output.probability));

        let output = networks.rnet.forward(golden.tensor("rnet.input", device));
        close("rnet.out0", numbers(output.regression));
        close("rnet.out1", numbers(output.probability));

        let output = networks.onet.forward(golden.tensor("onet.input", device));
        close("onet.out0", numbers(output.regression));
        close("onet.out1", numbers(output.landmarks));
        close("onet.out2", numbers(output.probability));
    }
}

#[test]
fn parity_of_each_network() {
    let Some(weights) = weights::locate_or_skip() else { return };
    on_each_device(&EachNetwork { weights });
}
