//! One file: its header, its scores, its pictures, its record.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use image::ImageReader;
use scade::{Detector, Gate, Kernels, Media, Progress, VideoOptions};
use scade_video::{OpenOptions, PixelAspect, Video};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::{Voice, pictures};
use crate::Reason;
use crate::protocol::{Event, Stage, Task};

/// What is known of the file itself.
#[derive(Debug, Default, Serialize)]
struct MediaFacts {
    width: u32,
    height: u32,
    bytes: u64,
    sha256: String,
    seconds: Option<f64>,
    fps: Option<f64>,
    codec: Option<String>,
}

/// The record of a file, as `scade-infer` prints it, with pictures in the folder of the task.
pub(super) fn analyze<B: Kernels>(
    detector: &Detector<B>,
    name: &str,
    task: &Task,
    voice: &Voice<'_>,
) -> Result<Map<String, Value>, Failure> {
    let steps = Steps::new(voice, task.task);
    steps.at(Stage::Decoding, 0, None);
    let internal = |error: std::io::Error| Failure::new(Reason::Internal, error.to_string());
    let mut facts = MediaFacts {
        bytes: task.file.metadata().map_err(internal)?.len(),
        sha256: scade_fs::sha256_of_file(&task.file).map_err(internal)?,
        ..MediaFacts::default()
    };
    let failed = |error: &scade::Error| Failure::of(error, task);
    let (kind, faces, mut record) = match Media::of(&task.file) {
        Media::Image => {
            check_pixels(image_size(&task.file), task)?;
            let image = scade::read_image(&task.file).map_err(|error| failed(&error.into()))?;
            (facts.width, facts.height) = image.dimensions();
            check_pixels(Some((facts.width, facts.height)), task)?;
            steps.at(Stage::Scoring, 0, None);
            let prediction = detector.score_image_keeping_samples(&image);
            let prediction = prediction.map_err(|error| too_small(&facts, failed(&error)))?;
            pictures::save_frame(&image, 0, &task.output)?;
            let record = object(&prediction)?;
            ("image", prediction.faces, record)
        }
        Media::Video => {
            read_header(&mut facts, task)?;
            let options = VideoOptions {
                max_frames: task.max_frames,
                keep_samples: true,
                ..VideoOptions::default()
            };
            let prediction = detector.score_video_with(&task.file, &options, &steps);
            let prediction = prediction.map_err(|error| too_small(&facts, failed(&error)))?;
            let wanted: Vec<u64> = prediction.faces.iter().filter_map(|face| face.frame).collect();
            let size = pictures::save_frames(&wanted, task, &steps)?;
            if let Some((width, height)) = size {
                // Of the frames, which may differ from that of the header.
                (facts.width, facts.height) = (width, height);
            }
            let record = object(&prediction)?;
            ("video", prediction.faces, record)
        }
    };
    let saved = pictures::save_faces(detector, &faces, &task.output, &steps)?;
    if let Some(Value::Array(faces)) = record.get_mut("faces") {
        for (face, pictures) in faces.iter_mut().zip(saved) {
            face["pictures"] = json!(pictures);
        }
    }
    record.insert("kind".to_owned(), kind.into());
    record.insert("detector".to_owned(), name.into());
    record.insert("settings".to_owned(), detector.digest().into());
    record.insert("media".to_owned(), json!(facts));
    Ok(record)
}

fn object(prediction: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(prediction) {
        Ok(Value::Object(record)) => Ok(record),
        other => Err(Failure::new(Reason::Internal, format!("no record: {other:?}"))),
    }
}

/// By the header alone, where it can be read; a small file can declare a large image.
fn image_size(file: &Path) -> Option<(u32, u32)> {
    let reader = ImageReader::open(file).ok()?.with_guessed_format().ok()?;
    reader.into_dimensions().ok()
}

fn check_pixels(size: Option<(u32, u32)>, task: &Task) -> Result<(), Failure> {
    let Some((width, height)) = size else { return Ok(()) };
    if u64::from(width) * u64::from(height) <= task.max_pixels {
        return Ok(());
    }
    let most = task.max_pixels;
    let message = format!("{width} × {height} pixels; at most {most} are taken");
    Err(Failure::new(Reason::TooLarge, message))
}

/// Whether the video is within the limits, before it is decoded.
fn read_header(facts: &mut MediaFacts, task: &Task) -> Result<(), Failure> {
    let options = OpenOptions {
        max_pixels: task.max_pixels,
        aspect: PixelAspect::Square,
        ..OpenOptions::default()
    };
    let video = match Video::open(&task.file, &options) {
        Ok(video) => video,
        // Read by another decoder, which bounds it itself.
        Err(scade_video::Error::AnimatedWebp { .. }) => return Ok(()),
        Err(error) => return Err(Failure::of_video(&error, task)),
    };
    let info = video.info();
    (facts.width, facts.height) = (info.width, info.height);
    (facts.seconds, facts.fps) = (info.duration, info.fps);
    facts.codec = Some(info.codec.clone());
    check_pixels(Some((info.width, info.height)), task)?;
    match info.duration {
        Some(seconds) if seconds > task.max_seconds => {
            let most = task.max_seconds;
            let message = format!("the video has {seconds:.0} s; at most {most:.0} s are taken");
            Err(Failure::new(Reason::TooLong, message))
        }
        _ => Ok(()),
    }
}

/// No face can be found in what is smaller than the least face.
fn too_small(facts: &MediaFacts, failure: Failure) -> Failure {
    let (side, least) = (facts.width.min(facts.height), Gate::default().least_side);
    if failure.reason == Reason::NoFace && side > 0 && (side as f32) < least {
        let MediaFacts { width, height, .. } = facts;
        let message = format!("{width} × {height} pixels; a face needs at least {least}");
        return Failure::new(Reason::TooSmall, message);
    }
    failure
}

/// Reports the steps of a task.
pub(super) struct Steps<'a, 'v> {
    voice: &'a Voice<'v>,
    task: u64,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a, 'v> Steps<'a, 'v> {
    fn new(voice: &'a Voice<'v>, task: u64) -> Self {
        Self { voice, task, done: AtomicU64::new(0), total: AtomicU64::new(0) }
    }

    pub(super) fn at(&self, stage: Stage, done: u64, total: Option<u64>) {
        // Whether the service is there shows when the result is written.
        let _ = self.voice.say(&Event::Progress { task: self.task, stage, done, total });
    }

    fn frames(&self) {
        let (done, total) = (self.done.load(Relaxed), self.total.load(Relaxed));
        self.at(Stage::Scoring, done, Some(total).filter(|total| *total > 0));
    }
}

impl Progress for Steps<'_, '_> {
    fn start(&self, _what: &str, _unit: &str, total: u64) {
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
        self.frames();
    }

    fn advance(&self, n: u64) {
        self.done.fetch_add(n, Relaxed);
        self.frames();
    }

    fn note(&self, _text: &str) {}

    fn finish(&self) {}
}
