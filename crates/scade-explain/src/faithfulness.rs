//! How faithful a heat map is: what happens to the score when its regions are deleted or inserted.

use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::{Kernel, Plane, filter_separable};
use scade_kernels::Kernels;
use scade_model::Architecture;
use scade_settings::require;

use crate::upsample::upsample;
use crate::{Class, Error, Explainer};

/// How faithfulness is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaithfulnessOptions {
    /// Steps from the whole image to none of it, 1 to 4096; each replaces the same number of pixels.
    pub steps: usize,
    /// Standard deviation in pixels of the blur that insertion starts from, above 0 and at most 64.
    pub blur: f32,
    /// Random maps that are measured for comparison, up to 100.
    pub random_maps: usize,
    /// Cells per side of the random maps, 1 to 256: how fine they are.
    pub random_cells: usize,
    /// Seed of the random maps.
    pub seed: u64,
    /// Images that are scored together, 1 to 1024.
    pub batch: usize,
}

impl Default for FaithfulnessOptions {
    /// 32 steps, a blur of 5 pixels, 4 random maps of 8 × 8 cells.
    fn default() -> Self {
        Self { steps: 32, blur: 5.0, random_maps: 4, random_cells: 8, seed: 1, batch: 32 }
    }
}

impl FaithfulnessOptions {
    fn validate(&self) -> Result<(), Error> {
        let Self { steps, blur, random_maps, random_cells, batch, .. } = *self;
        require((1..=4096).contains(&steps), "steps", "1 to 4096", steps)?;
        require(blur > 0.0 && blur <= 64.0, "blur", "above 0 and at most 64", blur)?;
        require(random_maps <= 100, "random_maps", "at most 100", random_maps)?;
        require((1..=256).contains(&random_cells), "random_cells", "1 to 256", random_cells)?;
        require((1..=1024).contains(&batch), "batch", "1 to 1024", batch)?;
        Ok(())
    }
}

/// The probability of a class while pixels are replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// After each step, from 0 % of the pixels to 100 %.
    pub probabilities: Vec<f64>,
}

impl Curve {
    /// The area under the curve over the ratio of replaced pixels, 0..1.
    #[must_use]
    pub fn area(&self) -> f64 {
        let steps = self.probabilities.len().saturating_sub(1).max(1) as f64;
        self.probabilities.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum::<f64>() / steps
    }
}

/// Both curves of one map.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// From the image, with the most important pixels replaced first: the lower its area, the better.
    pub deletion: Curve,
    /// From the blurred image, with the most important pixels restored first: the higher, the better.
    pub insertion: Curve,
}

/// A heat map measured, and random ones beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Faithfulness {
    /// The class whose probability was measured.
    pub class: Class,
    /// Of the heat map.
    pub map: Curves,
    /// Of the random maps.
    pub random: Vec<Curves>,
}

impl Faithfulness {
    /// Area under the deletion curve, 0..1; lower is more faithful.
    #[must_use]
    pub fn deletion(&self) -> f64 {
        self.map.deletion.area()
    }

    /// Area under the insertion curve, 0..1; higher is more faithful.
    #[must_use]
    pub fn insertion(&self) -> f64 {
        self.map.insertion.area()
    }

    /// Mean area under the deletion curves of the random maps; `None` without them.
    #[must_use]
    pub fn random_deletion(&self) -> Option<f64> {
        self.mean(|curves| curves.deletion.area())
    }

    /// Mean area under the insertion curves of the random maps; `None` without them.
    #[must_use]
    pub fn random_insertion(&self) -> Option<f64> {
        self.mean(|curves| curves.insertion.area())
    }

    fn mean(&self, area: impl Fn(&Curves) -> f64) -> Option<f64> {
        let count = self.random.len();
        (count > 0).then(|| self.random.iter().map(area).sum::<f64>() / count as f64)
    }
}

/// Independent values 0..1 in `cells` × `cells` cells, enlarged bilinearly to `side` × `side`: a map that knows
/// nothing of the image and has spots of the size of a heat map's.
#[must_use]
pub fn random_map(side: usize, cells: usize, seed: u64) -> Plane {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut coarse = Plane::new(cells.max(1), cells.max(1));
    coarse.data_mut().fill_with(|| rng.random());
    upsample(&coarse, side, side)
}

