//! The gradients, or the running statistics, of a module as one row of numbers and back, so that peers
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
    struct Taker<'a, B: AutodiffBackend> {
        gradients: &'a mut GradientsParams,
        rows: Vec<Tensor<B::InnerBackend, 1>>,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Taker<'_, B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let weight = param.val();
            if !weight.is_require_grad() {
                return;
            }
            let gradient = self.gradients.remove::<B::InnerBackend, D>(param.id);
            let gradient = gradient.unwrap_or_else(|| weight.inner().zeros_like());
            let count = gradient.shape().num_elements();
            self.rows.push(gradient.reshape([count]));
        }
    }
    let mut taker = Taker::<B> { gradients, rows: Vec::new() };
    module.visit(&mut taker);
    Tensor::cat(taker.rows, 0)
}

/// The way back from [`gradients`].
pub(crate) fn to_gradients<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    row: Tensor<B::InnerBackend, 1>,
) -> GradientsParams {
    struct Giver<B: AutodiffBackend> {
        row: Tensor<B::InnerBackend, 1>,
        at: usize,
        gradients: GradientsParams,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Giver<B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let weight = param.val();
            if !weight.is_require_grad() {
                return;
            }
            let shape = weight.shape();
            let count = shape.num_elements();
            let gradient = self.row.clone().narrow(0, self.at, count).reshape(shape);
            self.at += count;
            self.gradients.register::<B::InnerBackend, D>(param.id, gradient);
        }
    }
    let mut giver = Giver::<B> { row, at: 0, gradients: GradientsParams::new() };
    module.visit(&mut giver);
    giver.gradients
}

/// All that `module` holds but does not learn by gradients: running statistics, `[values]`.
pub(crate) fn statistics<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
) -> Tensor<B::InnerBackend, 1> {
    struct Reader<B: AutodiffBackend> {
        rows: Vec<Tensor<B::InnerBackend, 1>>,
    }
    impl<B: AutodiffBackend> ModuleVisitor<B> for Reader<B> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            let value = param.val();
            if !value.is_require_grad() {
                let count = value.shape().num_elements();
                self.rows.push(value.inner().reshape([count]));
            }
        }
    }
    let mut reader = Reader::<B> { rows: Vec::new() };
    module.visit(&mut reader);
    Tensor::cat(reader.rows, 0)
}

/// `module` with the statistics of `row`, which [`statistics`] of a like module gave.
pub(crate) fn with_statistics<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: M,
    row: Tensor<B::InnerBackend, 1>,
) -> M {
    struct Writer<B: AutodiffBackend> {
        row: Tensor<B::InnerBackend, 1>,
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
            let new = self.row.clone().narrow(0, self.at, count).reshape(shape);
            self.at += count;
            Param::from_mapped_value(id, Tensor::from_inner(new), mapper)
        }
    }
    module.map(&mut Writer { row, at: 0 })
}

/// All that `module` holds, on the host.
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

/// `module` with what [`weights`] of a like module gave.
pub(crate) fn with_weights<B: Backend, M: Module<B>>(module: M, row: &[f32]) -> M {
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
    module.map(&mut Writer(row))
}

/// Draws all initial weights of `module` now: a copy of parameters that are still to be drawn would draw
/// its own.
pub(crate) fn realise<B: AutodiffBackend, M: AutodiffModule<B>>(module: &M) {
    struct Drawer;
    impl<B: AutodiffBackend> ModuleVisitor<B> for Drawer {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
            drop(param.val());
        }
    }
    module.visit(&mut Drawer);
}

/// The numbers of a row, on the host.
pub(crate) fn numbers(data: TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}
