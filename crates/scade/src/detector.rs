//! The one object that most users want.

use std::path::{Path, PathBuf};

use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use scade_face::Tracker;
use scade_image::{RgbImage, rgb_tensor, rgbd_tensor};
use scade_kernels::Kernels;
use scade_model::{Artefact, Predictor};
use scade_preprocess::{Choice, PreparedFace, Preparer, StoreSettings};
use scade_video::{Frame, OpenOptions, Selection, Video};

use crate::verdict::{TrackVerdict, decide, mean};
use crate::{Error, FaceVerdict, VideoVerdict};

/// Pictures that are prepared and scored together: full batches, and memory that does not grow with
/// the length of a video.
const CHUNK: usize = 8;

/// How a detector is loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetectorOptions {
    /// Folder with the weights of the face detector, instead of the cache.
    pub face_weights: Option<PathBuf>,
    /// Score above which a face is called fake, instead of the one that came with the detector.
    pub threshold: Option<f64>,
    /// Which of several faces are judged, instead of those that training took.
    pub faces: Option<Choice>,
}

/// How a video is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoOptions {
    /// Most frames to look at. They are spread evenly over the whole video, so that an edit near
    /// its end is not missed.
    pub max_frames: u64,
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self { max_frames: 10 }
    }
}

/// A trained detector, ready to judge.
#[derive(Debug)]
pub struct Detector<B: Backend> {
    preparer: Preparer<B>,
    network: Predictor<B>,
    threshold: f64,
    device: B::Device,
}

impl<B: Kernels> Detector<B> {
    /// Loads the detector of a training run. The first use on a machine fetches the weights of the
    /// face detector, unless `options` names a folder that holds them.
    ///
    /// # Errors
    /// [`Error::Model`] when `folder` holds no detector; [`Error::Preparation`] and
    /// [`Error::Channels`] when it is not one of this version; [`Error::Unfinished`] when neither it
    /// nor `options` has a threshold; [`Error::Weights`].
    pub fn load(
        folder: impl AsRef<Path>,
        options: &DetectorOptions,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let (artefact, network) = Artefact::load::<B>(folder, device)?;
        let settings = StoreSettings::from_value(&artefact.preparation)
            .map_err(|source| Error::Preparation { folder: folder.to_owned(), source })?;
        let (expected, got) = (artefact.network.input_channels(), settings.sample.channels());
        if expected > got {
            return Err(Error::Channels { folder: folder.to_owned(), expected, got });
        }
        // A network without the defocus channel needs no map, even if its store had them.
        let mut sample = settings.sample;
        sample.compute_defocus = expected == 4;
        sample.faces = options.faces.unwrap_or(sample.faces);
        let threshold = options.threshold.or(artefact.threshold);
        let threshold = threshold.ok_or_else(|| Error::Unfinished { folder: folder.to_owned() })?;
        let weights = scade_face::weights::locate(options.face_weights.as_deref())?;
        let (expected, got) = (settings.detector_weights, scade_face::weights::digest(&weights)?);
        if !expected.is_empty() && expected != got {
            return Err(Error::FaceWeights { path: weights, expected, got });
        }
        Ok(Self {
            preparer: Preparer::load(sample, &weights, device)?,
            network: Predictor::new(network),
            threshold,
            device: device.clone(),
        })
    }

    /// Judges a picture by its chosen face; of several that with the highest score.
    ///
    /// # Errors
    /// [`Error::NoFace`]; [`Error::Prepare`].
    pub fn score_picture(&self, picture: &RgbImage) -> Result<FaceVerdict, Error> {
        let verdicts = self.score_pictures(std::slice::from_ref(picture))?;
        let highest = verdicts.into_iter().flatten().max_by(|a, b| a.score.total_cmp(&b.score));
        highest.ok_or(Error::NoFace { frames: 1 })
    }

    /// Judges the chosen faces of each picture, one unless [`Choice::All`] is asked for; none where there
    /// is no face.
    ///
    /// # Errors
    /// [`Error::Prepare`].
    pub fn score_pictures(&self, pictures: &[RgbImage]) -> Result<Vec<Vec<FaceVerdict>>, Error> {
        let mut verdicts = Vec::with_capacity(pictures.len());
        for chunk in pictures.chunks(CHUNK) {
            let prepared = self.preparer.prepare(chunk)?;
            let mut scores = prepared.iter().flat_map(|picture| &picture.faces);
            let mut scores = self.score_faces(&mut scores).into_iter();
            for picture in &prepared {
                let faces = picture.faces.iter().zip(scores.by_ref());
                verdicts.push(faces.map(|(face, score)| self.verdict(face, score)).collect());
            }
        }
        Ok(verdicts)
    }

