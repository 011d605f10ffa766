//! FFmpeg's parsers of H.264 and HEVC: what is in the headers of a frame, without decoding it.

use std::ptr::NonNull;

use ffmpeg_next::codec::{Context, Parameters};
use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;

/// A parser for one stream; it remembers parameter sets, as a decoder does.
pub(super) struct Parser {
    parser: NonNull<ffi::AVCodecParserContext>,
    context: Context,
}

/// The header of the first slice of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) structure: Structure,
    /// The display order since the last frame that resets it.
    pub(super) count: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    Frame,
    Top,
    Bottom,
    Unknown,
}

impl Parser {
    /// `None` if the linked FFmpeg has no parser for the codec.
    pub(super) fn new(parameters: &Parameters) -> Option<Self> {
        let context = Context::from_parameters(parameters.clone()).ok()?;
        // SAFETY: the identifier is read as the plain integer it is in C; the result is null or
        // a new parser, which `drop` closes. The flag may be set before the first packet.
        let parser = unsafe {
            let id = (&raw const (*parameters.as_ptr()).codec_id).cast::<i32>().read();
            let mut parser = NonNull::new(ffi::av_parser_init(id))?;
            parser.as_mut().flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES;
            parser
        };
        Some(Self { parser, context })
    }

    pub(super) fn header(&mut self, packet: &Packet) -> Option<Header> {
        let data = packet.data()?;
        let size = i32::try_from(data.len()).ok()?;
        let none = ffi::AV_NOPTS_VALUE;
        let (mut out, mut out_size) = (std::ptr::null_mut(), 0);
        // SAFETY: parser and context belong to `self` and to each other; a packet's data is followed
        // by the padding that parsers read; the result points into it and is not used. The fields
        // read are plain integers.
        unsafe {
            let parser = self.parser.as_mut();
            parser.output_picture_number = i32::MIN;
            parser.picture_structure = ffi::AVPictureStructure::AV_PICTURE_STRUCTURE_UNKNOWN;
            let (out, out_size) = (&raw mut out, &raw mut out_size);
            let context = self.context.as_mut_ptr();
            let bytes = data.as_ptr();
            ffi::av_parser_parse2(parser, context, out, out_size, bytes, size, none, none, -1);
            let parser = self.parser.as_ref();
            let structure = (&raw const parser.picture_structure).cast::<u32>().read();
            let structure = match structure {
                1 => Structure::Top,
                2 => Structure::Bottom,
                3 => Structure::Frame,
                _ => Structure::Unknown,
            };
            let count = parser.output_picture_number;
            (count != i32::MIN).then_some(Header { structure, count })
        }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: `new` made it, and nothing else closes it.
        unsafe { ffi::av_parser_close(self.parser.as_ptr()) };
    }
}
