//! The shapes of a module's parameters by their place in it, to tell what does not fit.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Place, as in `network.classifier.weight`, and shape of each parameter.
pub(crate) type Shapes = BTreeMap<String, Vec<usize>>;

/// The shapes of all parameters and running statistics of `module`.
pub(crate) fn of<B: Backend>(module: &impl Module<B>) -> Shapes {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    collector.shapes
}

/// The first parameter that differs, in words; `None` when all are alike.
pub(crate) fn difference(expected: &Shapes, got: &Shapes) -> Option<String> {
    let places = expected.keys().chain(got.keys());
    let place = places.filter(|place| expected.get(*place) != got.get(*place)).min()?;
    let shape = |shapes: &Shapes| shapes.get(place).map_or("none".into(), |s| format!("{s:?}"));
    Some(format!("{place}: expected the shape {}, got {}", shape(expected), shape(got)))
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    shapes: Shapes,
}

impl<B: Backend> ModuleVisitor<B> for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.shapes.insert(self.path.join("."), param.val().dims().to_vec());
    }

    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::nn::LinearConfig;

    #[test]
    fn the_parameter_that_differs_is_named() {
        let linear = |d_out| of::<Flex>(&LinearConfig::new(3, d_out).init(&Default::default()));
        assert_eq!(difference(&linear(4), &linear(4)), None);
        let text = difference(&linear(4), &linear(5)).unwrap();
        assert_eq!(text, "bias: expected the shape [4], got [5]");
    }
}
