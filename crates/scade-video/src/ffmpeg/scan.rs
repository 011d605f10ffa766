//! All packets of a file, read and not decoded: how many frames there are, and which need which.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::ffi;
use ffmpeg_next::packet::{Packet, Ref};

use super::frames::MAX_BAD_IN_A_ROW;
use super::part::{Part, Syntax};
use super::source::{Source, Step, is_discarded};
use crate::Error;

/// Eleven hours at 25 frames per second. A longer film is counted and not remembered.
const MAX_REMEMBERED: usize = 1_000_000;

/// What a pass over the packets has found.
pub(super) struct Scan {
    /// Packets that are shown.
    pub(super) frames: u64,
    /// Every packet in the order of the file, where all of them are understood.
    pub(super) packets: Option<Vec<Entry>>,
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// When it is shown, in the stream's own unit.
    pub(super) pts: i64,
    /// Decoded and not shown: cut by an edit list.
    pub(super) discarded: bool,
    pub(super) part: Part,
}

impl Scan {
    /// Reads a file that is open already. By its header alone only if there is no other video stream: which is the
    /// best of several, FFmpeg tells by decoding.
    pub(super) fn of(opened: &Source, time_limit: Duration) -> Result<Self, Error> {
        let syntax = Syntax::of(&opened.stream().parameters());
        let path = opened.path();
        let by_header = match opened.video_streams() {
            1 => Source::open_by_header(path, time_limit)?,
            _ => None,
        };
        match by_header {
            Some(source) => Self::through(source, syntax),
            None => Self::through(Source::open(path, time_limit)?, syntax),
        }
    }

    /// Reads a file.
    pub(super) fn read(path: &Path, time_limit: Duration) -> Result<Self, Error> {
        let source = Source::open(path, time_limit)?;
        let syntax = Syntax::of(&source.stream().parameters());
        Self::through(source, syntax)
    }

    fn through(mut source: Source, syntax: Option<Syntax>) -> Result<Self, Error> {
        let mut scan = Self { frames: 0, packets: syntax.map(|_| Vec::new()) };
        let mut bad_in_a_row = 0;
        while bad_in_a_row < MAX_BAD_IN_A_ROW {
            match source.step()? {
                Step::Packet(packet) => {
                    scan.frames += u64::from(!is_discarded(&packet));
                    scan.remember(syntax.and_then(|syntax| entry(&packet, syntax)));
                    bad_in_a_row = 0;
                    source.watch().restart();
                }
                Step::Bad => {
                    scan.packets = None;
                    bad_in_a_row += 1;
                }
                Step::End(error) => {
                    if error.is_some() {
                        scan.packets = None;
                    }
                    break;
                }
            }
        }
        Ok(scan)
    }

    fn remember(&mut self, entry: Option<Entry>) {
        match (&mut self.packets, entry) {
            (Some(packets), Some(entry)) if packets.len() < MAX_REMEMBERED => packets.push(entry),
            (packets, _) => *packets = None,
        }
    }
}

fn entry(packet: &Packet, syntax: Syntax) -> Option<Entry> {
    if packet.is_corrupt() || changes_parameters(packet) {
        return None;
    }
    let part = syntax.part(packet.data()?)?;
    Some(Entry { pts: packet.pts()?, discarded: is_discarded(packet), part })
}

/// Whether the packet brings a new codec header or image size by the side.
fn changes_parameters(packet: &Packet) -> bool {
    use ffi::AVPacketSideDataType::{AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE};
    [AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE].into_iter().any(|kind| {
        // SAFETY: the packet is initialized and borrowed; no size is asked for.
        let data =
            unsafe { ffi::av_packet_get_side_data(packet.as_ptr(), kind, std::ptr::null_mut()) };
        !data.is_null()
    })
}
