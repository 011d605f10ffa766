//! The map of the published SCADE-Net: low local variance at edges, propagated by a guided filter.
//!
//! It reproduces the published channel, which does not measure defocus: blur removes the edges that it
//! starts from, and the scaling of each map to 0..1 removes the absolute value.

use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::estimate::stretch;
use crate::filters::{Border, Grid, SIGMA_1_4, box_mean, canny, gaussian, guided_filter};
use crate::{Error, Estimate, ImageView, Unit};

/// Settings of the published method; the defaults are the published ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Published {
    /// Gradient magnitude (|∂x| + |∂y| by Sobel, 0..2040) above which a pixel continues an edge.
    pub canny_low: u32,
    /// Gradient magnitude above which a pixel starts an edge; not below `canny_low`.
    pub canny_high: u32,
    /// Window size of the variance, in pixels; odd, 1..=255.
    pub box_size: usize,
    /// Radius of the guided filter's windows in pixels, 0..=127.
    pub guided_radius: usize,
    /// Regularization of the guided filter, in squared gray levels (0..255); 1e-6 or more.
    pub guided_eps: f64,
}

impl Default for Published {
    fn default() -> Self {
        Self { canny_low: 50, canny_high: 150, box_size: 15, guided_radius: 8, guided_eps: 0.01 }
    }
}

impl Published {
    /// Checks the ranges of the settings.
    pub(crate) fn validate(&self) -> Result<(), SettingError> {
        let &Self { canny_low, canny_high, box_size, guided_radius, guided_eps } = self;
        require(canny_high >= canny_low, "canny_high", "at least canny_low", canny_high)?;
        let odd = box_size % 2 == 1 && box_size <= 255;
        require(odd, "box_size", "an odd number up to 255", box_size)?;
        require(guided_radius <= 127, "guided_radius", "at most 127", guided_radius)?;
        let positive = (1e-6..=1e6).contains(&guided_eps);
        require(positive, "guided_eps", "a number from 1e-6 to 1e6", guided_eps)
    }

    /// The map of `image`, 0..1, of the same size; all zero where there is no edge or no contrast.
    ///
    /// Agrees with OpenCV's functions including their different borders: the Gaussian and the variance use
    /// reflect-101, the guided filter reflects with the outermost pixel repeated, and Canny's
    /// derivatives replicate it. O(pixels) for every window size.
    pub(crate) fn estimate(&self, image: ImageView<'_>) -> Result<Estimate, Error> {
        self.validate()?;
        let (width, height) = image.size()?;
        let gray = image.gray8();
        let gray = Grid::new(width, height, &gray);
        let sparse = self.flatness_at(&self.edges(gray), gray);
        let (radius, eps) = (self.guided_radius, self.guided_eps as f32);
        let mut values = guided_filter(gray, &sparse, Border::Reflect, radius, eps);
        stretch(&mut values);
        Ok(Estimate { values, unit: Unit::Relative, confidence: None })
    }

    fn edges(&self, gray: Grid<'_, u8>) -> Vec<bool> {
        let smooth = gaussian(gray, &SIGMA_1_4);
        canny(gray.with(&smooth), self.canny_low, self.canny_high)
    }

