//! Pixel format conversion by swscale, with the settings that are bit-identical to OpenCV: bicubic
//! chroma, BGR24 as the target, rows padded to 32 pixels.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling;
use image::RgbImage;
use pulp::{Arch, NullaryFnOnce};

use crate::Color;

/// Converts frames, and resizes them to make their pixels square. The context is rebuilt when a frame differs from the
/// one before: size, format and colors may change within a file.
pub(super) struct Scaler {
    ready: Option<(Setup, scaling::Context)>,
    bgr: frame::Video,
    /// Memory for later images.
    spare: Vec<Vec<u8>>,
}

// SAFETY: an `SwsContext` is a heap allocation without ties to the thread that made it; swscale
// asks only that it be used by one thread at a time, which `&mut self` ensures.
unsafe impl Send for Scaler {}

#[derive(Clone, Copy, PartialEq)]
struct Setup {
    width: u32,
    height: u32,
    from: Pixel,
    to: Pixel,
    /// Width and height of the result.
    size: (u32, u32),
    tags: Option<Tags>,
}

/// Color tags of a frame in the form that swscale uses.
#[derive(Clone, Copy, PartialEq)]
struct Tags {
    /// One of swscale's `SWS_CS_*`.
    matrix: i32,
    full_range: bool,
}

impl Scaler {
    pub(super) fn new() -> Self {
        Self { ready: None, bgr: frame::Video::empty(), spare: Vec::new() }
    }

    /// Reuses the memory of an image for a later one.
    pub(super) fn reuse(&mut self, image: RgbImage) {
        self.spare.push(image.into_raw());
    }

    /// The image in a decoded frame.
    pub(super) fn rgb(
        &mut self,
        raw: &frame::Video,
        color: Color,
    ) -> Result<RgbImage, ffmpeg::Error> {
        self.resized(raw, (raw.width(), raw.height()), color)
    }

    /// The image in a decoded frame, resized to `width` × `height`.
    pub(super) fn resized(
        &mut self,
        raw: &frame::Video,
        (width, height): (u32, u32),
        color: Color,
    ) -> Result<RgbImage, ffmpeg::Error> {
        // swscale writes rows in blocks: without padding it skips the last columns.
        let padded = width.next_multiple_of(32);
        if (self.bgr.width(), self.bgr.height()) != (padded, height) {
            self.bgr = frame::Video::new(Pixel::BGR24, padded, height);
        }
        let tags = (color == Color::HonorTags).then(|| tags(raw));
        let Self { ready, bgr, spare } = self;
        convert(ready, raw, bgr, (width, height), tags)?;
        let row = width as usize * 3;
        let size = row * height as usize;
        let pixels = spare.pop().filter(|pixels| pixels.len() == size);
        let mut pixels = pixels.unwrap_or_else(|| vec![0; size]);
        // To BGR and swapped, not to RGB: for 10-bit video swscale has another, slightly different
        // path to RGB24.
        let swap = Swap { from: bgr.data(0), stride: bgr.stride(0), to: &mut pixels, row };
        Arch::new().dispatch(swap);
        RgbImage::from_raw(width, height, pixels).ok_or(ffmpeg::Error::Bug)
    }

    /// A new frame in `format` with the pixels of `from`.
    pub(super) fn reformat(
        &mut self,
        from: &frame::Video,
        format: Pixel,
    ) -> Result<frame::Video, ffmpeg::Error> {
        let mut to = frame::Video::new(format, from.width(), from.height());
        convert(&mut self.ready, from, &mut to, (from.width(), from.height()), None)?;
        Ok(to)
    }
}

/// Converts rows of BGR, which are `stride` bytes apart, to rows of RGB of `row` bytes.
struct Swap<'a> {
    from: &'a [u8],
    stride: usize,
    to: &'a mut [u8],
    row: usize,
}

