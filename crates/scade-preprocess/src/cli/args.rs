//! The flags of `scade-preprocess`, and how they change a configuration.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use scade_cli::config::Format;
use scade_cli::{HintExt, one_of, shard_of};
use scade_data::{CropFormat, FileLayout, MapFormat, SplitRule};
use scade_defocus::Method;
use scade_device::Device;
use scade_face::{CropRule, Fallback};
use scade_preprocess::{Config, Identities, Layout, Shard, Split};
use scade_sample::FaceSelection;
use scade_video::Color;
use strum::VariantNames;

use super::published::from_published;

/// Turns folders of real and fake videos and images into face crops and defocus maps for training.
#[derive(Debug, Parser)]
#[command(name = "scade-preprocess", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Folder of the dataset, or the list itself with --layout csv.
    #[arg(long, value_name = "PATH")]
    dataset: Option<PathBuf>,
    /// Dataset layout. flat: real/ and fake/ at any depth; csv: a list of videos and images.
    #[arg(long, value_parser = one_of::<Layout>())]
    layout: Option<Layout>,
    /// Compression of FaceForensics++ and DFD to use, where there are several.
    #[arg(long, value_parser = ["raw", "c0", "c23", "c40"])]
    compression: Option<String>,
    /// What the identities of the layout flat are. name: parsed from the file name; file: each file is its
    /// own; folder: the folder below real/ or fake/ [default: name].
    #[arg(long, value_parser = one_of::<Identities>())]
    identities: Option<Identities>,
    /// Folder with the official train.json, val.json and test.json of FaceForensics++.
    #[arg(long, value_name = "DIR")]
    official_split: Option<PathBuf>,
    /// Folder of the prepared dataset, new or to be completed.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Configuration file: TOML, or YAML with SCADE-Net's keys. Command-line flags take precedence.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Maximum number of sampled frames per video.
    #[arg(long, value_name = "COUNT")]
    max_frames: Option<u64>,
    /// Sample every Nth frame.
    #[arg(long, value_name = "N")]
    frame_stride: Option<u64>,
    /// Skip videos with fewer sampled frames; images are not skipped.
    #[arg(long, value_name = "COUNT")]
    min_frames: Option<u64>,
    /// Method of the defocus maps.
    #[arg(long, value_name = "METHOD", value_parser = one_of::<Method>())]
    defocus_method: Option<Method>,
    /// Override a configuration key, as in `--set preparation.detector.min_face_size=40`; repeatable;
    /// applied last.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Make no defocus maps.
    #[arg(long, conflicts_with = "defocus_method")]
    no_defocus: bool,
    /// Crop rule. aligned: by the landmarks; published: as SCADE-Net's code does.
    #[arg(long, value_parser = one_of::<CropRule>())]
    crop: Option<CropRule>,
    /// Faces to extract from each frame. largest: largest box; best: highest detection score; all: every
    /// face, tracked through the video.
    #[arg(long, value_parser = one_of::<FaceSelection>())]
    faces: Option<FaceSelection>,
    /// What is tried where no face is found. second-look: enlarged, then turned by 90°, with a lower
    /// threshold; haar: the second look, then OpenCV's frontal face cascade [default: none].
    #[arg(long, value_parser = one_of::<Fallback>())]
    fallback: Option<Fallback>,
    /// Extract only faces that the dataset's masks mark as manipulated, and store the masks.
    #[arg(long)]
    masks: bool,
    /// File format of crops; png and webp are lossless.
    #[arg(long, value_name = "FORMAT", value_parser = one_of::<CropFormat>())]
    crop_format: Option<CropFormat>,
    /// Quality of JPEG crops, 1 to 100.
    #[arg(long, value_name = "QUALITY")]
    jpeg_quality: Option<u8>,
    /// File format of defocus maps: npy has 32 bits per value, png 16.
    #[arg(long, value_name = "FORMAT", value_parser = one_of::<MapFormat>())]
    map_format: Option<MapFormat>,
    /// Files of the prepared dataset. 1: ours; published: exactly those of SCADE-Net, with all others
    /// beside it in <output>.scade.
    #[arg(long, value_name = "VERSION", value_parser = one_of::<FileLayout>())]
    layout_version: Option<FileLayout>,
    /// YUV to RGB conversion of frames. cv2-compatible: BT.601, as OpenCV; honor-tags: as the video
    /// declares.
    #[arg(long, value_parser = color())]
    color: Option<Color>,
    #[command(flatten)]
    split: SplitArgs,
    /// Process shard I of N, from 1, into a folder of its own; `merge` combines them [default: from
    /// SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, else all videos].
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Videos processed in parallel; 0 is one per core.
    #[arg(long, value_name = "COUNT")]
    jobs: Option<usize>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    pub(crate) device: Device,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What there is to do besides preprocessing.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Combine the shards of a prepared dataset, once all are done.
    Merge(MergeArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// The --output passed to the shards.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) split: SplitArgs,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the videos are split.
#[derive(Debug, clap::Args)]
pub(crate) struct SplitArgs {
    /// What training, validation and test subset may not share; official: the dataset's own split.
    #[arg(long = "split", value_name = "RULE", value_parser = one_of::<SplitRule>())]
    rule: Option<SplitRule>,
    /// Ratio of videos for validation.
    #[arg(long, value_name = "RATIO")]
    val_split: Option<f64>,
    /// Ratio of videos for the test.
    #[arg(long, value_name = "RATIO")]
    test_split: Option<f64>,
    /// Random seed of the split.
    #[arg(long)]
    seed: Option<u64>,
}

/// Flags, and the settings that they give.
pub(crate) const FLAGS: [(&str, &str); 25] = [
    ("dataset", "dataset"),
    ("layout", "layout"),
    ("compression", "compression"),
    ("identities", "identities"),
    ("official-split", "official_split"),
    ("output", "output"),
    ("max-frames", "frames.max"),
    ("frame-stride", "frames.every"),
    ("min-frames", "frames.min"),
    ("defocus-method", "preparation.defocus.method"),
    ("crop", "preparation.crop.rule"),
    ("faces", "preparation.faces"),
    ("fallback", "preparation.fallback"),
    ("masks", "masks"),
    ("crop-format", "preparation.files.crops"),
    ("jpeg-quality", "preparation.jpeg_quality"),
    ("map-format", "preparation.files.maps"),
    ("layout-version", "layout_version"),
    ("color", "preparation.color"),
    ("split", "split.rule"),
    ("val-split", "split.val"),
    ("test-split", "split.test"),
    ("seed", "split.seed"),
    ("shard", "shard"),
    ("jobs", "jobs"),
];

/// Former names of flags, which work for this version.
pub(crate) const RENAMED_FLAGS: [(&str, &str); 2] =
    [("sampling-rate", "frame-stride"), ("colour", "color")];

/// How configuration files are written, with former names.
const FORMAT: Format = Format {
    translate: from_published,
    renamed: &[("preparation.colour", "preparation.color")],
    renamed_values: &[("preparation.color", FORMER_HONOR_TAGS, "honor-tags")],
};

/// As [`one_of`], with a former name.
fn color() -> impl TypedValueParser<Value = Color> {
    let former = |name: &'static str| match name {
        "honor-tags" => PossibleValue::new(name).alias(FORMER_HONOR_TAGS),
        _ => PossibleValue::new(name),
    };
    PossibleValuesParser::new(Color::VARIANTS.iter().copied().map(former)).try_map(|name| {
        if name == FORMER_HONOR_TAGS { Ok(Color::HonorTags) } else { name.parse::<Color>() }
    })
}

