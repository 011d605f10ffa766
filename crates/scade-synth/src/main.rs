//! `scade-synth`: draws the synthetic set into a folder.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scade_synth::{SetSettings, write_set};

/// Draw a set of synthetic talking heads, real and face-swapped, as video clips.
///
/// Nothing is filmed and nobody is shown. The same settings give the same pictures. Run again with
/// the same settings, only missing clips are drawn.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder to write `real/*.mp4` and `fake/*.mp4` to; new, empty, or holding this very set.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Number of persons, even; each gets one real and one fake clip.
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
    /// Another seed gives other persons in other clips.
    #[arg(long, default_value_t = SetSettings::default().seed)]
    seed: u64,
    /// How strongly forgeries show, 0 to 2.
    #[arg(long, default_value_t = SetSettings::default().strength)]
    strength: f32,
    /// Say nothing but errors.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
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
    let summary = write_set(&arguments.output, &settings, |clip| {
        if !arguments.quiet {
            let kept = if clip.kept { ", was there" } else { "" };
            eprintln!("{} ({} of {}{kept})", clip.path.display(), clip.done, clip.total);
        }
    })?;
    if !arguments.quiet {
        let folder = arguments.output.display();
        println!("{folder}: {} clips drawn, {} kept", summary.drawn, summary.kept);
    }
    Ok(())
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
