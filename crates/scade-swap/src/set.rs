//! Writing a set into a folder: stills and clips, the record of them, and the contact sheet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use scade_image::{RgbImage, encode_png, grid, warp_rgb};
use scade_settings::Progress;
use scade_video::{Codec, Writer, WriterOptions};
use serde::{Deserialize, Serialize};

use crate::clip::{Camera, Jitter};
use crate::photos::{Found, Photo, PhotoList, Skip, load_photo};
use crate::sheet;
use crate::{Error, Forger, Kind, Pair, SwapSettings, pair_up};

/// File with the settings; its presence marks a folder as a swap set.
const SETTINGS_FILE: &str = "settings.json";

/// File that lists what is in the set; written last.
const RECORD_FILE: &str = "swaps.json";

const SHEET_FILE: &str = "sheet.png";

/// Largest distance of key frames, as video services use.
const GOP: u32 = 50;

/// What a set is made of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claim {
    settings: SwapSettings,
    /// See [`PhotoList::digest`].
    photos: String,
}

/// The contents of a set.
#[derive(Debug, Serialize)]
struct Record<'a> {
    version: &'a str,
    settings: &'a SwapSettings,
    photos: Counts,
    clips: Vec<ClipRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct Counts {
    digest: String,
    usable: usize,
    paired: usize,
    skipped: BTreeMap<Skip, u64>,
}

#[derive(Debug, Serialize)]
struct ClipRecord<'a> {
    /// `real` or the kind of the forgery.
    kind: &'static str,
    target: &'a str,
    source: Option<&'a str>,
    seed: u64,
    still: PathBuf,
    clips: Vec<PathBuf>,
}

/// What a call of [`write_set`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Number of targets.
    pub targets: usize,
    /// Files written by this call.
    pub made: usize,
    /// Files that existed already.
    pub kept: usize,
}

/// One target as it is, or forged in one way.
struct Item<'a> {
    kind: Option<Kind>,
    target: &'a Photo,
    source: &'a Photo,
    name: String,
    seed: u64,
    camera_seed: u64,
}

/// Makes sure that `folder` is for a set of these photographs with these settings, before long work.
///
/// # Errors
/// When a setting is out of range, or the folder holds something else, or cannot be read or written.
pub fn claim(folder: &Path, list: &PhotoList, settings: &SwapSettings) -> Result<(), Error> {
    settings.validate()?;
    let path = folder.join(SETTINGS_FILE);
    let requested = Claim { settings: settings.clone(), photos: list.digest.clone() };
    let unreadable = |source| Error::Unreadable { path: path.clone(), source };
    let requested_text = serde_json::to_string_pretty(&requested).map_err(unreadable)?;
    if path.exists() {
        let read = |error: std::io::Error| Error::Read { path: path.clone(), source: error.into() };
        let text = scade_fs::read_to_string(&path).map_err(read)?;
        let found: serde_json::Value = serde_json::from_str(&text).map_err(unreadable)?;
        // By way of text, as the other: `to_value` widens 32-bit numbers.
        let requested = serde_json::from_str(&requested_text).map_err(unreadable)?;
        let differences = differences(&found, &requested);
        if differences.is_empty() {
            return Ok(());
        }
        let differences = differences.join("; ");
        return Err(Error::OtherSettings { path: folder.to_owned(), differences });
    }
    let read =
        |error: std::io::Error| Error::Read { path: folder.to_owned(), source: error.into() };
    if !scade_fs::is_vacant(folder).map_err(read)? {
        return Err(Error::NotASet { path: folder.to_owned() });
    }
    Ok(scade_fs::write(&path, requested_text + "\n")?)
}

/// Each differing value, by its key.
fn differences(found: &serde_json::Value, requested: &serde_json::Value) -> Vec<String> {
    let photos = (found["photos"] != requested["photos"]).then(|| "other photographs".to_owned());
    let keys = requested["settings"].as_object().into_iter().flatten();
    let settings = keys.filter(|(key, value)| found["settings"][key] != **value);
    let settings = settings
        .map(|(key, value)| format!("{key}: {}, requested {value}", found["settings"][key]));
    photos.into_iter().chain(settings).collect()
}

