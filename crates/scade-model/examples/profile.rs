//! Scratch.
#![allow(clippy::print_stdout)]
use burn::backend::{Autodiff, Flex};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Distribution, Tensor, activation};
use std::time::Instant;
type B = Autodiff<Flex>;
fn best(name: &str, mut run: impl FnMut()) {
    run();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let t = Instant::now();
        run();
        best = best.min(t.elapsed().as_secs_f64() * 1e3);
    }
    println!("{name:<40} {best:8.1} ms");
}
fn r(s: [usize; 4]) -> Tensor<B, 4> {
    Tensor::random(s, Distribution::Uniform(-1.0, 1.0), &Default::default())
}
fn main() {
    let n = 16;
    for (i, o, k, s) in [(4, 8, 3, 256), (8, 8, 5, 128), (8, 16, 5, 64), (16, 16, 5, 32)] {
        let x = r([n, i, s, s]);
        let w = r([o, i, k, k]);
        let b: Tensor<B, 1> = Tensor::zeros([o], &Default::default());
        let f = |x: Tensor<B, 4>, w: Tensor<B, 4>| {
            conv2d(x, w, Some(b.clone()), ConvOptions::new([1, 1], [k / 2, k / 2], [1, 1], 1))
        };
        best(&format!("conv {i}->{o} k{k} {s} fwd"), || {
            f(x.clone(), w.clone());
        });
        let xg = x.clone().require_grad();
        let wg = w.clone().require_grad();
        best("   fwd + x grad + sum", || {
            f(xg.clone(), w.clone()).sum().backward();
        });
        best("   fwd + w grad + sum", || {
            f(x.clone(), wg.clone()).sum().backward();
        });
        let y = r([n, o, s, s]);
        let yg = y.clone().require_grad();
        best("   sum fwd+bwd", || {
            yg.clone().sum().backward();
        });
        best("   silu fwd", || {
            activation::silu(y.clone());
        });
        best("   silu fwd+bwd", || {
            activation::silu(yg.clone()).sum().backward();
        });
        best("   relu fwd+bwd", || {
            activation::relu(yg.clone()).sum().backward();
        });
        let p = if s == 32 { 4 } else { 2 };
        best("   pool fwd", || {
            max_pool2d(y.clone(), [p, p], [p, p], [0, 0], [1, 1], false);
        });
        best("   pool fwd+bwd", || {
            max_pool2d(yg.clone(), [p, p], [p, p], [0, 0], [1, 1], false).sum().backward();
        });
        best("   pool by reshape fwd+bwd", || {
            yg.clone().reshape([n * o * s / p, p, s / p, p]).max_dim(3).max_dim(1).sum().backward();
        });
        let bn = scade_model::BatchNorm::<B>::new(o, &Default::default());
        best("   bn fwd+bwd", || {
            bn.forward(yg.clone()).sum().backward();
        });
        best("   bn fwd (no grad in)", || {
            bn.forward(y.clone());
        });
        best("   square fwd", || {
            y.clone().square();
        });
        best("   y*y fwd", || {
            y.clone().mul(y.clone());
        });
        best("   mean rows", || {
            y.clone().reshape([n, o, s * s]).mean_dim(2);
        });
        best("   bcast sub", || {
            y.clone() - Tensor::<B, 4>::ones([1, o, 1, 1], &Default::default());
        });
        best("   bcast mul", || {
            y.clone() * Tensor::<B, 4>::ones([1, o, 1, 1], &Default::default());
        });
        best("   scalar mul", || {
            y.clone() * 1.5;
        });
    }
}
