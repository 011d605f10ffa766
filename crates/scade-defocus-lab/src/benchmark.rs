//! Scores of all methods on the core benchmark.

use rayon::prelude::*;
use scade_defocus::{BandEnergy, Estimate, Method, NetworkSize, Unit};
use scade_image::{Plane, RgbImage};

use crate::SIDE;
use crate::blur::{BlurStack, STRONGEST, rounded};
use crate::cases::{IMAGES, cases};
use crate::leaves::leaves;
use crate::scores::{Scores, mean};

/// A method under test.
pub struct Candidate {
    /// Name in tables.
    pub name: String,
    estimate: Box<dyn Fn(&RgbImage) -> Estimate + Sync>,
}

impl Candidate {
    /// `estimate` must succeed for every non-empty image.
    pub fn new(name: &str, estimate: impl Fn(&RgbImage) -> Estimate + Sync + 'static) -> Self {
        Self { name: name.to_owned(), estimate: Box::new(estimate) }
    }

    /// The map of an image.
    #[must_use]
    pub fn estimate(&self, image: &RgbImage) -> Estimate {
        (self.estimate)(image)
    }
}

/// All methods with their default settings, and the smaller network of the recommended one.
#[must_use]
pub fn methods() -> Vec<Candidate> {
    let small = BandEnergy { network: NetworkSize::Small, ..BandEnergy::default() };
    let named = |name: &&'static str| (*name, name.parse().expect("the name of a method"));
    let mut all: Vec<_> = Method::NAMES.iter().map(named).collect();
    all.insert(1, ("band-energy, small", Method::BandEnergy(small)));
    let candidate = |(name, method): (&str, Method)| {
        Candidate::new(name, move |image| method.estimate(image).expect("valid settings"))
    };
    all.into_iter().map(candidate).collect()
}

/// The scores of a candidate.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Mean rank correlation with true blur within an image.
    pub spearman: f64,
    /// Mean correlation with true blur within an image.
    pub pearson: f64,
    /// Mean error in pixels after the best affine map of each image.
    pub affine_error: f64,
    /// Mean error in pixels, of maps in pixels.
    pub error: Option<f64>,
    /// Ratio of steps of half a pixel at which the mean of the map of an evenly blurred image rises.
    pub rising: f64,
}

/// Scores on the 240 cases, and on 24 images evenly blurred by 0 to 4 pixels.
#[must_use]
pub fn core(candidates: &[Candidate]) -> Vec<Row> {
    let of_image = |seed: u64| -> Vec<(Vec<Scores>, f64)> {
        let cases = cases(seed);
        let evenly = evenly_blurred(seed);
        let of_candidate = |candidate: &Candidate| {
            let scores = cases.iter().map(|case| {
                let estimate = candidate.estimate(&case.image);
                let pixels = estimate.unit == Unit::BlurSigma;
                Scores::of(&doubles(&estimate.values), &case.sigma, SIDE, pixels)
            });
            (scores.collect(), rising(candidate, &evenly))
        };
        candidates.iter().map(of_candidate).collect()
    };
    let seeds: Vec<u64> = (1..=IMAGES).collect();
    let all: Vec<_> = seeds.into_par_iter().map(of_image).collect();
    let row = |candidate: usize| {
        let scores: Vec<Scores> =
            all.iter().flat_map(|image| image[candidate].0.iter().copied()).collect();
        let rising: Vec<f64> = all.iter().map(|image| image[candidate].1).collect();
        let Scores { spearman, pearson, affine_error, error } = Scores::mean(&scores);
        Row { spearman, pearson, affine_error, error, rising: mean(&rising) }
    };
    (0..candidates.len()).map(row).collect()
}

/// An image with the same blur everywhere, from none to the strongest in steps of half a pixel.
fn evenly_blurred(seed: u64) -> Vec<RgbImage> {
    let stack = BlurStack::new(&leaves(seed));
    let steps = (2.0 * STRONGEST) as u32;
    (0..=steps).map(|step| rounded(&stack.at(f64::from(step) / 2.0), None)).collect()
}

fn rising(candidate: &Candidate, images: &[RgbImage]) -> f64 {
    let means: Vec<f64> =
        images.iter().map(|image| mean(&doubles(&candidate.estimate(image).values))).collect();
    let steps = means.windows(2);
    let up = steps.clone().filter(|pair| pair[1] > pair[0]).count();
    up as f64 / steps.len() as f64
}

pub(crate) fn doubles(plane: &Plane) -> Vec<f64> {
    plane.data().iter().map(|&value| value.into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On one of 24 images, for speed; the whole core benchmark is `cargo xtask bench defocus`.
    #[test]
    fn the_recommended_method_measures_blur_and_the_published_one_does_not() {
        let images = cases(3);
        let spearman = |name: &str| {
            let all = methods();
            let candidate = all.iter().find(|candidate| candidate.name == name).unwrap();
            let scores = images.iter().map(|case| {
                let values = candidate.estimate(&case.image).values;
                Scores::of(&doubles(&values), &case.sigma, SIDE, true).spearman
            });
            mean(&scores.collect::<Vec<_>>())
        };
        assert!(spearman("band-energy") > 0.75, "{}", spearman("band-energy"));
        assert!(spearman("published") < 0.1, "{}", spearman("published"));
    }

    #[test]
    fn the_mean_rises_with_an_even_blur() {
        let all = methods();
        assert_eq!(rising(&all[0], &evenly_blurred(2)), 1.0);
    }
}