/// Former name of [`Color::HonorTags`].
const FORMER_HONOR_TAGS: &str = "honour-tags";

impl SplitArgs {
    pub(crate) fn apply(&self, split: &mut Split) {
        split.rule = self.rule.unwrap_or(split.rule);
        split.val = self.val_split.unwrap_or(split.val);
        split.test = self.test_split.unwrap_or(split.test);
        split.seed = self.seed.unwrap_or(split.seed);
    }
}

impl Args {
    /// Defaults, then the file, then the flags, then `--set`.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => FORMAT.load(path)?,
            None => Config::default(),
        };
        self.apply(&mut config);
        config.shard = shard_of(self.shard)?;
        let config = FORMAT
            .set(config, &self.set)
            .hint("keys are those of configs/preprocess/*.toml and docs/data.md")?;
        config.validate()?;
        Ok(config)
    }

    fn apply(&self, config: &mut Config) {
        fn set<T: Clone>(flag: &Option<T>, setting: &mut T) {
            if let Some(value) = flag {
                *setting = value.clone();
            }
        }
        set(&self.dataset, &mut config.dataset);
        set(&self.layout, &mut config.layout);
        set(&self.output, &mut config.output);
        set(&self.max_frames, &mut config.frames.max);
        set(&self.frame_stride, &mut config.frames.every);
        set(&self.min_frames, &mut config.frames.min);
        set(&self.layout_version, &mut config.layout_version);
        set(&self.jobs, &mut config.jobs);
        config.compression = self.compression.clone().or(config.compression.take());
        config.identities = self.identities.or(config.identities);
        config.official_split = self.official_split.clone().or(config.official_split.take());
        config.masks |= self.masks;
        self.split.apply(&mut config.split);
        let sample = &mut config.preparation;
        set(&self.faces, &mut sample.faces);
        set(&self.fallback, &mut sample.fallback);
        set(&self.crop_format, &mut sample.files.crops);
        set(&self.map_format, &mut sample.files.maps);
        set(&self.jpeg_quality, &mut sample.jpeg_quality);
        set(&self.color, &mut sample.color);
        if self.no_defocus {
            sample.defocus = None;
        }
        // A file may have set other settings of the same method or rule; they stay.
        if let Some(method) = &self.defocus_method
            && sample.defocus.as_ref().map(Method::name) != Some(method.name())
        {
            sample.defocus = Some(method.clone());
        }
        if let Some(crop) = self.crop
            && std::mem::discriminant(&crop) != std::mem::discriminant(&sample.crop)
        {
            sample.crop = crop;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_help_and_every_listed_one_is_there() {
        use clap::CommandFactory;
        let command = Args::command();
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some() || argument.get_id() == "help", "{argument}");
        }
        for (flag, _) in FLAGS {
            assert!(command.get_arguments().any(|a| a.get_long() == Some(flag)), "{flag}");
        }
    }
}
