//! The fit of the recommended map's constants, on synthetic images alone.
//!
//! The loss is that of a Laplace distribution whose scale the network predicts too:
//! `|s - σ| / exp(b) + b`, pixel by pixel. Training through the smoothing that follows would fit the
//! image generator, not blur.

use std::borrow::Cow;

use burn::backend::{Autodiff, Flex};
use burn::module::{AutodiffModule, Module};
use burn::nn::{Linear, LinearConfig, Relu};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::activation::relu;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;
use scade_defocus::{Error, Layer, Network, features};

use crate::SIDE;
use crate::blur::{BlurStack, rounded};
use crate::leaves::leaves;
use crate::rng::Rng;
use crate::sigma::{Kind, scene};
use crate::splice::jpeg;

/// Features per sample.
const FEATURES: usize = 5;
/// First seed of the images of the fit; the benchmark uses other seeds.
const FIRST_IMAGE: u64 = 2001;
/// Limits of the predicted logarithm.
const LOG_SCALE: (f32, f32) = (-4.0, 3.0);
const PEAK_RATE: f64 = 1e-2;

type Trained = Autodiff<Flex>;

/// Settings of the fit.
#[derive(Debug, Clone)]
pub struct FitSettings {
    /// Number of synthetic images; each is blurred in six ways.
    pub images: u64,
    /// Pixels sampled from each blurred image.
    pub samples: usize,
    /// Number of Adam steps.
    pub steps: usize,
    /// Batch size.
    pub batch: usize,
    /// Number of fits with different initial weights; the best one is kept.
    pub restarts: u64,
    /// Random seed.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { images: 100, samples: 800, steps: 16_000, batch: 2048, restarts: 6, seed: 1 }
    }
}

/// A fitted network.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Its constants.
    pub network: Network,
    /// The loss over all samples.
    pub loss: f64,
    /// Number of samples.
    pub samples: usize,
}

/// The best of several fits of a network with these hidden layers; `advance` is called after each.
///
/// # Errors
/// When the layers exceed the limits of [`Network`].
pub fn fit(
    hidden: &[usize],
    settings: &FitSettings,
    advance: impl Fn(),
) -> Result<Option<Fit>, Error> {
    let samples = Samples::generate(settings);
    let mut best: Option<Fit> = None;
    for restart in 0..settings.restarts {
        let (layers, loss) = train(hidden, &samples, settings, settings.seed + restart);
        if best.as_ref().is_none_or(|best| loss < best.loss) {
            best = Some(Fit { network: Network::new(layers)?, loss, samples: samples.sigma.len() });
        }
        advance();
    }
    Ok(best)
}

/// Features and true blur of pixels, row by row.
struct Samples {
    features: Vec<f32>,
    sigma: Vec<f32>,
    mean: [f32; FEATURES],
    deviation: [f32; FEATURES],
}

impl Samples {
    fn generate(settings: &FitSettings) -> Self {
        let seeds: Vec<u64> = (0..settings.images).collect();
        let parts: Vec<_> =
            seeds.into_par_iter().map(|number| of_image(number, settings)).collect();
        let features: Vec<f32> = parts.iter().flat_map(|part| part.0.iter().copied()).collect();
        let sigma: Vec<f32> = parts.iter().flat_map(|part| part.1.iter().copied()).collect();
        let count = sigma.len() as f64;
        let of = |feature: usize, value: &dyn Fn(f64) -> f64| {
            let values = features.iter().skip(feature).step_by(FEATURES);
            values.map(|&v| value(v.into())).sum::<f64>() / count
        };
        let mean: [f64; FEATURES] = std::array::from_fn(|feature| of(feature, &|v| v));
        let deviation = std::array::from_fn(|feature| {
            of(feature, &|v| (v - mean[feature]).powi(2)).sqrt() as f32
        });
        Self { features, sigma, mean: mean.map(|mean| mean as f32), deviation }
    }

