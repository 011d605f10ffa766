//! Detectors that are run: every model on every dataset.

use std::path::{Path, PathBuf};

use scade::{Detector, DetectorOptions, FacePrediction, Kernels, Media, VideoOptions};
use scade_cli::{HintExt, ProgressBar};
use scade_data::{Label, differences};
use scade_device::{Job, TrainingKernels};
use scade_eval::{Entry, ScoreTable, Source, System};
use scade_settings::Progress;

use super::args::Args;
use super::datasets::{Content, Dataset, LabeledFile, Prepared, method_of};

/// Images that are read and scored together.
const CHUNK: usize = 16;

/// Scores all datasets by all models.
pub(crate) struct Run<'a> {
    pub(crate) args: &'a Args,
    pub(crate) datasets: &'a [Dataset],
}

impl Job for Run<'_> {
    type Output = anyhow::Result<Vec<System>>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let models: Vec<Option<&Path>> = match &self.args.what.model[..] {
            [] => vec![None],
            models => models.iter().map(|model| Some(model.as_path())).collect(),
        };
        let names = names(&self.args.what.model);
        let weights = self.args.running.weights.as_ref();
        let mut systems = Vec::new();
        for (model, name) in models.into_iter().zip(names) {
            let given = self.args.threshold_of(&name);
            let detector = load::<B::InnerBackend>(model, given, weights, device)?;
            let mut table = ScoreTable::new(&*name);
            for dataset in self.datasets {
                score(&detector, dataset, self.args.running.max_frames, &mut table)?;
            }
            let mut sources = sources(model)?;
            for dataset in self.datasets {
                let (what, path) = ("dataset".to_owned(), PathBuf::from(&dataset.name));
                sources.push(Source { what, path, sha256: dataset.sha256()? });
            }
            let from =
                if given.is_some() { "given by --threshold" } else { "that of the detector" };
            systems.push(System {
                table,
                threshold: detector.threshold(),
                threshold_from: from.to_owned(),
                pooling: self.args.pooling.unwrap_or(detector.pooling()),
                sources,
                notes: Vec::new(),
            });
        }
        Ok(systems)
    }
}

/// Last parts of the paths, or the paths where these are equal.
fn names(models: &[PathBuf]) -> Vec<String> {
    if models.is_empty() {
        return vec!["built-in".to_owned()];
    }
    let last =
        |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let name = |path: &PathBuf| {
        let same = models.iter().filter(|other| last(other) == last(path)).count();
        if same > 1 { path.display().to_string() } else { last(path) }
    };
    models.iter().map(name).collect()
}

pub(crate) fn load<B: Kernels>(
    model: Option<&Path>,
    threshold: Option<f64>,
    weights: Option<&PathBuf>,
    device: &B::Device,
) -> anyhow::Result<Detector<B>> {
    let face_weights = weights.cloned();
    let options = DetectorOptions { face_weights, threshold, ..DetectorOptions::default() };
    Ok(match model {
        Some(folder) => Detector::load(folder, &options, device)?,
        None => Detector::builtin(&options, device)?,
    })
}

fn sources(model: Option<&Path>) -> anyhow::Result<Vec<Source>> {
    let Some(folder) = model else { return Ok(Vec::new()) };
    let file = |name: &str| {
        let path = folder.join(name);
        let sha256 = scade_fs::sha256_of_file(&path)?;
        Ok(Source { what: "detector".to_owned(), path: PathBuf::from(name), sha256 })
    };
    ["detector.json", "model.safetensors"].into_iter().map(file).collect()
}

/// Adds the scores of a dataset to a table.
pub(crate) fn score<B: Kernels>(
    detector: &Detector<B>,
    dataset: &Dataset,
    max_frames: u64,
    table: &mut ScoreTable,
) -> anyhow::Result<()> {
    match &dataset.content {
        Content::Prepared(prepared) => score_samples(detector, dataset, prepared, table),
        Content::Files(files) => score_files(detector, dataset, files, max_frames, table),
    }
}

fn score_samples<B: Kernels>(
    detector: &Detector<B>,
    dataset: &Dataset,
    prepared: &Prepared,
    table: &mut ScoreTable,
) -> anyhow::Result<()> {
    check_spec(detector, prepared)?;
    let with_maps = detector.sample_spec().channels() == 4;
    let items = prepared.items(with_maps)?;
    let progress = ProgressBar::new();
    progress.start(&dataset.name, "faces", items.len() as u64);
    for chunk in items.chunks(2 * CHUNK) {
        let mut samples = Vec::new();
        let mut readable = Vec::new();
        for item in chunk {
            match scade_data::load(item) {
                Ok(sample) => {
                    samples.push((sample.rgb, sample.defocus));
                    readable.push(true);
                }
                Err(error) => {
                    tracing::warn!("{}", scade_settings::error_chain(&error));
                    readable.push(false);
                }
            }
        }
        let mut scores = detector.score_crops(&samples).into_iter();
        for (item, readable) in chunk.iter().zip(readable) {
            let score = if readable { scores.next() } else { None };
            let path = item.rgb.strip_prefix(&dataset.root).unwrap_or(&item.rgb);
            let number = |number: usize| u32::try_from(number).ok();
            let face = Face {
                path: &path.to_string_lossy(),
                frame: number(item.face.frame),
                track: item.face.track.and_then(number),
                score,
            };
            push(table, dataset, prepared, (item.key.label(), item.key.name()), &face)?;
        }
        progress.advance(chunk.len() as u64);
    }
    progress.finish();
    for (label, video) in prepared.without_faces() {
        let path = format!("face_crops/{}/{video}/none", label.name());
        let face = Face { path: &path, frame: None, track: None, score: None };
        push(table, dataset, prepared, (label, video), &face)?;
    }
    Ok(())
}

