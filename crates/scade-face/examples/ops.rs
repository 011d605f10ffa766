//! temporary
use burn::{backend::Flex, nn::{PReluConfig, conv::Conv2dConfig, pool::MaxPool2dConfig}, tensor::{Tensor, Distribution, activation::relu}};
use std::time::Instant;
fn t<R>(name: &str, mut f: impl FnMut() -> R) { f(); let s = Instant::now(); for _ in 0..10 { std::hint::black_box(f()); } println!("{name}: {:.2} ms", s.elapsed().as_secs_f64() * 100.0); }
fn main() {
    let d = Default::default();
    for (b, c, h, w, o, k, pk) in [(1, 3, 126, 240, 10, 3, 2), (1, 10, 63, 120, 16, 3, 0), (1, 16, 61, 118, 32, 3, 0), (1, 32, 59, 116, 2, 1, 0), (100, 3, 24, 24, 28, 3, 3), (100, 28, 11, 11, 48, 3, 3), (100, 48, 4, 4, 64, 2, 0), (20, 3, 48, 48, 32, 3, 3), (20, 32, 23, 23, 64, 3, 3)] {
        let x: Tensor<Flex, 4> = Tensor::random([b, c, h, w], Distribution::Normal(0.0, 1.0), &d);
        let conv = Conv2dConfig::new([c, o], [k, k]).init::<Flex>(&d);
        let p = PReluConfig::new().with_num_parameters(o).init::<Flex>(&d);
        println!("-- {b} {c} {h} {w} -> {o}");
        t("conv", || conv.forward(x.clone()));
        let y = conv.forward(x.clone());
        t("prelu", || p.forward(y.clone()));
        let a = p.alpha.val().reshape([1, o as i32, 1, 1]);
        t("relu trick mul", || relu(y.clone()) - relu(y.clone().neg()) * a.clone());
        t("relu", || relu(y.clone()));
        t("mul", || y.clone() * a.clone());
        t("neg", || y.clone().neg());
        if c == 3 {
            let z: Tensor<Flex, 4> = Tensor::zeros([b, 3, h, w], &d);
            let conv2 = Conv2dConfig::new([8, o], [k, k]).init::<Flex>(&d);
            t("conv padded to 8 channels", || conv2.forward(Tensor::cat(vec![x.clone(), z.clone(), z.clone().slice([0..b, 0..2])], 1)));
        }
        if pk > 0 { let m = MaxPool2dConfig::new([pk, pk]).with_strides([2, 2]).with_ceil_mode(true).init(); t("pool", || m.forward(y.clone()));
          let m2 = MaxPool2dConfig::new([pk, pk]).with_strides([2, 2]).init(); t("pool floor", || m2.forward(y.clone()));
          t("pool slices", || { let [b, c, h, w] = y.dims(); let (h, w) = (h / 2 * 2, w / 2 * 2); let y = y.clone().slice([0..b, 0..c, 0..h, 0..w]);
            let r = y.reshape([b, c, h / 2, 2, w / 2, 2]); r.max_dim(3).max_dim(5) }); }
    }
}
