//! What cannot be explained is an error, not a map of zeros.

use burn::backend::Flex;
use burn::module::Param;
use burn::tensor::{Tensor, s};
use scade_explain::{Class, Error, Explainer, FaithfulnessOptions};
use scade_image::Plane;
use scade_model::{Network, NetworkConfig, Predictor};

use crate::parity::{images, published};

fn image() -> Tensor<Flex, 4> {
    images(&Default::default()).slice(s![0..1, .., .., ..])
}

#[test]
fn a_block_that_the_network_lacks_is_named() {
    let predictor = published::<Flex>(&Default::default());
    let explainer = Explainer::new(&predictor).unwrap();
    for got in [0, 5] {
        let error = explainer.grad_cam(image(), got).unwrap_err();
        assert_eq!(error.to_string(), format!("`block` must be 1 to 4, got {got}"));
    }
}

#[test]
fn maps_and_settings_that_do_not_fit_are_named() {
    let predictor = published::<Flex>(&Default::default());
    let explainer = Explainer::new(&predictor).unwrap();
    let measure = |map: &Plane, settings: &FaithfulnessOptions| {
        explainer.faithfulness(&image(), map, Class::Fake, settings).unwrap_err().to_string()
    };
    let message = measure(&Plane::new(32, 256), &FaithfulnessOptions::default());
    assert_eq!(message, "the heat map must be 256 × 256 as the image, got 32 × 256");
    let default = FaithfulnessOptions::default;
    for (settings, path) in [
        (FaithfulnessOptions { steps: 0, ..default() }, "steps"),
        (FaithfulnessOptions { blur: f32::NAN, ..default() }, "blur"),
        (FaithfulnessOptions { random_maps: 101, ..default() }, "random_maps"),
        (FaithfulnessOptions { random_cells: 0, ..default() }, "random_cells"),
        (FaithfulnessOptions { batch: 0, ..default() }, "batch"),
    ] {
        let message = measure(&Plane::new(256, 256), &settings);
        assert!(message.contains(path), "{path}: {message}");
    }
}

#[test]
fn damaged_weights_make_no_map() {
    let device = Default::default();
    let Network::ScadeNet(mut network) = NetworkConfig::default().init::<Flex>(&device) else {
        unreachable!("the default is SCADE-Net")
    };
    network.head.fc2.weight = Param::from_tensor(Tensor::full([16, 1], f32::NAN, &device));
    let predictor = Predictor::new(Network::ScadeNet(network));
    let error = Explainer::new(&predictor).unwrap().grad_cam(image(), 4).unwrap_err();
    assert!(matches!(error, Error::NotFinite { block: 4 }), "{error}");
}
