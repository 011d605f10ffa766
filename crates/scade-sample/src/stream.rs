//! From a video to tracked faces and their samples, frame by frame.

use std::collections::VecDeque;

use scade_face::{FoundBy, Tracker};
use scade_image::{FaceBox, RgbImage};
use scade_kernels::Kernels;

use crate::cuts::CutDetector;
use crate::queue::Chunk;
use crate::{
    DecodeSummary, Error, FaceSample, FrameQueue, ImageSamples, Missed, SampleMaker, masks,
};

/// The faces of a video's frames, in order of time. The same loop serves preprocessing and inference.
///
/// An error ends it. Frames decoded before a file turns out to be broken come first.
#[derive(Debug)]
pub struct FaceStream<'a, B: Kernels> {
    maker: &'a SampleMaker<B>,
    queue: FrameQueue,
    tracker: Tracker,
    cuts: CutDetector,
    ready: VecDeque<FrameFaces>,
    /// Once decoding has ended.
    summary: Option<DecodeSummary>,
}

/// One frame and its samples.
#[derive(Debug, Clone)]
pub struct FrameFaces {
    /// Number of the frame among all frames of the video, from 0.
    pub index: u64,
    /// Seconds since the start, where the file tells.
    pub time: Option<f64>,
    /// Width and height of the frame in pixels.
    pub size: (u32, u32),
    /// Whether a new shot starts between the frame before and this one. Tracks end there.
    pub cut: bool,
    /// The samples of the chosen faces, in the order of the detector.
    pub faces: Vec<FaceSample>,
    /// The track of each face, as long as `faces`; `None` where one face is chosen anew in each frame.
    pub tracks: Vec<Option<usize>>,
    /// The dataset's mask of each face, cropped like it, as long as `faces`; `None` without one.
    pub masks: Vec<Option<RgbImage>>,
    /// Which detector found the faces.
    pub found_by: FoundBy,
    /// Why there are no faces, where there are none.
    pub missed: Option<Missed>,
}

impl<'a, B: Kernels> FaceStream<'a, B> {
    /// The faces of the frames that `queue` decodes. Whether a face is one of those that `maker`'s
    /// specification selects is decided among the faces that the video's masks, if it has any, mark.
    #[must_use]
    pub fn new(maker: &'a SampleMaker<B>, queue: FrameQueue) -> Self {
        let (tracker, cuts, ready) = (Tracker::new(), CutDetector::default(), VecDeque::new());
        Self { maker, queue, tracker, cuts, ready, summary: None }
    }

    /// How many frames there will be, at most; known with the first.
    #[must_use]
    pub fn planned(&self) -> Option<u64> {
        self.queue.planned()
    }

    /// What is known of the video, whether all of its frames were taken or not. Where decoding failed,
    /// what was known until then.
    pub fn finish(mut self) -> DecodeSummary {
        match self.summary.take() {
            Some(summary) => summary,
            None => self.queue.end().0,
        }
    }

    /// Adds the frames of a chunk. They are taken together because the faces of several images are cropped
    /// on several threads.
    fn add(&mut self, chunk: Chunk) -> Result<(), Error> {
        let Chunk { places, images, masks } = chunk;
        let is_forged = |index: usize, face: &_| {
            masks[index].as_ref().is_none_or(|mask| masks::marks(mask, face))
        };
        let samples = self.maker.make_where(&images, is_forged)?;
        for ((samples, image), ((index, time), mask)) in
            samples.into_iter().zip(&images).zip(places.into_iter().zip(masks))
        {
            let cut = self.cuts.is_cut(image);
            if cut {
                self.tracker.end_tracks();
            }
            let boxes: Vec<FaceBox> = samples.faces.iter().map(|face| face.face.bbox).collect();
            let tracks = self.maker.spec().faces.track(&mut self.tracker, &boxes);
            let crop_mask = |face: &FaceSample| match &mask {
                Some(mask) => self.maker.crop(mask, &face.face, samples.found_by),
                None => Ok(None),
            };
            let masks = samples.faces.iter().map(crop_mask).collect::<Result<_, _>>()?;
            let ImageSamples { faces, found_by, missed, .. } = samples;
            let size = image.dimensions();
            let frame =
                FrameFaces { index, time, size, cut, faces, tracks, masks, found_by, missed };
            self.ready.push_back(frame);
        }
        self.queue.give_back(images);
        Ok(())
    }
}

impl<B: Kernels> Iterator for FaceStream<'_, B> {
    type Item = Result<FrameFaces, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && self.summary.is_none() {
            let Some(chunk) = self.queue.take() else {
                let (summary, end) = self.queue.end();
                self.summary = Some(summary);
                return end.err().map(Err);
            };
            if let Err(error) = self.add(chunk) {
                self.summary = Some(self.queue.end().0);
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
