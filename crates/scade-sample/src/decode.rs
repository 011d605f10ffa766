//! What runs on the decoding thread: a video, an animated WebP or an image into chunks of wanted frames.

use scade_fs::FileKind;
use scade_image::webp_frames;
use scade_video::{Frame, OpenOptions, Selection, Video};

use crate::masks::Masks;
use crate::queue::{Chunks, FrameSink};
use crate::{DecodeSummary, Error, FrameSource, Media, read_image};

/// Sends the wanted frames until all are sent or nothing takes them any more.
pub(crate) fn decode(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    // What cannot be read is reported by whoever opens it.
    if let Ok(Some(FileKind::AnimatedWebp)) = FileKind::read(&source.path) {
        return decode_webp(source, sink, summary);
    }
    match Media::of(&source.path) {
        Media::Image => decode_image(source, sink, summary),
        Media::Video => decode_video(source, sink, summary),
    }
}

fn decode_video(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    let FrameSource { color, aspect, threads, .. } = *source;
    let options = OpenOptions { color, aspect, threads, ..OpenOptions::default() };
    let mut video = Video::open(&source.path, &options)?;
    summary.fps = video.info().fps.unwrap_or(0.0);
    let count = video.count_frames()?;
    summary.total_frames = usize::try_from(count).unwrap_or(usize::MAX);
    let selection = source.frames.of(count, summary.fps);
    sink.plan(selection, count);
    let mut masks = source.masks.as_deref().map(|path| Masks::open(path, selection)).transpose()?;
    let mut wanted = video.frames(selection);
    let mut chunks = Chunks::new(sink);
    while let Some(frame) = wanted.next() {
        let Frame { index, time, image, .. } = frame?;
        let mask = masks.as_mut().and_then(|masks| masks.at(index, image.dimensions()));
        if !chunks.push((index, time), image, mask) {
            return Ok(());
        }
        sink.spare().for_each(|image| wanted.reuse(image));
    }
    summary.damage = wanted.stats().damage();
    summary.masks_end = masks.and_then(|masks| masks.end).map(|error| error.to_string());
    chunks.send();
    Ok(())
}

/// An image is a video of one frame.
fn decode_image(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    summary.is_image = true;
    let image = read_image(&source.path)?;
    summary.total_frames = 1;
    let selection = source.frames.of(1, 0.0);
    sink.plan(selection, 1);
    if selection.max == Some(0) {
        return Ok(());
    }
    let masks = source.masks.as_deref().map(|path| Masks::open(path, selection)).transpose()?;
    let mask = masks.and_then(|mut masks| masks.at(0, image.dimensions()));
    let mut chunks = Chunks::new(sink);
    chunks.push((0, None), image, mask);
    chunks.send();
    Ok(())
}

