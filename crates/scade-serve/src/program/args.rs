//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::{Parser, Subcommand};
use scade::DetectorOptions;
use scade_cli::ratio;
use scade_device::Device;
use scade_serve::Limits;

/// Serves the detector as a web page and an HTTP API, on this machine.
///
/// Prints the address of the page once the detector is loaded. Uploads are decoded and scored in processes of
/// their own, kept in a private folder and deleted after the analysis. Nothing is fetched from or sent to
/// elsewhere. Ends on Ctrl-C and SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "scade-serve", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Folder of a detector, the run folder of scade-train [default: the detector that comes with the
    /// program].
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Score above which a face is called fake, 0 to 1 [default: the detector's own].
    #[arg(long, value_name = "SCORE", value_parser = ratio)]
    threshold: Option<f64>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    pub(crate) device: Device,
    /// Address and port. One that other machines can reach needs a token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Token that requests must carry. The environment variable SCADE_SERVE_TOKEN keeps it out of lists of
    /// processes.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Name by which browsers reach the service, besides localhost and addresses; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Folder for uploads and results [default: in the user's cache].
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Files that are analyzed at the same time, each by a process with a detector of its own.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) workers: usize,
    /// Files that wait; more are told to come again.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().queue, value_parser = at_least_one)]
    queue: usize,
    /// Size of a file in megabytes.
    #[arg(long, value_name = "MB", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_upload: u64,
    /// Size of an image or frame in megapixels.
    #[arg(long, value_name = "MP", default_value_t = 36, value_parser = clap::value_parser!(u64).range(1..=1000))]
    max_pixels: u64,
    /// Length of a video in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    max_seconds: u32,
    /// Maximum number of frames per video, spread evenly over it.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().frames, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    max_frames: u64,
    /// How long one analysis may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    job_timeout: u32,
    /// How long results are kept, in minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// How long a running analysis may go on when the program is told to end, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    grace: u32,
    /// Address space of a worker in GiB; 0 for no limit. Only on Linux.
    #[arg(long, value_name = "GIB", default_value_t = 16)]
    worker_memory: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Is a worker of another process of this program.
    #[command(hide = true)]
    Worker {
        /// Address space in GiB.
        #[arg(long)]
        memory: u64,
    },
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let value = text.parse().ok().filter(|value| (1..=1000).contains(value));
    value.ok_or_else(|| "expected a number from 1 to 1000".to_owned())
}

impl Args {
    pub(crate) fn detector_options(&self) -> DetectorOptions {
        DetectorOptions {
            face_weights: self.weights.clone(),
            threshold: self.threshold,
            ..DetectorOptions::default()
        }
    }

    /// Those that a worker gets; none of users.
    pub(crate) fn worker_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |flag: &str, value: Option<OsString>| {
            if let Some(value) = value {
                arguments.extend([flag.into(), value]);
            }
        };
        add("--model", self.model.clone().map(Into::into));
        add("--weights", self.weights.clone().map(Into::into));
        add("--threshold", self.threshold.map(|value| value.to_string().into()));
        add("--device", Some(self.device.to_string().into()));
        arguments.push("worker".into());
        arguments.extend(["--memory".into(), self.worker_memory.to_string().into()]);
        arguments
    }

    pub(crate) fn limits(&self) -> Limits {
        let seconds = |value: u32| Duration::from_secs(value.into());
        Limits {
            upload_bytes: self.max_upload * 1_000_000,
            pixels: self.max_pixels * 1_000_000,
            seconds: self.max_seconds.into(),
            frames: self.max_frames,
            queue: self.queue,
            job_time: seconds(self.job_timeout),
            keep_time: 60 * seconds(self.keep),
            grace_time: seconds(self.grace),
            ..Limits::default()
        }
    }

    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let folders = directories::ProjectDirs::from("", "", "scade");
        let folders = folders
            .ok_or_else(|| anyhow!("this user has no home folder: name one with --folder"))?;
        Ok(folders.cache_dir().join("serve"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_worker_gets_the_detector_and_no_token() {
        let args = ["scade-serve", "--model", "m", "--token", "secret", "--threshold", "0.5"];
        let args = Args::parse_from(args);
        let all = [vec!["scade-serve".into()], args.worker_arguments()].concat();
        assert!(!all.iter().any(|argument| argument == "secret"));
        let worker = Args::parse_from(all);
        assert_eq!((worker.model, worker.threshold), (args.model, Some(0.5)));
        assert!(matches!(worker.command, Some(Command::Worker { memory: 16 })));
    }
}
