//! Non-maximum suppression: of overlapping boxes only the one with the highest score is kept.

use scade_image::FaceBox;

/// Measure of overlap, 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// Intersection over union.
    Union,
    /// Intersection over the smaller of the two areas, lengths counted with both end pixels: removes
    /// boxes inside boxes.
    Smaller,
}

/// Indices of the boxes kept, by descending score. A box is removed when its overlap with a kept one is
/// above `threshold`. O(boxes · kept).
///
/// Of equal scores the earlier comes first by [`Overlap::Union`] and the later by [`Overlap::Smaller`], as
/// in facenet-pytorch, which sorts in two ways. Scores near 1 are often equal: floats have no finer steps.
///
/// # Panics
/// If the numbers of scores and boxes differ.
pub(crate) fn suppress(
    boxes: &[FaceBox],
    scores: &[f32],
    threshold: f32,
    overlap: Overlap,
) -> Vec<usize> {
    assert_eq!(boxes.len(), scores.len(), "one score per box");
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    if overlap == Overlap::Smaller {
        order.reverse();
    }
    // Stable: equal scores stay in order.
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut kept: Vec<usize> = Vec::new();
    for index in order {
        if kept.iter().all(|&k| overlap.measure(&boxes[k], &boxes[index]) <= threshold) {
            kept.push(index);
        }
    }
    kept
}

impl Overlap {
    fn measure(self, a: &FaceBox, b: &FaceBox) -> f32 {
        let end = if self == Self::Smaller { 1.0 } else { 0.0 };
        let area = |bbox: &FaceBox| (bbox.width() + end) * (bbox.height() + end);
        let width = (a.x2.min(b.x2) - a.x1.max(b.x1) + end).max(0.0);
        let height = (a.y2.min(b.y2) - a.y1.max(b.y1) + end).max(0.0);
        let shared = width * height;
        match self {
            Self::Union => shared / (area(a) + area(b) - shared),
            Self::Smaller => shared / area(a).min(area(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Counts pixels one by one; boxes have whole coordinates.
    fn overlap_by_counting(a: &FaceBox, b: &FaceBox, overlap: Overlap) -> f32 {
        let end = if overlap == Overlap::Smaller { 1 } else { 0 };
        let inside = |bbox: &FaceBox, x: i32, y: i32| {
            (bbox.x1 as i32..bbox.x2 as i32 + end).contains(&x)
                && (bbox.y1 as i32..bbox.y2 as i32 + end).contains(&y)
        };
        let count = |test: &dyn Fn(i32, i32) -> bool| {
            (0..40).flat_map(|y| (0..40).map(move |x| (x, y))).filter(|&(x, y)| test(x, y)).count()
        };
        let shared = count(&|x, y| inside(a, x, y) && inside(b, x, y)) as f32;
        match overlap {
            Overlap::Union => shared / count(&|x, y| inside(a, x, y) || inside(b, x, y)) as f32,
            Overlap::Smaller => {
                let smaller = count(&|x, y| inside(a, x, y)).min(count(&|x, y| inside(b, x, y)));
                shared / smaller as f32
            }
        }
    }

    /// Repeatedly takes the remaining box with the highest score and removes the boxes that overlap it.
    fn slow(boxes: &[FaceBox], scores: &[f32], threshold: f32, overlap: Overlap) -> Vec<usize> {
        let mut left: Vec<usize> = (0..boxes.len()).collect();
        let mut kept = Vec::new();
        while let Some(&best) = left.iter().max_by(|&&a, &&b| scores[a].total_cmp(&scores[b])) {
            kept.push(best);
            left.retain(|&other| {
                other != best
                    && overlap_by_counting(&boxes[best], &boxes[other], overlap) <= threshold
            });
        }
        kept
    }

    #[test]
    fn agrees_with_counting_pixels() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..40 {
            let boxes: Vec<FaceBox> = (0..12)
                .map(|_| {
                    let (x, y) = (rng.random_range(0..20), rng.random_range(0..20));
                    let (w, h) = (rng.random_range(2..18), rng.random_range(2..18));
                    let [x1, y1, x2, y2] = [x, y, x + w, y + h].map(|v| v as f32);
                    FaceBox { x1, y1, x2, y2 }
                })
                .collect();
            let scores: Vec<f32> = (0..12).map(|_| rng.random()).collect();
            for (threshold, overlap) in
                [(0.5, Overlap::Union), (0.31, Overlap::Union), (0.7, Overlap::Smaller)]
            {
                assert_eq!(
                    suppress(&boxes, &scores, threshold, overlap),
                    slow(&boxes, &scores, threshold, overlap)
                );
            }
        }
    }

    #[test]
    fn of_equal_scores_the_last_suppression_keeps_the_later() {
        let at = |x1: f32| FaceBox { x1, y1: 0.0, x2: x1 + 100.0, y2: 100.0 };
        let boxes = [at(0.0), at(1.0), at(2.0)];
        assert_eq!(suppress(&boxes, &[1.0; 3], 0.7, Overlap::Union), [0]);
        assert_eq!(suppress(&boxes, &[1.0; 3], 0.7, Overlap::Smaller), [2]);
    }

    #[test]
    fn a_nested_box_is_removed_only_by_the_smaller_area() {
        let outer = FaceBox { x1: 0.0, y1: 0.0, x2: 100.0, y2: 100.0 };
        let inner = FaceBox { x1: 30.0, y1: 30.0, x2: 60.0, y2: 60.0 };
        let check = |overlap| suppress(&[inner, outer], &[0.8, 0.9], 0.7, overlap);
        assert_eq!(check(Overlap::Union), [1, 0]);
        assert_eq!(check(Overlap::Smaller), [1]);
        assert!(suppress(&[], &[], 0.7, Overlap::Union).is_empty());
    }
}
