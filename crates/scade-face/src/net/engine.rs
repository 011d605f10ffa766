//! Execution of the networks: by CPU kernels, or as tensors by the backend.

use burn::tensor::backend::Backend;
use scade_image::{PixelRect, RgbImage};
use scade_kernels::Kernels;
use scade_kernels::mtcnn::{Cell, Prediction};

use super::{Compiled, Networks};
use crate::Error;
use crate::cascade::Level;

/// The three networks, ready to run. Both variants agree within rounding.
#[derive(Debug, Clone)]
pub(crate) enum Engine<B: Backend> {
    /// Any backend.
    Tensors(Box<Networks<B>>, B::Device),
    /// CPU kernels.
    Compiled(Box<Compiled>),
}

impl<B: Backend> Engine<B> {
    /// The fastest variant for a backend: the kernels where they support it.
    pub(crate) fn new(networks: Networks<B>, device: &B::Device) -> Self
    where
        B: Kernels,
    {
        if !B::SERVED || B::ad_enabled(device) {
            return Self::Tensors(Box::new(networks), device.clone());
        }
        let compiled = Compiled::new(&networks).expect("shapes of the networks fit the kernels");
        Self::Compiled(Box::new(compiled))
    }

    /// P-Net's cells with a score of at least `threshold`, per image and level. All images must have the
    /// same size.
    pub(crate) fn cells(
        &self,
        images: &[RgbImage],
        levels: &[Level],
        threshold: f32,
    ) -> Result<Vec<Vec<Vec<Cell>>>, Error> {
        match self {
            Self::Tensors(networks, device) => networks.cells(images, levels, threshold, device),
            Self::Compiled(networks) => Ok(networks.cells(images, levels, threshold)),
        }
    }

    /// R-Net's prediction for each part of an image, given with the image's index.
    pub(crate) fn refine(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Result<Vec<Prediction>, Error> {
        match self {
            Self::Tensors(networks, device) => networks.refine(images, parts, device),
            Self::Compiled(networks) => Ok(networks.refine(images, parts)),
        }
    }

    /// O-Net's prediction for each part of an image, given with the image's index.
    pub(crate) fn finish(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Result<Vec<Prediction>, Error> {
        match self {
            Self::Tensors(networks, device) => networks.finish(images, parts, device),
            Self::Compiled(networks) => Ok(networks.finish(images, parts)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cascade::levels;
    use crate::synthetic::{SyntheticFace, render};
    use burn::backend::{Autodiff, Flex, NdArray};

    fn assert_close(got: &[f32], expected: &[f32]) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "{got}, expected {expected}");
        }
    }

    fn numbers(predictions: &[Prediction]) -> Vec<f32> {
        let all = predictions
            .iter()
            .flat_map(|v| std::iter::once(v.score).chain(v.regression).chain(v.landmarks));
        all.collect()
    }

    fn is_compiled<B: Kernels>() -> bool {
        let device = Default::default();
        matches!(Engine::<B>::new(Networks::init(&device), &device), Engine::Compiled(_))
    }

    #[test]
    fn kernels_are_used_for_the_backends_that_they_support() {
        assert!(is_compiled::<Flex>());
        assert!(is_compiled::<NdArray>());
        assert!(!is_compiled::<Autodiff<Flex>>());
    }

    /// Its name equals that of the single-precision backend.
    #[test]
    fn double_precision_does_not_use_single_precision_kernels() {
        assert!(!is_compiled::<NdArray<f64>>());
    }

    /// Random weights, so that this needs no download.
    #[test]
    fn both_variants_agree() {
        let device = Default::default();
        let networks = Networks::<Flex>::init(&device);
        // Weights are sampled on first use; a clone made before that would sample its own.
        let compiled = Engine::<Flex>::Compiled(Box::new(Compiled::new(&networks).unwrap()));
        let tensors = Engine::Tensors(Box::new(networks), device);

        let face = SyntheticFace { x: 110.0, y: 100.0, unit: 55.0 };
        let images = [render(240, 201, &[face], 1), render(240, 201, &[], 2)];
        let levels = levels(240, 201, 20, 0.709);
        let cells = |engine: &Engine<Flex>| engine.cells(&images, &levels, 1e-6).unwrap();
        for (got, expected) in
            cells(&compiled).iter().flatten().zip(cells(&tensors).iter().flatten())
        {
            let places =
                |cells: &[Cell]| cells.iter().map(|c| (c.row, c.column)).collect::<Vec<_>>();
            assert_eq!(places(got), places(expected));
            let numbers = |cells: &[Cell]| {
                let all = cells.iter().flat_map(|c| std::iter::once(c.score).chain(c.regression));
                all.collect::<Vec<_>>()
            };
            assert_close(&numbers(got), &numbers(expected));
        }

        let part = |i: u32| PixelRect { x: 10 * i, y: 5 * i, width: 20 + i, height: 100 - 9 * i };
        let parts: Vec<_> = (0..11).map(|i| (i as usize % 2, part(i))).collect();
        let refine = |engine: &Engine<Flex>| numbers(&engine.refine(&images, &parts).unwrap());
        assert_close(&refine(&compiled), &refine(&tensors));
        let finish = |engine: &Engine<Flex>| numbers(&engine.finish(&images, &parts).unwrap());
        assert_close(&finish(&compiled), &finish(&tensors));
    }
}
