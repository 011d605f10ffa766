//! Faces that are hard to find: which share is found with each fallback, and how many false ones.

use image::imageops::{FilterType, resize, rotate90};
use scade_face::{DetectorFiles, FaceFinder, Fallback, MtcnnConfig, weights};
use scade_image::{RgbImage, Similarity, warp_rgb};
use scade_kernels::Kernels;
use scade_synth::{ClipSpec, Identity, Scene};
use serde_json::{Map, Value, json};

/// Images of each kind.
const COUNT: u64 = 10;

/// Width and height of a rendered frame.
const SIZE: [u32; 2] = [480, 360];

const FALLBACKS: [(&str, Fallback); 3] =
    [("none", Fallback::None), ("second-look", Fallback::SecondLook), ("haar", Fallback::Haar)];

/// A rendered frame and where the nose of its face is.
type Frame = (RgbImage, [f32; 2]);

/// An image and where the nose of its face is, if it has one.
type Hard = (RgbImage, Option<[f32; 2]>);

/// A kind of hard images: its name, and how a frame becomes one.
type Kind = (&'static str, fn(&Frame) -> Hard);

/// For each kind the share of images whose face is found, and of images without a face with a box.
pub(crate) fn run<B: Kernels>(device: &B::Device) -> anyhow::Result<Value> {
    let files = weights::locate_for(None, Fallback::Haar)?;
    let mut report = Map::new();
    for (kind, make) in KINDS {
        let images: Vec<Hard> = (0..COUNT).map(|seed| make(&scene(seed))).collect();
        report.insert(kind.into(), shares::<B>(&images, &files, device)?);
    }
    Ok(Value::Object(report))
}

fn shares<B: Kernels>(
    images: &[Hard],
    files: &DetectorFiles,
    device: &B::Device,
) -> anyhow::Result<Value> {
    let mut shares = Map::new();
    for (name, fallback) in FALLBACKS {
        let finder = FaceFinder::<B>::load(files, &MtcnnConfig::default(), fallback, device)?;
        let mut count = 0;
        for (image, nose) in images {
            let found = finder.detect_batch(std::slice::from_ref(image))?;
            let mut faces = found.iter().flat_map(|found| &found.faces);
            // A box around the nose is the face; without a face any box is false.
            let hit = faces.any(|face| match nose {
                Some([x, y]) => {
                    let bbox = face.bbox;
                    (bbox.x1..bbox.x2).contains(x) && (bbox.y1..bbox.y2).contains(y)
                }
                None => true,
            });
            count += u32::from(hit);
        }
        shares.insert(name.into(), json!(f64::from(count) / images.len() as f64));
    }
    Ok(Value::Object(shares))
}

/// Kinds of images, by name. The last has no faces: its shares are those of false boxes.
const KINDS: [Kind; 7] = [
    ("on their side", |(image, [x, y])| (rotate90(image), Some([image.height() as f32 - y, *x]))),
    ("tilted by 130 degrees", |(image, [x, y])| {
        let map = Similarity::around([*x, *y], 130_f32.to_radians(), 1.0, [0.0, 0.0]);
        (warp_rgb(image, &map, image.width(), image.height()), Some([*x, *y]))
    }),
    ("dark", |(image, nose)| {
        let mut dark = image.clone();
        dark.iter_mut().for_each(|value| *value /= 12);
        (dark, Some(*nose))
    }),
    ("small", |(image, nose)| {
        let (width, height) = (image.width() / 5, image.height() / 5);
        (resize(image, width, height, FilterType::Triangle), Some(nose.map(|at| at / 5.0)))
    }),
    ("mouth hidden", |(image, [x, y])| {
        let mut hidden = image.clone();
        fill(&mut hidden, [0.0, *y + 4.0], [image.width() as f32, image.height() as f32]);
        (hidden, Some([*x, *y]))
    }),
    ("one side hidden", |(image, [x, y])| {
        let mut hidden = image.clone();
        fill(&mut hidden, [0.0, 0.0], [*x - 6.0, image.height() as f32]);
        (hidden, Some([*x, *y]))
    }),
    ("without a face", |(image, [x, y])| {
        let mut hidden = image.clone();
        fill(&mut hidden, [*x - 110.0, 0.0], [*x + 110.0, *y + 90.0]);
        (hidden, None)
    }),
];

/// A frame with one face, and its nose.
fn scene(seed: u64) -> Frame {
    let [width, height] = SIZE;
    let scene = Scene::new(ClipSpec {
        identity: Identity::new(seed),
        source: None,
        seed: seed + 1000,
        frames: 1,
        width,
        height,
        fps: 25,
        strength: 1.0,
    });
    (scene.frame(0), scene.landmarks(0).0[2])
}

/// Covers a rectangle with gray.
fn fill(image: &mut RgbImage, [x1, y1]: [f32; 2], [x2, y2]: [f32; 2]) {
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        if (x1..x2).contains(&(x as f32)) && (y1..y2).contains(&(y as f32)) {
            pixel.0 = [90, 95, 100];
        }
    }
}