    /// `1 / (1 + variance)` of the gray levels around each edge pixel, 0 elsewhere.
    fn flatness_at(&self, edges: &[bool], gray: Grid<'_, u8>) -> Vec<f32> {
        let radius = self.box_size / 2;
        let level = |value: u8| u32::from(value);
        let mean = box_mean(gray, radius, Border::Reflect101, level);
        let mean_square = box_mean(gray, radius, Border::Reflect101, |value| level(value).pow(2));
        let flatness =
            |mean: f32, mean_square: f32| 1.0 / (1.0 + (mean_square - mean * mean).max(0.0));
        let means = mean.iter().zip(&mean_square);
        edges
            .iter()
            .zip(means)
            .map(|(&edge, (&m, &s))| if edge { flatness(m, s) } else { 0.0 })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use scade_image::{Plane, RgbImage};

    use super::*;
    use crate::testing;

    fn map(image: &RgbImage) -> Plane {
        Published::default().estimate(image.into()).unwrap().values
    }

    /// Against OpenCV 5.0 and 4.10, by `fixtures/make_golden.py`. Allowed: half a step of the 16-bit
    /// fixture, and sums of floats in another order.
    #[test]
    fn agrees_with_opencv() {
        let golden = include_bytes!("../fixtures/drawn.map");
        let map = map(&testing::rendered());
        assert_eq!((map.width(), map.height()), (117, 90));
        assert_eq!(golden.len(), 2 * map.data().len());
        for (bytes, value) in golden.chunks_exact(2).zip(map.data()) {
            let expected = f32::from(u16::from_le_bytes([bytes[0], bytes[1]])) / 65535.0;
            assert!((value - expected).abs() < 1e-4, "{value} {expected}");
        }
    }

    /// Four synthetic images with noise of deviation 0, 1, 3 and 6, and the results of OpenCV 4.10:
    ///
    /// ```python
    /// gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    /// edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 1.4), 50, 150)
    /// g = gray.astype(np.float32)
    /// mean, mean_sq = cv2.blur(g, (15, 15)), cv2.blur(g * g, (15, 15))
    /// sparse = np.where(edges > 0, 1 / (1 + np.maximum(mean_sq - mean * mean, 0)), 0)
    /// out = cv2.ximgproc.guidedFilter(gray, sparse.astype(np.float32), radius=8, eps=0.01)
    /// cv2.imwrite("0.edges.png", edges, [cv2.IMWRITE_PNG_BILEVEL, 1])
    /// map = (out - out.min()) / (out.max() - out.min())
    /// cv2.imwrite("0.map.png", np.round(map * 65535).astype(np.uint16))
    /// ```
    #[test]
    fn four_images_agree_with_opencv() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/blobs");
        for number in 0..4 {
            let open = |what: &str| image::open(folder.join(format!("{number}{what}"))).unwrap();
            let image = open(".png").into_rgb8();
            let edges = open(".edges.png").into_luma8();
            let gray = ImageView::from(&image).gray8();
            let got = Published::default().edges(Grid::new(256, 256, &gray));
            let pairs = got.iter().zip(edges.as_raw());
            let others = pairs.filter(|(got, expected)| **got != (**expected > 0)).count();
            assert_eq!(others, 0, "edge pixels of image {number}");
            let expected = open(".map.png").into_luma16();
            for (got, expected) in map(&image).data().iter().zip(expected.as_raw()) {
                let expected = f32::from(*expected) / 65535.0;
                assert!((got - expected).abs() < 2e-3, "image {number}: {got} {expected}");
            }
        }
    }

    #[test]
    fn images_of_any_size_give_numbers_from_0_to_1() {
        let mut rng = testing::rng(1);
        for round in 0..60 {
            let (width, height) = if round == 0 { (1, 1) } else { testing::size(&mut rng) };
            let levels = testing::levels(&mut rng, 3 * width, height);
            let image = RgbImage::from_raw(width as u32, height as u32, levels).unwrap();
            let map = map(&image);
            assert_eq!((map.width(), map.height()), (width, height));
            assert!(map.data().iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }

    /// In the published code a strongly blurred face has no edge, and the scaling divides by a range of
    /// zero.
    #[test]
    fn without_an_edge_the_map_is_zero() {
        let slope = RgbImage::from_raw(40, 30, (0..3600).map(|i| (i / 120) as u8).collect());
        assert!(map(&slope.unwrap()).data().iter().all(|&value| value == 0.0));
        assert!(map(&RgbImage::new(64, 1)).data().iter().all(|&value| value == 0.0));
    }

    #[test]
    fn an_empty_image_is_an_error() {
        let error = Published::default().estimate((&RgbImage::new(0, 5)).into()).unwrap_err();
        assert_eq!(error, Error::NoPixels { width: 0, height: 5 });
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let good = Published::default();
        assert_eq!(good.validate(), Ok(()));
        for (settings, message) in [
            (
                Published { canny_high: 49, ..good.clone() },
                "canny_high must be at least canny_low, got 49",
            ),
            (
                Published { box_size: 0, ..good.clone() },
                "box_size must be an odd number up to 255, got 0",
            ),
            (
                Published { box_size: 257, ..good.clone() },
                "box_size must be an odd number up to 255, got 257",
            ),
            (
                Published { guided_radius: 128, ..good.clone() },
                "guided_radius must be at most 127, got 128",
            ),
            (
                Published { guided_eps: 0.0, ..good.clone() },
                "guided_eps must be a number from 1e-6 to 1e6, got 0",
            ),
            (
                Published { guided_eps: f64::NAN, ..good.clone() },
                "guided_eps must be a number from 1e-6 to 1e6, got NaN",
            ),
        ] {
            let error = settings.estimate((&testing::rendered()).into()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    /// The largest windows: sums of squares of white come within 2 % of the limit of 32 bits.
    #[test]
    fn the_largest_windows_do_not_overflow() {
        let settings = Published { box_size: 255, guided_radius: 127, ..Published::default() };
        let mut image = RgbImage::new(20, 9);
        image.fill(255);
        image.as_mut()[300..330].fill(0);
        let map = settings.estimate((&image).into()).unwrap().values;
        assert!(map.data().iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
