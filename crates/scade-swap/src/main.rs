//! `scade-swap`: makes a face swap benchmark of a folder of photographs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scade_cli::{Outcome, Program, ProgressBar, init_logs};
use scade_device::{Device, Job, TrainingKernels};
use scade_face::{DetectorFiles, FaceFinder, Fallback, MtcnnConfig, weights};
use scade_swap::{Error, Found, PhotoList, Summary, SwapSettings, claim, find_photos, write_set};

/// Make a face swap benchmark of photographs: real and forged clips that differ in the swap alone.
///
/// Of each photograph with a clear, frontal face the face is replaced by that of another one, in six ways.
/// The same photographs and settings give the same clips. Run again with the same settings, only missing
/// clips are made. Use photographs of people who agree to it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folders with photographs, searched at any depth.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    photos: Vec<PathBuf>,
    /// Folder to write to; new, empty, or holding a set with the same settings.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Largest number of targets [default: each photograph that has a partner].
    #[arg(long, value_name = "N")]
    pairs: Option<u32>,
    /// Random seed.
    #[arg(long, default_value_t = SwapSettings::default().seed)]
    seed: u64,
    /// Constant rate factors of H.264 clips, separated by commas: 23 is common, 40 strong compression
    /// [default: stills only].
    #[arg(long, value_name = "N", value_delimiter = ',')]
    crf: Vec<u32>,
    /// Frames per clip.
    #[arg(long, default_value_t = SwapSettings::default().frames)]
    frames: u32,
    /// Frames per second.
    #[arg(long, default_value_t = SwapSettings::default().fps)]
    fps: u32,
    /// Largest height in pixels.
    #[arg(long, default_value_t = SwapSettings::default().height)]
    height: u32,
    /// Least distance of the eyes in pixels.
    #[arg(long, default_value_t = SwapSettings::default().min_eyes)]
    min_eyes: f32,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    device: Device,
}

/// Flags and the settings they set.
const FLAGS: [(&str, &str); 10] = [
    ("photos", "photos"),
    ("output", "output"),
    ("pairs", "pairs"),
    ("seed", "seed"),
    ("crf", "crf"),
    ("frames", "frames"),
    ("fps", "fps"),
    ("height", "height"),
    ("min-eyes", "min_eyes"),
    ("weights", "weights"),
];

fn main() -> ExitCode {
    let program = Program::new()
        .flags(&FLAGS)
        .hints::<Error>()
        .hints::<weights::Error>()
        .hints::<scade_device::Unavailable>();
    let arguments: Arguments = program.parse();
    init_logs();
    program.run(|| work(&arguments))
}

fn work(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = SwapSettings {
        pairs: arguments.pairs,
        seed: arguments.seed,
        crf: arguments.crf.clone(),
        frames: arguments.frames,
        fps: arguments.fps,
        height: arguments.height,
        min_eyes: arguments.min_eyes,
        ..SwapSettings::default()
    };
    let list = PhotoList::of(&arguments.photos)?;
    // Before anything is downloaded: most mistakes are in paths and settings.
    claim(&arguments.output, &list, &settings)?;
    let files = weights::locate_for(arguments.weights.as_deref(), Fallback::None)?;
    let progress = ProgressBar::new();
    let job = Find { list: &list, files: &files, settings: &settings, progress: &progress };
    let found = scade_device::run(arguments.device, job)??;
    for text in &found.unreadable {
        tracing::warn!("{text}");
    }
    let Summary { targets, made, kept } =
        write_set(&arguments.output, &list, &found, &settings, &progress)?;
    let usable = found.photos.len();
    scade_cli::print(format_args!(
        "{} photographs: {usable} usable{}",
        list.files.len(),
        skips(&found)
    ))?;
    let folder = arguments.output.display();
    scade_cli::print(format_args!("{folder}: {targets} targets, {made} files made, {kept} kept"))?;
    Ok(if found.unreadable.is_empty() { Outcome::Complete } else { Outcome::Partial })
}

/// Numbers of skipped photographs: ", 3 with a small face".
fn skips(found: &Found) -> String {
    let mut counts = BTreeMap::new();
    for (_, why) in &found.skipped {
        *counts.entry(*why).or_insert(0) += 1;
    }
    counts.into_iter().map(|(why, count)| format!(", {count} {why}")).collect()
}

struct Find<'a> {
    list: &'a PhotoList,
    files: &'a DetectorFiles,
    settings: &'a SwapSettings,
    progress: &'a ProgressBar,
}

impl Job for Find<'_> {
    type Output = Result<Found, Error>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let config = MtcnnConfig::default();
        let finder =
            FaceFinder::<B::InnerBackend>::load(self.files, &config, Fallback::None, device)?;
        find_photos(self.list, &finder, self.settings, self.progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
