//! A worker without a detector: what it does with a file is written at the file's beginning.

use std::io;
use std::path::Path;
use std::time::Duration;

use scade_serve::protocol::{DetectorInfo, Event, Picture, Stage, Task, face_file, frame_file};
use scade_serve::{Connection, Launch, Reason};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader, duplex, split};
use tokio::task::JoinHandle;

/// Starts such workers in this process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fake {
    /// Frames and faces are rendered people; otherwise they are small and gray.
    pub(crate) people: bool,
}

struct Ends(JoinHandle<io::Result<()>>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Launch for Fake {
    fn launch(&self) -> io::Result<Connection> {
        let (ours, theirs) = duplex(1 << 16);
        let (output, input) = split(ours);
        let task = tokio::spawn(work(*self, theirs));
        Ok(Connection {
            input: Box::new(input),
            output: Box::new(output),
            process: Box::new(Ends(task)),
        })
    }
}

async fn say(to: &mut (impl AsyncWrite + Unpin), event: &Event) -> io::Result<()> {
    let line = serde_json::to_string(event)? + "\n";
    to.write_all(line.as_bytes()).await
}

async fn work(fake: Fake, stream: tokio::io::DuplexStream) -> io::Result<()> {
    let (input, mut output) = split(stream);
    let detector = DetectorInfo {
        name: "fake".to_owned(),
        threshold: 0.65,
        card: Some("# No detector\n\nIts scores are made up.".to_owned()),
        video: true,
    };
    say(&mut output, &Event::Ready { detector }).await?;
    let mut lines = BufReader::new(input).lines();
    while let Some(line) = lines.next_line().await? {
        let task: Task = serde_json::from_str(&line)?;
        let bytes = std::fs::read(&task.file)?;
        let number = task.task;
        let progress = |stage, done, total| Event::Progress { task: number, stage, done, total };
        say(&mut output, &progress(Stage::Decoding, 0, None)).await?;
        let word = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned();
        let failed = |reason, message: &str| Event::Failed {
            task: number,
            reason,
            message: message.to_owned(),
        };
        let record = match word.split_whitespace().next().unwrap_or_default() {
            "crash" => return Ok(()),
            "garbage" => {
                output.write_all(b"Segmentation fault\n").await?;
                continue;
            }
            "hang" => {
                say(&mut output, &progress(Stage::Scoring, 1, Some(10))).await?;
                std::future::pending::<()>().await;
                continue;
            }
            "no-face" => {
                say(&mut output, &failed(Reason::NoFace, "no face found in 12 frames")).await?;
                continue;
            }
            first @ ("clip" | "slow") => {
                for done in 1..=12 {
                    let pause = if first == "slow" { 150 } else { 1 };
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    say(&mut output, &progress(Stage::Scoring, done, Some(12))).await?;
                }
                clip(fake, &task.output)?
            }
            _ if bytes.starts_with(b"\x89PNG") => portrait(fake, &task.output)?,
            _ => {
                let message = "a text file, not an image or video";
                say(&mut output, &failed(Reason::Unsupported, message)).await?;
                continue;
            }
        };
        let mut record = record;
        record.insert("detector".to_owned(), json!("fake"));
        say(&mut output, &Event::Done { task: number, record }).await?;
    }
    Ok(())
}

/// Frames of the clip: numbers and seconds.
const FRAMES: [(u64, f64); 12] = [
    (0, 0.0),
    (4, 0.32),
    (8, 0.64),
    (12, 0.96),
    (16, 1.28),
    (20, 1.6),
    (24, 1.92),
    (28, 2.24),
    (32, 2.56),
    (36, 2.88),
    (40, 3.2),
    (44, 3.52),
];

/// Two people; the first is forged from the middle on.
fn clip(fake: Fake, folder: &Path) -> io::Result<Map<String, Value>> {
    let scenes = fake.people.then(people);
    let mut faces = Vec::new();
    for (step, (frame, time)) in FRAMES.into_iter().enumerate() {
        let image = match &scenes {
            Some(scenes) => two(scenes, frame as u32),
            None => gray(),
        };
        save(&image, &folder.join(frame_file(frame)))?;
        for track in 0..2_usize {
            if track == 1 && step == 3 {
                // Not seen once: a gap in the time line.
                continue;
            }
            let wave = 0.04 * (step as f64).sin();
            let base = if track == 0 && step >= 6 { 0.88 } else { 0.22 };
            let score = base + wave + 0.05 * track as f64;
            let left = 150.0 + 480.0 * track as f64 + step as f64;
            let bbox = json!({ "x1": left, "y1": 70.0, "x2": left + 170.0, "y2": 280.0 });
            let index = faces.len();
            pictures(&image, &bbox, index, folder, track == 0)?;
            let pictures: &[&str] =
                if track == 0 { &["crop", "defocus", "fake", "real"] } else { &["crop"] };
            faces.push(json!({
                "score": score,
                "label": label(score),
                "call": call(score),
                "face": { "bbox": bbox, "detection_score": 0.99 },
                "frame": frame,
                "time": time,
                "track": track,
                "pictures": pictures,
            }));
        }
    }
    let mean = |track: u64, from: usize| {
        let scores: Vec<f64> = faces
            .iter()
            .filter(|face| face["track"] == track)
            .skip(from)
            .map(|face| face["score"].as_f64().unwrap_or_default())
            .collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    };
    let track = |number: u64, score: f64| {
        json!({
            "track": number,
            "score": score,
            "label": label(score),
            "call": call(score),
            "num_frames": 12,
            "num_excluded": 0,
            "frames": [0, 44],
        })
    };
    let mut tracks = [track(0, mean(0, 4)), track(1, mean(1, 0))];
    tracks[0]["segments"] = json!([{ "frames": [24, 44], "times": [1.92, 3.52], "score": 0.88 }]);
    let score = mean(0, 4);
    let record = json!({
        "kind": "video",
        "score": score,
        "label": label(score),
        "call": call(score),
        "threshold": 0.65,
        "num_frames": 12,
        "frames_without_face": 0,
        "media": {
            "width": 960, "height": 360, "bytes": 4, "seconds": 4.0, "fps": 12.5,
            "codec": "mpeg4",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        },
        "tracks": tracks,
        "faces": faces,
    });
    Ok(object(record))
}

/// One person, with a call and its reasons.
fn portrait(fake: Fake, folder: &Path) -> io::Result<Map<String, Value>> {
    let image = if fake.people { people()[0].frame(10) } else { gray() };
    save(&image, &folder.join(frame_file(0)))?;
    let bbox = json!({ "x1": 155.0, "y1": 70.0, "x2": 320.0, "y2": 280.0 });
    pictures(&image, &bbox, 0, folder, false)?;
    let record = json!({
        "kind": "image",
        "score": 0.58,
        "label": "real",
        "threshold": 0.65,
        "call": "inconclusive",
        "reasons": [{ "reason": "small", "side": 41.0, "least": 48.0 }],
        "face": { "bbox": bbox, "detection_score": 0.99 },
        "num_faces": 1,
        "media": {
            "width": 480, "height": 360, "bytes": 4, "seconds": null, "fps": null, "codec": null,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        },
        "faces": [{
            "score": 0.58,
            "label": "real",
            "call": "inconclusive",
            "excluded": { "reason": "small", "side": 41.0, "least": 48.0 },
            "face": { "bbox": bbox, "detection_score": 0.99 },
            "pictures": ["crop"],
        }],
    });
    Ok(object(record))
}

fn label(score: f64) -> &'static str {
    if score > 0.65 { "fake" } else { "real" }
}

