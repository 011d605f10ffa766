//! Gradients, running statistics or weights of a module as one flat buffer and back, so that ranks
//! exchange one tensor and not sixty.

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

/// The gradients of all parameters of `module`, one after the other, `[parameters]`; 0 where there is
/// none.
pub(crate) fn gradients<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    gradients: &mut GradientsParams,
) -> Tensor<B::InnerBackend, 1> {
    struct Collector<'a, B: AutodiffBackend> {
        gradients: &'a mut GradientsParams,
        parts: Vec<Tensor<B::InnerBackend, 1>>,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Collector<'_, B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let weight = param.val();
            if !weight.is_require_grad() {
                return;
            }
            let gradient = self.gradients.remove::<B::InnerBackend, D>(param.id);
            let gradient = gradient.unwrap_or_else(|| weight.inner().zeros_like());
            let count = gradient.shape().num_elements();
            self.parts.push(gradient.reshape([count]));
        }
    }
    let mut collector = Collector::<B> { gradients, parts: Vec::new() };
    module.visit(&mut collector);
    Tensor::cat(collector.parts, 0)
}

/// The inverse of [`gradients`].
pub(crate) fn to_gradients<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    flat: Tensor<B::InnerBackend, 1>,
) -> GradientsParams {
    struct Splitter<B: AutodiffBackend> {
        flat: Tensor<B::InnerBackend, 1>,
        at: usize,
        gradients: GradientsParams,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Splitter<B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let weight = param.val();
            if !weight.is_require_grad() {
                return;
            }
            let shape = weight.shape();
            let count = shape.num_elements();
            let gradient = self.flat.clone().narrow(0, self.at, count).reshape(shape);
            self.at += count;
            self.gradients.register::<B::InnerBackend, D>(param.id, gradient);
        }
    }
    let mut splitter = Splitter::<B> { flat, at: 0, gradients: GradientsParams::new() };
    module.visit(&mut splitter);
    splitter.gradients
}

/// All values of `module` that are not trained by gradients: running statistics, `[values]`.
pub(crate) fn statistics<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
) -> Tensor<B::InnerBackend, 1> {
    struct Reader<B: AutodiffBackend> {
        parts: Vec<Tensor<B::InnerBackend, 1>>,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Reader<B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let value = param.val();
            if !value.is_require_grad() {
                let count = value.shape().num_elements();
                self.parts.push(value.inner().reshape([count]));
            }
        }
    }
    let mut reader = Reader::<B> { parts: Vec::new() };
    module.visit(&mut reader);
    Tensor::cat(reader.parts, 0)
}

/// `module` with the statistics of `flat`, the result of [`statistics`] for a module of the same shape.
pub(crate) fn with_statistics<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: M,
    flat: Tensor<B::InnerBackend, 1>,
) -> M {
    struct Writer<B: AutodiffBackend> {
        flat: Tensor<B::InnerBackend, 1>,
        at: usize,
    }
    impl<B: AutodiffBackend> ModuleMapper<B> for Writer<B> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
            let (id, value, mapper) = param.consume();
            if value.is_require_grad() {
                return Param::from_mapped_value(id, value, mapper);
            }
            let shape = value.shape();
            let count = shape.num_elements();
            let new = self.flat.clone().narrow(0, self.at, count).reshape(shape);
            self.at += count;
            Param::from_mapped_value(id, Tensor::from_inner(new), mapper)
        }
    }
    module.map(&mut Writer { flat, at: 0 })
}

/// All weights and statistics of `module`, on the host.
pub(crate) fn weights<B: Backend, M: Module<B>>(module: &M) -> Vec<f32> {
    struct Reader(Vec<f32>);
    impl<B: Backend> ModuleVisitor<B> for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            self.0.extend(numbers(param.val().into_data()));
        }
    }
    let mut reader = Reader(Vec::new());
    module.visit(&mut reader);
    reader.0
}

/// `module` with the values of `flat`, the result of [`weights`] for a module of the same shape.
pub(crate) fn with_weights<B: Backend, M: Module<B>>(module: M, flat: &[f32]) -> M {
    struct Writer<'a>(&'a [f32]);
    impl<B: Backend> ModuleMapper<B> for Writer<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
            let (id, value, mapper) = param.consume();
            let (shape, device) = (value.shape(), value.device());
            let (own, rest) = self.0.split_at(shape.num_elements());
            self.0 = rest;
            let new = Tensor::<B, 1>::from_floats(own, &device).reshape(shape);
            Param::from_mapped_value(id, new, mapper)
        }
    }
    module.map(&mut Writer(flat))
}

/// Initializes all weights of `module` now: a copy of parameters that are still uninitialized would
/// sample its own.
pub(crate) fn materialize<B: AutodiffBackend, M: AutodiffModule<B>>(module: &M) {
    struct Reader;
    impl<B: AutodiffBackend> ModuleVisitor<B> for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            drop(param.val());
        }
    }
    module.visit(&mut Reader);
}

/// The values of a tensor, on the host.
pub(crate) fn numbers(data: TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}
