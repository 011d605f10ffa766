//! Gaussian blur of a canvas, for the small radii of a lens: whole rows are added at a time, so that
//! the compiler can vectorize.

use crate::canvas::Canvas;

/// Blurs in place with standard deviation `sigma` pixels; the border pixels continue outwards.
///
/// The kernel is truncated at 3 sigma. O(pixels · sigma). Nothing happens below 0.05 pixels.
pub(crate) fn gaussian_blur(canvas: &mut Canvas, sigma: f32) {
    if sigma < 0.05 || canvas.is_empty() {
        return;
    }
    let kernel = kernel(sigma);
    let stride = canvas.width() as usize * 3;
    let mut across = vec![0.0; canvas.len()];
    let mut padded = Vec::new();
    for (row, out) in canvas.chunks_exact(stride).zip(across.chunks_exact_mut(stride)) {
        pad(row, kernel.len() / 2, &mut padded);
        for (offset, weight) in kernel.iter().enumerate() {
            add(out, &padded[offset * 3..offset * 3 + stride], *weight);
        }
    }
    down(canvas, &across, &kernel, stride);
}

/// The vertical pass.
fn down(canvas: &mut Canvas, rows: &[f32], kernel: &[f32], stride: usize) {
    let reach = kernel.len() / 2;
    let last = rows.len() / stride - 1;
    for (y, out) in canvas.chunks_exact_mut(stride).enumerate() {
        out.fill(0.0);
        for (offset, weight) in kernel.iter().enumerate() {
            let source = (y + offset).saturating_sub(reach).min(last) * stride;
            add(out, &rows[source..source + stride], *weight);
        }
    }
}

/// An odd number of kernel weights that sum to 1.
fn kernel(sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let weight = |x: i32| (-0.5 * (x as f32 / sigma).powi(2)).exp();
    let sum: f32 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|x| weight(x) / sum).collect()
}

/// A row with its first and last pixel repeated `reach` times.
fn pad(row: &[f32], reach: usize, out: &mut Vec<f32>) {
    out.clear();
    for _ in 0..reach {
        out.extend_from_slice(&row[..3]);
    }
    out.extend_from_slice(row);
    for _ in 0..reach {
        out.extend_from_slice(&row[row.len() - 3..]);
    }
}

fn add(out: &mut [f32], values: &[f32], weight: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += weight * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// The definition: a weighted sum over the whole window.
    fn slow_blur(canvas: &Canvas, sigma: f32) -> Canvas {
        let reach = (3.0 * sigma).ceil() as i32;
        let weight = |d: i32| (-0.5 * (d as f32 / sigma).powi(2)).exp();
        let total: f32 = (-reach..=reach).map(weight).sum();
        let (width, height) = canvas.dimensions();
        Canvas::from_fn(width, height, |x, y| {
            let mut sum = [0.0; 3];
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    let column = (x as i32 + dx).clamp(0, width as i32 - 1) as u32;
                    let row = (y as i32 + dy).clamp(0, height as i32 - 1) as u32;
                    for (sum, value) in sum.iter_mut().zip(canvas.get_pixel(column, row).0) {
                        *sum += value * weight(dx) * weight(dy) / (total * total);
                    }
                }
            }
            image::Rgb(sum)
        })
    }

    #[test]
    fn rows_at_a_time_give_what_the_definition_gives() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (width, height, sigma) in [(17, 9, 0.6), (5, 23, 1.7), (1, 1, 2.0), (3, 2, 1.1)] {
            let canvas = Canvas::from_fn(width, height, |_, _| {
                image::Rgb([0; 3].map(|_: i32| rng.random()))
            });
            let mut fast = canvas.clone();
            gaussian_blur(&mut fast, sigma);
            for (got, expected) in fast.iter().zip(slow_blur(&canvas, sigma).iter()) {
                assert!((got - expected).abs() < 1e-5, "{width} x {height}: {got}, {expected}");
            }
        }
    }
}
