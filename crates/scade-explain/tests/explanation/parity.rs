//! Grad-CAM, feature maps and gates of the published network beside PyTorch 2.4.1 in double precision.
//!
//! The weights are those of the parity tests of `scade-model`, made there; `fixtures/grad_cam.safetensors` comes from:
//!
//! ```python
//! net = ScadeNet(dropout=0.0)               # the published layers, keys as in the file
//! net.load_state_dict(torch.load("published_layout.pth", weights_only=False)["model"])
//! net = net.double().eval()
//! c, y, x = np.meshgrid(np.arange(4), np.arange(256), np.arange(256), indexing="ij")
//! waves = 0.5 + 0.3 * np.sin(0.13 * x + 0.05 * (c + 1) * y) + 0.15 * np.sin(1.7 * x - 0.9 * y + c)
//! disk = (x - 128) ** 2 + (y - 128) ** 2 < 6400
//! disk = 0.5 + 0.2 * np.sin(0.1 * x + c) * np.cos(0.28 * y) + 0.25 * disk * np.sin(2.1 * x + 1.3 * (c + 1) * y)
//! x = torch.from_numpy(np.stack([waves, disk]).astype(np.float32)).double()
//!
//! out = {}
//! for block in range(1, 5):
//!     kept = {}
//!     hook = getattr(net, f"block{block}_conv").register_forward_hook(lambda _, __, o: kept.setdefault("a", o))
//!     logits, _ = net(x)
//!     hook.remove()
//!     a = kept["a"]
//!     g, = torch.autograd.grad(logits.sum(), a)
//!     sums = (a * g.mean((2, 3), keepdim=True)).sum(1, keepdim=True)
//!     for name, sign in (("fake", 1), ("real", -1)):
//!         cam = torch.relu(sign * sums)
//!         peak, least = cam.amax((1, 2, 3), keepdim=True), cam.amin((1, 2, 3), keepdim=True)
//!         cam = torch.where(peak > least, (cam - least) / (peak - least).clamp(min=1e-300), 0.0)
//!         cam = F.interpolate(cam, (256, 256), mode="bilinear", align_corners=False)
//!         out[f"block{block}.{name}.map"] = cam.flatten(1)[:, ::97].float().contiguous()
//!         out[f"block{block}.{name}.peak"] = peak.flatten().float()
//! out["logit"] = logits.flatten().float()
//! with torch.no_grad():
//!     z = x
//!     for block in range(1, 5):
//!         z = F.silu(getattr(net, f"block{block}_conv")(z))
//!         if block > 2:
//!             e = getattr(net, f"block{block}_eca")
//!             out[f"block{block}.gates"] = torch.sigmoid(e.conv(z.mean((2, 3)).unsqueeze(1))).flatten().float()
//!             z = e(z)
//!         z = F.max_pool2d(getattr(net, f"block{block}_bn")(z), 4 if block == 4 else 2)
//!         out[f"block{block}.output"] = z.flatten()[::61].float().contiguous()
//! save_file(out, "grad_cam.safetensors")
//! ```

use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use scade_explain::{Class, Explainer};
use scade_image::Plane;
use scade_kernels::Kernels;
use scade_model::{NetworkConfig, Predictor, import_pth};
use scade_parity::{Comparison, Report, Tensors, TrainingKernels, on_each_device};

const REFERENCE: &[u8] = include_bytes!("../fixtures/grad_cam.safetensors");
/// Tolerance of maps, which are in 0..1, and of their largest values before scaling.
const MAPS: f64 = 1e-3;
/// Tolerance of feature maps and gates.
const FEATURES: f64 = 1e-5;
/// The largest values are down to 1e-8 logits per pixel: in units of 1e-6 they are not small.
const UNIT: f32 = 1e6;

pub(crate) fn published<B: Kernels>(device: &B::Device) -> Predictor<B> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scade-model/tests/fixtures");
    let path = folder.join("published_layout.pth");
    Predictor::new(import_pth(&NetworkConfig::default(), &path, device).unwrap())
}

