//! The public interface of the detector.

use std::path::Path;

use burn::tensor::backend::Backend;
use scade_image::RgbImage;
use scade_kernels::Kernels;

use crate::net::{Engine, Networks};
use crate::{Error, Face, MtcnnConfig, cascade};

/// A face detector with its weights: on a device, or compiled for this processor where the kernels of
/// `scade-kernels` support the backend.
#[derive(Debug, Clone)]
pub struct Mtcnn<B: Backend> {
    engine: Engine<B>,
    config: MtcnnConfig,
}

impl<B: Kernels> Mtcnn<B> {
    /// Loads the weights from a converted file, see `weights::locate`.
    ///
    /// # Errors
    /// When a setting is out of range, or the file is missing, corrupt or of another network.
    pub fn load(weights: &Path, config: &MtcnnConfig, device: &B::Device) -> Result<Self, Error> {
        config.validate()?;
        let engine = Engine::new(Networks::load(weights, device)?, device);
        Ok(Self { engine, config: config.clone() })
    }

    /// The same networks with other settings, which must be valid.
    pub(crate) fn with(&self, config: MtcnnConfig) -> Self {
        Self { engine: self.engine.clone(), config }
    }

    /// The faces in an image, by descending score. Images smaller than the minimum face size, including
    /// empty ones, have none.
    ///
    /// # Errors
    /// When the device fails.
    pub fn detect(&self, image: &RgbImage) -> Result<Vec<Face>, Error> {
        let faces = self.detect_batch(std::slice::from_ref(image))?;
        Ok(faces.into_iter().flatten().collect())
    }

