//! The one object that most users want.

mod explain;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use burn::tensor::activation::sigmoid;
use scade_face::{Face, Fallback, FoundBy};
use scade_image::RgbImage;
use scade_kernels::Kernels;
use scade_model::{ModelBundle, Network, Predictor};
use scade_sample::{
    DatasetSpec, FaceSample, FaceSelection, FaceStream, FrameFaces, FrameQueue, FrameSource,
    Frames, Pace, PixelBatch, SampleMaker, decoding_threads,
};
use scade_settings::{NoProgress, Progress};
use scade_video::PixelAspect;

use crate::prediction::{Judge, Seen};
use crate::{
    BuiltinDetector, Call, Error, FaceEvidence, FacePrediction, Gate, ImagePrediction,
    VideoPrediction,
};

pub use explain::{ExplainOptions, FaceExplanation};

/// Faces that are scored together: full batches, and memory that does not grow with the length of a
/// video.
pub(crate) const BATCH: usize = 32;

/// How a detector is loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetectorOptions {
    /// Folder with the weights of the face detector, instead of the cache.
    pub face_weights: Option<PathBuf>,
    /// Score above which a face is called fake, instead of the detector's own threshold.
    pub threshold: Option<f64>,
    /// Which of several faces are scored. By default all: in a group photograph or a conversation any of them
    /// may be forged. Training may have taken the largest alone.
    pub faces: Option<FaceSelection>,
    /// What is tried where no face is found, instead of what was tried for training.
    pub fallback: Option<Fallback>,
    /// Faces from which nothing is concluded, instead of [`Gate::default`].
    pub gate: Option<Gate>,
}

/// How a video is read.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoOptions {
    /// Maximum number of frames, spread evenly over the whole video, so that an edit near its end is
    /// not missed.
    pub max_frames: u64,
    /// How dense they are at most.
    pub pace: Pace,
    /// Whether each prediction keeps the pixels that it was made of
    /// ([`FacePrediction::sample`](crate::FacePrediction::sample)): about half a megabyte a face.
    pub keep_samples: bool,
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self { max_frames: 32, pace: Pace::Any, keep_samples: false }
    }
}

/// A trained detector, ready to score images and videos.
#[derive(Debug)]
pub struct Detector<B: Kernels> {
    pub(crate) maker: SampleMaker<B>,
    network: Predictor<B>,
    pub(crate) judge: Judge,
    gate: Gate,
    digest: String,
    device: B::Device,
}

impl<B: Kernels> Detector<B> {
    /// Loads the detector of a training run. The first use on a machine fetches the weights of the
    /// face detector, unless `options` names a folder that holds them.
    ///
    /// # Errors
    /// [`Error::Model`] when `folder` holds no detector; [`Error::Channels`] when its samples
    /// do not fit its network; [`Error::Unfinished`] when neither it nor `options` has a
    /// threshold; [`Error::Weights`] and [`Error::Sample`] for the face detector.
    pub fn load(
        folder: impl AsRef<Path>,
        options: &DetectorOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let (bundle, network) = ModelBundle::<DatasetSpec>::load::<B>(folder, device)?;
        let file = ModelBundle::<DatasetSpec>::weights_file(folder);
        let weights = scade_fs::sha256_of_file(&file)
            .map_err(|source| Error::Digest { path: file, source })?;
        Self::assemble(bundle, network, &weights, folder, options, device)
    }

    /// The detector that comes with this crate; see [`BuiltinDetector`](crate::BuiltinDetector) for what it is
    /// and what it cannot do. It needs no file but the weights of the face detector, as in [`Self::load`].
    ///
    /// # Errors
    /// [`Error::Weights`] and [`Error::Sample`] for the face detector.
    pub fn builtin(options: &DetectorOptions, device: &B::Device) -> Result<Self, Error> {
        let (bundle, network, folder) = BuiltinDetector::DEFAULT.parse::<B>(device)?;
        let weights = BuiltinDetector::DEFAULT.weights_digest();
        Self::assemble(bundle, network, &weights, &folder, options, device)
    }

    fn assemble(
        bundle: ModelBundle<DatasetSpec>,
        network: Network<B>,
        weights: &str,
        folder: &Path,
        options: &DetectorOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let digest = digest(weights, &bundle, options);
        let mut spec = bundle.spec.sample;
        let (expected, got) = (bundle.network.input_channels(), spec.channels());
        if expected > got {
            return Err(Error::Channels { folder: folder.to_owned(), expected, got });
        }
        if expected == 3 {
            // A network without the defocus channel needs no map, even if its training samples had them.
            spec.defocus = None;
        }
        spec.faces = options.faces.unwrap_or(FaceSelection::All);
        spec.fallback = options.fallback.unwrap_or(spec.fallback);
        let threshold = options.threshold.or(bundle.threshold);
        let threshold = threshold.ok_or_else(|| Error::Unfinished { folder: folder.to_owned() })?;
        let explicit = options.face_weights.as_deref();
        let files = scade_face::weights::locate_for(explicit, spec.fallback)?;
        spec.check_weights(&files.mtcnn)?;
        Ok(Self {
            maker: SampleMaker::load(spec, &files, device)?,
            network: Predictor::new(network),
            judge: Judge { threshold, pooling: bundle.pooling },
            gate: options.gate.unwrap_or_default(),
            digest,
            device: device.clone(),
        })
    }