impl NullaryFnOnce for Swap<'_> {
    type Output = ();

    // Inlined into one version per vector width.
    #[inline(always)]
    fn call(self) {
        let Self { from, stride, to, row } = self;
        for (from, to) in from.chunks_exact(stride).zip(to.chunks_exact_mut(row)) {
            let pixels = from.as_chunks::<3>().0.iter();
            for (&[blue, green, red], to) in pixels.zip(to.as_chunks_mut::<3>().0) {
                *to = [red, green, blue];
            }
        }
    }
}

/// Fills the first `size` pixels of `to`, which is allocated and at least as wide and high.
fn convert(
    ready: &mut Option<(Setup, scaling::Context)>,
    from: &frame::Video,
    to: &mut frame::Video,
    size: (u32, u32),
    tags: Option<Tags>,
) -> Result<(), ffmpeg::Error> {
    // swscale aborts the process for the format "none".
    if from.format() == Pixel::None || is_unallocated(from) || is_unallocated(to) {
        return Err(ffmpeg::Error::InvalidData);
    }
    let (width, height) = (from.width(), from.height());
    let setup = Setup { width, height, from: from.format(), to: to.format(), size, tags };
    let context = match ready {
        Some((old, context)) if *old == setup => context,
        _ => &mut ready.insert((setup, context(setup)?)).1,
    };
    // SAFETY: both frames are allocated for their own size and format; the context was made for
    // exactly `from`'s, and writes `size` pixels of `to`'s format, which fit into `to`.
    let rows = unsafe {
        let (from, to) = (from.as_ptr(), to.as_mut_ptr());
        ffi::sws_scale(
            context.as_mut_ptr(),
            (*from).data.as_ptr().cast(),
            (*from).linesize.as_ptr(),
            0,
            setup.height.cast_signed(),
            (*to).data.as_ptr(),
            (*to).linesize.as_ptr(),
        )
    };
    if rows == size.1.cast_signed() { Ok(()) } else { Err(ffmpeg::Error::External) }
}

/// `frame::Video::new` hides a failed allocation.
fn is_unallocated(frame: &frame::Video) -> bool {
    // SAFETY: it reads the data pointer of the frame that `frame` owns; a frame whose own
    // allocation failed is null and is not read.
    unsafe { frame.as_ptr().is_null() || frame.is_empty() }
}

fn context(setup: Setup) -> Result<scaling::Context, ffmpeg::Error> {
    let Setup { width, height, from, to, size, tags } = setup;
    let flags = match size == (width, height) {
        true => scaling::Flags::BICUBIC,
        false => scaling::Flags::BILINEAR,
    };
    let mut context = scaling::Context::get(from, width, height, to, size.0, size.1, flags)?;
    if let Some(tags) = tags {
        apply(tags, &mut context);
    }
    Ok(context)
}

/// Replaces the source's matrix and range, BT.601 by default. Sources without a matrix, RGB and
/// gray, refuse and stay as they are.
fn apply(tags: Tags, context: &mut scaling::Context) {
    let (mut source, mut target) = (std::ptr::null_mut(), std::ptr::null_mut());
    let (mut source_range, mut target_range) = (0, 0);
    let (mut brightness, mut contrast, mut saturation) = (0, 0, 0);
    // SAFETY: the context is valid for as long as it is borrowed; the first call fills the seven
    // locals, and its two tables as well as the one of `sws_getCoefficients`, which has an answer
    // for every number, live in the context or in FFmpeg's static memory.
    unsafe {
        let context = context.as_mut_ptr();
        let known = ffi::sws_getColorspaceDetails(
            context,
            &raw mut source,
            &raw mut source_range,
            &raw mut target,
            &raw mut target_range,
            &raw mut brightness,
            &raw mut contrast,
            &raw mut saturation,
        );
        if known >= 0 {
            ffi::sws_setColorspaceDetails(
                context,
                ffi::sws_getCoefficients(tags.matrix),
                source_range | i32::from(tags.full_range),
                target,
                target_range,
                brightness,
                contrast,
                saturation,
            );
        }
    }
}

