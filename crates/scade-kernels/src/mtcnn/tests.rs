//! The three networks against plain loops in double precision.

use super::area::{Target, resize};
use super::*;
use crate::Level;
use crate::testing::{assert_close, numbers};

/// `[channels][rows][columns]`.
type Planes = Vec<Vec<Vec<f64>>>;

fn layer(seed: u64, [inputs, side, outputs]: [usize; 3], prelu: bool) -> LayerWeights {
    let kernel = numbers(seed, outputs * inputs * side * side);
    // Keeps activations at a constant scale.
    let scale = (3.0 / (inputs * side * side) as f32).sqrt();
    LayerWeights {
        kernel: kernel.iter().map(|v| scale * v).collect(),
        bias: numbers(seed + 1, outputs).iter().map(|v| 0.1 * v).collect(),
        slopes: prelu.then(|| numbers(seed + 2, outputs)),
    }
}

fn slow_layer(weights: &LayerWeights, side: usize, input: &Planes) -> Planes {
    let (height, width) = (input[0].len() + 1 - side, input[0][0].len() + 1 - side);
    let output = |output: usize| {
        let at = |y: usize, x: usize| {
            let mut sum = f64::from(weights.bias[output]);
            for (channel, plane) in input.iter().enumerate() {
                for (ky, kx) in (0..side * side).map(|position| (position / side, position % side))
                {
                    let place = ((output * input.len() + channel) * side + ky) * side + kx;
                    sum += f64::from(weights.kernel[place]) * plane[y + ky][x + kx];
                }
            }
            let slope = weights.slopes.as_ref().map_or(1.0, |slopes| f64::from(slopes[output]));
            if sum < 0.0 { slope * sum } else { sum }
        };
        (0..height).map(|y| (0..width).map(|x| at(y, x)).collect()).collect()
    };
    (0..weights.bias.len()).map(output).collect()
}

fn slow_pool(side: usize, input: &Planes) -> Planes {
    let plane = |plane: &Vec<Vec<f64>>| {
        let (height, width) = (plane.len(), plane[0].len());
        // The last square must start inside.
        let count =
            |length: usize| (0..length).filter(move |i| 2 * i < length.max(side) - side + 2);
        let at = |y: usize, x: usize| {
            let rows = &plane[2 * y..(2 * y + side).min(height)];
            let values = rows.iter().flat_map(|row| &row[2 * x..(2 * x + side).min(width)]);
            values.copied().fold(f64::MIN, f64::max)
        };
        count(height).map(|y| count(width).map(|x| at(y, x)).collect()).collect()
    };
    input.iter().map(plane).collect()
}

/// As PyTorch does it after `permute(0, 3, 2, 1)`: each value as a plane of one pixel.
fn slow_flatten(input: &Planes) -> Planes {
    let (height, width) = (input[0].len(), input[0][0].len());
    let place = |x: usize, y: usize| input.iter().map(move |plane| vec![vec![plane[y][x]]]);
    let places = (0..width).flat_map(|x| (0..height).map(move |y| (x, y)));
    places.flat_map(|(x, y)| place(x, y)).collect()
}

fn slow_area(rgb: &[u8], stride: usize, part: Part, [height, width]: [usize; 2]) -> Planes {
    let bounds = |i: usize, from: usize, to: usize| i * from / to..((i + 1) * from).div_ceil(to);
    let at = |channel: usize, y: usize, x: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in bounds(y, part.height, height) {
            for column in bounds(x, part.width, width) {
                let place = 3 * ((part.y + row) * stride + part.x + column) + channel;
                sum += f64::from(rgb[place]);
                count += 1.0;
            }
        }
        (sum / count - 127.5) / 128.0
    };
    let plane = |c| (0..height).map(|y| (0..width).map(|x| at(c, y, x)).collect()).collect();
    (0..3).map(plane).collect()
}

fn slow_score(no: f64, yes: f64) -> f64 {
    yes.exp() / (no.exp() + yes.exp())
}

fn bytes(seed: u64, count: usize) -> Vec<u8> {
    numbers(seed, count).iter().map(|v| (128.0 + 127.0 * v) as u8).collect()
}

/// A part of an image, resized in two bands.
fn area(
    level: Level,
    image: ImageView<'_>,
    part: Part,
    [h, w]: [usize; 2],
    cut: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; 3 * h * w];
    let (upper, lower) = out.split_at_mut(cut * 3 * w);
    let mut targets = vec![Target { size: [h, w], rows: cut..h, out: lower }];
    if cut > 0 {
        targets.push(Target { size: [h, w], rows: 0..cut, out: upper });
    }
    resize(level, image, part, &mut targets);
    out
}

