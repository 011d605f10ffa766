//! Cuts between shots, from the colors of consecutive sampled frames.

use scade_image::RgbImage;

/// Levels of each channel in a histogram.
const LEVELS: usize = 8;

/// Pixels of a frame that are looked at along its longer side; a histogram needs no more.
const SAMPLES: usize = 96;

/// Least distance of the histograms of two frames with a cut between them, 0..1. Motion within a shot, even
/// a second apart, stays below; two places or two backgrounds are above.
const CUT: f32 = 0.5;

/// Compares each frame with the one before.
#[derive(Debug, Default)]
pub(crate) struct CutDetector {
    last: Option<Box<[f32]>>,
}

impl CutDetector {
    /// Whether a new shot starts with `frame`; never at the first one.
    pub(crate) fn is_cut(&mut self, frame: &RgbImage) -> bool {
        let colors = histogram(frame);
        let last = self.last.replace(colors);
        let (Some(last), Some(colors)) = (&last, &self.last) else { return false };
        distance(last, colors) >= CUT
    }
}

/// Shares of the joint levels of red, green and blue; they sum to 1.
fn histogram(frame: &RgbImage) -> Box<[f32]> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let step = width.max(height).div_ceil(SAMPLES).max(1);
    let mut counts = vec![0_u32; LEVELS * LEVELS * LEVELS];
    let mut total = 0_u32;
    for y in (step / 2..height).step_by(step) {
        for x in (step / 2..width).step_by(step) {
            let [red, green, blue] = frame
                .get_pixel(x as u32, y as u32)
                .0
                .map(|value| usize::from(value) * LEVELS / 256);
            counts[(red * LEVELS + green) * LEVELS + blue] += 1;
            total += 1;
        }
    }
    counts.into_iter().map(|count| count as f32 / total.max(1) as f32).collect()
}

/// Half of the L1 distance: 0 for equal histograms, 1 for colors that have nothing in common. Levels next to each
/// other count as different, so that a slow change of light is spread over many frames.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    0.5 * a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A gradient of one hue that is shifted to the right.
    fn scene(hue: usize, shift: u32) -> RgbImage {
        RgbImage::from_fn(320, 180, |x, y| {
            let mut color = [40, 60, 50];
            color[hue] = (((x + shift) % 320) / 3 + y / 3) as u8 + 60;
            Rgb(color)
        })
    }

    #[test]
    fn a_cut_is_a_change_of_scene_and_not_motion() {
        let mut cuts = CutDetector::default();
        let frames =
            [scene(0, 0), scene(0, 9), scene(0, 60), scene(2, 0), scene(2, 30), scene(0, 0)];
        let found: Vec<bool> = frames.iter().map(|frame| cuts.is_cut(frame)).collect();
        assert_eq!(found, [false, false, false, true, false, true]);
    }

    #[test]
    fn tiny_frames_have_a_histogram() {
        let mut cuts = CutDetector::default();
        assert!(!cuts.is_cut(&RgbImage::from_pixel(1, 1, Rgb([0; 3]))));
        assert!(cuts.is_cut(&RgbImage::from_pixel(1, 3, Rgb([255; 3]))));
        assert!(!cuts.is_cut(&RgbImage::from_pixel(1, 3, Rgb([255; 3]))));
    }

    #[test]
    fn shares_sum_to_one() {
        let sum: f32 = histogram(&scene(1, 5)).iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
}
