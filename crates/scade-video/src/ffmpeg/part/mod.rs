//! Classifies packets by their bytes: how many frames they show, and which may be skipped without
//! changing a pixel of the others.
//!
//! Packets can be skipped in H.264, HEVC, MPEG-4 part 2, VP9 and AV1, and only where a packet is one
//! whole frame. What headers do not specify is `None`: it has to be decoded.

mod av1;
mod h264;
mod hevc;
mod mpeg2;
mod mpeg4;
mod parser;
mod units;
mod vpx;

use ffmpeg_next::codec::{Id, Parameters};
use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;

use h264::H264;
use hevc::Hevc;

/// What a packet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Displayed frames; `None` if only decoding shows.
    pub(super) shown: Option<u32>,
    /// How it depends on others; `None` if that is unknown.
    pub(super) part: Option<Part>,
}

/// One frame and its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// Holds headers that later packets may need.
    pub(super) headers: bool,
    /// Only frames that are displayed before the preceding [`Kind::Recovery`] or [`Kind::Refresh`]
    /// may need it.
    pub(super) leading: bool,
    /// The display order.
    pub(super) order: Order,
}

/// What display order sorts by: a period of the stream, and a number within it.
pub(super) type Order = (u32, i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Needs no earlier frame, and neither does any later frame that is displayed after it.
    Refresh,
    /// The same, if the decoder forgets all earlier frames before it.
    Recovery,
    /// Later frames may need it.
    Reference,
    /// No other frame needs it.
    Disposable,
}

impl Kind {
    /// Whether decoding may start here.
    pub(super) fn is_start(self) -> bool {
        matches!(self, Self::Refresh | Self::Recovery)
    }
}

/// Classifies the packets of one stream, in order.
pub(super) struct Classifier(Syntax);

enum Syntax {
    H264(H264),
    Hevc(Hevc),
    Mpeg4(mpeg4::Mpeg4),
    Mpeg2(mpeg2::Mpeg2),
    Vp8,
    Vp9(vpx::Vp9),
    Av1(av1::Av1),
    /// Every packet is one displayed frame.
    Single,
    Unknown,
}

impl Classifier {
    pub(super) fn new(parameters: &Parameters) -> Self {
        Self(match parameters.id() {
            Id::H264 => H264::new(parameters).map_or(Syntax::Unknown, Syntax::H264),
            Id::HEVC => Hevc::new(parameters).map_or(Syntax::Unknown, Syntax::Hevc),
            Id::MPEG4 => Syntax::Mpeg4(mpeg4::Mpeg4::new(extradata(parameters))),
            Id::MPEG1VIDEO | Id::MPEG2VIDEO => Syntax::Mpeg2(mpeg2::Mpeg2::default()),
            Id::VP8 => Syntax::Vp8,
            Id::VP9 => Syntax::Vp9(vpx::Vp9::default()),
            Id::AV1 => Syntax::Av1(av1::Av1::default()),
            Id::GIF | Id::APNG | Id::FFV1 => Syntax::Single,
            Id::FLV1 | Id::H263 | Id::WMV1 | Id::WMV2 => Syntax::Single,
            Id::MSMPEG4V1 | Id::MSMPEG4V2 | Id::MSMPEG4V3 => Syntax::Single,
            _ if is_intra_only(parameters) => Syntax::Single,
            _ => Syntax::Unknown,
        })
    }

    pub(super) fn contents(&mut self, packet: &Packet) -> Contents {
        let Some(data) = packet.data() else { return Contents::default() };
        match &mut self.0 {
            Syntax::H264(h264) => h264.contents(packet),
            Syntax::Hevc(hevc) => hevc.contents(packet),
            Syntax::Mpeg4(mpeg4) => mpeg4.contents(data),
            Syntax::Mpeg2(mpeg2) => Contents { shown: mpeg2.shown(data), part: None },
            Syntax::Vp8 => Contents { shown: vpx::vp8_shown(data), part: None },
            Syntax::Vp9(vp9) => vp9.contents(data),
            Syntax::Av1(av1) => av1.contents(data),
            Syntax::Single => Contents { shown: Some(1), part: None },
            Syntax::Unknown => Contents::default(),
        }
    }

    /// Whether the end of the stream leaves nothing open, as a single field would.
    pub(super) fn is_complete(&self) -> bool {
        !matches!(&self.0, Syntax::H264(h264) if !h264.is_complete())
    }

    /// Whether frames of a lower layer that are not referenced within it may be needed by higher ones.
    pub(super) fn has_layers(&self) -> bool {
        matches!(&self.0, Syntax::Hevc(hevc) if hevc.has_layers())
    }
}

/// The codec's header in the container.
fn extradata(parameters: &Parameters) -> &[u8] {
    // SAFETY: the pointer is to the parameters that are borrowed; extradata is null or has
    // `extradata_size` bytes.
    unsafe {
        let raw = parameters.as_ptr();
        let size = usize::try_from((*raw).extradata_size).unwrap_or(0);
        let null = (*raw).extradata.is_null();
        if null { &[] } else { std::slice::from_raw_parts((*raw).extradata, size) }
    }
}

/// Whether all frames of the codec are key frames.
fn is_intra_only(parameters: &Parameters) -> bool {
    // SAFETY: the identifier is passed on as FFmpeg stored it; the result is null or static.
    unsafe {
        let descriptor = ffi::avcodec_descriptor_get((*parameters.as_ptr()).codec_id);
        !descriptor.is_null() && (*descriptor).props & ffi::AV_CODEC_PROP_INTRA_ONLY != 0
    }
}

/// The parameter sets of a stream as they were last sent. Sent again unchanged, they are no news.
#[derive(Default)]
struct Headers {
    known: Vec<u8>,
}

impl Headers {
    /// Whether a packet with these units, in this order, changes anything.
    fn are_new(&mut self, units: &[&[u8]]) -> bool {
        let sent: Vec<u8> = units
            .iter()
            .flat_map(|unit| [&(unit.len() as u64).to_be_bytes()[..], unit].concat())
            .collect();
        let new = !sent.is_empty() && sent != self.known;
        if new {
            self.known = sent;
        }
        new
    }
}