    /// SHA-256, as 64 hexadecimal digits, of what decides the scores and conclusions of this detector: weights,
    /// description and options. Two detectors of one version with the same digest give the same prediction.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Scores an image by its chosen faces; of several by that with the highest score.
    ///
    /// # Errors
    /// [`Error::NoFace`]; [`Error::Sample`].
    pub fn score_image(&self, image: &RgbImage) -> Result<ImagePrediction, Error> {
        let found = self.score_images(std::slice::from_ref(image))?;
        found.into_iter().flatten().next().ok_or(Error::NoFace { frames: 1 })
    }

    /// As [`Self::score_image`], and each prediction keeps the pixels that it was made of.
    ///
    /// # Errors
    /// As there.
    pub fn score_image_keeping_samples(&self, image: &RgbImage) -> Result<ImagePrediction, Error> {
        let found = self.predict_images(std::slice::from_ref(image), true)?;
        found.into_iter().flatten().next().ok_or(Error::NoFace { frames: 1 })
    }

    /// Scores the chosen faces of each image; `None` where there is no face.
    ///
    /// # Errors
    /// [`Error::Sample`].
    pub fn score_images(&self, images: &[RgbImage]) -> Result<Vec<Option<ImagePrediction>>, Error> {
        self.predict_images(images, false)
    }

    fn predict_images(
        &self,
        images: &[RgbImage],
        keep_samples: bool,
    ) -> Result<Vec<Option<ImagePrediction>>, Error> {
        let mut predictions = Vec::with_capacity(images.len());
        for chunk in images.chunks(BATCH) {
            let samples = self.maker.make(chunk)?;
            let faces: Vec<_> = samples.iter().flat_map(|image| &image.faces).collect();
            let scores = faces.chunks(BATCH).flat_map(|faces| self.scores(faces));
            let mut scores = scores.collect::<Vec<_>>().into_iter();
            for image in samples {
                let faces = image.faces.into_iter().zip(scores.by_ref());
                let predict = |(face, score)| {
                    let mut prediction = self.predict(&face, image.found_by, score);
                    prediction.sample = keep_samples.then(|| Arc::new(face));
                    prediction
                };
                let faces = faces.map(predict).collect();
                let threshold = self.judge.threshold;
                predictions.push(ImagePrediction::of(faces, image.num_found, threshold));
            }
        }
        Ok(predictions)
    }

    /// Scores the chosen faces of some frames of a video, and the video by the pooling rule of the
    /// detector. Unless one face of each frame is chosen, each person is tracked and has a score of their own.
    ///
    /// # Errors
    /// [`Error::NoFace`] when no frame has one; [`Error::Sample`], also for a video that cannot be
    /// decoded.
    pub fn score_video(
        &self,
        path: impl AsRef<Path>,
        options: &VideoOptions,
    ) -> Result<VideoPrediction, Error> {
        self.score_video_with(path, options, &NoProgress)
    }

    /// As [`Self::score_video`], for the bytes of a video file, which are written to a temporary file.
    ///
    /// # Errors
    /// As there; [`Error::TemporaryFile`].
    pub fn score_video_bytes(
        &self,
        bytes: &[u8],
        options: &VideoOptions,
    ) -> Result<VideoPrediction, Error> {
        let file = tempfile::NamedTempFile::new().and_then(|mut file| {
            std::io::Write::write_all(&mut file, bytes)?;
            Ok(file)
        });
        let file = file.map_err(|source| Error::TemporaryFile { source })?;
        self.score_video(file.path(), options)
    }

    /// As [`Self::score_video`], and reports each frame.
    ///
    /// # Errors
    /// As there.
    pub fn score_video_with(
        &self,
        path: impl AsRef<Path>,
        options: &VideoOptions,
        progress: &dyn Progress,
    ) -> Result<VideoPrediction, Error> {
        let mut stream = self.open(path.as_ref(), options)?;
        let (mut faces, mut seen) = (Vec::new(), Seen::default());
        let mut waiting: Vec<FrameFaces> = Vec::new();
        let mut count = 0;
        while let Some(frame) = stream.next() {
            let frame = frame?;
            if seen.num_frames == 0 {
                progress.start("score", "frames", stream.planned().unwrap_or(0));
            }
            progress.advance(1);
            seen.num_frames += 1;
            if frame.cut {
                seen.cuts.push(frame.index);
            }
            if frame.faces.is_empty() {
                seen.frames_without_face += 1;
                continue;
            }
            count += frame.faces.len();
            waiting.push(frame);
            if count >= BATCH {
                self.score_frames(&mut waiting, options, &mut faces);
                count = 0;
            }
        }
        progress.finish();
        self.score_frames(&mut waiting, options, &mut faces);
        let frames = seen.num_frames;
        seen.damage = stream.finish().damage;
        self.judge.video(faces, seen).ok_or(Error::NoFace { frames })
    }