/// Writes the set of the photographs that [`crate::find_photos`] found:
///
/// - `crf<N>/real/<target>.mp4` and `crf<N>/fake/<kind>/<target>_<source>.mp4` for each rate factor, the
///   layout `flat` of `scade-preprocess`; the clips of a target have the same motion of the camera;
/// - `stills/real/<target>.png` and `stills/fake/<kind>/<target>_<source>.png`, without that motion;
/// - `sheet.png`, a dozen rows: source, target, each kind in the order of [`Kind::ALL`];
/// - `settings.json` at first, and `swaps.json`, which lists all of it, at last.
///
/// Targets are worked on in parallel by rayon, and each file is written atomically. In a folder with the same
/// settings only missing files are made.
///
/// # Errors
/// When the folder is for something else, no two photographs fit together, or something cannot be read,
/// encoded or written. Files finished before are kept.
pub fn write_set(
    folder: &Path,
    list: &PhotoList,
    found: &Found,
    settings: &SwapSettings,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    let photos = &found.photos;
    let poses: Vec<_> = photos.iter().map(|photo| photo.pose).collect();
    let pairs = pair_up(&poses, settings.pairs, settings.seed);
    if pairs.is_empty() {
        return Err(Error::NoPairs { usable: photos.len() });
    }
    // Not before: an attempt without pairs must not claim the folder for its photographs.
    claim(folder, list, settings)?;
    let plan: Vec<Vec<Item<'_>>> =
        pairs.iter().map(|pair| items(photos, *pair, settings.seed)).collect();
    let (made, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = plan.iter().map(Vec::len).sum::<usize>();
    progress.start("swap", "clips", count as u64);
    let written = plan.par_iter().try_for_each(|items| {
        write_target(folder, items, settings, |new, old| {
            made.fetch_add(new, Ordering::Relaxed);
            kept.fetch_add(old, Ordering::Relaxed);
            progress.advance(1);
        })
    });
    progress.finish();
    written?;
    write_sheet(folder, &plan, settings)?;
    write_record(folder, list, found, &plan, settings)?;
    Ok(Summary { targets: pairs.len(), made: made.into_inner(), kept: kept.into_inner() })
}

/// The target as it is, and each forgery.
fn items(photos: &[Photo], pair: Pair, seed: u64) -> Vec<Item<'_>> {
    let (target, source) = (&photos[pair.target], &photos[pair.source]);
    let seed_of = |place: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Stream 0 chooses the pairs.
        rng.set_stream(1 + 16 * pair.target as u64 + place);
        rng.next_u64()
    };
    let camera_seed = seed_of(0);
    let real = Item {
        kind: None,
        target,
        source,
        name: format!("{:04}", pair.target),
        seed: camera_seed,
        camera_seed,
    };
    let fakes = Kind::ALL.into_iter().zip(1..).map(|(kind, place)| Item {
        kind: Some(kind),
        target,
        source,
        name: format!("{:04}_{:04}", pair.target, pair.source),
        seed: seed_of(place),
        camera_seed,
    });
    std::iter::once(real).chain(fakes).collect()
}

impl Item<'_> {
    fn label(&self) -> &'static str {
        self.kind.map_or("real", Kind::name)
    }

    /// Below a folder of its own for stills and each rate factor.
    fn path(&self, ending: &str) -> PathBuf {
        let file = format!("{}.{ending}", self.name);
        match self.kind {
            None => Path::new("real").join(file),
            Some(kind) => Path::new("fake").join(kind.name()).join(file),
        }
    }

    fn still(&self) -> PathBuf {
        Path::new("stills").join(self.path("png"))
    }

    fn clip(&self, crf: u32) -> PathBuf {
        Path::new(&format!("crf{crf}")).join(self.path("mp4"))
    }
}