struct Face<'a> {
    path: &'a str,
    frame: Option<u32>,
    track: Option<u32>,
    score: Option<f64>,
}

fn push(
    table: &mut ScoreTable,
    dataset: &Dataset,
    prepared: &Prepared,
    (label, video): (Label, &str),
    face: &Face<'_>,
) -> anyhow::Result<()> {
    let record = prepared.record(label, video);
    // The person who is shown; a fake shows the target.
    let identity = record.and_then(|record| record.people().into_iter().next());
    let method = record.map(method_of).unwrap_or_default();
    table.push(&Entry {
        dataset: &dataset.name,
        method: &method,
        video: Some(video),
        identity: Some(identity.as_deref().unwrap_or(video)),
        track: face.track,
        frame: face.frame,
        ..Entry::new(face.path, label == Label::Fake, face.score)
    })?;
    Ok(())
}

/// The samples were made as those that the detector was trained on.
fn check_spec<B: Kernels>(detector: &Detector<B>, prepared: &Prepared) -> anyhow::Result<()> {
    let expected = detector.sample_spec().clone();
    let mut got = prepared.store.spec().sample.clone();
    // What a network without maps does not see; and which faces there are is the dataset's own affair.
    if expected.defocus.is_none() {
        got.defocus = None;
    }
    (got.faces, got.fallback) = (expected.faces, expected.fallback);
    let differences = differences(&expected, &got);
    if differences.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let root = prepared.store.root().display();
    let error = anyhow::anyhow!("{root} has other samples than the detector: {}", list.join("; "));
    Err(error).hint("name the folder of images and videos with --data, so that they are made anew")
}

fn score_files<B: Kernels>(
    detector: &Detector<B>,
    dataset: &Dataset,
    files: &[LabeledFile],
    max_frames: u64,
    table: &mut ScoreTable,
) -> anyhow::Result<()> {
    let progress = ProgressBar::new();
    progress.start(&dataset.name, "files", files.len() as u64);
    let entry = |file: &LabeledFile| -> (String, bool) { (file.path.clone(), file.fake) };
    let media = |file: &LabeledFile| Media::of(Path::new(&file.path));
    for chunk in files.chunk_by(|a, b| media(a) == media(b)).flat_map(|same| same.chunks(CHUNK)) {
        if media(&chunk[0]) == Media::Image {
            let mut images = Vec::with_capacity(chunk.len());
            let mut readable = Vec::with_capacity(chunk.len());
            for file in chunk {
                let image = read(dataset, file);
                readable.push(image.is_some());
                images.extend(image);
            }
            let mut predictions = detector.score_images(&images)?.into_iter();
            for (file, readable) in chunk.iter().zip(readable) {
                let prediction = if readable { predictions.next().flatten() } else { None };
                if readable && prediction.is_none() {
                    tracing::warn!("{}: no face found", file.path);
                }
                let (path, fake) = entry(file);
                add(table, dataset, file, Entry::new(&path, fake, prediction.map(|p| p.score)))?;
            }
        } else {
            for file in chunk {
                score_video(detector, dataset, file, max_frames, table)?;
            }
        }
        progress.advance(chunk.len() as u64);
    }
    progress.finish();
    Ok(())
}

fn read(dataset: &Dataset, file: &LabeledFile) -> Option<scade::RgbImage> {
    scade::read_image(dataset.root.join(&file.path))
        .inspect_err(|error| tracing::warn!("{}", scade_settings::error_chain(error)))
        .ok()
}

/// A row for each face of a video, or one without a score.
fn score_video<B: Kernels>(
    detector: &Detector<B>,
    dataset: &Dataset,
    file: &LabeledFile,
    max_frames: u64,
    table: &mut ScoreTable,
) -> anyhow::Result<()> {
    let path = dataset.root.join(&file.path);
    match detector.score_video(&path, &VideoOptions { max_frames, ..VideoOptions::default() }) {
        Ok(prediction) => {
            // As inference pools them: without the faces that the gate excludes, unless it excludes all.
            let none_counts = prediction.faces.iter().all(|face| face.excluded.is_some());
            let counts = |face: &&FacePrediction| none_counts || face.excluded.is_none();
            for face in prediction.faces.iter().filter(counts) {
                let frame = face.frame.and_then(|frame| u32::try_from(frame).ok());
                let track = face.track.and_then(|track| u32::try_from(track).ok());
                let entry = Entry::new(&file.path, file.fake, Some(face.score));
                add(table, dataset, file, Entry { frame, track, ..entry })?;
            }
        }
        Err(error) => {
            tracing::warn!("{}: {}", file.path, scade_settings::error_chain(&error));
            add(table, dataset, file, Entry::new(&file.path, file.fake, None))?;
        }
    }
    Ok(())
}

fn add(
    table: &mut ScoreTable,
    dataset: &Dataset,
    file: &LabeledFile,
    entry: Entry<'_>,
) -> anyhow::Result<()> {
    let identity = file.identity.as_deref();
    table.push(&Entry { dataset: &dataset.name, method: &file.method, identity, ..entry })?;
    Ok(())
}
