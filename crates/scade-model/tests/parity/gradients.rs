//! Every parameter's gradient and every running statistic against the reference.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use scade_model::ScadeNet;
use scade_parity::{Report, Tensors, TrainingKernels, numbers};

use crate::{TRAINING, first_layer};

/// Compares all of them; `gradients` are those of the objective, after one forward pass.
pub(crate) fn compare<B: TrainingKernels>(
    network: &ScadeNet<B>,
    gradients: B::Gradients,
    expected: &Tensors,
    report: &Report,
) {
    let mut walk = Walk::<B> { gradients, expected, report, path: Vec::new(), seen: 0 };
    network.visit(&mut walk);
    assert_eq!(walk.seen, 22 + 8, "parameters and running statistics");
}

/// Visitor of the network, with the path of the current module.
struct Walk<'a, B: AutodiffBackend> {
    gradients: B::Gradients,
    expected: &'a Tensors,
    report: &'a Report,
    path: Vec<String>,
    seen: usize,
}

impl<B: AutodiffBackend> Walk<'_, B> {
    /// `block1.bn.gamma` is `block1_bn.weight` in PyTorch.
    fn published_name(&self) -> String {
        let path = self.path.join(".").replace(".gamma", ".weight").replace(".beta", ".bias");
        let path = path.replace(".SumToZero", "").replace(".Plain", "");
        path.strip_prefix("head.").map_or_else(|| path.replacen('.', "_", 1), str::to_owned)
    }
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Walk<'_, B> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let name = self.published_name();
        self.seen += 1;
        let (name, got, tolerance) = if name.contains("running") {
            (format!("after.{name}"), numbers(param.val()), TRAINING)
        } else {
            let gradient = param.val().grad(&self.gradients).unwrap();
            // Linear weights are transposed.
            let turned = name.starts_with("fc") && D == 2;
            let gradient = if turned { gradient.swap_dims(0, 1) } else { gradient };
            let first = name == "block1_conv.bias";
            let tolerance = if first { first_layer(&gradient) } else { TRAINING };
            (format!("grad.{name}"), numbers(gradient), tolerance)
        };
        self.report.relative(&name, &got, self.expected.values(&name), tolerance);
    }
}
