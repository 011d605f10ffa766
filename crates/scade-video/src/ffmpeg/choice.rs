//! The choice of the video stream: the one with the most frames, then the largest.

use std::cmp::Reverse;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::media;
use ffmpeg_next::packet::Packet;

use super::MAX_BAD_IN_A_ROW;
use super::part::Classifier;
use super::source::{Source, Step, is_discarded};
use crate::Error;

/// What FFmpeg treats as a video stream and is none.
const STILL: i32 = ffi::AV_DISPOSITION_ATTACHED_PIC
    | ffi::AV_DISPOSITION_TIMED_THUMBNAILS
    | ffi::AV_DISPOSITION_STILL_IMAGE;

/// Numbers of the video streams; cover images, still images and thumbnails are none.
pub(super) fn candidates(input: &Input) -> Vec<usize> {
    input.streams().filter(moves).map(|stream| stream.index()).collect()
}

fn moves(stream: &Stream<'_>) -> bool {
    // SAFETY: the pointer is to the stream that is borrowed; the crate drops some of these bits.
    let disposition = unsafe { (*stream.as_ptr()).disposition };
    stream.parameters().medium() == media::Type::Video && disposition & STILL == 0
}

/// The best stream by the header alone.
pub(super) fn likely(input: &Input) -> Option<usize> {
    let best = input.streams().best(media::Type::Video).filter(moves);
    best.map(|stream| stream.index()).or_else(|| candidates(input).first().copied())
}

/// The stream with the most displayed frames; of several the largest, then the one that FFmpeg prefers,
/// then the first.
pub(super) fn longest(mut source: Source, candidates: Vec<usize>) -> Result<usize, Error> {
    let preferred = source.stream().index();
    let mut streams: Vec<_> = candidates
        .into_iter()
        .map(|number| {
            let parameters = source.stream_at(number).parameters();
            (number, Classifier::new(&parameters), area(&source.stream_at(number)), 0_u64)
        })
        .collect();
    let mut bad_in_a_row = 0;
    while bad_in_a_row < MAX_BAD_IN_A_ROW {
        let numbers: Vec<usize> = streams.iter().map(|(number, ..)| *number).collect();
        match source.step_of(|packet| numbers.contains(&packet.stream()))? {
            Step::Packet(packet) => {
                bad_in_a_row = 0;
                source.watch().restart();
                for (number, classifier, _, frames) in &mut streams {
                    if *number == packet.stream() {
                        *frames += displayed(&packet, classifier);
                    }
                }
            }
            Step::Bad => bad_in_a_row += 1,
            Step::End(_) => break,
        }
    }
    let best = streams.iter().max_by_key(|(number, _, area, frames)| {
        (*frames, *area, *number == preferred, Reverse(*number))
    });
    Ok(best.map_or(preferred, |(number, ..)| *number))
}

fn displayed(packet: &Packet, classifier: &mut Classifier) -> u64 {
    let shown = classifier.contents(packet).shown.unwrap_or(1);
    if is_discarded(packet) { 0 } else { shown.into() }
}

/// Pixels of a frame.
fn area(stream: &Stream<'_>) -> i64 {
    // SAFETY: the pointer is to parameters that live as long as the stream, where these integers may
    // be read.
    unsafe {
        let parameters = (*stream.as_ptr()).codecpar;
        i64::from((*parameters).width) * i64::from((*parameters).height)
    }
}