    /// Judges the chosen face in each of some frames of a video, and the video by their mean. Of several
    /// people each is followed and judged by a mean of its own, the video by the highest of these.
    ///
    /// # Errors
    /// [`Error::Video`]; [`Error::NoFace`] when no frame has one; [`Error::Prepare`].
    pub fn score_video(
        &self,
        path: impl AsRef<Path>,
        options: &VideoOptions,
    ) -> Result<VideoVerdict, Error> {
        let path = path.as_ref();
        let most = options.max_frames.max(1);
        let colour = self.preparer.preparation().colour;
        let mut video = Video::open(path, &OpenOptions { colour, ..OpenOptions::default() })?;
        let every = video.count_frames()?.div_ceil(most).max(1);
        let mut frames = video.frames(Selection { every, max: Some(most) });
        let (mut faces, mut num_frames, mut with_face) = (Vec::new(), 0, 0);
        let mut tracker = Tracker::new();
        loop {
            let chunk = frames.by_ref().take(CHUNK).collect::<Result<Vec<Frame>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            num_frames += chunk.len();
            for found in self.score_frames(chunk, &mut tracker)? {
                with_face += usize::from(!found.is_empty());
                faces.extend(found);
            }
        }
        if faces.is_empty() {
            return Err(Error::NoFace { frames: num_frames });
        }
        let tracks = TrackVerdict::of(&faces, self.threshold);
        let highest = tracks.iter().map(|track| track.score).max_by(f64::total_cmp);
        let score = highest.unwrap_or_else(|| mean(faces.iter()));
        let (label, confidence) = decide(score, self.threshold);
        let frames_without_face = num_frames - with_face;
        let damage = frames.stats().damage();
        Ok(VideoVerdict {
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

    /// The verdicts on the faces of each frame.
    fn score_frames(
        &self,
        frames: Vec<Frame>,
        tracker: &mut Tracker,
    ) -> Result<Vec<Vec<FaceVerdict>>, Error> {
        let (places, pictures): (Vec<_>, Vec<_>) =
            frames.into_iter().map(|frame| ((frame.index, frame.time), frame.picture)).unzip();
        let mut found = self.score_pictures(&pictures)?;
        for ((index, time), faces) in places.into_iter().zip(&mut found) {
            for face in faces.iter_mut() {
                (face.frame, face.time) = (Some(index), time);
            }
            let boxes: Vec<_> = faces.iter().map(|verdict| verdict.face.bbox).collect();
            let tracks = self.preparer.preparation().faces.follow(tracker, &boxes);
            for (face, track) in faces.iter_mut().zip(tracks) {
                face.track = track;
            }
        }
        Ok(found)
    }

    /// The probability of a fake for each face.
    fn score_faces<'a>(&self, faces: impl Iterator<Item = &'a PreparedFace>) -> Vec<f64> {
        let (with_map, without): (Vec<_>, Vec<_>) = faces
            .map(|face| (&face.rgb, face.defocus.as_ref()))
            .partition(|(_, map)| map.is_some());
        let images = if with_map.is_empty() {
            let pictures: Vec<_> = without.into_iter().map(|(rgb, _)| rgb).collect();
            if pictures.is_empty() {
                return Vec::new();
            }
            rgb_tensor::<B>(&pictures, &self.device)
        } else {
            let pairs: Vec<_> =
                with_map.into_iter().filter_map(|(rgb, map)| Some((rgb, map?))).collect();
            rgbd_tensor::<B>(&pairs, &self.device)
        };
        let scores = sigmoid(self.network.forward(images).logits).into_data();
        scores.iter::<f32>().map(f64::from).collect()
    }

    fn verdict(&self, face: &PreparedFace, score: f64) -> FaceVerdict {
        let (label, confidence) = decide(score, self.threshold);
        let face = (&face.face).into();
        FaceVerdict { score, label, confidence, face, frame: None, time: None, track: None }
    }
}
