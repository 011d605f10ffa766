//! The one object that most users want.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use burn::tensor::activation::sigmoid;
use scade_face::{Face, Fallback, FoundBy};
use scade_image::RgbImage;
use scade_kernels::Kernels;
use scade_metrics::Pooling;
use scade_model::{ModelBundle, Network, Predictor};
use scade_sample::{
    DatasetSpec, FaceSample, FaceSelection, FaceStream, FrameFaces, FrameQueue, FrameSource,
    Frames, PixelBatch, SampleMaker, decoding_threads,
};
use scade_video::PixelAspect;

use crate::prediction::{Decision, TrackPrediction};
use crate::{
    BuiltinDetector, Error, FaceEvidence, FacePrediction, ImagePrediction, VideoPrediction,
};

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
    /// Which of several faces are scored, instead of those that training took.
    pub faces: Option<FaceSelection>,
    /// What is tried where no face is found, instead of what was tried for training.
    pub fallback: Option<Fallback>,
}

/// How a video is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoOptions {
    /// Maximum number of frames, spread evenly over the whole video, so that an edit near its end is
    /// not missed.
    pub max_frames: u64,
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self { max_frames: 10 }
    }
}

/// A trained detector, ready to score images and videos.
#[derive(Debug)]
pub struct Detector<B: Kernels> {
    pub(crate) maker: SampleMaker<B>,
    network: Predictor<B>,
    pub(crate) threshold: f64,
    pub(crate) pooling: Pooling,
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
        Self::assemble(bundle, network, folder, options, device)
    }

    /// The detector that comes with this crate; see [`BuiltinDetector`](crate::BuiltinDetector) for what it is
    /// and what it cannot do. It needs no file but the weights of the face detector, as in [`Self::load`].
    ///
    /// # Errors
    /// [`Error::Weights`] and [`Error::Sample`] for the face detector.
    pub fn builtin(options: &DetectorOptions, device: &B::Device) -> Result<Self, Error> {
        let (bundle, network, folder) = BuiltinDetector::DEFAULT.parse::<B>(device)?;
        Self::assemble(bundle, network, &folder, options, device)
    }

    fn assemble(
        bundle: ModelBundle<DatasetSpec>,
        network: Network<B>,
        folder: &Path,
        options: &DetectorOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let mut spec = bundle.spec.sample;
        let (expected, got) = (bundle.network.input_channels(), spec.channels());
        if expected > got {
            return Err(Error::Channels { folder: folder.to_owned(), expected, got });
        }
        if expected == 3 {
            // A network without the defocus channel needs no map, even if its training samples had them.
            spec.defocus = None;
        }
        spec.faces = options.faces.unwrap_or(spec.faces);
        spec.fallback = options.fallback.unwrap_or(spec.fallback);
        let threshold = options.threshold.or(bundle.threshold);
        let threshold = threshold.ok_or_else(|| Error::Unfinished { folder: folder.to_owned() })?;
        let explicit = options.face_weights.as_deref();
        let files = scade_face::weights::locate_for(explicit, spec.fallback)?;
        spec.check_weights(&files.mtcnn)?;
        Ok(Self {
            maker: SampleMaker::load(spec, &files, device)?,
            network: Predictor::new(network),
            threshold,
            pooling: bundle.pooling,
            device: device.clone(),
        })
    }

    /// Scores an image by its chosen face; of several by that with the highest score.
    ///
    /// # Errors
    /// [`Error::NoFace`]; [`Error::Sample`].
    pub fn score_image(&self, image: &RgbImage) -> Result<ImagePrediction, Error> {
        let found = self.score_images(std::slice::from_ref(image))?;
        found.into_iter().flatten().next().ok_or(Error::NoFace { frames: 1 })
    }

    /// Scores the chosen faces of each image, one unless [`FaceSelection::All`] is asked for; `None` where
    /// there is no face.
    ///
    /// # Errors
    /// [`Error::Sample`].
    pub fn score_images(&self, images: &[RgbImage]) -> Result<Vec<Option<ImagePrediction>>, Error> {
        let mut predictions = Vec::with_capacity(images.len());
        for chunk in images.chunks(BATCH) {
            let samples = self.maker.make(chunk)?;
            let faces: Vec<_> = samples.iter().flat_map(|image| &image.faces).collect();
            let mut scores = faces.chunks(BATCH).flat_map(|faces| self.scores(faces));
            for image in &samples {
                let faces = image.faces.iter().zip(scores.by_ref());
                let by = image.found_by;
                let faces = faces.map(|(face, score)| self.predict(face, by, score)).collect();
                predictions.push(ImagePrediction::of(faces, image.num_found));
            }
        }
        Ok(predictions)
    }

    /// Scores the chosen faces of some frames of a video, and the video by the pooling rule of the
    /// detector. With [`FaceSelection::All`] each person is tracked and has a score of their own.
    ///
    /// # Errors
    /// [`Error::NoFace`] when no frame has one; [`Error::Sample`], also for a video that cannot be
    /// decoded.
    pub fn score_video(
        &self,
        path: impl AsRef<Path>,
        options: &VideoOptions,
    ) -> Result<VideoPrediction, Error> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let queue = FrameQueue::open(FrameSource {
            path: path.as_ref().to_owned(),
            frames: Frames::Spread { max: options.max_frames },
            color: self.maker.spec().color,
            // Faces are squeezed otherwise, and not found. Training samples come from square pixels.
            aspect: PixelAspect::Square,
            threads: decoding_threads(cores, 1),
            masks: None,
        })?;
        let mut stream = FaceStream::new(&self.maker, queue);
        let (mut faces, mut num_frames, mut frames_without_face) = (Vec::new(), 0, 0);
        let mut waiting: Vec<FrameFaces> = Vec::new();
        let mut count = 0;
        for frame in &mut stream {
            let frame = frame?;
            num_frames += 1;
            if frame.faces.is_empty() {
                frames_without_face += 1;
                continue;
            }
            count += frame.faces.len();
            waiting.push(frame);
            if count >= BATCH {
                self.score_frames(&waiting, &mut faces);
                waiting.clear();
                count = 0;
            }
        }
        self.score_frames(&waiting, &mut faces);
        let items = || faces.iter().map(|face: &FacePrediction| (face.track, face.score));
        let Some(score) = self.pooling.pool(items()) else {
            return Err(Error::NoFace { frames: num_frames });
        };
        let tracks = TrackPrediction::of(&faces, &self.pooling, self.threshold);
        let Decision { label, confidence } = Decision::new(score, self.threshold);
        let damage = stream.finish().damage;
        Ok(VideoPrediction {
            score,
            label,
            confidence,
            num_frames,
            frames_without_face,
            damage,
            tracks,
            faces,
        })
    }

    /// Appends the predictions on the faces of some frames.
    fn score_frames(&self, frames: &[FrameFaces], predictions: &mut Vec<FacePrediction>) {
        let faces: Vec<_> = frames.iter().flat_map(|frame| &frame.faces).collect();
        let mut scores = faces.chunks(BATCH).flat_map(|faces| self.scores(faces));
        for frame in frames {
            for ((face, track), score) in frame.faces.iter().zip(&frame.tracks).zip(scores.by_ref())
            {
                let mut prediction = self.predict(face, frame.found_by, score);
                (prediction.frame, prediction.time) = (Some(frame.index), frame.time);
                prediction.track = *track;
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
        let Decision { label, confidence } = Decision::new(score, self.threshold);
        let Face { bbox, score: detection_score, .. } = face.face;
        let face = FaceEvidence { bbox, detection_score, found_by };
        FacePrediction { score, label, confidence, face, frame: None, time: None, track: None }
    }
}
