//! Windows that overlap become one face.

use crate::detect::{Detection, Rect};

/// By how much of their size similar rectangles may differ.
const TOLERANCE: f64 = 0.2;

/// Similar rectangles as one, their mean, where there are more than `min_neighbors`; those inside
/// better supported ones are dropped. In order of the first rectangle of each group. With
/// `min_neighbors` 0 all rectangles as they are. O(n²).
pub(crate) fn group(rects: &[Rect], min_neighbors: u32) -> Vec<Detection> {
    if min_neighbors == 0 {
        return rects.iter().map(|&rect| Detection { rect, neighbors: 1 }).collect();
    }
    let groups: Vec<Detection> = means(rects);
    let enough = |group: &&Detection| group.neighbors > min_neighbors;
    let kept = |group: &&Detection| {
        let mut others = groups.iter().filter(enough);
        !others.any(|other| !std::ptr::eq(*group, other) && is_within(group, other))
    };
    groups.iter().filter(enough).filter(kept).copied().collect()
}

/// The mean rectangle of each group of similar ones.
fn means(rects: &[Rect]) -> Vec<Detection> {
    let labels = partition(rects);
    let count = labels.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![([0_i64; 4], 0_u32); count];
    for (rect, &label) in rects.iter().zip(&labels) {
        let (sum, neighbors) = &mut sums[label];
        *neighbors += 1;
        for (sum, value) in sum.iter_mut().zip([rect.x, rect.y, rect.width, rect.height]) {
            *sum += i64::from(value);
        }
    }
    let mean = |(sum, neighbors): ([i64; 4], u32)| {
        // In single precision and half to even, as OpenCV does.
        let scale = 1.0 / neighbors as f32;
        let [x, y, width, height] = sum.map(|sum| (sum as f32 * scale).round_ties_even() as u32);
        Detection { rect: Rect { x, y, width, height }, neighbors }
    };
    sums.into_iter().map(mean).collect()
}

/// The group of each rectangle: groups are connected by similarity, and numbered in order.
fn partition(rects: &[Rect]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut labels = vec![NONE; rects.len()];
    let mut groups = 0;
    let mut waiting = Vec::new();
    for start in 0..rects.len() {
        if labels[start] != NONE {
            continue;
        }
        labels[start] = groups;
        waiting.push(start);
        while let Some(member) = waiting.pop() {
            for (other, label) in labels.iter_mut().enumerate() {
                if *label == NONE && are_similar(rects[member], rects[other]) {
                    *label = groups;
                    waiting.push(other);
                }
            }
        }
        groups += 1;
    }
    labels
}

/// Whether the four sides are about at the same places.
fn are_similar(a: Rect, b: Rect) -> bool {
    let least = f64::from(a.width.min(b.width) + a.height.min(b.height));
    let delta = TOLERANCE * least * 0.5;
    let close = |a: u32, b: u32| f64::from(a.abs_diff(b)) <= delta;
    close(a.x, b.x)
        && close(a.y, b.y)
        && close(a.x + a.width, b.x + b.width)
        && close(a.y + a.height, b.y + b.height)
}

/// Whether a group is inside another one that has more support.
fn is_within(inner: &Detection, outer: &Detection) -> bool {
    let supported = outer.neighbors > inner.neighbors || inner.neighbors < 3;
    let inside = |start: u32, length: u32, outer_start: u32, outer_length: u32| {
        let margin = (f64::from(outer_length) * TOLERANCE).round_ties_even() as i64;
        let [start, length, outer_start, outer_length] =
            [start, length, outer_start, outer_length].map(i64::from);
        start >= outer_start - margin && start + length <= outer_start + outer_length + margin
    };
    let (a, b) = (inner.rect, outer.rect);
    supported && inside(a.x, a.width, b.x, b.width) && inside(a.y, a.height, b.y, b.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: u32, y: u32, side: u32) -> Rect {
        Rect { x, y, width: side, height: side }
    }

    #[test]
    fn more_than_the_given_number_must_agree() {
        let rects =
            [square(10, 10, 40), square(11, 10, 40), square(100, 10, 40), square(12, 10, 40)];
        let found = group(&rects, 2);
        assert_eq!(found, [Detection { rect: square(11, 10, 40), neighbors: 3 }]);
        assert_eq!(group(&rects, 3), []);
        assert_eq!(group(&rects, 0).len(), 4);
        assert_eq!(group(&[], 2), []);
    }

    /// The ends of a chain differ by more than is similar.
    #[test]
    fn similarity_is_passed_on() {
        let rects = [0, 16, 8].map(|x| square(x, 0, 40));
        assert_eq!(group(&rects, 2), [Detection { rect: square(8, 0, 40), neighbors: 3 }]);
    }

    #[test]
    fn a_group_inside_a_better_supported_one_is_dropped() {
        let mut rects = vec![square(30, 30, 40); 4];
        rects.extend([square(0, 0, 100); 5]);
        assert_eq!(group(&rects, 3), [Detection { rect: square(0, 0, 100), neighbors: 5 }]);
        rects.push(square(30, 30, 40));
        assert_eq!(group(&rects, 3).len(), 2);
    }
}