fn call(score: f64) -> &'static str {
    if score > 0.65 { "evidence" } else { "no-evidence" }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn gray() -> image::RgbImage {
    image::RgbImage::from_pixel(16, 12, [128; 3].into())
}

/// Both people as recorded, then the first with the face of the second.
fn people() -> Vec<scade_synth::Scene> {
    let settings = scade_synth::SetSettings {
        identities: 2,
        frames: 50,
        seed: 5,
        ..scade_synth::SetSettings::default()
    };
    settings.clips().into_iter().map(|clip| scade_synth::Scene::new(clip.spec)).collect()
}

fn two(scenes: &[scade_synth::Scene], frame: u32) -> image::RgbImage {
    let mut both = image::RgbImage::new(960, 360);
    let left = &scenes[if frame < 24 { 0 } else { 2 }];
    image::imageops::replace(&mut both, &left.frame(frame), 0, 0);
    image::imageops::replace(&mut both, &scenes[1].frame(frame), 480, 0);
    both
}

/// The crop and, where wanted, maps of the same size.
fn pictures(
    image: &image::RgbImage,
    bbox: &Value,
    face: usize,
    folder: &Path,
    maps: bool,
) -> io::Result<()> {
    let at = |key: &str| bbox[key].as_f64().unwrap_or_default() as u32;
    let (x, y) = (at("x1").min(image.width() - 1), at("y1").min(image.height() - 1));
    let (width, height) = (at("x2") - at("x1"), at("y2") - at("y1"));
    let crop = image::imageops::crop_imm(image, x, y, width, height).to_image();
    let (width, height) = crop.dimensions();
    save(&crop, &folder.join(face_file(face, Picture::Crop)))?;
    if maps {
        let defocus = image::imageops::grayscale(&crop);
        let path = folder.join(face_file(face, Picture::Defocus));
        defocus.save(path).map_err(io::Error::other)?;
        for (picture, color, middle) in
            [(Picture::Fake, [220, 60, 20], 0.6), (Picture::Real, [20, 110, 220], 0.25)]
        {
            let map = image::RgbaImage::from_fn(width, height, |x, y| {
                let [dx, dy] = [x as f32 / width as f32 - 0.5, y as f32 / height as f32 - middle];
                let value = (1.0 - 3.0 * dx.hypot(dy)).max(0.0);
                let [r, g, b] = color;
                [r, g, b, (255.0 * value) as u8].into()
            });
            map.save(folder.join(face_file(face, picture))).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

fn save(image: &image::RgbImage, path: &Path) -> io::Result<()> {
    image.save(path).map_err(io::Error::other)
}
