//! The border rule of the workspace, for pixels outside an image.

/// The index inside `0..length` for `index`, where the signal is extended by its mirror
/// image on both sides without repeating the outermost sample: `… 2 1 | 0 1 2 … n−1 | n−2 n−3 …`
/// (OpenCV's `BORDER_REFLECT_101`).
///
/// Valid for any distance outside; a signal of one sample is constant. O(1).
///
/// # Panics
/// When `length` is 0.
#[must_use]
#[inline]
pub fn reflect101(index: isize, length: usize) -> usize {
    if index >= 0 && (index as usize) < length {
        return index as usize;
    }
    reflect_outside(index, length)
}

/// The rare case, kept out of line so that loops stay small.
#[cold]
fn reflect_outside(index: isize, length: usize) -> usize {
    assert!(length > 0, "an empty signal has no index");
    if length == 1 {
        return 0;
    }
    let period = 2 * (length - 1);
    // A division takes longer than all the rest, and few indices are that far outside.
    let distance = index.unsigned_abs();
    let folded = if distance <= period { distance } else { distance % period };
    folded.min(period - folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps from sample 0 to `index` one sample at a time, reversing at both ends.
    fn by_walking(index: isize, length: usize) -> usize {
        let (mut at, mut forward) = (0, true);
        for _ in 0..index.unsigned_abs() {
            if length == 1 {
                break;
            }
            if at == 0 {
                forward = true;
            } else if at == length - 1 {
                forward = false;
            }
            at = if forward { at + 1 } else { at - 1 };
        }
        at
    }

    #[test]
    fn agrees_with_walking_to_and_fro() {
        for length in 1..9 {
            for index in -40..40 {
                assert_eq!(
                    reflect101(index, length),
                    by_walking(index, length),
                    "{index} {length}"
                );
            }
        }
    }

    #[test]
    fn extreme_overshoot_stays_inside() {
        for index in [isize::MIN, isize::MIN + 1, isize::MAX] {
            for length in [1, 2, 3, 1000] {
                assert!(reflect101(index, length) < length);
            }
        }
    }
}
