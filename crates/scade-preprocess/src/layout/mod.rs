//! Dataset layouts: paths of the videos, and the information in paths and names. One file per layout.
//! An image is a video of one frame.
//!
//! Nothing is decoded here. A layout turns a folder into [`Source`]s: the file, its name in the
//! prepared dataset, identities, the source clip of a fake, and the subset of the official split.

mod celeb_df;
mod dfd;
mod dfdc;
mod faceforensics;
mod flat;
mod list;
mod names;
mod official;
#[cfg(test)]
mod testing;
mod tree;

use std::path::{Path, PathBuf};

use scade_data::{SplitRule, Subset, VideoFile, VideoKey, VideoRecord};
use serde::{Deserialize, Serialize};

use crate::{Config, Error};

pub use flat::Identities;

/// Layout of a dataset on disk.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Layout {
    /// `real/` and `fake/`, at any depth; identities parsed from the names, or by [`Identities`].
    #[default]
    Flat,
    /// A CSV file that lists the videos: `path,label,identity`, and `source`, `part` where known.
    Csv,
    /// FaceForensics++ (Rössler et al. 2019): YouTube originals and their manipulations.
    #[serde(rename = "faceforensics")]
    #[strum(serialize = "faceforensics")]
    FaceForensics,
    /// DeepFakeDetection (Dufour and Gully 2019): 28 actors, in the tree of FaceForensics++.
    Dfd,
    /// Celeb-DF v2 (Li et al. 2020).
    CelebDf,
    /// DFDC (Dolhansky et al. 2020): folders with `metadata.json`, test sets with `labels.csv`.
    Dfdc,
}

/// One video of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its label and its unique name in the prepared dataset.
    pub key: VideoKey,
    /// Its identities, as far as known; for a fake target, then source.
    pub identities: Vec<String>,
    /// Name in the prepared dataset of the source clip of a fake, where known.
    pub source: Option<String>,
    /// Its subset in the official split, if there is one.
    pub part: Option<Subset>,
    /// A video of the same frames that is white where this one is forged, if the dataset has one.
    pub mask: Option<PathBuf>,
}

impl Source {
    /// The file, as stored in a record; relative to the dataset at `root`.
    pub(crate) fn file(&self, root: &Path) -> VideoFile {
        // The root may be a list beside its videos.
        let below = self.path.strip_prefix(root).ok();
        let beside = || self.path.strip_prefix(root.parent()?).ok();
        let path = below.or_else(beside).unwrap_or(&self.path).to_string_lossy().into_owned();
        // A missing file is reported when it is opened.
        let bytes = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        VideoFile { path, bytes }
    }

    /// Writes the information of the dataset at `root` into the record of the video.
    pub(crate) fn describe(&self, root: &Path, record: &mut VideoRecord) {
        record.file = Some(self.file(root));
        record.identities.clone_from(&self.identities);
        record.source.clone_from(&self.source);
        record.part = self.part;
    }
}

/// A file or list that does not match the layout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// Whether it could not be read: videos may be missing.
    pub unreadable: bool,
}

/// Content of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    /// The videos, real before fake, by name.
    pub sources: Vec<Source>,
    /// Skipped files, as warnings.
    pub ignored: Vec<Ignored>,
}

impl Layout {
    /// The expected files below the root of a dataset of this layout.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Flat => "{real,fake}/**/*.{mp4,avi,mov,…,jpg,png,webp,…}",
            Self::Csv => "a CSV file with the columns path,label,identity[,source][,part][,mask]",
            Self::FaceForensics => {
                "original_sequences/youtube/{raw,c0,c23,c40}/videos/NNN.mp4 and \
                 manipulated_sequences/<method>/{raw,c0,c23,c40}/videos/TTT_SSS.mp4"
            }
            Self::Dfd => {
                "original_sequences/actors/{raw,c0,c23,c40}/videos/AA__scene.mp4 and \
                 manipulated_sequences/DeepFakeDetection/{raw,c0,c23,c40}/videos/\
                 TT_SS__scene__XXXXXXXX.mp4"
            }
            Self::CelebDf => "{Celeb-real,YouTube-real,Celeb-synthesis}/*.mp4",
            Self::Dfdc => "folders of videos or images, each with a metadata.json or a labels.csv",
        }
    }
}