    /// The faces in each of several images, as in [`Self::detect`]. Consecutive images of the same size,
    /// such as frames of a video, form one batch; memory grows with its size.
    ///
    /// # Errors
    /// When the device fails.
    pub fn detect_batch(&self, images: &[RgbImage]) -> Result<Vec<Vec<Face>>, Error> {
        let mut faces = Vec::with_capacity(images.len());
        for alike in images.chunk_by(|a, b| a.dimensions() == b.dimensions()) {
            faces.extend(cascade::detect(&self.engine, alike, &self.config)?);
        }
        Ok(faces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{SyntheticFace, render};
    use crate::weights;
    use burn::backend::Flex;
    use scade_image::FaceBox;

    type TestMtcnn = Mtcnn<Flex>;

    /// The real detector, if its weights are cached.
    fn trained() -> Option<TestMtcnn> {
        let path = weights::locate_or_skip()?;
        Some(Mtcnn::load(&path, &MtcnnConfig::default(), &Default::default()).unwrap())
    }

    /// A detector with random weights, which finds faces everywhere.
    fn untrained() -> TestMtcnn {
        let device = Default::default();
        let config = MtcnnConfig { thresholds: [0.01; 3], ..MtcnnConfig::default() };
        Mtcnn { engine: Engine::new(Networks::init(&device), &device), config }
    }

    /// The same detector, computed as tensors.
    fn as_tensors(networks: Networks<Flex>, config: MtcnnConfig) -> TestMtcnn {
        Mtcnn { engine: Engine::Tensors(Box::new(networks), Default::default()), config }
    }

    fn assert_same(got: &[Face], expected: &[Face], pixels: f32) {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            let numbers = |face: &Face| {
                let FaceBox { x1, y1, x2, y2 } = face.bbox;
                let points = face.landmarks.0.into_iter().flatten();
                [x1, y1, x2, y2].into_iter().chain(points).collect::<Vec<_>>()
            };
            assert!((got.score - expected.score).abs() < 1e-4, "{got:?} {expected:?}");
            for (a, b) in numbers(got).into_iter().zip(numbers(expected)) {
                assert!((a - b).abs() < pixels, "{got:?} {expected:?}");
            }
        }
    }

    const LEFT: SyntheticFace = SyntheticFace { x: 190.0, y: 230.0, unit: 85.0 };
    const RIGHT: SyntheticFace = SyntheticFace { x: 480.0, y: 260.0, unit: 55.0 };

    #[test]
    fn synthetic_faces_are_found_at_their_positions() {
        let Some(mtcnn) = trained() else { return };
        for seed in 0..3 {
            let faces = mtcnn.detect(&render(640, 480, &[LEFT, RIGHT], seed)).unwrap();
            assert_eq!(faces.len(), 2, "{faces:?}");
            assert!(faces[0].score >= faces[1].score && faces[1].score > 0.99, "{faces:?}");
            for face_at in [LEFT, RIGHT] {
                let near = |face: &&Face| (face.landmarks.0[2][0] - face_at.x).abs() < 40.0;
                let face = faces.iter().find(near).unwrap();
                for (got, expected) in face.landmarks.0.into_iter().zip(face_at.landmarks()) {
                    let off = (got[0] - expected[0]).hypot(got[1] - expected[1]);
                    assert!(off < 0.2 * face_at.unit, "{got:?} {expected:?}");
                }
                let middle = (face.bbox.x1 + face.bbox.x2) / 2.0;
                assert!((middle - face_at.x).abs() < 0.15 * face_at.unit, "{face:?}");
                assert!((1.3..2.4).contains(&(face.bbox.width() / face_at.unit)), "{face:?}");
            }
        }
    }

    #[test]
    fn compiled_networks_agree_with_tensors() {
        let Some(path) = weights::locate_or_skip() else { return };
        let networks = Networks::load(&path, &Default::default()).unwrap();
        let tensors = as_tensors(networks, MtcnnConfig::default());
        let compiled = trained().unwrap();
        for (seed, (width, height)) in (0..).zip([(640, 480), (511, 333)]) {
            let image = render(width, height, &[LEFT, RIGHT], seed);
            let faces = compiled.detect(&image).unwrap();
            assert!(!faces.is_empty());
            assert_same(&faces, &tensors.detect(&image).unwrap(), 1e-3);
        }
    }

    /// facenet-pytorch 2.6.0: `MTCNN(keep_all=True, min_face_size=60, thresholds=[.6, .7, .9])` gives the
    /// box -36.0 -40.2 128.8 190.1. Several candidates have the score 1; which of them stays matters here.
    #[test]
    fn a_face_that_fills_the_image_has_the_box_of_facenet_pytorch() {
        let Some(mtcnn) = trained() else { return };
        let bytes = include_bytes!("../fixtures/face_fills_picture.png");
        let image = scade_image::decode_image(bytes).unwrap();
        let faces = mtcnn.detect(&image).unwrap();
        let FaceBox { x1, y1, x2, y2 } = faces[0].bbox;
        for (got, expected) in [x1, y1, x2, y2].into_iter().zip([-36.0, -40.2, 128.8, 190.1]) {
            assert!((got - expected).abs() < 0.5, "{:?}", faces[0]);
        }
    }

    #[test]
    fn noise_has_no_faces() {
        let Some(mtcnn) = trained() else { return };
        assert!(mtcnn.detect(&render(320, 240, &[], 0)).unwrap().is_empty());
    }

    #[test]
    fn a_batch_gives_the_same_faces_as_its_images_alone() {
        let images = [
            render(240, 200, &[SyntheticFace { x: 110.0, y: 100.0, unit: 55.0 }], 1),
            render(240, 200, &[], 2),
            render(240, 200, &[SyntheticFace { x: 130.0, y: 90.0, unit: 60.0 }], 3),
            render(200, 240, &[SyntheticFace { x: 100.0, y: 120.0, unit: 60.0 }], 4),
        ];
        let untrained = untrained();
        let tensors = as_tensors(Networks::init(&Default::default()), untrained.config.clone());
        for mtcnn in [untrained, tensors].into_iter().chain(trained()) {
            let together = mtcnn.detect_batch(&images).unwrap();
            assert_eq!(together.len(), images.len());
            assert!(!together[0].is_empty());
            for (image, faces) in images.iter().zip(&together) {
                assert_same(faces, &mtcnn.detect(image).unwrap(), 0.05);
            }
        }
    }

    #[test]
    fn images_too_small_for_a_face_have_none() {
        let mtcnn = untrained();
        for (width, height) in [(0, 0), (0, 9), (1, 1), (11, 11), (59, 400), (5000, 1)] {
            assert!(mtcnn.detect(&RgbImage::new(width, height)).unwrap().is_empty());
        }
        assert!(!mtcnn.detect(&RgbImage::new(60, 60)).unwrap().is_empty());
        assert!(mtcnn.detect_batch(&[]).unwrap().is_empty());
    }

    #[test]
    fn weights_of_another_network_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mtcnn.safetensors");
        let load = |config: &MtcnnConfig| TestMtcnn::load(&path, config, &Default::default());
        let error = load(&MtcnnConfig::default()).unwrap_err();
        assert!(matches!(error, Error::Weights(weights::Error::Read { .. })), "{error:?}");

        std::fs::write(&path, "no safetensors").unwrap();
        let error = load(&MtcnnConfig::default()).unwrap_err();
        assert!(matches!(error, Error::Weights(weights::Error::Damaged { .. })), "{error:?}");

        let error = load(&MtcnnConfig { factor: 1.0, ..MtcnnConfig::default() }).unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{error:?}");
    }
}