    /// The faces of a video, as both scores and explanations see them.
    fn open(&self, path: &Path, options: &VideoOptions) -> Result<FaceStream<'_, B>, Error> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let queue = FrameQueue::open(FrameSource {
            path: path.to_owned(),
            frames: Frames::Spread { max: options.max_frames, pace: options.pace },
            color: self.maker.spec().color,
            // Faces are squeezed otherwise, and not found. Training samples come from square pixels.
            aspect: PixelAspect::Square,
            threads: decoding_threads(cores, 1),
            masks: None,
        })?;
        Ok(FaceStream::new(&self.maker, queue))
    }

    /// Appends the predictions on the faces of some frames, and takes the frames.
    fn score_frames(
        &self,
        frames: &mut Vec<FrameFaces>,
        options: &VideoOptions,
        predictions: &mut Vec<FacePrediction>,
    ) {
        let faces: Vec<_> = frames.iter().flat_map(|frame| &frame.faces).collect();
        let scores: Vec<f64> = faces.chunks(BATCH).flat_map(|faces| self.scores(faces)).collect();
        let mut scores = scores.into_iter();
        for frame in frames.drain(..) {
            for ((face, track), score) in
                frame.faces.into_iter().zip(frame.tracks).zip(scores.by_ref())
            {
                let mut prediction = self.predict(&face, frame.found_by, score);
                (prediction.frame, prediction.time) = (Some(frame.index), frame.time);
                prediction.track = track;
                prediction.sample = options.keep_samples.then(|| Arc::new(face));
                predictions.push(prediction);
            }
        }
    }

    /// The probability of fake for each face.
    fn scores(&self, faces: &[&FaceSample]) -> Vec<f64> {
        let mut batch = PixelBatch::with_capacity(faces.len(), self.maker.spec().channels() == 4);
        for face in faces {
            batch.push(&face.rgb, face.defocus.as_ref());
        }
        self.score_batch(batch)
    }

    /// The probability of fake for each sample of a batch.
    pub(crate) fn score_batch(&self, batch: PixelBatch) -> Vec<f64> {
        if batch.is_empty() {
            return Vec::new();
        }
        let images = batch.into_device::<B>(&self.device);
        let scores = sigmoid(self.network.forward(images).logits).into_data();
        scores.iter::<f32>().map(f64::from).collect()
    }

    fn predict(&self, face: &FaceSample, found_by: FoundBy, score: f64) -> FacePrediction {
        let label = self.judge.label(score);
        let excluded = self.gate.excludes(&face.quality);
        let call = if excluded.is_some() { Call::Inconclusive } else { Call::of(label) };
        let quality = face.quality;
        let Face { bbox, score: detection_score, .. } = face.face;
        let face = FaceEvidence { bbox, detection_score, found_by };
        FacePrediction {
            score,
            label,
            call,
            excluded,
            face,
            quality,
            frame: None,
            time: None,
            track: None,
            sample: None,
        }
    }
}

/// See [`Detector::digest`]. Where the weights of the face detector lie is not a part of it; what they are is
/// checked against the description.
fn digest(weights: &str, bundle: &ModelBundle<DatasetSpec>, options: &DetectorOptions) -> String {
    let DetectorOptions { face_weights: _, threshold, faces, fallback, gate } = options;
    let options = format!("{threshold:?} {faces:?} {fallback:?} {gate:?}");
    scade_fs::sha256_hex(format!("{weights}\n{bundle:?}\n{options}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn a_detector_can_be_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Detector<Flex>>();
    }

    #[test]
    fn whatever_changes_a_prediction_changes_the_digest() {
        let (bundle, ..) = BuiltinDetector::DEFAULT.parse::<Flex>(&Default::default()).unwrap();
        let own = |options: &DetectorOptions| digest("weights", &bundle, options);
        let usual = DetectorOptions::default();
        assert_eq!(own(&usual).len(), 64);
        let elsewhere = DetectorOptions { face_weights: Some("x".into()), ..usual.clone() };
        assert_eq!(own(&usual), own(&elsewhere));
        for changed in [
            DetectorOptions { threshold: Some(0.25), ..usual.clone() },
            DetectorOptions { faces: Some(FaceSelection::Largest), ..usual.clone() },
            DetectorOptions { gate: Some(Gate::OPEN), ..usual.clone() },
        ] {
            assert_ne!(own(&usual), own(&changed), "{changed:?}");
        }
        assert_ne!(own(&usual), digest("others", &bundle, &usual));
    }
}
