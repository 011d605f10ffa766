//! The shape of pixels.

use ffmpeg_next::ffi;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Rational, frame};

/// Width to height of a stored pixel, by container and codec. 0 where neither specifies it.
pub(super) fn of_frame(stream: Stream<'_>, frame: &frame::Video) -> Rational {
    // SAFETY: both pointers are to structures that are borrowed, and only read; the first argument
    // is not used.
    let ratio = unsafe {
        let frame = frame.as_ptr().cast_mut();
        ffi::av_guess_sample_aspect_ratio(std::ptr::null_mut(), stream.as_ptr().cast_mut(), frame)
    };
    ratio.into()
}

/// The same, from the header alone.
pub(super) fn of_stream(stream: Stream<'_>) -> Rational {
    let none = std::ptr::null_mut();
    // SAFETY: as above; without a frame only the stream is read.
    unsafe { ffi::av_guess_sample_aspect_ratio(none, stream.as_ptr().cast_mut(), none.cast()) }
        .into()
}

/// Width and height after pixels of this shape have become square: the shorter direction grows.
pub(super) fn square((width, height): (u32, u32), ratio: Rational) -> (u32, u32) {
    let (Ok(across), Ok(down)) =
        (u64::try_from(ratio.numerator()), u64::try_from(ratio.denominator()))
    else {
        return (width, height);
    };
    if across == 0 || down == 0 {
        return (width, height);
    }
    let grown = |length: u32, by: u64, from: u64| {
        u32::try_from((u64::from(length) * by + from / 2) / from).unwrap_or(u32::MAX)
    };
    if across > down {
        (grown(width, across, down), height)
    } else {
        (width, grown(height, down, across))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_direction_grows() {
        let check = |ratio: (i32, i32), expected| {
            assert_eq!(square((720, 576), Rational(ratio.0, ratio.1)), expected, "{ratio:?}");
        };
        check((1, 1), (720, 576));
        check((0, 1), (720, 576));
        check((1, 0), (720, 576));
        check((-2, 1), (720, 576));
        check((16, 11), (1047, 576));
        check((1, 2), (720, 1152));
        check((i32::MAX, 1), (u32::MAX, 576));
    }
}
