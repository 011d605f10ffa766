//! Explanations of scores: which regions of a face they depend on.

use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use scade_explain::{Class, Explainer, Explanation, FaithfulnessOptions};
use scade_image::{Plane, RgbImage};
use scade_kernels::Kernels;
use scade_sample::{FACE_SIZE, FaceSample, Label, PixelBatch};

use super::Detector;
use crate::{Error, FacePrediction, VideoOptions};

/// What is explained, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainOptions {
    /// The class whose support is shown; `None` for the predicted one.
    pub class: Option<Class>,
    /// The block whose heat map is computed, from 1; `None` for the last.
    pub block: Option<usize>,
    /// How the faithfulness of the heat map is measured; `None` for not at all, as it takes hundreds of
    /// times as long as the map.
    pub faithfulness: Option<FaithfulnessOptions>,
    /// Maximum number of faces of a video, those with the highest scores.
    pub max_faces: usize,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self { class: None, block: None, faithfulness: None, max_faces: 5 }
    }
}

/// A face, its prediction and the explanation of its score.
#[derive(Debug, Clone)]
pub struct FaceExplanation {
    /// The prediction.
    pub prediction: FacePrediction,
    /// Why.
    pub explanation: Explanation,
}

impl FaceExplanation {
    /// The sheet of the face: crop, maps, overlays and the numbers; see [`Explanation::sheet`].
    #[must_use]
    pub fn sheet(&self) -> RgbImage {
        let Self { prediction, explanation } = self;
        let mut lines = vec![prediction.call.to_string(), format!("score {:.3}", prediction.score)];
        let place = prediction.frame.map(|frame| format!("frame {frame}"));
        let time = prediction.time.map(|time| format!("{time:.2} s"));
        let place: Vec<String> = place.into_iter().chain(time).collect();
        if !place.is_empty() {
            lines.push(place.join(", "));
        }
        lines.push(format!("heat maps of block {}", explanation.block));
        let (class, other) = (explanation.class.name(), explanation.class.opposite().name());
        let (peak, opposite) = (explanation.cam.peak, explanation.opposite.peak);
        lines.push(format!("peaks: {class} {peak:.1e}, {other} {opposite:.1e}"));
        if let Some(measured) = &explanation.faithfulness {
            let beside = |random: Option<f64>| {
                random.map(|area| format!(" (random {area:.2})")).unwrap_or_default()
            };
            let (deletion, insertion) = (measured.deletion(), measured.insertion());
            lines.push(format!("deletion {deletion:.2}{}", beside(measured.random_deletion())));
            lines.push(format!("insertion {insertion:.2}{}", beside(measured.random_insertion())));
        }
        explanation.sheet(&lines)
    }
}

impl<B: Kernels> Detector<B> {
    /// Explains the scores of the chosen faces of an image, in the order of [`Self::score_images`].
    ///
    /// # Errors
    /// [`Error::NoFace`]; [`Error::Sample`]; [`Error::Explain`] for a block that the network lacks.
    pub fn explain(
        &self,
        image: &RgbImage,
        options: &ExplainOptions,
    ) -> Result<Vec<FaceExplanation>, Error> {
        let made = self.maker.make(std::slice::from_ref(image))?;
        let faces = made.iter().flat_map(|image| image.faces.iter().map(move |face| (face, image)));
        let explained = faces.map(|(face, image)| {
            let [score] = self.scores(&[face])[..] else { unreachable!("one score of one face") };
            self.explained(face, self.predict(face, image.found_by, score), options)
        });
        let explained = explained.collect::<Result<Vec<_>, _>>()?;
        if explained.is_empty() { Err(Error::NoFace { frames: 1 }) } else { Ok(explained) }
    }

    /// Explains the faces with the highest scores among those that [`Self::score_video`] would score,
    /// highest first.
    ///
    /// # Errors
    /// As [`Self::explain`]; [`Error::Sample`] also for a video that cannot be decoded.
    pub fn explain_video(
        &self,
        path: impl AsRef<Path>,
        video: &VideoOptions,
        options: &ExplainOptions,
    ) -> Result<Vec<FaceExplanation>, Error> {
        let (mut frames, mut is_empty) = (0, true);
        let keep = VideoOptions { keep_samples: true, ..video.clone() };
        let mut best: Vec<FacePrediction> = Vec::new();
        for frame in self.open(path.as_ref(), video)? {
            let frame = frame?;
            frames += 1;
            is_empty &= frame.faces.is_empty();
            self.score_frames(&mut vec![frame], &keep, &mut best);
            best.sort_by(|a, b| b.score.total_cmp(&a.score));
            best.truncate(options.max_faces);
        }
        if is_empty {
            return Err(Error::NoFace { frames });
        }
        let explained = best.into_iter().map(|mut face| {
            // Each has its sample: it was asked for.
            let sample = face.sample.take().ok_or(Error::NoFace { frames })?;
            self.explained(&sample, face, options)
        });
        explained.collect()
    }

