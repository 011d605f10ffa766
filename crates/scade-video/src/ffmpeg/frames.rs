//! The selected frames: by the plan as long as the file follows it, and of all decoded ones otherwise.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;
use image::RgbImage;

use super::decoding::Phase;
use super::images::Images;
use super::plan::{FrameFate, Plan};
use super::video::Video;
use crate::{Error, Frame, Info, Selection, Stats};

/// The selected frames of a video in order; what [`Video::frames`] returns.
///
/// The first error ends it. Damaged packets are not errors: they are counted in [`Frames::stats`], and
/// the frames that can be decoded are returned. A file without any decodable frame ends in
/// [`Error::NoFrames`].
pub struct Frames {
    pub(super) video: Video,
    selection: Selection,
    /// Which packets to skip; dropped as soon as the file deviates from it.
    pub(super) plan: Option<Plan>,
    images: Images,
    pub(super) raw: ffmpeg::frame::Video,
    /// The packet that awaits a restart.
    pub(super) held: Option<Packet>,
    /// Times of the packets in the decoder that an edit list cuts, if the decoder does not drop them.
    pub(super) cut: Vec<i64>,
    /// Whether the decoder has started again in the middle.
    pub(super) restarted: bool,
    pub(super) stats: Stats,
    given: u64,
    pub(super) bad_in_a_row: u32,
    pub(super) phase: Phase,
    ended: bool,
}

impl Video {
    /// Decodes the file in order and returns the selected frames.
    ///
    /// After [`Video::count_frames`], H.264, HEVC, VP9, AV1 and MPEG-4 part 2 are decoded only as far as
    /// the selected frames need. The frames are bit-identical; damage elsewhere is then not detected.
    #[must_use]
    pub fn frames(mut self, selection: Selection) -> Frames {
        let packets = self.scan.take().and_then(|scan| scan.packets);
        let plan = packets.and_then(|packets| Plan::new(&packets, selection));
        Frames::new(self, selection, plan)
    }
}

impl Frames {
    pub(super) fn new(video: Video, selection: Selection, plan: Option<Plan>) -> Self {
        Self {
            video,
            selection,
            plan,
            images: Images::new(),
            raw: ffmpeg::frame::Video::empty(),
            held: None,
            cut: Vec::new(),
            restarted: false,
            stats: Stats::default(),
            given: 0,
            bad_in_a_row: 0,
            phase: Phase::Reading,
            ended: false,
        }
    }

    /// The contents of the header.
    #[must_use]
    pub fn info(&self) -> &Info {
        self.video.info()
    }

    /// Statistics so far; complete once the iterator has ended.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Reuses the memory of an image for a later frame.
    pub fn reuse(&mut self, image: RgbImage) {
        self.images.reuse(image);
    }

    /// Number of frames that decoding gives, without converting one.
    pub(super) fn count_all(mut self) -> Result<u64, Error> {
        self.video.source.watch().restart();
        while self.decode()? {
            self.stats.decoded += 1;
        }
        Ok(self.stats.decoded)
    }

    /// Decodes up to and including the next selected frame.
    fn find(&mut self) -> Result<Option<Frame>, Error> {
        if self.selection.max.is_some_and(|max| self.given >= max) {
            return Ok(None);
        }
        self.video.source.watch().restart();
        while let Some(plan) = &self.plan {
            if plan.is_done() {
                return Ok(None);
            }
            match self.follow_plan()? {
                FrameFate::Wanted(index) => return self.convert(index, false).map(Some),
                FrameFate::Other => {}
                FrameFate::Stray => self.start_over()?,
            }
        }
        self.find_in_all()
    }

    /// Decodes the next frame of the plan.
    fn follow_plan(&mut self) -> Result<FrameFate, Error> {
        let decoded = self.decode()? && !self.is_corrupt();
        self.stats.decoded += u64::from(decoded);
        Ok(match &mut self.plan {
            Some(plan) if decoded => plan.check(self.raw.pts()),
            _ => FrameFate::Stray,
        })
    }

    /// From here on everything is decoded; selected frames are not returned twice.
    fn start_over(&mut self) -> Result<(), Error> {
        self.video = self.video.reopen()?;
        self.plan = None;
        self.held = None;
        self.cut.clear();
        self.restarted = false;
        self.stats = Stats::default();
        self.bad_in_a_row = 0;
        self.phase = Phase::Reading;
        Ok(())
    }

    /// Decodes everything up to and including the next selected frame.
    fn find_in_all(&mut self) -> Result<Option<Frame>, Error> {
        while self.decode()? {
            let index = self.stats.decoded;
            let corrupt = self.is_corrupt();
            self.stats.decoded += 1;
            self.stats.corrupt_frames += u64::from(corrupt);
            if index == self.given.saturating_mul(self.selection.every.max(1)) {
                return self.convert(index, corrupt).map(Some);
            }
        }
        if self.stats.decoded > 0 {
            return Ok(None);
        }
        Err(Error::NoFrames {
            path: self.video.source.path().to_owned(),
            bad_packets: self.stats.bad_packets,
            source: self.stats.read_error.clone().map(Into::into),
        })
    }

    fn is_corrupt(&self) -> bool {
        self.raw.is_corrupt() || self.raw.has_decode_errors()
    }

    fn convert(&mut self, index: u64, corrupt: bool) -> Result<Frame, Error> {
        let image = self.images.image(&self.video, &self.raw, index)?;
        self.given += 1;
        Ok(Frame { index, time: self.time(), corrupt, image })
    }

    /// Seconds from the start of the stream to the frame in `raw`.
    fn time(&self) -> Option<f64> {
        let stream = self.video.source.stream();
        let start = Some(stream.start_time()).filter(|&start| start != ffi::AV_NOPTS_VALUE);
        let ticks = self.raw.timestamp()?.saturating_sub(start.unwrap_or(0));
        Some(ticks as f64 * f64::from(stream.time_base()))
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.find().transpose();
        self.ended = !matches!(found, Some(Ok(_)));
        found
    }
}

impl std::iter::FusedIterator for Frames {}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames")
            .field("video", &self.video)
            .field("selection", &self.selection)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
