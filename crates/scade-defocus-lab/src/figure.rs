//! The figure of `docs/defocus.md`: synthetic scenes, their true blur, and the map of each method.

use scade_defocus::FULL_SCALE;
use scade_image::RgbImage;
use scade_synth::{Scene, SetSettings};

use crate::SIDE;
use crate::benchmark::methods;
use crate::blur::{BlurStack, rounded};
use crate::leaves::leaves;
use crate::rng::Rng;
use crate::sigma::{Kind, MIDDLE, scene};

/// Gap between tiles, in pixels.
const GAP: usize = 6;

/// One row per scene: the image, its true blur, then the map of each method in the order of
/// [`methods`]. Black is no blur, white four pixels; relative maps are not scaled.
#[must_use]
pub fn figure() -> RgbImage {
    let rows: Vec<Vec<RgbImage>> = scenes()
        .into_iter()
        .map(|(image, sigma)| {
            let channel = |values: &mut dyn Iterator<Item = f32>| {
                let levels = values.map(|value| (255.0 * value.clamp(0.0, 1.0)).round() as u8);
                let levels: Vec<u8> = levels.flat_map(|level| [level; 3]).collect();
                RgbImage::from_raw(SIDE as u32, SIDE as u32, levels).expect("one value per pixel")
            };
            let truth = channel(&mut sigma.iter().map(|&sigma| sigma as f32 / FULL_SCALE));
            let maps = methods().into_iter().map(|method| {
                let map = method.estimate(&image).into_channel();
                channel(&mut map.data().iter().copied())
            });
            let maps: Vec<RgbImage> = maps.collect();
            [image, truth].into_iter().chain(maps).collect()
        })
        .collect();
    let size = |tiles: usize| (tiles * (SIDE + GAP) - GAP) as u32;
    let mut sheet =
        RgbImage::from_pixel(size(rows[0].len()), size(rows.len()), image::Rgb([255; 3]));
    for (y, row) in rows.iter().enumerate() {
        for (x, tile) in row.iter().enumerate() {
            let place = |tiles: usize| (tiles * (SIDE + GAP)) as i64;
            image::imageops::replace(&mut sheet, tile, place(x), place(y));
        }
    }
    sheet
}

/// A synthetic person with a blurred face, and the ramp and the layer of the benchmark's fifth image.
fn scenes() -> Vec<(RgbImage, Vec<f64>)> {
    let settings =
        SetSettings { width: SIDE as u32, height: SIDE as u32, ..SetSettings::default() };
    let person = Scene::in_focus(settings.clips().remove(0).spec).frame(0);
    let blur: Vec<f64> = MIDDLE.mask(1.0).into_iter().map(|mask| 0.5 + 2.0 * mask).collect();
    let [front, back] = [5, 4].map(|seed| BlurStack::new(&leaves(seed)));
    let mut scenes = vec![(rounded(&BlurStack::new(&person).blurred_by(&blur), None), blur)];
    for kind in [Kind::Ramp, Kind::Layer] {
        let (planes, sigma) = scene(kind, &front, &back, &mut Rng::new(kind as u64));
        scenes.push((rounded(&planes, None), sigma));
    }
    scenes
}
