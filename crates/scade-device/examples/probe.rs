//! probe
#![allow(missing_docs, clippy::print_stdout)]
use burn::{nn::{*, conv::*, pool::*}, prelude::*, tensor::backend::AutodiffBackend, tensor::activation::silu};
#[derive(Module, Debug)]
struct Net<B: Backend> { c: Vec<Conv2d<B>>, b: Vec<BatchNorm<B>>, l1: Linear<B>, l2: Linear<B> }
impl<B: Backend> Net<B> {
    fn new(d: &B::Device) -> Self {
        let s = [(4,8,3),(8,8,5),(8,16,5),(16,16,5)];
        Net { c: s.iter().map(|&(i,o,k)| Conv2dConfig::new([i,o],[k,k]).with_padding(PaddingConfig2d::Same).init(d)).collect(),
          b: s.iter().map(|&(_,o,_)| BatchNormConfig::new(o).init(d)).collect(), l1: LinearConfig::new(1024,16).init(d), l2: LinearConfig::new(16,1).init(d) }
    }
    fn forward(&self, mut x: Tensor<B,4>) -> Tensor<B,2> {
        for i in 0..4 { x = silu(self.c[i].forward(x)); x = self.b[i].forward(x); let k = if i==3 {4} else {2};
            x = MaxPool2dConfig::new([k,k]).with_strides([k,k]).init().forward(x); }
        let n = x.dims()[0];
        self.l2.forward(silu(self.l1.forward(x.reshape([n, 1024]))))
    }
}
fn go<B: AutodiffBackend>(name: &str, d: B::Device) {
    let net = Net::<B>::new(&d);
    let inner = net.valid();
    for n in [1usize, 32] {
        let x = Tensor::<B::InnerBackend,4>::random([n,4,256,256], burn::tensor::Distribution::Uniform(0.,1.), &d);
        let mut best = f64::MAX;
        for _ in 0..5 { let t = std::time::Instant::now(); let _ = inner.forward(x.clone()).into_data(); best = best.min(t.elapsed().as_secs_f64()); }
        println!("{name} forward {n}: {:.1} ms", best*1e3);
    }
    let x = Tensor::<B,4>::random([16,4,256,256], burn::tensor::Distribution::Uniform(0.,1.), &d);
    let mut best = f64::MAX;
    for _ in 0..3 { let t = std::time::Instant::now(); let g = net.forward(x.clone()).mean().backward(); let gr = net.c[0].weight.grad(&g).unwrap().into_data(); drop(gr); best = best.min(t.elapsed().as_secs_f64()); }
    println!("{name} fwd+bwd 16: {:.1} ms", best*1e3);
}
fn main() {
    go::<burn::backend::Autodiff<burn::backend::Flex>>("flex", Default::default());
    go::<burn::backend::Autodiff<burn::backend::NdArray>>("ndarray", Default::default());
}
