//! The face detectors together: MTCNN, and what is tried where it finds nothing.

use std::path::{Path, PathBuf};

use scade_haar::{Cascade, DetectOptions};
use scade_image::RgbImage;
use scade_kernels::Kernels;

use crate::fallback::{LAST_THRESHOLD, View, of_cascade};
use crate::{Error, Face, Fallback, FoundBy, Mtcnn, MtcnnConfig};

/// The files that the face detectors need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorFiles {
    /// The weights of MTCNN, a converted file, see `weights::locate`.
    pub mtcnn: PathBuf,
    /// OpenCV's frontal face cascade; needed for [`Fallback::Haar`] alone.
    pub cascade: Option<PathBuf>,
}

/// Without a cascade.
impl From<&Path> for DetectorFiles {
    fn from(mtcnn: &Path) -> Self {
        Self { mtcnn: mtcnn.to_owned(), cascade: None }
    }
}

/// MTCNN with a fallback.
#[derive(Debug, Clone)]
pub struct FaceFinder<B: Kernels> {
    mtcnn: Mtcnn<B>,
    fallback: Option<SecondLook<B>>,
}

/// What is tried next.
#[derive(Debug, Clone)]
struct SecondLook<B: Kernels> {
    mtcnn: Mtcnn<B>,
    cascade: Option<Cascade>,
    /// Least width and height in pixels of a face of the cascade.
    min_face_size: u32,
}

/// The faces of an image and which detector found them.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// In the order of the detector: MTCNN's by descending score.
    pub faces: Vec<Face>,
    /// The detector. Where there are no faces, the first.
    pub by: FoundBy,
}

impl<B: Kernels> FaceFinder<B> {
    /// Loads the detectors that `fallback` needs.
    ///
    /// # Errors
    /// When a setting is out of range, or a file is missing, corrupt or of another kind.
    pub fn load(
        files: &DetectorFiles,
        config: &MtcnnConfig,
        fallback: Fallback,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let mtcnn = Mtcnn::load(&files.mtcnn, config, device)?;
        if fallback.is_none() {
            return Ok(Self { mtcnn, fallback: None });
        }
        let cascade = match (fallback, &files.cascade) {
            (Fallback::Haar, Some(path)) => Some(Cascade::read(path)?),
            (Fallback::Haar, None) => return Err(Error::NoCascade),
            _ => None,
        };
        let [first, second, last] = config.thresholds;
        let thresholds = [first, second, last.min(LAST_THRESHOLD)];
        let second = mtcnn.with(MtcnnConfig { thresholds, ..config.clone() });
        let min_face_size = config.min_face_size;
        Ok(Self { mtcnn, fallback: Some(SecondLook { mtcnn: second, cascade, min_face_size }) })
    }

    /// The faces in each of several images, as [`Mtcnn::detect_batch`] and, where it finds none, as the
    /// fallback finds them.
    ///
    /// # Errors
    /// When the device fails.
    pub fn detect_batch(&self, images: &[RgbImage]) -> Result<Vec<Found>, Error> {
        let found = self.mtcnn.detect_batch(images)?;
        let pairs = images.iter().zip(found);
        pairs
            .map(|(image, faces)| match &self.fallback {
                Some(fallback) if faces.is_empty() => fallback.detect(image),
                _ => Ok(Found { faces, by: FoundBy::Mtcnn }),
            })
            .collect()
    }
}

impl<B: Kernels> SecondLook<B> {
    fn detect(&self, image: &RgbImage) -> Result<Found, Error> {
        let nothing = Found { faces: Vec::new(), by: FoundBy::Mtcnn };
        if image.width() == 0 || image.height() == 0 {
            return Ok(nothing);
        }
        for view in View::ALL {
            let faces = self.mtcnn.detect(&view.of(image))?;
            if !faces.is_empty() {
                let faces = faces.iter().map(|face| view.back(face, image)).collect();
                return Ok(Found { faces, by: FoundBy::SecondLook });
            }
        }
        let Some(cascade) = &self.cascade else { return Ok(nothing) };
        let options =
            DetectOptions { min_size: [self.min_face_size; 2], ..DetectOptions::default() };
        let faces: Vec<Face> = cascade.detect(image, &options).iter().map(of_cascade).collect();
        let by = if faces.is_empty() { FoundBy::Mtcnn } else { FoundBy::Haar };
        Ok(Found { faces, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{SyntheticFace, render};
    use crate::weights;
    use burn::backend::Flex;

    fn finder(fallback: Fallback, min_face_size: u32) -> Option<FaceFinder<Flex>> {
        let path = weights::locate_or_skip()?;
        let files = DetectorFiles::from(&*path);
        let config = MtcnnConfig { min_face_size, ..MtcnnConfig::default() };
        Some(FaceFinder::load(&files, &config, fallback, &Default::default()).unwrap())
    }

    /// Two images with a face, one of them smaller than the smallest face that is looked for.
    #[test]
    fn a_face_that_is_too_small_is_found_at_the_second_look() {
        let Some(second) = finder(Fallback::SecondLook, 200) else { return };
        let first = finder(Fallback::None, 200).unwrap();
        let small = render(150, 150, &[SyntheticFace { x: 75.0, y: 70.0, unit: 55.0 }], 2);
        let large = render(640, 480, &[SyntheticFace { x: 300.0, y: 240.0, unit: 110.0 }], 2);
        assert_eq!(first.detect_batch(std::slice::from_ref(&small)).unwrap()[0].faces, []);
        let found = second.detect_batch(&[small, large]).unwrap();
        assert_eq!((found[0].by, found[1].by), (FoundBy::SecondLook, FoundBy::Mtcnn));
        let [x, y] = found[0].faces[0].landmarks.0[2];
        assert!((x - 75.0).abs() < 20.0 && (y - 86.0).abs() < 20.0, "{x} {y}");
        assert!((70.0..150.0).contains(&found[0].faces[0].bbox.width()), "{:?}", found[0]);
    }

    #[test]
    fn an_image_with_a_face_is_as_without_a_fallback() {
        let Some(second) = finder(Fallback::SecondLook, 60) else { return };
        let first = finder(Fallback::None, 60).unwrap();
        let image = render(320, 240, &[SyntheticFace { x: 150.0, y: 120.0, unit: 55.0 }], 2);
        let images = [image];
        assert_eq!(second.detect_batch(&images).unwrap(), first.detect_batch(&images).unwrap());
    }

    #[test]
    fn images_without_pixels_have_no_face() {
        let Some(second) = finder(Fallback::SecondLook, 60) else { return };
        let images = [RgbImage::new(0, 0), RgbImage::new(0, 5), RgbImage::new(1, 1)];
        for found in second.detect_batch(&images).unwrap() {
            assert_eq!(found, Found { faces: Vec::new(), by: FoundBy::Mtcnn });
        }
    }

    #[test]
    fn the_cascade_needs_its_file() {
        let Some(path) = weights::locate_or_skip() else { return };
        let config = MtcnnConfig::default();
        let load = |files: &DetectorFiles| {
            FaceFinder::<Flex>::load(files, &config, Fallback::Haar, &Default::default())
        };
        let mut files = DetectorFiles::from(&*path);
        assert!(matches!(load(&files), Err(Error::NoCascade)));
        files.cascade = Some("no/such/file.xml".into());
        assert!(matches!(load(&files), Err(Error::Cascade(_))));
    }
}