impl<B: Kernels, N: Architecture<B>> Explainer<'_, B, N> {
    /// Deletion and insertion ([Petsiuk et al. 2018](https://arxiv.org/abs/1806.07421)) of a heat map for one
    /// image, and of random maps for comparison.
    ///
    /// Pixels are replaced in all channels, in the order of the map; equal ones row by row. Deletion replaces
    /// them by the mean of their channel. Both change the image as no camera does, and a detector of forgeries
    /// may take the change itself for one: only the difference to the random maps says something.
    ///
    /// # Shapes
    /// - `image`: `[1, channels, side, side]`, values 0..1
    /// - `map`: `side` × `side`
    ///
    /// # Errors
    /// [`Error::Size`]; [`Error::Setting`].
    ///
    /// # Panics
    /// If the image has another shape.
    pub fn faithfulness(
        &self,
        image: &Tensor<B, 4>,
        map: &Plane,
        class: Class,
        options: &FaithfulnessOptions,
    ) -> Result<Faithfulness, Error> {
        options.validate()?;
        let input = self.predictor.network().input();
        input.assert_fits(image);
        assert_eq!(image.dims()[0], 1, "one image");
        let (expected, got) = ([input.side; 2], [map.width(), map.height()]);
        if expected != got {
            return Err(Error::Size { expected, got });
        }
        let pixels: Vec<f32> = image.to_data().iter::<f32>().collect();
        let subject = Subject {
            mean: means(&pixels, input.side),
            blurred: blurred(&pixels, input.side, options.blur),
            pixels,
        };
        let device = image.device();
        let curves = |map: &Plane| {
            let order = order(map);
            let Subject { pixels, blurred, mean } = &subject;
            let probabilities = |start: &[f32], end: &[f32]| Curve {
                probabilities: self.replacing(start, end, &order, class, options, &device),
            };
            Curves {
                deletion: probabilities(pixels, mean),
                insertion: probabilities(blurred, pixels),
            }
        };
        let seeds = (0..options.random_maps as u64).map(|index| options.seed.wrapping_add(index));
        let random = |seed| random_map(input.side, options.random_cells, seed);
        Ok(Faithfulness {
            class,
            map: curves(map),
            random: seeds.map(|seed| curves(&random(seed))).collect(),
        })
    }

    /// The probability of `class` while the pixels of `start` become those of `end` in `order`.
    fn replacing(
        &self,
        start: &[f32],
        end: &[f32],
        order: &[usize],
        class: Class,
        options: &FaithfulnessOptions,
        device: &B::Device,
    ) -> Vec<f64> {
        let (plane, steps) = (order.len(), options.steps);
        let mut current = start.to_vec();
        let mut batch = Vec::with_capacity(options.batch.min(steps + 1) * start.len());
        let mut probabilities = Vec::with_capacity(steps + 1);
        let mut done = 0;
        for step in 0..=steps {
            let next = plane * step / steps;
            for &pixel in &order[done..next] {
                for channel in (0..start.len()).step_by(plane) {
                    current[channel + pixel] = end[channel + pixel];
                }
            }
            done = next;
            batch.extend_from_slice(&current);
            if batch.len() == options.batch * start.len() || step == steps {
                let shape = self.predictor.network().input().batch(batch.len() / start.len());
                let images = TensorData::new(std::mem::take(&mut batch), shape);
                let logits = self.predictor.forward(Tensor::from_data(images, device)).logits;
                let scores = sigmoid(logits).into_data();
                let scores = scores.iter::<f32>().map(f64::from);
                probabilities.extend(scores.map(|score| class.probability(score)));
            }
        }
        probabilities
    }
}

/// One image in the three forms that are mixed, each `[channels, side, side]`.
struct Subject {
    pixels: Vec<f32>,
    blurred: Vec<f32>,
    /// Each channel filled with its mean.
    mean: Vec<f32>,
}

fn means(pixels: &[f32], side: usize) -> Vec<f32> {
    let plane = side * side;
    let fill = |channel: &[f32]| {
        let sum: f64 = channel.iter().map(|value| f64::from(*value)).sum();
        vec![(sum / plane as f64) as f32; plane]
    };
    pixels.chunks_exact(plane).flat_map(fill).collect()
}

fn blurred(pixels: &[f32], side: usize, sigma: f32) -> Vec<f32> {
    let kernel = Kernel::gaussian(f64::from(sigma), (3.0 * sigma).ceil() as usize);
    let blur = |channel: &[f32]| {
        let plane = Plane::from_vec(side, side, channel.to_vec());
        plane.map(|plane| filter_separable(&plane, &kernel, &kernel).data().to_vec())
    };
    pixels.chunks_exact(side * side).filter_map(blur).flatten().collect()
}

/// The pixels from the largest value of a map to the smallest.
fn order(map: &Plane) -> Vec<usize> {
    let values = map.data();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_of_a_line_is_its_mean() {
        assert_eq!(Curve { probabilities: vec![1.0, 0.5, 0.0] }.area(), 0.5);
        assert_eq!(Curve { probabilities: vec![1.0, 0.0, 0.0] }.area(), 0.25);
    }

    #[test]
    fn equal_pixels_are_in_order_of_rows_and_larger_ones_come_first() {
        let map = Plane::from_vec(3, 2, vec![0.0, 0.7, 0.0, 0.9, 0.7, 0.0]).unwrap();
        assert_eq!(order(&map), [3, 1, 4, 0, 2, 5]);
    }

    #[test]
    fn random_maps_depend_on_their_seed_alone() {
        let map = random_map(64, 8, 3);
        assert_eq!(map, random_map(64, 8, 3));
        assert_ne!(map, random_map(64, 8, 4));
        assert!(map.data().iter().all(|value| (0.0..1.0).contains(value)));
    }
}