/// All videos of the dataset that `config` names.
///
/// A video whose name does not match the layout is skipped and listed, so that one unexpected file does
/// not end a long run; it is an error if no name matches. In a `csv` list every line must be valid.
///
/// # Errors
/// [`Error::NoVideos`] with the expected files; [`Error::Form`] for a list or name that does not match
/// the layout; [`Error::SameName`]; [`Error::NoOfficialSplit`] and [`Error::NoMasks`] when official split
/// or masks are requested and the dataset has none; [`Error::List`] for a folder that cannot be read.
pub fn discover(config: &Config) -> Result<Discovered, Error> {
    let root = &config.dataset;
    let compression = config.compression.as_deref();
    let official = config.official_split.as_deref();
    let mut found = match config.layout {
        Layout::Flat => flat::discover(root, config.identities.unwrap_or_default())?,
        Layout::Csv => list::discover(root)?,
        Layout::FaceForensics => faceforensics::discover(root, compression, official)?,
        Layout::Dfd => dfd::discover(root, compression)?,
        Layout::CelebDf => celeb_df::discover(root)?,
        Layout::Dfdc => dfdc::discover(root)?,
    };
    if found.sources.is_empty() {
        return Err(nothing(config, &found.ignored));
    }
    found.sources.sort_by(|a, b| a.key.cmp(&b.key));
    check_names(&found.sources)?;
    if config.masks && found.sources.iter().all(|source| source.mask.is_none()) {
        return Err(Error::NoMasks { layout: config.layout, root: root.clone() });
    }
    let has_parts = found.sources.iter().any(|source| source.part.is_some());
    if config.split.rule == SplitRule::Official && !has_parts {
        return Err(Error::NoOfficialSplit { layout: config.layout, root: root.clone() });
    }
    Ok(found)
}

/// The reason why no video was found.
fn nothing(config: &Config, ignored: &[Ignored]) -> Error {
    let root = config.dataset.clone();
    let expected = config.layout.expected();
    if let Some(Ignored { path, reason, unreadable: false }) = ignored.first() {
        let (path, problem) = (path.clone(), reason.clone());
        return Error::Form { path, problem, expected: expected.to_owned() };
    }
    let found = if root.exists() { "it has no such video or image" } else { "it does not exist" };
    Error::NoVideos { root, expected, found: found.to_owned() }
}

/// Two videos of one name would overwrite each other. `sources` are sorted.
fn check_names(sources: &[Source]) -> Result<(), Error> {
    match sources.windows(2).find(|pair| pair[0].key == pair[1].key) {
        None => Ok(()),
        Some(pair) => Err(Error::SameName {
            key: pair[0].key.clone(),
            paths: [pair[0].path.clone(), pair[1].path.clone()],
        }),
    }
}

/// The stem of a file name, as text.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::testing::dataset;
    use super::*;

    #[test]
    fn layouts_have_the_same_name_in_every_format() {
        use strum::VariantNames;
        for name in Layout::VARIANTS {
            let layout: Layout = name.parse().unwrap();
            assert_eq!(serde_json::to_string(&layout).unwrap(), format!("\"{name}\""));
            assert_eq!(layout.to_string(), *name);
        }
        assert!("faceforensic".parse::<Layout>().is_err());
    }

    #[test]
    fn a_missing_official_split_is_an_error() {
        let root = dataset(&["real/a.mp4", "fake/b.mp4"]);
        let mut config = Config { dataset: root.path().into(), ..Config::default() };
        assert_eq!(discover(&config).unwrap().sources.len(), 2);
        config.split.rule = SplitRule::Official;
        assert!(matches!(discover(&config), Err(Error::NoOfficialSplit { .. })));
    }

    #[test]
    fn two_files_of_one_name_are_an_error() {
        let root = dataset(&["Celeb-real/id0_0000.mp4", "Celeb-real/id0_0000.avi"]);
        let dataset = root.path().into();
        let config = Config { dataset, layout: Layout::CelebDf, ..Config::default() };
        let error = discover(&config).unwrap_err().to_string();
        assert!(error.contains("id0_0000.avi") && error.contains("id0_0000.mp4"), "{error}");
    }
}
