//! Images into face samples, the same way for training and inference.

use rayon::prelude::*;
use scade_face::{
    CropError, DetectorFiles, Face, FaceFinder, Found, FoundBy, crop, points_in_crop,
};
use scade_image::{Landmarks, Plane, Quality, RgbImage, decode_crop};
use scade_kernels::Kernels;

use crate::{Error, FACE_SIZE, SampleSpec};

/// Finds, crops and maps faces by one [`SampleSpec`].
#[derive(Debug)]
pub struct SampleMaker<B: Kernels> {
    spec: SampleSpec,
    finder: FaceFinder<B>,
}

/// Why an image gives no face sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The detector found no face.
    NoFace,
    /// The chosen face lies wholly outside of the image; the detector can place it there.
    Outside,
    /// None of the faces found is wanted: a mask says that they are not forged.
    Unforged,
}

/// The samples of one image.
#[derive(Debug, Clone)]
pub struct ImageSamples {
    /// The samples of the chosen faces, in the order of the detector.
    pub faces: Vec<FaceSample>,
    /// Number of faces that the detector found, chosen or not.
    pub num_found: usize,
    /// Which detector found them.
    pub found_by: FoundBy,
    /// Why there are no samples, where there are none.
    pub missed: Option<Missed>,
}

/// A face sample and where it came from.
#[derive(Debug, Clone)]
pub struct FaceSample {
    /// The face in the image.
    pub face: Face,
    /// The crop as it is stored.
    pub file: Vec<u8>,
    /// The crop as a network sees it: decoded from `file`, 256 × 256.
    pub rgb: RgbImage,
    /// The defocus map of `rgb` with the values that its file can hold, 0..1, if the specification
    /// has a method for it.
    pub defocus: Option<Plane>,
    /// The five points in pixels of `rgb`; `None` where the detector finds boxes alone, as OpenCV's
    /// cascade does.
    pub landmarks: Option<Landmarks>,
    /// Size and detail of the face in the image.
    pub quality: Quality,
}

impl<B: Kernels> SampleMaker<B> {
    /// A maker with the face detectors loaded from `files`, as [`scade_face::weights::locate_for`] gives
    /// them. Whether the weights are those that `spec` names is the matter of
    /// [`SampleSpec::check_weights`].
    ///
    /// # Errors
    /// A setting out of range; a file that cannot be read, or one that the fallback needs and `files`
    /// lacks.
    pub fn load(
        spec: SampleSpec,
        files: &DetectorFiles,
        device: &B::Device,
    ) -> Result<Self, Error> {
        spec.validate()?;
        let finder = FaceFinder::load(files, &spec.detector, spec.fallback, device)?;
        Ok(Self { spec, finder })
    }

    /// The specification in use.
    #[must_use]
    pub fn spec(&self) -> &SampleSpec {
        &self.spec
    }

    /// The samples of the chosen faces of each image, or why there are none.
    ///
    /// The result for an image does not depend on the others.
    ///
    /// # Errors
    /// A failing detector or codec.
    pub fn make(&self, images: &[RgbImage]) -> Result<Vec<ImageSamples>, Error> {
        self.make_where(images, |_, _| true)
    }

    /// As [`Self::make`], choosing among those faces of an image, given by its index, that are wanted.
    pub(crate) fn make_where(
        &self,
        images: &[RgbImage],
        is_wanted: impl Fn(usize, &Face) -> bool + Sync,
    ) -> Result<Vec<ImageSamples>, Error> {
        let found = self.finder.detect_batch(images)?;
        let samples = |(index, (image, found)): (usize, (&RgbImage, Found))| {
            let Found { faces, by: found_by } = found;
            let num_found = faces.len();
            let missed = |reason| {
                let faces = Vec::new();
                Ok(ImageSamples { faces, num_found, found_by, missed: Some(reason) })
            };
            if faces.is_empty() {
                return missed(Missed::NoFace);
            }
            let wanted: Vec<_> = faces.into_iter().filter(|face| is_wanted(index, face)).collect();
            if wanted.is_empty() {
                return missed(Missed::Unforged);
            }
            let chosen = self.spec.faces.of(&wanted);
            let samples = chosen
                .into_iter()
                .filter_map(|face| self.sample(image, face, found_by).transpose());
            let faces = samples.collect::<Result<Vec<_>, Error>>()?;
            let missed = faces.is_empty().then_some(Missed::Outside);
            Ok(ImageSamples { faces, num_found, found_by, missed })
        };
        images.par_iter().zip(found).enumerate().map(samples).collect()
    }

    /// `None` for a face that lies wholly outside of the image.
    fn sample(
        &self,
        image: &RgbImage,
        face: &Face,
        found_by: FoundBy,
    ) -> Result<Option<FaceSample>, Error> {
        let Some(cropped) = self.crop(image, face, found_by)? else { return Ok(None) };
        let SampleSpec { files, jpeg_quality, defocus, .. } = &self.spec;
        let file = files.crops.encode(&cropped, *jpeg_quality)?;
        let rgb = decode_crop(&file)?;
        let map = defocus.as_ref().map(|method| method.map(&rgb)).transpose()?;
        let defocus = map.map(|map| files.maps.quantized(map));
        let landmarks = self.landmarks(image, face, found_by)?;
        let quality = Quality::of(image, &face.bbox);
        Ok(Some(FaceSample { face: *face, file, rgb, defocus, landmarks, quality }))
    }

    /// The landmarks in the crop of a face that is in the image.
    fn landmarks(
        &self,
        image: &RgbImage,
        face: &Face,
        found_by: FoundBy,
    ) -> Result<Option<Landmarks>, Error> {
        if !found_by.has_landmarks() {
            return Ok(None);
        }
        let rule = self.spec.crop.for_faces_of(found_by);
        let points = face.landmarks.0;
        let points = points_in_crop(points, face, rule, FACE_SIZE as u32, image.dimensions())?;
        // A face without a pose is cropped by its box.
        let is_known = points.as_flattened().iter().all(|value| value.is_finite());
        Ok(is_known.then_some(Landmarks(points)))
    }

    /// The face cropped from `image`, or from another one in its place.
    pub(crate) fn crop(
        &self,
        image: &RgbImage,
        face: &Face,
        found_by: FoundBy,
    ) -> Result<Option<RgbImage>, Error> {
        match crop(image, face, self.spec.crop.for_faces_of(found_by), FACE_SIZE as u32) {
            Ok(cropped) => Ok(Some(cropped)),
            Err(CropError::Outside { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