    /// Standardized features and blur of the samples `at`.
    fn batch<B: Backend>(&self, at: &[usize]) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let mut features = Vec::with_capacity(at.len() * FEATURES);
        for &at in at {
            let row = &self.features[at * FEATURES..][..FEATURES];
            let standard = row.iter().zip(&self.mean).zip(&self.deviation);
            features.extend(standard.map(|((value, mean), deviation)| (value - mean) / deviation));
        }
        let sigma: Vec<f32> = at.iter().map(|&at| self.sigma[at]).collect();
        let device = Default::default();
        (
            Tensor::from_data(TensorData::new(features, [at.len(), FEATURES]), &device),
            Tensor::from_data(TensorData::new(sigma, [at.len(), 1]), &device),
        )
    }
}

/// Samples of one image: blurred in five ways and evenly; 6 of 10 with noise, 6 of 10 through JPEG.
fn of_image(number: u64, settings: &FitSettings) -> (Vec<f32>, Vec<f32>) {
    let seed = FIRST_IMAGE + number;
    let before = FIRST_IMAGE + (number + settings.images - 1) % settings.images;
    let [stack, other] = [seed, before].map(|seed| BlurStack::new(&leaves(seed)));
    let (mut all, mut truth) = (Vec::new(), Vec::new());
    let kinds = Kind::ALL.into_iter().map(Some).chain([None]);
    for (kind, way) in kinds.zip(0..) {
        let mut rng = Rng::new((0x7EA1 + settings.seed) * 1_000_003 + seed * 64 + way);
        let (planes, sigma) = match kind {
            Some(kind) => scene(kind, &stack, &other, &mut rng),
            None => {
                let sigma = rng.uniform(0.0, 4.0);
                (stack.at(sigma), vec![sigma; SIDE * SIDE])
            }
        };
        let noise = rng.chance(0.6).then(|| {
            let deviation = rng.uniform(0.0, 3.0);
            let mut noise = rng.normals(SIDE * SIDE);
            noise.iter_mut().for_each(|value| *value *= deviation);
            noise
        });
        let mut image = rounded(&planes, noise.as_deref());
        if rng.chance(0.6) {
            image = jpeg(&image, rng.whole(60.0, 99.0) as u8);
        }
        let planes = features(&image).expect("an image with pixels");
        for _ in 0..settings.samples {
            let half = SIDE / 2;
            let (x, y) = (rng.whole(0.0, half as f64), rng.whole(0.0, half as f64));
            all.extend(planes.iter().map(|plane| plane.at(x, y)));
            let at = |dx: usize, dy: usize| sigma[(2 * y + dy) * SIDE + 2 * x + dx];
            truth.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4.0) as f32);
        }
    }
    (all, truth)
}

#[derive(Module, Debug)]
struct Regression<B: Backend> {
    layers: Vec<Linear<B>>,
    activation: Relu,
}

impl<B: Backend> Regression<B> {
    fn new(hidden: &[usize], device: &B::Device) -> Self {
        let sizes: Vec<usize> =
            [FEATURES].into_iter().chain(hidden.iter().copied()).chain([2]).collect();
        let layers = sizes.windows(2).map(|pair| LinearConfig::new(pair[0], pair[1]).init(device));
        Self { layers: layers.collect(), activation: Relu::new() }
    }

    fn loss(&self, (mut values, sigma): (Tensor<B, 2>, Tensor<B, 2>)) -> Tensor<B, 1> {
        let last = self.layers.len() - 1;
        for (number, layer) in self.layers.iter().enumerate() {
            values = layer.forward(values);
            if number < last {
                values = relu(values);
            }
        }
        let [blur, scale] = values.split(1, 1).try_into().expect("two columns");
        let scale = scale.clamp(LOG_SCALE.0, LOG_SCALE.1);
        ((blur - sigma).abs() * scale.clone().neg().exp() + scale).mean()
    }
}