#[test]
fn area_resize_agrees_with_the_definition() {
    let (width, height) = (61, 47);
    let rgb = bytes(1, 3 * width * height);
    let image = ImageView::new(&rgb, width, height);
    for (x, y, w, h) in [(0, 0, 61, 47), (7, 5, 33, 24), (60, 46, 1, 1), (3, 0, 1, 40)] {
        let part = Part { x, y, width: w, height: h };
        for size in [[1, 1], [13, 17], [24, 24], [48, 48], [h, w], [h + 1, w + 1]] {
            let slow = slow_area(&rgb, width, part, size);
            let expected: Vec<f64> = (0..size[0] * size[1])
                .flat_map(|i| slow.iter().map(move |plane| plane[i / size[1]][i % size[1]]))
                .collect();
            for level in Level::available() {
                for cut in [0, size[0] / 2] {
                    let got = area(level, image, part, size, cut);
                    assert_close(&format!("{level:?} {part:?} {size:?}"), &got, &expected, 1e-5);
                }
            }
        }
    }
}

/// The sums of such windows are the largest that 16 bits hold, and larger.
#[test]
fn tall_white_windows_do_not_overflow() {
    let white = f64::from((255.0_f32 - 127.5) / 128.0);
    for height in [255, 256, 257, 258, 514, 700] {
        let rgb = vec![255; 3 * height * 4];
        let image = ImageView::new(&rgb, 4, height);
        for rows in 1..=3 {
            for level in Level::available() {
                let got = area(level, image, image.whole(), [rows, 3], 0);
                let what = format!("{level:?} {height} to {rows}");
                assert_close(&what, &got, &vec![white; got.len()], 1e-6);
            }
        }
    }
}

fn pnet_weights() -> PNetWeights {
    PNetWeights {
        conv1: layer(10, [3, 3, 10], true),
        conv2: layer(20, [10, 3, 16], true),
        conv3: layer(30, [16, 3, 32], true),
        face: layer(40, [32, 1, 2], false),
        regression: layer(50, [32, 1, 4], false),
    }
}

#[test]
fn pnet_agrees_with_plain_loops() {
    let (width, height) = (190, 170);
    let rgb = bytes(2, 3 * width * height);
    let image = ImageView::new(&rgb, width, height);
    let weights = pnet_weights();
    // The first has two bands; the others have odd and even sizes down to the smallest.
    let sizes = [[100, 61], [35, 46], [18, 23], [13, 17], [12, 12]];
    for level in Level::available() {
        let net = PNet::with_level(&weights, level).unwrap();
        let found = net.cells(&[image], &sizes, f32::MIN_POSITIVE).remove(0);
        for (size, cells) in sizes.iter().zip(found) {
            let input = slow_area(&rgb, width, image.whole(), *size);
            let x = slow_pool(2, &slow_layer(&weights.conv1, 3, &input));
            let x = slow_layer(&weights.conv3, 3, &slow_layer(&weights.conv2, 3, &x));
            let face = slow_layer(&weights.face, 1, &x);
            let regression = slow_layer(&weights.regression, 1, &x);
            assert_eq!(cells.len(), face[0].len() * face[0][0].len(), "{size:?}");
            let mut expected = Vec::new();
            for (at, cell) in cells.iter().enumerate() {
                let (y, x) = (at / face[0][0].len(), at % face[0][0].len());
                assert_eq!((cell.row, cell.column), (y, x), "{level:?} {size:?}");
                expected.push(slow_score(face[0][y][x], face[1][y][x]));
                expected.extend(regression.iter().map(|plane| plane[y][x]));
            }
            let got: Vec<f32> = cells
                .iter()
                .flat_map(|cell| std::iter::once(cell.score).chain(cell.regression))
                .collect();
            assert_close(&format!("{level:?} {size:?}"), &got, &expected, 2e-6);
        }
    }
}

#[test]
fn pnet_returns_only_cells_above_the_threshold() {
    let rgb = bytes(3, 3 * 80 * 80);
    let image = ImageView::new(&rgb, 80, 80);
    let net = PNet::new(&pnet_weights()).unwrap();
    let all = &net.cells(&[image], &[[80, 80]], f32::MIN_POSITIVE)[0][0];
    let mut scores: Vec<f32> = all.iter().map(|cell| cell.score).collect();
    scores.sort_by(f32::total_cmp);
    // Also at a score that occurs.
    for threshold in [0.5, 0.9, scores[all.len() / 2]] {
        let expected: Vec<_> = all.iter().filter(|cell| cell.score >= threshold).copied().collect();
        assert_eq!(net.cells(&[image], &[[80, 80]], threshold)[0][0], expected);
    }
}

fn rnet_weights() -> RNetWeights {
    RNetWeights {
        conv1: layer(10, [3, 3, 28], true),
        conv2: layer(20, [28, 3, 48], true),
        conv3: layer(30, [48, 2, 64], true),
        dense4: layer(40, [576, 1, 128], true),
        face: layer(50, [128, 1, 2], false),
        regression: layer(60, [128, 1, 4], false),
    }
}

fn onet_weights() -> ONetWeights {
    ONetWeights {
        conv1: layer(10, [3, 3, 32], true),
        conv2: layer(20, [32, 3, 64], true),
        conv3: layer(30, [64, 3, 64], true),
        conv4: layer(40, [64, 2, 128], true),
        dense5: layer(50, [1152, 1, 256], true),
        face: layer(60, [256, 1, 2], false),
        regression: layer(70, [256, 1, 4], false),
        landmarks: layer(80, [256, 1, 10], false),
    }
}

