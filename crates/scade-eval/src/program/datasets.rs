//! What a detector is run on: prepared datasets, folders of images and clips, lists of files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use scade::has_media_ending;
use scade_cli::HintExt;
use scade_data::{Item, Label, PreparedDataset, Splits, Status, Subset, VideoRecord, dfd_people};
use scade_eval::{FileFacts, Labels, label_of_path, set_sha256};

/// A dataset, opened.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) root: PathBuf,
    pub(crate) content: Content,
}

/// Its content.
#[derive(Debug)]
pub(crate) enum Content {
    /// Cropped faces with records.
    Prepared(Box<Prepared>),
    /// Images and clips.
    Files(Vec<LabeledFile>),
}

/// A subset of a prepared dataset.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) store: PreparedDataset,
    pub(crate) subset: Subset,
    pub(crate) splits: Splits,
    pub(crate) records: HashMap<(Label, String), VideoRecord>,
    /// Videos of the subset, with a record or not.
    pub(crate) videos: Vec<(Label, String)>,
}

/// An image or clip of known origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabeledFile {
    /// Relative to the root.
    pub(crate) path: String,
    pub(crate) fake: bool,
    pub(crate) method: String,
    pub(crate) identity: Option<String>,
}

impl Dataset {
    /// Opens what is at `path`.
    pub(crate) fn open(path: &Path, subset: Subset) -> anyhow::Result<Self> {
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let root = || path.to_owned();
        if path.is_file() {
            let root = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            return Ok(Self { name, root, content: Content::Files(listed(path)?) });
        }
        match PreparedDataset::open(path) {
            Ok(store) => {
                let content = Content::Prepared(Box::new(Prepared::new(store, subset)?));
                Ok(Self { name, root: root(), content })
            }
            Err(scade_data::Error::NoDataset { .. }) => {
                Ok(Self { name, root: root(), content: Content::Files(below(path)?) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Facts of a scored file; of a prepared sample those of the video it was made from.
    pub(crate) fn facts(&self, path: &str) -> Option<FileFacts> {
        match &self.content {
            Content::Files(_) => FileFacts::read(&self.root.join(path), &super::video_facts).ok(),
            Content::Prepared(prepared) => prepared.facts(path),
        }
    }

    /// SHA-256 of what would be scored: the content of all files, or the records of a prepared subset.
    pub(crate) fn sha256(&self) -> anyhow::Result<String> {
        match &self.content {
            Content::Files(files) => {
                let digest = |file: &LabeledFile| {
                    let path = self.root.join(&file.path);
                    // A file that cannot be read is no part of what is scored.
                    scade_fs::sha256_of_file(&path).ok().map(|digest| (digest, file.fake))
                };
                Ok(set_sha256(&files.iter().filter_map(digest).collect::<Vec<_>>()))
            }
            Content::Prepared(prepared) => prepared.sha256(),
        }
    }
}

impl Prepared {
    fn new(store: PreparedDataset, subset: Subset) -> anyhow::Result<Self> {
        let splits = store.splits()?;
        let Some(splits) = splits else {
            let error = anyhow::anyhow!("{} has not been split", store.root().display());
            return Err(error).hint("split it with scade-preprocess");
        };
        Self::with(store, subset, splits)
    }

    pub(crate) fn with(
        store: PreparedDataset,
        subset: Subset,
        splits: Splits,
    ) -> anyhow::Result<Self> {
        let records = store.records()?.into_iter();
        let records =
            records.map(|record| ((record.label, record.video.clone()), record)).collect();
        let keys = splits.part(subset).keys()?;
        let videos: Vec<_> = keys.iter().map(|key| (key.label(), key.name().to_owned())).collect();
        if videos.is_empty() {
            bail!("the subset {subset} of {} has no video", store.root().display());
        }
        Ok(Self { store, subset, splits, records, videos })
    }

    /// The stored faces of the subset.
    pub(crate) fn items(&self, defocus: bool) -> anyhow::Result<Vec<Item>> {
        Ok(scade_data::items(&self.store, self.splits.part(self.subset), defocus, None)?)
    }

    pub(crate) fn record(&self, label: Label, video: &str) -> Option<&VideoRecord> {
        self.records.get(&(label, video.to_owned()))
    }

    /// Class, name and size of a video: what a copy in another folder has too.
    pub(crate) fn identity_of(&self, (label, video): &(Label, String)) -> (Label, String, u64) {
        let file = self.record(*label, video).and_then(|record| record.file.as_ref());
        (*label, video.clone(), file.map_or(0, |file| file.bytes))
    }

    /// Videos of the subset from which no face was stored.
    pub(crate) fn without_faces(&self) -> impl Iterator<Item = (Label, &str)> {
        let has_faces = |label: Label, video: &str| {
            self.record(label, video)
                .is_some_and(|record| record.status == Status::Success && !record.frames.is_empty())
        };
        let videos = self.videos.iter().map(|(label, video)| (*label, &**video));
        videos.filter(move |(label, video)| !has_faces(*label, video))
    }

    fn facts(&self, path: &str) -> Option<FileFacts> {
        let folder = Path::new(path).parent()?;
        let video = folder.file_name()?.to_str()?;
        let label = folder.parent()?.file_name()?.to_str()?;
        let label = Label::ALL.into_iter().find(|known| known.name() == label)?;
        let record = self.record(label, video)?;
        let positive = |value: f64| (value > 0.0).then_some(value);
        let frames = positive(record.total_frames as f64);
        let rate = positive(record.fps);
        Some(FileFacts {
            bytes: record.file.as_ref().map(|file| file.bytes as f64),
            duration: frames.zip(rate).map(|(frames, rate)| frames / rate),
            frame_rate: rate,
            frames,
            codec: record.file.as_ref().map(|file| ending(&file.path)).unwrap_or_default(),
            ..FileFacts::default()
        })
    }

    fn sha256(&self) -> anyhow::Result<String> {
        let digest = |(label, video): &(Label, String)| {
            let record = serde_json::to_vec(&self.record(*label, video))?;
            anyhow::Ok((scade_fs::sha256_hex(record), *label == Label::Fake))
        };
        Ok(set_sha256(&self.videos.iter().map(digest).collect::<anyhow::Result<Vec<_>>>()?))
    }
}

fn ending(path: &str) -> String {
    Path::new(path).extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// How a video of a prepared dataset was forged: the folder of its method, or what precedes `__` in its name,
/// which separates actors from scenes in DeepFakeDetection.
pub(crate) fn method_of(record: &VideoRecord) -> String {
    if record.label == Label::Real {
        return String::new();
    }
    if let Some(file) = &record.file {
        let mut parts = file.path.split(['/', '\\']);
        if parts.any(|part| part == "manipulated_sequences") {
            return parts.next().unwrap_or_default().to_owned();
        }
        match label_of_path(&file.path) {
            Some((true, method)) if !method.is_empty() => return method.to_owned(),
            _ => {}
        }
    }
    let before = record.video.split_once("__").map_or("", |(before, _)| before);
    if dfd_people(&record.video).is_some() { String::new() } else { before.to_owned() }
}

fn below(folder: &Path) -> anyhow::Result<Vec<LabeledFile>> {
    let listing = scade_fs::Listing::below(folder, has_media_ending)
        .hint("--data takes a prepared dataset, a folder with real and fake, or a list in CSV")?;
    let (mut files, mut unlabeled) = (Vec::new(), 0);
    for path in &listing.files {
        let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        // The folder itself may be the one called real.
        let whole = folder.join(&relative);
        match label_of_path(&relative).or_else(|| label_of_path(whole.to_str().unwrap_or(""))) {
            Some((fake, method)) => {
                let method = method.to_owned();
                files.push(LabeledFile { path: relative, fake, method, identity: None });
            }
            None => unlabeled += 1,
        }
    }
    for error in &listing.unreadable {
        tracing::warn!("{}", scade_settings::error_chain(error));
    }
    if unlabeled > 0 {
        tracing::warn!("{}: {unlabeled} files are in no folder real or fake", folder.display());
    }
    if files.is_empty() {
        let error =
            anyhow::anyhow!("{} has no image or video below real or fake", folder.display());
        return Err(error).hint("name labels in a CSV file with path and label, with --data");
    }
    Ok(files)
}

fn listed(list: &Path) -> anyhow::Result<Vec<LabeledFile>> {
    let labels = Labels::read(list)?;
    let files: Vec<_> = labels
        .files()
        .into_iter()
        .map(|(path, known)| LabeledFile {
            path: path.to_owned(),
            fake: known.fake,
            method: known.method.clone(),
            identity: known.identity.clone(),
        })
        .collect();
    if files.is_empty() {
        bail!("{} lists no file", list.display());
    }
    // Relative to the list.
    let folder = list.parent().unwrap_or(Path::new(""));
    let first = folder.join(&files[0].path);
    if !first.exists() {
        bail!("{} lists {}, which is not there", list.display(), first.display());
    }
    Ok(files)
}

/// The folder of a list, or of a prepared dataset's record, in messages.
pub(crate) fn opened(paths: &[PathBuf], subset: Subset) -> anyhow::Result<Vec<Dataset>> {
    let mut datasets: Vec<Dataset> = Vec::new();
    for path in paths {
        let mut dataset = Dataset::open(path, subset)
            .with_context(|| format!("cannot use the dataset {}", path.display()))?;
        if datasets.iter().any(|other| other.name == dataset.name) {
            dataset.name = path.display().to_string();
        }
        datasets.push(dataset);
    }
    Ok(datasets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::{VideoFile, VideoKey};

    #[test]
    fn the_method_of_a_fake_is_its_folder_or_the_beginning_of_its_name() {
        let method = |video: &str, path: &str| {
            let mut record = VideoRecord::new(&VideoKey::new(Label::Fake, video).unwrap());
            record.file = Some(VideoFile { path: path.to_owned(), bytes: 1 });
            method_of(&record)
        };
        let path = "manipulated_sequences/FaceSwap/c23/videos/000_003.mp4";
        assert_eq!(method("000_003", path), "FaceSwap");
        assert_eq!(method("a", "fake/poisson/a.mp4"), "poisson");
        assert_eq!(method("alpha__1_2", "fake/alpha__1_2.mp4"), "alpha");
        assert_eq!(method("01_02__kitchen_pan__ABCD1234", "x.mp4"), "");
    }
}
