//! One video into the store.

use std::path::Path;

use scade_data::{FaceId, PreparedDataset, Status, VideoRecord, VideoWriter};
use scade_face::FoundBy;
use scade_image::encode_gray_png;
use scade_kernels::Kernels;
use scade_sample::{
    DecodeSummary, FaceStream, FrameFaces, FrameQueue, FrameSource, Media, Missed, SampleMaker,
};

use scade_settings::error_chain;
use scade_video::PixelAspect;

use crate::{Config, Error, Source, quality};

/// Prepares one video of the dataset that `config` names, decoded on `threads`, and records how it went.
///
/// A video that cannot be decoded becomes a record with the reason, not an error. `maker` is asked for
/// when there is a frame to look at; where there is none, nothing is recorded.
///
/// # Errors
/// Only what would meet every other video too: a store that cannot be written, a failing detector.
pub(crate) fn prepare_video<'a, B: Kernels>(
    maker: &impl Fn() -> Option<&'a SampleMaker<B>>,
    store: &PreparedDataset,
    source: &Source,
    config: &Config,
    threads: usize,
) -> Result<Option<VideoRecord>, Error> {
    let mut record = VideoRecord::new(&source.key);
    source.describe(&config.dataset, &mut record);
    let mut writer = store.begin_video(&source.key)?;
    let queue = FrameQueue::open(FrameSource {
        path: source.path.clone(),
        frames: config.frames.into(),
        color: config.preparation.color,
        // As OpenCV, with which the published datasets were cropped.
        aspect: PixelAspect::Stored,
        threads,
        masks: source.mask.clone().filter(|_| config.masks),
    })?;
    match fill(maker, queue, &source.path, &mut record, &mut writer) {
        Ok(None) => return Ok(None),
        Ok(Some(media)) => {
            let (got, min) = (record.sampled_frames, config.frames.min);
            // An image cannot have more than one.
            if media == Media::Video && (got as u64) < min {
                record.status = Status::Skipped;
                record.reason = Some(format!("{got} sampled frames, at least {min} are needed"));
            }
        }
        Err(Error::Sample(error)) if error.is_of_the_file() => {
            record.status = Status::Error;
            record.reason = Some(error_chain(&error));
        }
        Err(other) => return Err(other),
    }
    Ok(Some(writer.finish(record)?))
}

/// Adds the faces of the frames that `queue` decodes; gives what the file is. `None` without a maker.
fn fill<'a, B: Kernels>(
    maker: &impl Fn() -> Option<&'a SampleMaker<B>>,
    mut queue: FrameQueue,
    path: &Path,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<Option<Media>, Error> {
    let mut end = Ok(());
    let summary = if queue.wait() {
        let Some(maker) = maker() else { return Ok(None) };
        let mut stream = FaceStream::new(maker, queue);
        for frame in &mut stream {
            match frame {
                Ok(frame) => add_faces(&frame, record, writer)?,
                Err(error) => end = Err(error),
            }
        }
        stream.finish()
    } else {
        let (summary, ended) = queue.finish();
        end = ended;
        summary
    };
    let DecodeSummary { fps, total_frames, is_image, damage, masks_end } = summary;
    (record.fps, record.total_frames, record.damage) = (fps, total_frames, damage);
    if let Some(damage) = &record.damage {
        tracing::warn!("{}: {damage}; what could be read is used", path.display());
    }
    if let Some(error) = masks_end {
        tracing::warn!("the masks of {} end early: {error}", path.display());
    }
    end?;
    Ok(Some(if is_image { Media::Image } else { Media::Video }))
}

fn add_faces(
    frame: &FrameFaces,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<(), Error> {
    record.sampled_frames += 1;
    match frame.missed {
        None => {}
        Some(Missed::NoFace) => record.missed.no_face += 1,
        Some(Missed::Outside) => record.missed.outside += 1,
        Some(Missed::Unforged) => record.missed.unforged += 1,
    }
    match frame.found_by {
        FoundBy::Mtcnn => {}
        FoundBy::SecondLook => record.second_look_frames += 1,
        FoundBy::Haar => record.haar_frames += 1,
    }
    record.failed_detections = record.missed.total();
    for ((face, track), mask) in frame.faces.iter().zip(&frame.tracks).zip(&frame.masks) {
        record.tiny_faces += usize::from(quality::is_tiny(&face.face.bbox));
        record.blurred_faces += usize::from(quality::is_blurred(&face.rgb));
        record.border_faces += usize::from(quality::is_at_border(&face.face.bbox, frame.size));
        let id = FaceId { frame: frame.index as usize, track: *track };
        writer.add_face(id, &face.file, face.defocus.as_ref(), face.landmarks)?;
        if let Some(mask) = mask {
            let mask = image::DynamicImage::ImageRgb8(mask.clone()).into_luma8();
            writer.add_mask(id, &encode_gray_png(&mask).map_err(scade_data::Error::from)?)?;
        }
    }
    Ok(())
}