/// An animated WebP. It is decoded twice: only that gives the number of its frames.
fn decode_webp(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    let path = || source.path.clone();
    let read = scade_fs::read(&source.path);
    let bytes = read.map_err(|source| Error::ImageFile { path: path(), source })?;
    let frames = || webp_frames(&bytes).map_err(|source| Error::Image { path: path(), source });
    let count = frames()?.take_while(Result::is_ok).count();
    summary.total_frames = count;
    let selection = source.frames.of(count as u64, 0.0);
    sink.plan(selection, count as u64);
    let Selection { every, max } = selection;
    let max = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    let every = usize::try_from(every.max(1)).unwrap_or(usize::MAX);
    let mut chunks = Chunks::new(sink);
    for (index, frame) in frames()?.enumerate() {
        match frame {
            Ok((image, time)) if index % every == 0 && index / every < max => {
                if !chunks.push((index as u64, Some(time.as_secs_f64())), image, None) {
                    return Ok(());
                }
            }
            Ok(_) => {}
            Err(error) if index == 0 => return Err(Error::Image { path: path(), source: error }),
            Err(error) => {
                summary.damage = Some(format!("frame {index} is damaged: {error}"));
                break;
            }
        }
    }
    chunks.send();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use scade_image::RgbImage;

    use crate::FrameQueue;
    use crate::queue::Chunk;
    use crate::queue::tests::source;

    /// All frames, and how decoding ended.
    fn decoded(source: FrameSource) -> (Chunk, DecodeSummary, Result<(), Error>) {
        let mut queue = FrameQueue::open(source).unwrap();
        let mut chunks = Chunk::default();
        while let Some(chunk) = queue.take() {
            chunks.append(chunk);
        }
        let (summary, end) = queue.finish();
        (chunks, summary, end)
    }

    /// ```python
    /// ims = [Image.new("RGB", (32, 24), (20*i, 255 - 20*i, 10*i)) for i in range(12)]     # Pillow 12
    /// ims[0].save("animated.webp", save_all=True, append_images=ims[1:], duration=40, lossless=True)
    /// ```
    #[test]
    fn an_animated_webp_has_frames_and_times() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/animated.webp");
        let (chunks, summary, end) = decoded(source(path, 4));
        end.unwrap();
        assert_eq!((summary.total_frames, summary.damage), (12, None));
        let numbers: Vec<u64> = chunks.places.iter().map(|place| place.0).collect();
        assert_eq!(numbers, [0, 3, 6, 9]);
        let time = chunks.places[3].1.unwrap();
        assert!((time - 0.36).abs() < 1e-9, "{time}");
        for (number, image) in numbers.iter().zip(&chunks.images) {
            let i = *number as u8;
            assert_eq!(image.dimensions(), (32, 24));
            // The decoder blends opaque pixels as well, and rounds down.
            let expected = [20 * i, 255 - 20 * i, 10 * i];
            let got = image[(5, 5)].0;
            assert!(got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{got:?}");
        }
    }

    #[test]
    fn an_animated_webp_cut_short_gives_what_is_there_and_says_so() {
        let whole = include_bytes!("../fixtures/animated.webp");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.webp");
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let (chunks, summary, end) = decoded(source(path, 99));
        let frames = chunks.images.len();
        // The decoder may refuse the whole file; whatever it does, it is not silent.
        assert!(frames < 12);
        assert!(end.is_err() || summary.damage.is_some(), "{frames} {summary:?}");
    }

    fn gray(path: &Path, level: u8) {
        RgbImage::from_pixel(20, 10, [level; 3].into()).save(path).unwrap();
    }

    #[test]
    fn an_image_is_one_frame_without_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.png");
        gray(&path, 90);
        let (chunks, summary, end) = decoded(source(&path, 4));
        end.unwrap();
        let expected = DecodeSummary { total_frames: 1, is_image: true, ..Default::default() };
        assert_eq!(summary, expected);
        assert_eq!(chunks.places, [(0, None)]);
        assert_eq!((chunks.images[0].dimensions(), chunks.masks.len()), ((20, 10), 1));
        assert!(chunks.masks[0].is_none());
        // No frame is wanted.
        let frames = crate::Frames::Stride { every: 1, max: 0 };
        let (chunks, summary, end) = decoded(FrameSource { frames, ..source(&path, 4) });
        end.unwrap();
        assert_eq!((chunks.images.len(), summary.total_frames), (0, 1));
    }

    #[test]
    fn the_mask_of_an_image_is_an_image() {
        let folder = tempfile::tempdir().unwrap();
        let [path, mask] = ["image.png", "mask.png"].map(|name| folder.path().join(name));
        gray(&path, 90);
        gray(&mask, 255);
        let with = |mask| decoded(FrameSource { masks: Some(mask), ..source(&path, 1) });
        let (chunks, _, end) = with(mask);
        end.unwrap();
        assert_eq!(chunks.masks[0].as_ref().map(|mask| mask[(3, 3)].0), Some([255; 3]));
        let (_, _, end) = with(folder.path().join("none.png"));
        assert!(matches!(end, Err(Error::ImageFile { .. })));
    }

    #[test]
    fn a_broken_image_is_an_error_of_the_queue_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.jpg");
        gray(&path, 90);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let (chunks, summary, end) = decoded(source(&path, 1));
        assert!(matches!(end, Err(Error::Image { .. })), "{end:?}");
        assert_eq!((chunks.images.len(), summary.total_frames), (0, 0));
        std::fs::write(&path, "<!DOCTYPE html><html></html>").unwrap();
        let error = decoded(source(&path, 1)).2.unwrap_err();
        assert!(error.is_of_the_file() && error.to_string().contains("an HTML page"), "{error}");
    }
}
