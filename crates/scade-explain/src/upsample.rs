//! Bilinear enlargement of planes, with pixel centers at half pixels and constant beyond the border: PyTorch's
//! `interpolate(mode="bilinear", align_corners=False)`.

use scade_image::Plane;

/// Where an output sample is among the input samples of an axis.
struct Place {
    before: usize,
    after: usize,
    /// How far from `before` to `after`, 0..1.
    ratio: f32,
}

fn places(from: usize, to: usize) -> Vec<Place> {
    let scale = from as f32 / to as f32;
    let place = |index: usize| {
        let position = ((index as f32 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f32);
        let before = position as usize;
        Place { before, after: (before + 1).min(from - 1), ratio: position - before as f32 }
    };
    (0..to).map(place).collect()
}

/// `plane`, which has pixels, at `width` × `height`, each at least its own.
pub(crate) fn upsample(plane: &Plane, width: usize, height: usize) -> Plane {
    let (columns, rows) = (places(plane.width(), width), places(plane.height(), height));
    let mut out = Plane::new(width, height);
    for (row, target) in rows.iter().zip(out.data_mut().chunks_exact_mut(width)) {
        for (column, value) in columns.iter().zip(target) {
            let across = |y: usize| {
                let (left, right) = (plane.at(column.before, y), plane.at(column.after, y));
                left + column.ratio * (right - left)
            };
            let (upper, lower) = (across(row.before), across(row.after));
            *value = upper + row.ratio * (lower - upper);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `F.interpolate(torch.tensor([[[[0., 1.], [2., 4.]]]]), (4, 4), mode="bilinear")`
    #[test]
    fn equals_pytorch() {
        let plane = Plane::from_vec(2, 2, vec![0.0, 1.0, 2.0, 4.0]).unwrap();
        let expected = [
            [0.0, 0.25, 0.75, 1.0],
            [0.5, 0.8125, 1.4375, 1.75],
            [1.5, 1.9375, 2.8125, 3.25],
            [2.0, 2.5, 3.5, 4.0],
        ];
        assert_eq!(upsample(&plane, 4, 4).data(), expected.as_flattened());
        assert_eq!(upsample(&plane, 2, 2), plane);
    }
}
