//! Reads damaged files, each in a process of its own, and reports the outcomes.
//!
//! `cargo run -p scade-video --features ffmpeg --example mutate_clips -- --count 1000 --seconds 300`
//!
//! Fails when a file crashes the reader, takes more than ten seconds, or uses more than 512 MB. Such a
//! file is kept in the folder given by `--keep`.

#![allow(dead_code, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../fixtures/mod.rs"]
mod fixtures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use scade_video::{Error, OpenOptions, Selection, Video};

const TIME_LIMIT: Duration = Duration::from_secs(10);
const MEMORY_LIMIT_MB: u64 = 512;

#[derive(Parser)]
struct Arguments {
    /// Number of files.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Number of the first file; the number determines the damage.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Stop after this time in seconds.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Folder for files that broke the reader.
    #[arg(long, default_value = "mutants")]
    keep: PathBuf,
    /// Read one file and print the outcome; used by the processes for each file.
    #[arg(long, hide = true)]
    read: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.read {
        Some(path) => {
            println!("{} {}", outcome(path), peak_megabytes());
            ExitCode::SUCCESS
        }
        None => run(&arguments),
    }
}

/// The name of the error, or of the kind of success.
fn outcome(path: &Path) -> String {
    match read(path) {
        Ok(outcome) => outcome.to_owned(),
        Err(error) => format!("{error:?}").split([' ', '(', '{']).take(1).collect(),
    }
}

/// Reads every third frame with skipping, as the programs do, then all frames.
fn read(path: &Path) -> Result<&'static str, Error> {
    let mut video = Video::open(path, &OpenOptions::default())?;
    video.count_frames()?;
    video.frames(Selection { every: 3, max: None }).try_for_each(|frame| frame.map(drop))?;
    let mut frames = Video::open(path, &OpenOptions::default())?.frames(Selection::ALL);
    frames.try_for_each(|frame| frame.map(drop))?;
    let stats = frames.stats();
    let damaged = stats.bad_packets + stats.corrupt_frames > 0 || stats.read_error.is_some();
    Ok(if damaged { "frames, damage reported" } else { "frames" })
}

/// Peak memory of this process; 0 where the system does not report it.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

#[derive(Default)]
struct Report {
    tried: u64,
    outcomes: BTreeMap<String, u64>,
    slowest: (Duration, String),
    largest_mb: (u64, String),
    broken: u64,
}

fn run(arguments: &Arguments) -> ExitCode {
    let start = Instant::now();
    let mut kinds = Vec::new();
    for (name, kind) in fixtures::clips::KINDS {
        match fixtures::clips::encode(kind, 64, 48, 30) {
            Some(bytes) => kinds.push((*name, bytes)),
            None => println!("skipped {name}: the linked FFmpeg has no {}", kind.encoder),
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut report = Report::default();
    for number in arguments.first..arguments.first + arguments.count {
        if start.elapsed() > Duration::from_secs(arguments.seconds) {
            println!("stopped after {} s", arguments.seconds);
            break;
        }
        let (name, bytes) = &kinds[(number % kinds.len() as u64) as usize];
        let path = folder.path().join(format!("{number}-{name}"));
        std::fs::write(&path, fixtures::mutate::mutate(bytes, number)).expect("a written file");
        report.add(&path, &arguments.keep);
        std::fs::remove_file(&path).expect("a removed file");
    }
    report.print(kinds.len());
    ExitCode::from(u8::from(report.broken > 0))
}

impl Report {
    fn add(&mut self, path: &Path, keep: &Path) {
        let (outcome, took) = read_in_process(path);
        let (outcome, megabytes) = outcome
            .rsplit_once(' ')
            .and_then(|(outcome, mb)| Some((outcome.to_owned(), mb.parse().ok()?)))
            .unwrap_or((outcome, u64::MAX));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if megabytes > MEMORY_LIMIT_MB {
            self.broken += 1;
            std::fs::create_dir_all(keep).expect("a folder for broken files");
            let kept = keep.join(&*name);
            std::fs::copy(path, &kept).expect("a kept file");
            println!("{outcome}, {megabytes} MB: {}", kept.display());
        } else if megabytes > self.largest_mb.0 {
            self.largest_mb = (megabytes, name.to_string());
        }
        if took > self.slowest.0 {
            self.slowest = (took, name.to_string());
        }
        self.tried += 1;
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    fn print(&self, kinds: usize) {
        println!("{} damaged files of {kinds} kinds, {} broke the reader", self.tried, self.broken);
        let (slowest, name) = &self.slowest;
        println!("slowest: {:.2} s for {name}", slowest.as_secs_f64());
        println!("most memory: {} MB for {}", self.largest_mb.0, self.largest_mb.1);
        for (outcome, count) in &self.outcomes {
            println!("{count:6} {outcome}");
        }
    }
}

/// The outcome reported by another process, or how that process ended without a report.
fn read_in_process(path: &Path) -> (String, Duration) {
    let start = Instant::now();
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .arg("--read")
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second process");
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > TIME_LIMIT {
            child.kill().expect("a child");
            return ("hang".to_owned(), start.elapsed());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("what the child wrote");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (
        if output.status.success() { text } else { format!("crash ({})", output.status) },
        start.elapsed(),
    )
}