/// Writes what is missing of one target; `done` is called for each item with the numbers of new and old
/// files.
fn write_target(
    folder: &Path,
    items: &[Item<'_>],
    settings: &SwapSettings,
    done: impl Fn(usize, usize),
) -> Result<(), Error> {
    let mut loaded: Option<[RgbImage; 2]> = None;
    for item in items {
        let still = folder.join(item.still());
        let still = (!still.is_file()).then_some(still);
        let clips: Vec<(u32, PathBuf)> = settings
            .crf
            .iter()
            .map(|&crf| (crf, folder.join(item.clip(crf))))
            .filter(|(_, path)| !path.is_file())
            .collect();
        let missing = usize::from(still.is_some()) + clips.len();
        if missing > 0 {
            if loaded.is_none() {
                let load = |photo: &Photo| load_photo(&photo.file.path, settings.height);
                loaded = Some([load(item.target)?, load(item.source)?]);
            }
            if let Some([target, source]) = &loaded {
                write_item(item, target, source, settings, still.as_deref(), &clips)?;
            }
        }
        done(missing, 1 + settings.crf.len() - missing);
    }
    Ok(())
}

fn write_item(
    item: &Item<'_>,
    target: &RgbImage,
    source: &RgbImage,
    settings: &SwapSettings,
    still: Option<&Path>,
    clips: &[(u32, PathBuf)],
) -> Result<(), Error> {
    let landmarks = &item.target.landmarks;
    let forger = item.kind.and_then(|kind| {
        let mut rng = ChaCha8Rng::seed_from_u64(item.seed);
        Forger::new(kind, (target, landmarks), (source, &item.source.landmarks), &mut rng)
    });
    if let Some(path) = still {
        let image = forger
            .as_ref()
            .map_or(Cow::Borrowed(target), |forger| Cow::Owned(forger.forge(landmarks)));
        let encoded =
            encode_png(&image).map_err(|source| Error::Still { path: path.to_owned(), source })?;
        scade_fs::write(path, encoded)?;
    }
    if clips.is_empty() {
        return Ok(());
    }
    // Chroma has half the resolution.
    let (width, height) = (target.width() & !1, target.height() & !1);
    let mut writers = Vec::new();
    for (crf, path) in clips {
        let options = WriterOptions {
            fps: settings.fps,
            codec: Codec::H264,
            quality: *crf,
            gop: GOP,
            ..WriterOptions::new(width, height)
        };
        writers.push(Writer::create(path, &options)?);
    }
    let camera = Camera::new(item.camera_seed);
    let jitter = Jitter::new(item.seed, item.target.pose.eyes);
    for frame in 0..settings.frames {
        let image = forger.as_ref().map_or(Cow::Borrowed(target), |forger| {
            Cow::Owned(forger.forge(&jitter.at(landmarks, frame)))
        });
        let view = camera.view(frame as f32 / settings.fps as f32, width, height);
        let frame = warp_rgb(&image, &view, width, height);
        for writer in &mut writers {
            writer.write(&frame)?;
        }
    }
    for writer in writers {
        writer.finish()?;
    }
    Ok(())
}

fn write_sheet(
    folder: &Path,
    plan: &[Vec<Item<'_>>],
    settings: &SwapSettings,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    for items in sheet::selected(plan) {
        let Some(first) = items.first() else { continue };
        let source = load_photo(&first.source.file.path, settings.height)?;
        let mut cells = vec![sheet::cell(&source, &first.source.landmarks)];
        for item in items {
            let still = load_photo(&folder.join(item.still()), u32::MAX)?;
            cells.push(sheet::cell(&still, &item.target.landmarks));
        }
        rows.push(cells);
    }
    let path = folder.join(SHEET_FILE);
    let Some(image) = grid(&rows) else { return Ok(()) };
    let encoded =
        encode_png(&image).map_err(|source| Error::Still { path: path.clone(), source })?;
    Ok(scade_fs::write(&path, encoded)?)
}

fn write_record(
    folder: &Path,
    list: &PhotoList,
    found: &Found,
    plan: &[Vec<Item<'_>>],
    settings: &SwapSettings,
) -> Result<(), Error> {
    let mut skipped = BTreeMap::new();
    for (_, why) in &found.skipped {
        *skipped.entry(*why).or_default() += 1;
    }
    let clips = plan.iter().flatten().map(|item| ClipRecord {
        kind: item.label(),
        target: &item.target.file.name,
        source: item.kind.map(|_| &*item.source.file.name),
        seed: item.seed,
        still: item.still(),
        clips: settings.crf.iter().map(|&crf| item.clip(crf)).collect(),
    });
    let record = Record {
        version: &settings.version,
        settings,
        photos: Counts {
            digest: list.digest.clone(),
            usable: found.photos.len(),
            paired: plan.len(),
            skipped,
        },
        clips: clips.collect(),
    };
    let path = folder.join(RECORD_FILE);
    let text = serde_json::to_string_pretty(&record)
        .map_err(|source| Error::Unreadable { path: path.clone(), source })?;
    Ok(scade_fs::write(&path, text + "\n")?)
}