/// The two images of the snippet.
pub(crate) fn images<B: Backend>(device: &B::Device) -> Tensor<B, 4> {
    let mut values = Vec::with_capacity(2 * 4 * 256 * 256);
    for waves in [true, false] {
        for channel in 0..4 {
            for (y, x) in (0..256).flat_map(|y| (0..256).map(move |x| (y, x))) {
                values.push(value(waves, f64::from(channel), f64::from(y), f64::from(x)) as f32);
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [2, 4, 256, 256]), device)
}

fn value(waves: bool, c: f64, y: f64, x: f64) -> f64 {
    if waves {
        let slow = (0.13 * x + 0.05 * (c + 1.0) * y).sin();
        return 0.5 + 0.3 * slow + 0.15 * (1.7 * x - 0.9 * y + c).sin();
    }
    let inside = (x - 128.0).powi(2) + (y - 128.0).powi(2) < 6400.0;
    let fine = if inside { (2.1 * x + 1.3 * (c + 1.0) * y).sin() } else { 0.0 };
    0.5 + 0.2 * (0.1 * x + c).sin() * (0.28 * y).cos() + 0.25 * fine
}

fn thinned(planes: &[Plane], stride: usize) -> Vec<f32> {
    planes.iter().flat_map(Plane::data).copied().step_by(stride).collect()
}

struct Maps;

impl Comparison for Maps {
    const PART: &'static str = "Grad-CAM";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let reference = Tensors::read(REFERENCE);
        let predictor = published::<B::InnerBackend>(device);
        let explainer = Explainer::new(&predictor).unwrap();
        for block in 1..=explainer.blocks() {
            let maps = explainer.grad_cam(images(device), block).unwrap();
            for class in [Class::Fake, Class::Real] {
                let name = format!("block{block}.{}", class.name());
                let each = || maps.iter().map(|maps| maps.of(class));
                let got: Vec<f32> =
                    each().flat_map(|cam| thinned(std::slice::from_ref(&cam.map), 97)).collect();
                let map = format!("{name}.map");
                report.absolute(&map, &got, reference.values(&map), MAPS);
                let peaks: Vec<f32> = each().map(|cam| cam.peak * UNIT).collect();
                let peak = format!("{name}.peak");
                let expected: Vec<f32> =
                    reference.values(&peak).iter().map(|value| value * UNIT).collect();
                report.relative(&peak, &peaks, &expected, MAPS);
            }
        }
    }
}

#[test]
fn heat_maps_of_every_block_and_both_classes_agree_with_pytorch() {
    on_each_device(&Maps);
}

struct Features;

impl Comparison for Features {
    const PART: &'static str = "feature maps";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let reference = Tensors::read(REFERENCE);
        let predictor = published::<B::InnerBackend>(device);
        let explainer = Explainer::new(&predictor).unwrap();
        let images: Tensor<B::InnerBackend, 4> = images(device);
        let each = images.chunk(2, 0).into_iter().map(|image| explainer.feature_maps(image));
        let [first, second] = each.collect::<Vec<_>>().try_into().unwrap();
        for (first, second) in first.iter().zip(&second) {
            let name = format!("block{}.output", first.block);
            let both = [first.channels.as_slice(), &second.channels].concat();
            report.relative(&name, &thinned(&both, 61), reference.values(&name), FEATURES);
            let gates = first.gates.iter().chain(&second.gates).flatten().copied();
            let gates: Vec<f32> = gates.collect();
            assert_eq!(gates.is_empty(), first.block < 3, "attention is in blocks 3 and 4");
            if !gates.is_empty() {
                let name = format!("block{}.gates", first.block);
                report.relative(&name, &gates, reference.values(&name), FEATURES);
            }
        }
    }
}

#[test]
fn feature_maps_and_gates_agree_with_pytorch() {
    on_each_device(&Features);
}