/// Constants for unstandardized features, and the loss over all samples.
fn train(
    hidden: &[usize],
    samples: &Samples,
    settings: &FitSettings,
    seed: u64,
) -> (Vec<Layer>, f64) {
    let device = Default::default();
    Trained::seed(&device, seed);
    let mut network = Regression::<Trained>::new(hidden, &device);
    let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
    let mut rng = Rng::new(seed);
    let count = samples.sigma.len();
    for step in 0..settings.steps {
        let at: Vec<usize> = (0..settings.batch).map(|_| rng.whole(0.0, count as f64)).collect();
        let loss = network.loss(samples.batch(&at));
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = adam.step(one_cycle(step, settings.steps), network, gradients);
    }
    let network = network.valid();
    let all: Vec<usize> = (0..count).collect();
    let parts = all.chunks(1 << 16);
    let sum: f64 = parts
        .map(|at| f64::from(network.loss(samples.batch(at)).into_scalar()) * at.len() as f64)
        .sum();
    (constants::<<Trained as AutodiffBackend>::InnerBackend>(&network, samples), sum / count as f64)
}

/// One-cycle schedule with cosines (Smith and Topin, 2018): from a 25th up to the peak over three tenths
/// of the steps, then down to nearly zero.
fn one_cycle(step: usize, steps: usize) -> f64 {
    let warm = 0.3 * steps as f64;
    let along = |from: f64, to: f64, progress: f64| {
        to + (from - to) * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0
    };
    let step = step as f64;
    if step < warm {
        along(PEAK_RATE / 25.0, PEAK_RATE, step / warm)
    } else {
        along(PEAK_RATE, PEAK_RATE / 250_000.0, (step - warm) / (steps as f64 - warm))
    }
}

/// The layers, with the standardization of the features folded into the first one.
fn constants<B: Backend>(network: &Regression<B>, samples: &Samples) -> Vec<Layer> {
    let numbers = |data: TensorData| data.to_vec::<f32>().expect("single precision");
    let layer = |(number, linear): (usize, &Linear<B>)| {
        // Burn keeps one row per input.
        let mut weights = numbers(linear.weight.val().transpose().into_data());
        let bias = linear.bias.as_ref().expect("layers have a bias");
        let mut bias = numbers(bias.val().into_data());
        if number == 0 {
            for (row, bias) in weights.chunks_exact_mut(FEATURES).zip(&mut bias) {
                for (weight, (mean, deviation)) in
                    row.iter_mut().zip(samples.mean.iter().zip(&samples.deviation))
                {
                    *weight /= deviation;
                    *bias -= *weight * mean;
                }
            }
        }
        let rounded = |values: Vec<f32>| -> Cow<'static, [f32]> {
            values.into_iter().map(six_digits).collect()
        };
        Layer { weights: rounded(weights), bias: rounded(bias) }
    };
    network.layers.iter().enumerate().map(layer).collect()
}

/// Rounded to the six significant digits that are written.
fn six_digits(value: f32) -> f32 {
    format!("{value:.5e}").parse().expect("a number that was just printed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::{Candidate, doubles};
    use crate::cases::cases;
    use crate::scores::{Scores, mean};
    use scade_defocus::band_energy;

    /// Few images and steps: enough to check that the fit measures blur on other images.
    #[test]
    fn a_short_fit_measures_blur() {
        let settings = FitSettings { images: 6, steps: 300, restarts: 1, ..FitSettings::default() };
        let fit = fit(&[8], &settings, || ()).unwrap().unwrap();
        assert_eq!((fit.network.len(), fit.samples), (66, 6 * 6 * 800));
        let network = fit.network;
        let fitted = Candidate::new("fitted", move |image| band_energy(image, &network).unwrap());
        let scores = cases(2).into_iter().map(|case| {
            let map = doubles(&fitted.estimate(&case.image).values);
            Scores::of(&map, &case.sigma, SIDE, true).pearson
        });
        let pearson = mean(&scores.collect::<Vec<_>>());
        assert!(pearson > 0.7, "{pearson}");
    }

    #[test]
    fn layers_that_are_too_wide_are_an_error() {
        let settings =
            FitSettings { images: 1, samples: 10, steps: 1, restarts: 1, batch: 4, seed: 1 };
        assert!(fit(&[17], &settings, || ()).is_err());
    }

    #[test]
    fn the_rate_rises_then_falls() {
        assert!((one_cycle(0, 1000) - 4e-4).abs() < 1e-9);
        assert!((one_cycle(300, 1000) - 1e-2).abs() < 1e-9);
        assert!(one_cycle(999, 1000) < 1e-6);
    }
}
