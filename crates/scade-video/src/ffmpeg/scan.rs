//! Reads all packets of a file, without decoding where possible: the number of frames, and their
//! dependencies.

use std::path::Path;

use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;

use super::MAX_BAD_IN_A_ROW;
use super::frames::Frames;
use super::part::{Classifier, Contents, Kind, Part};
use super::source::{Source, Step, has_side_data, is_discarded};
use super::video::Video;
use crate::{Error, OpenOptions, Selection};

/// Eleven hours at 25 frames per second. The packets of longer videos are counted, not stored.
const MAX_REMEMBERED: usize = 1_000_000;

/// The result of a pass over the packets.
pub(super) struct Scan {
    /// Number of displayed frames.
    pub(super) frames: u64,
    /// Every packet in the order of the file, if all could be classified and their time stamps are in
    /// the display order.
    pub(super) packets: Option<Vec<Entry>>,
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Display time, in the time base of the stream.
    pub(super) pts: i64,
    /// Decoded and not displayed: cut by an edit list, or hidden by the codec.
    pub(super) discarded: bool,
    pub(super) part: Part,
}

/// The result of reading the packets alone.
struct Pass {
    /// Number of displayed packets.
    packets: u64,
    /// Number of displayed frames, if the headers specify it.
    frames: Option<u64>,
    entries: Option<Vec<Entry>>,
    /// Whether nothing is damaged.
    sound: bool,
}

impl Scan {
    /// Reads a file that is open already, for a decoder that holds back up to `delay` frames. By its
    /// header alone only if there is no other video stream: FFmpeg must decode to find the best of
    /// several.
    pub(super) fn of(opened: &Source, delay: usize, options: &OpenOptions) -> Result<Self, Error> {
        let path = opened.path();
        let by_header = match opened.video_streams() {
            1 => Source::open_by_header(path, options.time_limit)?,
            _ => None,
        };
        let classifier = Classifier::new(&opened.stream().parameters());
        match by_header {
            Some(source) => Self::through(source, classifier, delay, options),
            None => {
                let source = opened.open_again(options.time_limit)?;
                Self::through(source, classifier, delay, options)
            }
        }
    }

    /// Reads a file.
    pub(super) fn read(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let source = Source::open(path, options.time_limit)?;
        let parameters = source.stream().parameters();
        // SAFETY: the pointer is to the parameters that are borrowed, where this integer may be read.
        let delay = unsafe { (*parameters.as_ptr()).video_delay };
        let classifier = Classifier::new(&parameters);
        Self::through(source, classifier, usize::try_from(delay).unwrap_or(0), options)
    }

    fn through(
        source: Source,
        classifier: Classifier,
        delay: usize,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let path = source.path().to_owned();
        let mut pass = Pass::through(source, classifier)?;
        if let Some(entries) = &pass.entries {
            // A decoder that holds back too few frames returns some in a wrong order, or not at all.
            let late = reordering(entries) > delay;
            if late {
                pass.frames = None;
            }
            if late || !is_in_display_order(entries) {
                pass.entries = None;
            }
        }
        let frames = match pass.frames {
            Some(frames) => frames,
            None if !pass.sound => pass.packets,
            None => decoded(&path, options)?.unwrap_or(pass.packets),
        };
        Ok(Self { frames, packets: pass.entries })
    }
}

impl Pass {
    fn through(mut source: Source, mut classifier: Classifier) -> Result<Self, Error> {
        let mut pass = Self { packets: 0, frames: Some(0), entries: Some(Vec::new()), sound: true };
        let mut bad_in_a_row = 0;
        while bad_in_a_row < MAX_BAD_IN_A_ROW {
            match source.step()? {
                Step::Packet(packet) => {
                    pass.add(&packet, classifier.contents(&packet));
                    bad_in_a_row = 0;
                    source.watch().restart();
                }
                Step::Bad => {
                    pass.is_damaged();
                    bad_in_a_row += 1;
                }
                Step::End(error) => {
                    if error.is_some() {
                        pass.is_damaged();
                    }
                    break;
                }
            }
        }
        if !classifier.is_complete() {
            pass.frames = None;
        }
        if classifier.has_layers() {
            pass.entries.iter_mut().flatten().for_each(|entry| {
                if entry.part.kind == Kind::Disposable {
                    entry.part.kind = Kind::Reference;
                }
            });
        }
        Ok(pass)
    }

    fn add(&mut self, packet: &Packet, contents: Contents) {
        let displayed = !is_discarded(packet);
        self.packets += u64::from(displayed);
        let frames = contents.shown.map(|shown| u64::from(displayed) * u64::from(shown));
        self.frames = self.frames.zip(frames).map(|(sum, frames)| sum + frames);
        if packet.is_corrupt() {
            self.is_damaged();
        }
        match (&mut self.entries, entry(packet, contents)) {
            (Some(entries), Some(entry)) if entries.len() < MAX_REMEMBERED => entries.push(entry),
            (entries, _) => *entries = None,
        }
    }

    fn is_damaged(&mut self) {
        self.sound = false;
        self.entries = None;
    }
}

fn entry(packet: &Packet, contents: Contents) -> Option<Entry> {
    if changes_parameters(packet) {
        return None;
    }
    let (shown, part) = (contents.shown?, contents.part?);
    Some(Entry { pts: packet.pts()?, discarded: shown == 0 || is_discarded(packet), part })
}

/// Whether the packet has side data with a new codec header or frame size.
fn changes_parameters(packet: &Packet) -> bool {
    use ffi::AVPacketSideDataType::{AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE};
    [AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE]
        .into_iter()
        .any(|kind| has_side_data(packet, kind))
}

/// Whether time stamps grow in the display order. In a raw stream that was put into a container they
/// may be those of decoding.
fn is_in_display_order(entries: &[Entry]) -> bool {
    let mut shown: Vec<_> = entries
        .iter()
        .filter(|entry| !entry.discarded)
        .map(|entry| (entry.part.order, entry.pts))
        .collect();
    shown.sort_unstable();
    shown.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1)
}

/// The largest number of frames that are decoded before, and displayed after a frame.
fn reordering(entries: &[Entry]) -> usize {
    let mut order: Vec<_> =
        entries.iter().enumerate().map(|(at, entry)| (entry.part.order, at)).collect();
    order.sort_unstable();
    order.iter().enumerate().map(|(rank, &(_, at))| at.saturating_sub(rank)).max().unwrap_or(0)
}

/// Number of frames that decoding gives; `None` without a decoder.
fn decoded(path: &Path, options: &OpenOptions) -> Result<Option<u64>, Error> {
    match Video::open_by_decoding(path, options) {
        Ok(video) => Frames::new(video, Selection::ALL, None).count_all().map(Some),
        Err(error @ Error::TimedOut { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}
