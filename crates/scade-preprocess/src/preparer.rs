//! Pictures into face samples, the same way for training and inference.

use std::path::Path;

use burn::tensor::backend::Backend;
use rayon::prelude::*;
use scade_data::{FACE_SIZE, decode_jpeg, encode_jpeg};
use scade_face::{CropError, Face, Mtcnn, crop};
use scade_image::{Plane, RgbImage};

use crate::{Error, Preparation};

/// Longer side of the largest box of a tiny face, in pixels.
const TINY: f32 = 80.0;

/// Finds, cuts out and maps faces by one [`Preparation`].
#[derive(Debug)]
pub struct Preparer<B: Backend> {
    preparation: Preparation,
    detector: Mtcnn<B>,
}

/// Why a picture gives no face sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The detector found no face.
    NoFace,
    /// The chosen face lies wholly outside the picture; the detector can place it there.
    Outside,
}

/// A face sample and where it came from.
#[derive(Debug, Clone)]
pub struct PreparedFace {
    /// The face in the picture.
    pub face: Face,
    /// The crop as it is stored.
    pub jpeg: Vec<u8>,
    /// The crop as a network sees it: decoded from `jpeg`, 256 × 256.
    pub rgb: RgbImage,
    /// The defocus map of `rgb`, 0..1, if the preparation wants one.
    pub defocus: Option<Plane>,
}

impl PreparedFace {
    /// Whether the crop shows the face more than twice enlarged: with either rule of cropping a face
    /// takes about 160 of the 256 pixels, so its box is below 80 pixels. Its detail is made up.
    #[must_use]
    pub fn is_tiny(&self) -> bool {
        self.face.bbox.width().max(self.face.bbox.height()) < TINY
    }
}

impl<B: Backend> Preparer<B> {
    /// A preparer with the detector's weights loaded from `weights`, a converted file as
    /// [`scade_face::weights::locate`] gives it.
    ///
    /// # Errors
    /// A setting out of range, weights that cannot be read.
    pub fn load(
        preparation: Preparation,
        weights: &Path,
        device: &B::Device,
    ) -> Result<Self, Error> {
        preparation.validate()?;
        let detector = Mtcnn::load(weights, &preparation.detector, device)?;
        Ok(Self { preparation, detector })
    }

    /// The settings in use.
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// The sample of the chosen face of each picture, or why there is none.
    ///
    /// The result for a picture does not depend on the others.
    ///
    /// # Errors
    /// A failing detector or codec.
    pub fn prepare(
        &self,
        pictures: &[RgbImage],
    ) -> Result<Vec<Result<PreparedFace, Missed>>, Error> {
        let found = self.detector.detect_batch(pictures)?;
        let sample =
            |(picture, faces): (&RgbImage, &Vec<Face>)| match self.preparation.faces.of(faces) {
                Some(face) => self.sample(picture, face),
                None => Ok(Err(Missed::NoFace)),
            };
        pictures.par_iter().zip(&found).map(sample).collect()
    }

    fn sample(
        &self,
        picture: &RgbImage,
        face: &Face,
    ) -> Result<Result<PreparedFace, Missed>, Error> {
        let cut = match crop(picture, face, self.preparation.crop, FACE_SIZE as u32) {
            Ok(cut) => cut,
            Err(CropError::Outside { .. }) => return Ok(Err(Missed::Outside)),
            Err(error) => return Err(error.into()),
        };
        let jpeg = encode_jpeg(&cut, self.preparation.jpeg_quality)?;
        let rgb = decode_jpeg(&jpeg)?;
        let wanted = self.preparation.compute_defocus;
        let defocus = wanted.then(|| self.preparation.defocus.map(&rgb)).transpose()?;
        Ok(Ok(PreparedFace { face: *face, jpeg, rgb, defocus }))
    }
}
