//! Writes images to a small MP4 file atomically.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::ffi;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::{Rational, frame};
use image::RgbImage;

use super::scaler::Scaler;
use super::{allow_pixels, cause, init};
use crate::{Codec, Error, WriterOptions};

/// An MP4 being written.
///
/// Nothing appears at its path until [`Writer::finish`]: the video is encoded into an unnamed file in
/// the same folder, which disappears with the writer or the process.
pub struct Writer {
    path: PathBuf,
    size: (u32, u32),
    /// Constant quantizer of MPEG-4; x264 has its own setting and ignores it.
    quantizer: i32,
    written: u32,
    time_base: Rational,
    scaler: Scaler,
    rgb: frame::Video,
    encoder: ffmpeg::encoder::Video,
    output: Output,
    /// A second handle of the file that `output` writes.
    spool: File,
}

impl Writer {
    /// Starts a video for `path`, creating its folder.
    ///
    /// # Errors
    /// When an option is out of range, the linked FFmpeg lacks the encoder, the encoder refuses
    /// the options, or the folder cannot be written.
    pub fn create(path: &Path, options: &WriterOptions) -> Result<Self, Error> {
        init();
        options.validate().map_err(|source| Error::Setting { path: path.to_owned(), source })?;
        allow_pixels(u64::from(options.width) * u64::from(options.height));
        let spool = spool(path)?;
        let encode = |error| Error::Encode { path: path.to_owned(), source: cause(error) };
        let name = encoder_name(options.codec);
        let codec = ffmpeg::encoder::find_by_name(name)
            .ok_or_else(|| Error::NoEncoder { path: path.to_owned(), encoder: name })?;
        let encoder = open_encoder(codec, options).map_err(encode)?;
        let handle = spool.try_clone().map_err(|source| Error::Io {
            action: "create",
            path: path.to_owned(),
            source,
        })?;
        let output = open_output(handle, codec, &encoder, options.fps).map_err(encode)?;
        Ok(Self {
            path: path.to_owned(),
            size: (options.width, options.height),
            quantizer: options.quality.cast_signed(),
            written: 0,
            time_base: Rational(1, options.fps.cast_signed()),
            scaler: Scaler::new(),
            rgb: frame::Video::new(Pixel::RGB24, options.width, options.height),
            encoder,
            output,
            spool,
        })
    }

    /// Appends an image.
    ///
    /// # Errors
    /// When the image has another size than the video, or encoding fails.
    pub fn write(&mut self, image: &RgbImage) -> Result<(), Error> {
        if image.dimensions() != self.size {
            return Err(Error::WrongSize {
                path: self.path.clone(),
                index: self.written.into(),
                expected: self.size,
                got: image.dimensions(),
            });
        }
        self.encode(image).map_err(|error| self.failed(error))?;
        self.written += 1;
        Ok(())
    }

    /// Completes the video and moves it to its path, replacing an older one atomically.
    ///
    /// # Errors
    /// When no image was written, or encoding or writing fails; an older file is then intact.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.written == 0 {
            return Err(Error::NothingWritten { path: self.path });
        }
        self.complete().map_err(|error| self.failed(error))?;
        let Self { path, output, mut spool, .. } = self;
        drop(output);
        scade_fs::write_with(&path, |file| {
            spool.seek(SeekFrom::Start(0))?;
            std::io::copy(&mut spool, file).map(drop)
        })?;
        Ok(())
    }

    fn failed(&self, error: ffmpeg::Error) -> Error {
        Error::Encode { path: self.path.clone(), source: cause(error) }
    }

    fn encode(&mut self, image: &RgbImage) -> Result<(), ffmpeg::Error> {
        let row = self.size.0 as usize * 3;
        let stride = self.rgb.stride(0);
        let rows = self.rgb.data_mut(0).chunks_exact_mut(stride);
        for (to, from) in rows.zip(image.chunks_exact(row)) {
            to[..row].copy_from_slice(from);
        }
        // A new frame each time: the encoder may still hold the one before.
        let mut yuv = self.scaler.reformat(&self.rgb, self.encoder.format())?;
        yuv.set_pts(Some(self.written.into()));
        // SAFETY: this plain number belongs to the frame that `yuv` owns.
        unsafe { (*yuv.as_mut_ptr()).quality = self.quantizer * ffi::FF_QP2LAMBDA };
        self.encoder.send_frame(&yuv)?;
        self.drain()
    }

    fn complete(&mut self) -> Result<(), ffmpeg::Error> {
        self.encoder.send_eof()?;
        self.drain()?;
        self.output.write_trailer()
    }

    /// Moves every finished packet from the encoder into the file.
    fn drain(&mut self) -> Result<(), ffmpeg::Error> {
        let stream = self.output.stream(0).ok_or(ffmpeg::Error::StreamNotFound)?.time_base();
        loop {
            let mut packet = ffmpeg::Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            // Without it the last frame has no duration, and readers skip it.
            packet.set_duration(1);
            packet.rescale_ts(self.time_base, stream);
            packet.set_stream(0);
            packet.write_interleaved(&mut self.output)?;
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .field("size", &self.size)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// An unnamed file on the file system of `path`.
fn spool(path: &Path) -> Result<File, Error> {
    if path.is_dir() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::tempfile_in(folder))
        .map_err(|source| Error::Io { action: "create a file in", path: folder.to_owned(), source })
}

fn encoder_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Mpeg4 => "mpeg4",
        Codec::H264 => "libx264",
    }
}

fn open_encoder(
    codec: ffmpeg::Codec,
    options: &WriterOptions,
) -> Result<ffmpeg::encoder::Video, ffmpeg::Error> {
    let mut encoder = codec::Context::new_with_codec(codec).encoder().video()?;
    let odd = options.width % 2 + options.height % 2 > 0;
    let full_chroma = odd && options.codec == Codec::H264;
    encoder.set_width(options.width);
    encoder.set_height(options.height);
    encoder.set_format(if full_chroma { Pixel::YUV444P } else { Pixel::YUV420P });
    encoder.set_time_base(Rational(1, options.fps.cast_signed()));
    encoder.set_frame_rate(Some(Rational(options.fps.cast_signed(), 1)));
    encoder.set_gop(options.gop);
    // One thread: with more, where slices end depends on the machine.
    encoder.set_threading(threading::Config { count: 1, ..Default::default() });
    // MP4 keeps the codec's header in its index and not in the stream.
    let mut flags = codec::Flags::GLOBAL_HEADER;
    let mut private = ffmpeg::Dictionary::new();
    match options.codec {
        Codec::Mpeg4 => {
            flags |= codec::Flags::QSCALE;
            encoder.set_qmin(1);
        }
        Codec::H264 => private.set("crf", &options.quality.to_string()),
    }
    encoder.set_flags(flags);
    encoder.open_with(private)
}

fn open_output(
    spool: File,
    codec: ffmpeg::Codec,
    encoder: &ffmpeg::encoder::Video,
    fps: u32,
) -> Result<Output, ffmpeg::Error> {
    let io = StreamIo::from_write_seek(spool)?;
    let mut output = ffmpeg::format::output_to_stream(io, None, Some("mp4"))?;
    let mut stream = output.add_stream(codec)?;
    stream.set_parameters(encoder);
    stream.set_time_base(Rational(1, fps.cast_signed()));
    stream.set_avg_frame_rate(Rational(fps.cast_signed(), 1));
    output.write_header()?;
    Ok(output)
}
