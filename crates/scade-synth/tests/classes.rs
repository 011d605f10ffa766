//! What separates the two classes, and what must not, in whole frames of the default set.

use scade_image::{Landmarks, RgbImage};
use scade_synth::{ClipSpec, Scene, SetSettings, render_frame};

/// Real and forged frame of one person, and the landmarks.
struct Pair {
    real: RgbImage,
    fake: RgbImage,
    landmarks: Landmarks,
}

fn pair(clips: &[scade_synth::PlannedClip], person: usize, frame: u32) -> Pair {
    let scene = Scene::new(clips[person].spec.clone());
    let fake = render_frame(&clips[clips.len() / 2 + person].spec, frame);
    Pair { real: scene.frame(frame), fake, landmarks: scene.landmarks(frame) }
}

fn pairs() -> Vec<Pair> {
    let clips = SetSettings::default().clips();
    (0..12).map(|person| pair(&clips, person, 5 * person as u32)).collect()
}

/// Middle of the five landmarks and the distance between the eyes.
fn middle(landmarks: &Landmarks) -> ([f32; 2], f32) {
    let points = &landmarks.0;
    let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f32>() / 5.0;
    let eyes = (points[1][0] - points[0][0]).hypot(points[1][1] - points[0][1]);
    ([mean(0), mean(1)], eyes)
}

/// Mean brightness, 0 to 255, of the pixels that `wanted` selects.
fn brightness(image: &RgbImage, wanted: impl Fn(f32, f32) -> bool) -> f64 {
    let values: Vec<f64> = image
        .enumerate_pixels()
        .filter(|(x, y, _)| wanted(*x as f32, *y as f32))
        .map(|(_, _, pixel)| pixel.0.iter().map(|v| f64::from(*v)).sum::<f64>() / 3.0)
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean absolute difference of neighbors two apart along x, on the cheeks and the nose: what is
/// left of the finest detail.
fn detail(pair: &Pair, image: &RgbImage) -> f64 {
    let ([cx, cy], eyes) = middle(&pair.landmarks);
    let (mut sum, mut count) = (0.0, 0.0);
    for y in (cy - 0.35 * eyes) as u32..(cy + 0.35 * eyes) as u32 {
        for x in (cx - 0.6 * eyes) as u32..(cx + 0.6 * eyes) as u32 {
            let green = |x: u32| f64::from(image.get_pixel(x, y).0[1]);
            sum += (2.0 * green(x) - green(x - 1) - green(x + 1)).abs();
            count += 1.0;
        }
    }
    sum / count
}

#[test]
fn the_same_specification_gives_the_same_pixels() {
    let clips = SetSettings::default().clips();
    for spec in [&clips[0].spec, &clips[12].spec] {
        assert_eq!(render_frame(spec, 7), render_frame(spec, 7));
        assert_ne!(render_frame(spec, 7), render_frame(spec, 8));
        let other = ClipSpec { seed: spec.seed + 1, ..spec.clone() };
        assert_ne!(render_frame(spec, 7), render_frame(&other, 7));
    }
}

#[test]
fn a_forgery_changes_the_inner_face_and_nothing_else() {
    for pair in pairs() {
        let ([cx, cy], eyes) = middle(&pair.landmarks);
        let mut changed = 0.0;
        for (x, y, pixel) in pair.fake.enumerate_pixels() {
            if pixel != pair.real.get_pixel(x, y) {
                let (dx, dy) = ((x as f32 - cx).abs(), (y as f32 - cy).abs());
                assert!(dx < 1.35 * eyes && dy < 1.6 * eyes, "changed far outside, at {x}, {y}");
                changed += 1.0;
            }
        }
        assert!(changed > 2.0 * eyes * eyes, "only {changed} pixels of the face were changed");
    }
}

#[test]
fn brightness_does_not_separate_the_classes() {
    let pairs = pairs();
    let differences: Vec<f64> = pairs
        .iter()
        .map(|pair| {
            let ([cx, cy], eyes) = middle(&pair.landmarks);
            let inner = |x: f32, y: f32| (x - cx).hypot(y - cy) < eyes;
            brightness(&pair.fake, inner) - brightness(&pair.real, inner)
        })
        .collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    assert!(mean.abs() < 4.0, "forged faces are brighter by {mean} of 255: {differences:?}");
}

#[test]
fn most_forgeries_differ_in_fine_detail() {
    let ratios: Vec<f64> =
        pairs().iter().map(|pair| detail(pair, &pair.fake) / detail(pair, &pair.real)).collect();
    let clear = ratios.iter().filter(|ratio| !(0.8..1.25).contains(*ratio)).count();
    assert!(clear >= 9, "{ratios:?}");
    let soft = ratios.iter().filter(|ratio| **ratio < 1.0).count();
    assert!(soft >= 6, "most are downscaled and upscaled: {ratios:?}");
}

#[test]
fn at_strength_zero_detail_is_that_of_the_recording() {
    let clips = SetSettings { strength: 0.0, ..SetSettings::default() }.clips();
    for person in 0..12 {
        let pair = pair(&clips, person, 0);
        let ratio = detail(&pair, &pair.fake) / detail(&pair, &pair.real);
        assert!((0.6..1.4).contains(&ratio), "person {person}: {ratio}");
    }
}

#[test]
fn landmarks_are_in_the_image_and_in_order() {
    for clip in SetSettings::default().clips() {
        let scene = Scene::new(clip.spec);
        for frame in (0..75).step_by(15) {
            let [left, right, nose, mouth_left, mouth_right] = scene.landmarks(frame).0;
            assert!(left[0] < right[0] && mouth_left[0] < mouth_right[0]);
            assert!(left[1] < nose[1] && nose[1] < mouth_left[1] && nose[1] < mouth_right[1]);
            for [x, y] in [left, right, nose, mouth_left, mouth_right] {
                assert!((60.0..420.0).contains(&x) && (60.0..330.0).contains(&y), "{x}, {y}");
            }
        }
    }
}

#[test]
fn odd_sizes_are_rendered_too() {
    for (width, height) in [(1, 1), (1, 50), (33, 7), (90, 160)] {
        let spec = SetSettings::default().clips().remove(12).spec;
        let image = render_frame(&ClipSpec { width, height, fps: 0, ..spec }, u32::MAX);
        assert_eq!(image.dimensions(), (width, height));
    }
}
