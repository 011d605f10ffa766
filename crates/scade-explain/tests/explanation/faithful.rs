//! Deletion and insertion of a network of which only one region matters; variants of the network.

use burn::backend::Flex;
use burn::module::Param;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, s};
use scade_explain::{Class, Explainer, FaithfulnessOptions};
use scade_image::Plane;
use scade_model::ScadeNetConfig;
use scade_model::{Activation, Constraint, Meso4Config, Network, NetworkConfig, Predictor};

use crate::parity::{images, published};

fn score(predictor: &Predictor<Flex>, image: Tensor<Flex, 4>) -> f64 {
    f64::from(sigmoid(predictor.forward(image).logits).into_scalar())
}

/// A network without attention whose head sees one of the 8 × 8 places of the last block: the pixels 160 to
/// 191 across and 64 to 95 down, and those around them that its convolutions reach.
fn looking_at_one_place() -> Predictor<Flex> {
    let device = Default::default();
    Flex::seed(&device, 5);
    let config = ScadeNetConfig { eca: false, input_channels: 3, ..Default::default() };
    let Network::ScadeNet(mut network) = NetworkConfig::ScadeNet(config).init::<Flex>(&device)
    else {
        unreachable!("the configuration is SCADE-Net")
    };
    let mut weights = vec![0.0; 1024 * 16];
    for channel in 0..16 {
        let feature = channel * 64 + 2 * 8 + 5;
        weights[feature * 16 + channel] = 40.0;
    }
    network.head.fc1.weight = Param::from_tensor(
        Tensor::<Flex, 1>::from_floats(weights.as_slice(), &device).reshape([1024, 16]),
    );
    network.head.fc2.weight = Param::from_tensor(Tensor::ones([16, 1], &device));
    Predictor::new(Network::ScadeNet(network))
}

/// 1 where the network looks: rows 35 to 124 and columns 131 to 220, with what its convolutions reach.
fn place() -> Plane {
    let inside = |x: usize, y: usize| (130..222).contains(&x) && (34..126).contains(&y);
    let value = |i: usize| f32::from(u8::from(inside(i % 256, i / 256)));
    Plane::from_vec(256, 256, (0..65_536).map(value).collect()).unwrap()
}

fn rgb() -> Tensor<Flex, 4> {
    images::<Flex>(&Default::default()).slice(s![1..2, 0..3, .., ..])
}

#[test]
fn curves_begin_and_end_at_the_image_and_its_replacement() {
    let predictor = published::<Flex>(&Default::default());
    let explainer = Explainer::new(&predictor).unwrap();
    let image: Tensor<Flex, 4> = images(&Default::default()).slice(s![0..1, .., .., ..]);
    let whole = score(&predictor, image.clone());
    let mean = score(&predictor, image.clone().mean_dim(3).mean_dim(2).expand([1, 4, 256, 256]));
    let settings = FaithfulnessOptions { steps: 5, batch: 4, random_maps: 1, ..Default::default() };
    let map = explainer.grad_cam(image.clone(), 4).unwrap().swap_remove(0).real.map;
    let measure = |class| explainer.faithfulness(&image, &map, class, &settings).unwrap();
    let (fake, real) = (measure(Class::Fake), measure(Class::Real));
    for curves in [&fake.map, &fake.random[0]] {
        let (deletion, insertion) =
            (&curves.deletion.probabilities, &curves.insertion.probabilities);
        assert_eq!([deletion.len(), insertion.len()], [6, 6]);
        for (got, expected) in [(deletion[0], whole), (deletion[5], mean), (insertion[5], whole)] {
            assert!((got - expected).abs() < 1e-5, "{got}, {expected}");
        }
    }
    for (fake, real) in
        fake.map.insertion.probabilities.iter().zip(&real.map.insertion.probabilities)
    {
        assert!((fake + real - 1.0).abs() < 1e-6, "{fake}, {real}");
    }
    assert!((fake.deletion() + real.deletion() - 1.0).abs() < 1e-6);
}

#[test]
fn nothing_changes_once_the_place_that_matters_is_replaced() {
    let predictor = looking_at_one_place();
    let explainer = Explainer::new(&predictor).unwrap();
    // The place has 13 % of the pixels: 2 of 10 steps.
    let settings = FaithfulnessOptions { steps: 10, random_maps: 0, ..Default::default() };
    let measured = explainer.faithfulness(&rgb(), &place(), Class::Fake, &settings).unwrap();
    for curve in [&measured.map.deletion, &measured.map.insertion] {
        let values = &curve.probabilities;
        assert!((values[0] - values[10]).abs() > 1e-3, "the place matters: {values:?}");
        for value in &values[2..] {
            assert!((value - values[10]).abs() < 1e-6, "{values:?}");
        }
    }
    let nothing =
        explainer.faithfulness(&rgb(), &inverted(&place()), Class::Fake, &settings).unwrap();
    for value in &nothing.map.deletion.probabilities[..8] {
        assert!((value - nothing.map.deletion.probabilities[0]).abs() < 1e-6, "{nothing:?}");
    }
}

fn inverted(map: &Plane) -> Plane {
    let values = map.data().iter().map(|value| 1.0 - value).collect();
    Plane::from_vec(map.width(), map.height(), values).unwrap()
}

#[test]
fn every_form_of_network_is_computed_as_for_scores() {
    let device = Default::default();
    Flex::seed(&device, 9);
    let scade_net = NetworkConfig::ScadeNet;
    let configs = [
        NetworkConfig::default(),
        NetworkConfig::Meso4(Meso4Config::default()),
        scade_net(ScadeNetConfig {
            constrained_conv: Constraint::B,
            eca: false,
            ..Default::default()
        }),
        scade_net(ScadeNetConfig {
            constrained_conv: Constraint::Off,
            activation: Activation::Relu,
            eca_kernel_size: 5,
            ..Default::default()
        }),
    ];
    for config in configs {
        let predictor = Predictor::<Flex>::new(config.init(&device));
        let explainer = Explainer::new(&predictor).unwrap();
        let channels = config.input_channels();
        let image: Tensor<Flex, 4> = images(&device).slice(s![1..2, 0..channels, .., ..]);
        let last = explainer.feature_maps(image.clone()).pop().unwrap();
        let got: Vec<f32> = last.channels.iter().flat_map(Plane::data).copied().collect();
        let expected: Vec<f32> =
            predictor.forward(image.clone()).features.into_data().to_vec().unwrap();
        let largest = expected.iter().fold(1.0f32, |most, value| most.max(value.abs()));
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() < 1e-5 * largest, "{config:?}: {got}, {expected}");
        }
        for block in 1..=explainer.blocks() {
            let maps = explainer.grad_cam(image.clone(), block).unwrap().swap_remove(0);
            assert!(maps.fake.peak > 0.0 || maps.real.peak > 0.0, "{config:?}, block {block}");
            for cam in [&maps.fake, &maps.real] {
                assert_eq!((cam.map.width(), cam.map.height()), (256, 256));
                assert!(cam.map.data().iter().all(|value| (0.0..=1.0).contains(value)));
            }
        }
        let kernels = explainer.first_kernels().kernels;
        assert_eq!([kernels.len(), kernels[0].len()], [8, channels]);
    }
}
