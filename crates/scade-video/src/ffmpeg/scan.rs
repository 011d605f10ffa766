//! Reads all packets of a file without decoding: the number of frames, and their dependencies.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::ffi;
use ffmpeg_next::packet::{Packet, Ref};

use super::MAX_BAD_IN_A_ROW;
use super::part::{Part, Syntax};
use super::source::{Source, Step, is_discarded};
use crate::Error;

/// Eleven hours at 25 frames per second. The packets of longer videos are counted, not stored.
const MAX_REMEMBERED: usize = 1_000_000;

/// The result of a pass over the packets.
pub(super) struct Scan {
    /// Number of displayed packets.
    pub(super) frames: u64,
    /// Every packet in the order of the file, if all could be parsed.
    pub(super) packets: Option<Vec<Entry>>,
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Display time, in the time base of the stream.
    pub(super) pts: i64,
    /// Decoded and not displayed: cut by an edit list.
    pub(super) discarded: bool,
    pub(super) part: Part,
}

impl Scan {
    /// Reads a file that is open already. By its header alone only if there is no other
    /// video stream: FFmpeg must decode to find the best of several.
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

/// Whether the packet has side data with a new codec header or frame size.
fn changes_parameters(packet: &Packet) -> bool {
    use ffi::AVPacketSideDataType::{AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE};
    [AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE].into_iter().any(|kind| {
        // SAFETY: the packet is initialized and borrowed; no size is asked for.
        let data =
            unsafe { ffi::av_packet_get_side_data(packet.as_ptr(), kind, std::ptr::null_mut()) };
        !data.is_null()
    })
}
