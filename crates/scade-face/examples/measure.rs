//! temporary
use burn::backend::Flex;
use image::RgbImage;
use scade_face::{Mtcnn, MtcnnConfig, weights};
use scade_image::Similarity;
use std::time::Instant;
const TEMPLATE: [[f32; 2]; 5] = [
    [38.2946, 51.6963],
    [73.5318, 51.5014],
    [56.0252, 71.7366],
    [41.5493, 92.3655],
    [70.7299, 92.2041],
];
fn main() {
    let path = weights::locate(None).unwrap();
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args[0] == "box" {
        let mtcnn =
            Mtcnn::<Flex>::load(&path, &MtcnnConfig::default(), &Default::default()).unwrap();
        let (mut n, mut none, mut all) = (0.0, 0, vec![]);
        for file in &args[1..] {
            let picture: RgbImage = image::open(file).unwrap().into_rgb8();
            let faces = mtcnn.detect(&picture).unwrap();
            let Some(face) = scade_face::select_largest(&faces) else {
                none += 1;
                continue;
            };
            let pairs: Vec<_> = face.landmarks.0.into_iter().zip(TEMPLATE).collect();
            let map = Similarity::fit(&pairs).unwrap();
            let b = face.bbox;
            let c = map.apply([(b.x1 + b.x2) / 2.0, (b.y1 + b.y2) / 2.0]);
            let s = map.scale() as f32;
            n += 1.0;
            all.push([c[0], c[1], b.width() * s, b.height() * s]);
        }
        for k in 0..4 {
            let mut v: Vec<f32> = all.iter().map(|a| a[k]).collect();
            v.sort_by(f32::total_cmp);
            println!(
                "{k}: mean {} median {} p10 {} p90 {}",
                v.iter().sum::<f32>() / n,
                v[v.len() / 2],
                v[v.len() / 10],
                v[v.len() * 9 / 10]
            );
        }
        println!("faces {n} none {none}");
    } else {
        let picture = image::open(&args[1]).unwrap().into_rgb8();
        for (w, h) in [(640, 480), (1280, 720), (1920, 1080)] {
            let frame =
                image::imageops::resize(&picture, w, h, image::imageops::FilterType::Triangle);
            time::<Flex>("flex", &path, &frame);
            #[cfg(feature = "nd")]
            time::<burn::backend::NdArray>("ndarray", &path, &frame);
        }
    }
}
fn time<B: burn::tensor::backend::Backend>(name: &str, path: &std::path::Path, frame: &RgbImage) {
    let mtcnn = Mtcnn::<B>::load(path, &MtcnnConfig::default(), &Default::default()).unwrap();
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let t = Instant::now();
            std::hint::black_box(mtcnn.detect(frame).unwrap());
            t.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let frames = vec![frame.clone(); 8];
    let t = Instant::now();
    let n: usize = mtcnn.detect_batch(&frames).unwrap().iter().map(Vec::len).sum();
    println!(
        "{name} {:?}: min {:.1} median {:.1} ms; batch of 8: {:.1} ms each, {} faces",
        frame.dimensions(),
        times[0],
        times[7],
        t.elapsed().as_secs_f64() * 1e3 / 8.0,
        n / 8
    );
}
