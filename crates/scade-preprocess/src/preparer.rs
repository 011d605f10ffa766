//! Pictures into face samples, the same way for training and inference.

use std::path::Path;

use burn::tensor::backend::Backend;
use rayon::prelude::*;
use scade_data::{FACE_SIZE, decode_crop};
use scade_face::{CropError, Face, Kernels, Mtcnn, crop};
use scade_image::{Plane, RgbImage};

use crate::{Error, Preparation, quality};

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
    /// None of the faces found is wanted: a mask says that they are not forged.
    Unforged,
}

/// What a picture gives.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The samples of the chosen faces, in the order of the detector.
    pub faces: Vec<PreparedFace>,
    /// Why there are none, where there are none.
    pub missed: Option<Missed>,
}

/// A face sample and where it came from.
#[derive(Debug, Clone)]
pub struct PreparedFace {
    /// The face in the picture.
    pub face: Face,
    /// The crop as it is stored.
    pub file: Vec<u8>,
    /// The crop as a network sees it: decoded from `file`, 256 × 256.
    pub rgb: RgbImage,
    /// The defocus map of `rgb` as it comes back from its file, 0..1, if the preparation wants one.
    pub defocus: Option<Plane>,
}

impl PreparedFace {
    /// Whether the crop shows the face more than twice enlarged: its detail is made up.
    #[must_use]
    pub fn is_tiny(&self) -> bool {
        quality::is_tiny(&self.face.bbox)
    }

    /// Whether the crop shows no fine detail.
    #[must_use]
    pub fn is_blurred(&self) -> bool {
        quality::is_blurred(&self.rgb)
    }

    /// Whether the face's box reaches beyond its picture, which has this width and height.
    #[must_use]
    pub fn is_at_border(&self, size: (u32, u32)) -> bool {
        quality::is_at_border(&self.face.bbox, size)
    }
}

impl<B: Kernels> Preparer<B> {
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

    /// The samples of the chosen faces of each picture, or why there are none.
    ///
    /// The result for a picture does not depend on the others.
    ///
    /// # Errors
    /// A failing detector or codec.
    pub fn prepare(&self, pictures: &[RgbImage]) -> Result<Vec<Prepared>, Error> {
        self.prepare_where(pictures, |_, _| true)
    }

    /// As [`Preparer::prepare`], choosing among those faces of a picture, given by its place, that are
    /// wanted.
    pub(crate) fn prepare_where(
        &self,
        pictures: &[RgbImage],
        is_wanted: impl Fn(usize, &Face) -> bool + Sync,
    ) -> Result<Vec<Prepared>, Error> {
        let found = self.detector.detect_batch(pictures)?;
        let sample = |(place, (picture, faces)): (usize, (&RgbImage, Vec<Face>))| {
            let missed = |reason| Ok(Prepared { faces: Vec::new(), missed: Some(reason) });
            if faces.is_empty() {
                return missed(Missed::NoFace);
            }
            let wanted: Vec<_> = faces.into_iter().filter(|face| is_wanted(place, face)).collect();
            if wanted.is_empty() {
                return missed(Missed::Unforged);
            }
            let chosen = self.preparation.faces.of(&wanted);
            let samples =
                chosen.into_iter().filter_map(|face| self.sample(picture, face).transpose());
            let faces = samples.collect::<Result<Vec<_>, Error>>()?;
            let missed = faces.is_empty().then_some(Missed::Outside);
            Ok(Prepared { faces, missed })
        };
        pictures.par_iter().zip(found).enumerate().map(sample).collect()
    }

    /// `None` for a face that lies wholly outside the picture.
    fn sample(&self, picture: &RgbImage, face: &Face) -> Result<Option<PreparedFace>, Error> {
        let Some(cut) = self.cut(picture, face)? else { return Ok(None) };
        let Preparation { files, jpeg_quality, compute_defocus, .. } = self.preparation;
        let file = files.crops.encode(&cut, jpeg_quality)?;
        let rgb = decode_crop(&file)?;
        let map = compute_defocus.then(|| self.preparation.defocus.map(&rgb)).transpose()?;
        let defocus = map.map(|map| files.maps.as_read_back(map));
        Ok(Some(PreparedFace { face: *face, file, rgb, defocus }))
    }

    /// The face cut out of `picture`, or out of another one in its place.
    pub(crate) fn cut(&self, picture: &RgbImage, face: &Face) -> Result<Option<RgbImage>, Error> {
        match crop(picture, face, self.preparation.crop, FACE_SIZE as u32) {
            Ok(cut) => Ok(Some(cut)),
            Err(CropError::Outside { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