fn tags(frame: &frame::Video) -> Tags {
    // SAFETY: both fields belong to the frame that `frame` owns. They are read as plain integers:
    // files choose them, and a Rust enum must not hold an undefined value.
    let (space, range) = unsafe {
        let frame = frame.as_ptr();
        let space = (&raw const (*frame).colorspace).cast::<i32>().read();
        (space, (&raw const (*frame).color_range).cast::<i32>().read())
    };
    // BT.709, FCC, SMPTE 240M and both of BT.2020 have the same numbers in H.273 and in swscale.
    let matrix = if matches!(space, 1 | 4 | 7 | 9 | 10) { space } else { ffi::SWS_CS_ITU601 };
    Tags { matrix, full_range: range == ffi::AVColorRange::AVCOL_RANGE_JPEG as i32 }
}

#[cfg(test)]
mod tests {
    use ffmpeg_next::color;

    use super::*;

    /// A flat frame; `fill` are the bytes of its three planes.
    fn flat(format: Pixel, width: u32, height: u32, fill: [u8; 3]) -> frame::Video {
        let mut frame = frame::Video::new(format, width, height);
        for (plane, value) in fill.into_iter().enumerate() {
            frame.data_mut(plane).fill(value);
        }
        frame
    }

    /// Limited-range bytes of an RGB color for a matrix with the weights `kr` and `kb`.
    fn yuv([r, g, b]: [f64; 3], kr: f64, kb: f64) -> [u8; 3] {
        let y = kr * r + (1.0 - kr - kb) * g + kb * b;
        let (u, v) = ((b - y) / (2.0 - 2.0 * kb), (r - y) / (2.0 - 2.0 * kr));
        [16.0 + y * 219.0 / 255.0, 128.0 + u * 224.0 / 255.0, 128.0 + v * 224.0 / 255.0]
            .map(|v| v.round() as u8)
    }

    fn first(frame: &frame::Video, color: Color) -> [u8; 3] {
        Scaler::new().rgb(frame, color).unwrap().get_pixel(0, 0).0
    }

    fn assert_near(got: [u8; 3], expected: [u8; 3]) {
        assert!(got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{got:?}");
    }

    #[test]
    fn tags_matter_only_when_they_are_honored() {
        let color = [200, 60, 40];
        let mut frame = flat(Pixel::YUV444P, 64, 16, yuv(color.map(f64::from), 0.2126, 0.0722));
        frame.set_color_space(color::Space::BT709);
        assert_near(first(&frame, Color::HonorTags), color);
        // The result of OpenCV 4.10.
        assert_near(first(&frame, Color::Cv2Compatible), [186, 46, 41]);
        frame.set_color_space(color::Space::Unspecified);
        assert_near(first(&frame, Color::HonorTags), first(&frame, Color::Cv2Compatible));
    }

    #[test]
    fn full_range_is_honored() {
        let mut frame = flat(Pixel::YUV420P, 64, 16, [200, 128, 128]);
        assert_near(first(&frame, Color::HonorTags), [214; 3]);
        frame.set_color_range(color::Range::JPEG);
        assert_near(first(&frame, Color::HonorTags), [200; 3]);
    }

    /// With rows of `width * 3` bytes swscale leaves the last columns of widths 16n + 2, 4, 6
    /// unwritten.
    #[test]
    fn every_column_of_every_width_is_written() {
        let color = [200, 60, 40];
        let mut scaler = Scaler::new();
        for width in (2..=66).chain([321, 338, 340, 342]) {
            let frame = flat(Pixel::YUV420P, width, 6, yuv(color.map(f64::from), 0.299, 0.114));
            let image = scaler.rgb(&frame, Color::Cv2Compatible).unwrap();
            assert_eq!(image.dimensions(), (width, 6));
            image.pixels().for_each(|pixel| assert_near(pixel.0, color));
        }
    }

    #[test]
    fn a_frame_without_pixels_or_format_is_an_error() {
        let mut scaler = Scaler::new();
        let mut frame = frame::Video::empty();
        assert!(scaler.rgb(&frame, Color::Cv2Compatible).is_err());
        frame.set_width(16);
        frame.set_height(16);
        assert!(scaler.rgb(&frame, Color::Cv2Compatible).is_err());
    }
}