    /// Explains the score of a face sample.
    ///
    /// # Errors
    /// [`Error::Explain`]; [`Error::Crop`] for a sample that a maker of another specification made.
    pub fn explain_sample(
        &self,
        sample: &FaceSample,
        options: &ExplainOptions,
    ) -> Result<Explanation, Error> {
        self.explain_crop(&sample.rgb, sample.defocus.as_ref(), options)
    }

    /// Explains the score of a face crop as it is stored: 256 × 256, with its defocus map for a detector that
    /// takes one. A map that the detector does not take is ignored.
    ///
    /// # Errors
    /// [`Error::Explain`]; [`Error::Crop`] for another size, or without the map.
    pub fn explain_crop(
        &self,
        crop: &RgbImage,
        defocus: Option<&Plane>,
        options: &ExplainOptions,
    ) -> Result<Explanation, Error> {
        let image = self.tensor_of(crop, defocus)?;
        let explainer = self.explainer()?;
        let score = sigmoid(self.network.forward(image.clone()).logits);
        let score = score.into_data().iter::<f64>().next().unwrap_or(f64::NAN);
        let block = options.block.unwrap_or(explainer.blocks());
        let predicted = if score > self.judge.threshold { Class::Fake } else { Class::Real };
        let class = options.class.unwrap_or(predicted);
        let maps = explainer.grad_cam(image.clone(), block)?.swap_remove(0);
        let cam = maps.of(class).clone();
        let measure = |settings: &FaithfulnessOptions| {
            explainer.faithfulness(&image, &cam.map, class, settings)
        };
        let faithfulness = options.faithfulness.as_ref().map(measure).transpose()?;
        let defocus = defocus.filter(|_| self.takes_maps()).cloned();
        let opposite = maps.of(class.opposite()).clone();
        let crop = crop.clone();
        Ok(Explanation { crop, defocus, score, block, class, cam, opposite, faithfulness })
    }

    /// The network, opened for explanations: its kernels, feature maps and heat maps.
    ///
    /// # Errors
    /// [`Error::Explain`] for a network that does not consist of blocks and a head.
    pub fn explainer(&self) -> Result<Explainer<'_, B>, Error> {
        Ok(Explainer::new(&self.network)?)
    }

    /// A crop as [`Self::explainer`] takes it, `[1, channels, 256, 256]`.
    ///
    /// # Errors
    /// [`Error::Crop`], as [`Self::explain_crop`].
    pub fn tensor_of(
        &self,
        crop: &RgbImage,
        defocus: Option<&Plane>,
    ) -> Result<Tensor<B, 4>, Error> {
        let size = |(width, height)| [width, height];
        let (takes_maps, side) = (self.takes_maps(), FACE_SIZE as u32);
        let map = defocus.filter(|_| takes_maps);
        let map_size = map.map(|map| [map.width() as u32, map.height() as u32]);
        let fits =
            size(crop.dimensions()) == [side; 2] && (map_size == takes_maps.then_some([side; 2]));
        if !fits {
            return Err(Error::Crop { crop: size(crop.dimensions()), map: map_size, takes_maps });
        }
        let mut batch = PixelBatch::with_capacity(1, takes_maps);
        batch.push(crop, map);
        Ok(batch.into_device(&self.device))
    }

    fn takes_maps(&self) -> bool {
        self.maker.spec().channels() == 4
    }

    fn explained(
        &self,
        sample: &FaceSample,
        prediction: FacePrediction,
        options: &ExplainOptions,
    ) -> Result<FaceExplanation, Error> {
        let class = options.class.unwrap_or(match prediction.label {
            Label::Real => Class::Real,
            Label::Fake => Class::Fake,
        });
        let options = ExplainOptions { class: Some(class), ..options.clone() };
        let explanation = self.explain_sample(sample, &options)?;
        Ok(FaceExplanation { prediction, explanation })
    }
}
