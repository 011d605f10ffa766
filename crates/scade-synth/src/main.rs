//! `scade-synth`: renders the synthetic set into a folder.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scade_cli::{Outcome, Program, ProgressBar, init_logs};
use scade_settings::Progress;
use scade_synth::{SetSettings, Summary, WriteError, write_set};

/// Render a set of synthetic talking heads, real and face-swapped, as video clips.
///
/// Nothing is filmed and no real person is shown. The same settings give the same clips. Run again with
/// the same settings, only missing clips are rendered.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder to write `real/*.mp4` and `fake/*.mp4` to; new, empty, or holding a set with the same settings.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Number of identities, even; each gets one real and one fake clip.
    #[arg(long, default_value_t = SetSettings::default().identities)]
    identities: u32,
    /// Frames per clip.
    #[arg(long, default_value_t = SetSettings::default().frames)]
    frames: u32,
    /// Width in pixels.
    #[arg(long, default_value_t = SetSettings::default().width)]
    width: u32,
    /// Height in pixels.
    #[arg(long, default_value_t = SetSettings::default().height)]
    height: u32,
    /// Frames per second.
    #[arg(long, default_value_t = SetSettings::default().fps)]
    fps: u32,
    /// Random seed.
    #[arg(long, default_value_t = SetSettings::default().seed)]
    seed: u64,
    /// How strongly forgeries show, 0 to 2.
    #[arg(long, default_value_t = SetSettings::default().strength)]
    strength: f32,
}

fn main() -> ExitCode {
    let program = Program::new().flags(&FLAGS).hints::<WriteError>();
    let arguments: Arguments = program.parse();
    init_logs();
    program.run(|| render(&arguments))
}

/// Flags and the settings they set.
const FLAGS: [(&str, &str); 8] = [
    ("output", "output"),
    ("identities", "identities"),
    ("frames", "frames"),
    ("width", "width"),
    ("height", "height"),
    ("fps", "fps"),
    ("seed", "seed"),
    ("strength", "strength"),
];

fn render(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = SetSettings {
        identities: arguments.identities,
        frames: arguments.frames,
        width: arguments.width,
        height: arguments.height,
        fps: arguments.fps,
        seed: arguments.seed,
        strength: arguments.strength,
        ..SetSettings::default()
    };
    settings.validate()?;
    let progress = ProgressBar::new();
    progress.start("render", "clips", settings.clips().len() as u64);
    let written = write_set(&arguments.output, &settings, |_| progress.advance(1));
    progress.finish();
    let Summary { rendered, kept } = written?;
    let folder = arguments.output.display();
    scade_cli::print(format_args!("{folder}: {rendered} clips rendered, {kept} kept"))?;
    Ok(Outcome::Complete)
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