/// The score, then the outputs of the other last layers.
fn slow_heads(x: &Planes, face: &LayerWeights, others: &[&LayerWeights]) -> Vec<f64> {
    let flat = |layer| slow_layer(layer, 1, x).into_iter().map(|plane| plane[0][0]);
    let face: Vec<f64> = flat(face).collect();
    let others = others.iter().flat_map(|&layer| flat(layer));
    std::iter::once(slow_score(face[0], face[1])).chain(others).collect()
}

fn values(prediction: &Prediction) -> Vec<f32> {
    let Prediction { score, regression, landmarks } = *prediction;
    std::iter::once(score).chain(regression).chain(landmarks).collect()
}

const PARTS: [Part; 3] = [
    Part { x: 0, y: 0, width: 70, height: 60 },
    Part { x: 10, y: 3, width: 31, height: 44 },
    Part { x: 69, y: 20, width: 1, height: 9 },
];

#[test]
fn rnet_agrees_with_plain_loops() {
    let rgb = bytes(4, 3 * 70 * 60);
    let weights = rnet_weights();
    for part in PARTS {
        let x = slow_area(&rgb, 70, part, [24, 24]);
        let x = slow_pool(3, &slow_layer(&weights.conv1, 3, &x));
        let x = slow_pool(3, &slow_layer(&weights.conv2, 3, &x));
        let x = slow_flatten(&slow_layer(&weights.conv3, 2, &x));
        let x = slow_layer(&weights.dense4, 1, &x);
        let mut expected = slow_heads(&x, &weights.face, &[&weights.regression]);
        expected.resize(15, 0.0);
        for level in Level::available() {
            let net = RNet::with_level(&weights, level).unwrap();
            let got = net.predict(&[ImageView::new(&rgb, 70, 60)], &[(0, part)]);
            assert_close(&format!("{level:?} {part:?}"), &values(&got[0]), &expected, 2e-6);
        }
    }
}

#[test]
fn onet_agrees_with_plain_loops() {
    let rgb = bytes(5, 3 * 70 * 60);
    let weights = onet_weights();
    for part in PARTS {
        let x = slow_area(&rgb, 70, part, [48, 48]);
        let x = slow_pool(3, &slow_layer(&weights.conv1, 3, &x));
        let x = slow_pool(3, &slow_layer(&weights.conv2, 3, &x));
        let x = slow_pool(2, &slow_layer(&weights.conv3, 3, &x));
        let x = slow_flatten(&slow_layer(&weights.conv4, 2, &x));
        let x = slow_layer(&weights.dense5, 1, &x);
        let expected = slow_heads(&x, &weights.face, &[&weights.regression, &weights.landmarks]);
        for level in Level::available() {
            let net = ONet::with_level(&weights, level).unwrap();
            let got = net.predict(&[ImageView::new(&rgb, 70, 60)], &[(0, part)]);
            assert_close(&format!("{level:?} {part:?}"), &values(&got[0]), &expected, 2e-6);
        }
    }
}

#[test]
fn results_depend_on_neither_threads_nor_the_rest_of_the_batch() {
    let (left, right) = (bytes(6, 3 * 70 * 60), bytes(7, 3 * 90 * 50));
    let images = [ImageView::new(&left, 70, 60), ImageView::new(&right, 90, 50)];
    let (pnet, rnet) = (PNet::new(&pnet_weights()).unwrap(), RNet::new(&rnet_weights()).unwrap());
    let parts: Vec<_> = (0..19)
        .map(|i| (i % 2, Part { x: i, y: 2 * i, width: 20 + i, height: 1 + i / 2 }))
        .collect();
    let alone: Vec<_> = parts.iter().flat_map(|&part| rnet.predict(&images, &[part])).collect();
    let sizes = [[60, 70], [30, 35]];
    let cells = images.map(|image| pnet.cells(&[image], &sizes, 0.5).remove(0));
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| rnet.predict(&images, &parts)), alone, "{threads} threads");
        let got = pool.install(|| pnet.cells(&images, &sizes, 0.5));
        assert_eq!(got, cells, "{threads} threads");
    }
}

#[test]
fn errors_name_the_layer_and_its_shape() {
    let mut weights = onet_weights();
    weights.conv2.kernel.pop();
    let error = ONet::new(&weights).unwrap_err().to_string();
    assert_eq!(error, "conv2 is not from 32 to 64 channels, 3 × 3");
    let mut weights = rnet_weights();
    weights.dense4.bias.push(0.0);
    let error = RNet::new(&weights).unwrap_err().to_string();
    assert_eq!(error, "dense4 is not from 576 to 128 channels, 1 × 1");
    let mut weights = pnet_weights();
    weights.face.bias.pop();
    let error = PNet::new(&weights).unwrap_err().to_string();
    assert_eq!(error, "face is not from 32 to 2 channels, 1 × 1");
}
