//! Sheets and grids: what is where.

use burn::backend::Flex;
use scade_explain::{
    Cam, Class, Explainer, Explanation, FeatureMaps, FirstKernels, colorize, feature_map_image,
    gate_image, kernel_image, viridis,
};
use scade_image::{Plane, RgbImage};

use crate::parity::published;

fn ramp(side: usize, down: bool) -> Plane {
    let at = |i: usize| if down { i / side } else { i % side };
    let values = (0..side * side).map(|i| at(i) as f32 / (side - 1) as f32).collect();
    Plane::from_vec(side, side, values).unwrap()
}

fn explanation(defocus: Option<Plane>) -> Explanation {
    let cam = |map| Cam { map, peak: 1.0 };
    Explanation {
        crop: RgbImage::from_pixel(256, 256, [200, 150, 120].into()),
        defocus,
        score: 0.8,
        block: 4,
        class: Class::Fake,
        cam: cam(ramp(256, false)),
        opposite: cam(ramp(256, true)),
        faithfulness: None,
    }
}

/// The cell of a sheet in a column and row.
fn cell(sheet: &RgbImage, column: u32, row: u32) -> RgbImage {
    let (left, top) = (12 + column * 268, 36 + row * 292);
    RgbImage::from_fn(256, 256, |x, y| *sheet.get_pixel(left + x, top + y))
}

#[test]
fn a_sheet_has_crop_maps_and_overlays_at_their_places() {
    let defocus = Plane::from_vec(256, 256, vec![0.25; 65_536]).unwrap();
    let explained = explanation(Some(defocus.clone()));
    let sheet = explained.sheet(&["fake 0.800".to_owned()]).unwrap();
    assert_eq!(sheet.dimensions(), (816, 596));
    assert!(cell(&sheet, 0, 0) == explained.crop);
    assert!(cell(&sheet, 1, 0) == colorize(&defocus));
    assert!(cell(&sheet, 2, 0) == colorize(&explained.cam.map));
    assert!(Some(cell(&sheet, 0, 1)) == explained.defocus_overlay(Explanation::OPACITY));
    assert!(cell(&sheet, 1, 1) == explained.cam_overlay(Explanation::OPACITY));
    let other = explained.sheet(&["real 0.100".to_owned()]).unwrap();
    assert!(cell(&sheet, 2, 1) != cell(&other, 2, 1), "the text is visible");
}

#[test]
fn without_a_defocus_map_the_other_class_is_shown() {
    let explained = explanation(None);
    let sheet = explained.sheet(&[]).unwrap();
    assert!(cell(&sheet, 1, 0) == colorize(&explained.opposite.map));
    assert!(explained.defocus_overlay(0.5).is_none());
}

#[test]
fn kernels_are_shown_with_their_sign_and_each_has_a_cell() {
    let kernel = |center: f32| {
        let mut plane = Plane::new(3, 3);
        plane.data_mut()[4] = center;
        plane
    };
    let kernels = vec![vec![kernel(2.0), kernel(-2.0)], vec![kernel(0.0), kernel(1.0)]];
    let image = kernel_image(&FirstKernels { kernels }).unwrap();
    assert_eq!(image.dimensions(), (128, 128));
    let center = |column: u32, row: u32| image.get_pixel(64 * column + 32, 64 * row + 32).0;
    assert_eq!(center(0, 0), [178, 24, 43]);
    assert_eq!(center(1, 0), [33, 102, 172]);
    assert_eq!(center(0, 1), [247; 3]);
    let [red, green, _] = center(1, 1);
    assert!(red > 178 && green > 24, "half as strong");
    assert!(kernel_image(&FirstKernels { kernels: vec![] }).is_none());
}

#[test]
fn feature_maps_share_one_scale() {
    let flat = |value| Plane::from_vec(2, 2, vec![value; 4]).unwrap();
    let channels = vec![flat(-3.0), flat(1.0), flat(-1.0)];
    let maps = FeatureMaps { block: 1, channels, gates: None };
    let image = feature_map_image(&maps, 10).unwrap();
    assert_eq!(image.dimensions(), (3 * 14, 14));
    let color = |cell: u32| image.get_pixel(14 * cell + 7, 7).0;
    assert_eq!([color(0), color(1), color(2)], [viridis(0.0), viridis(1.0), viridis(0.5)]);
    assert!(feature_map_image(&FeatureMaps { channels: vec![], ..maps }, 10).is_none());
}

#[test]
fn bars_are_as_high_as_their_gates() {
    let image = gate_image(&[1.0, 0.0, 0.25], 40);
    let filled =
        |bar: u32| (0..40).filter(|&y| image.get_pixel(24 * bar + 12, y).0[0] == 0).count();
    assert_eq!([filled(0), filled(1), filled(2)], [40, 0, 10]);
}

#[test]
fn the_kernels_of_the_published_network_sum_to_0() {
    let predictor = published::<Flex>(&Default::default());
    let kernels = Explainer::new(&predictor).unwrap().first_kernels();
    for kernel in kernels.kernels.iter().flatten() {
        let sum: f32 = kernel.data().iter().sum();
        assert!(sum.abs() < 1e-6 && kernel.data()[4] != 0.0, "{sum}");
    }
}
