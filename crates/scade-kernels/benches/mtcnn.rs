//! Benchmarks of MTCNN's networks on 8-bit images: `cargo bench -p scade-kernels --bench mtcnn`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use scade_kernels::Level;
use scade_kernels::mtcnn::{
    ImageView, LayerWeights, ONet, ONetWeights, PNet, PNetWeights, Part, RNet, RNetWeights,
};

/// Small weights that differ from each other.
fn layer([inputs, side, outputs]: [usize; 3]) -> LayerWeights {
    let numbers = |count: usize| -> Vec<f32> {
        (0..count).map(|i| ((i * 7919) % 1009) as f32 / 4036.0 - 0.125).collect()
    };
    let kernel = numbers(outputs * inputs * side * side);
    LayerWeights { kernel, bias: numbers(outputs), slopes: Some(numbers(outputs)) }
}

fn pnet_weights() -> PNetWeights {
    PNetWeights {
        conv1: layer([3, 3, 10]),
        conv2: layer([10, 3, 16]),
        conv3: layer([16, 3, 32]),
        face: layer([32, 1, 2]),
        regression: layer([32, 1, 4]),
    }
}

fn rnet_weights() -> RNetWeights {
    RNetWeights {
        conv1: layer([3, 3, 28]),
        conv2: layer([28, 3, 48]),
        conv3: layer([48, 2, 64]),
        dense4: layer([576, 1, 128]),
        face: layer([128, 1, 2]),
        regression: layer([128, 1, 4]),
    }
}

fn onet_weights() -> ONetWeights {
    ONetWeights {
        conv1: layer([3, 3, 32]),
        conv2: layer([32, 3, 64]),
        conv3: layer([64, 3, 64]),
        conv4: layer([64, 2, 128]),
        dense5: layer([1152, 1, 256]),
        face: layer([256, 1, 2]),
        regression: layer([256, 1, 4]),
        landmarks: layer([256, 1, 10]),
    }
}

fn bytes(width: usize, height: usize) -> Vec<u8> {
    (0..3 * width * height).map(|i| (i * 31 % 251) as u8).collect()
}

/// The pyramid for a minimum face size of 60 pixels.
fn sizes(width: usize, height: usize) -> Vec<[usize; 2]> {
    let scales = (0..).map(|k| 0.2 * 0.709f64.powi(k));
    let scales = scales.take_while(|scale| scale * height as f64 >= 12.0);
    scales
        .map(|scale| [height, width].map(|length| (length as f64 * scale + 1.0) as usize))
        .collect()
}

fn networks(criterion: &mut Criterion) {
    for level in Level::available() {
        let mut group = criterion.benchmark_group(format!("MTCNN {}", level.name()));
        let net = PNet::with_level(&pnet_weights(), level).unwrap();
        for (width, height) in [(640, 480), (1280, 720), (1920, 1080)] {
            let rgb = bytes(width, height);
            let images = [ImageView::new(&rgb, width, height)];
            let sizes = sizes(width, height);
            group.bench_function(BenchmarkId::new("P-Net and pyramid", width), |bencher| {
                bencher.iter(|| net.cells(&images, &sizes, 0.99));
            });
        }
        let rgb = bytes(640, 480);
        let images = [ImageView::new(&rgb, 640, 480)];
        let parts = vec![(0, Part { x: 100, y: 100, width: 120, height: 120 }); 16];
        let net = RNet::with_level(&rnet_weights(), level).unwrap();
        group.bench_function("R-Net, 16 crops", |bencher| {
            bencher.iter(|| net.predict(&images, &parts));
        });
        let net = ONet::with_level(&onet_weights(), level).unwrap();
        group.bench_function("O-Net, 16 crops", |bencher| {
            bencher.iter(|| net.predict(&images, &parts));
        });
    }
}

criterion_group!(benches, networks);
criterion_main!(benches);
