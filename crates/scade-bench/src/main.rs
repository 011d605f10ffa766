//! `scade-bench`: times the parts of scade on this machine and prints one table, or JSON.
//!
//! Each number is the median of several runs after a warm-up. Inputs are synthetic, or the given videos.
//! It is for comparisons and contains no tests.

mod clips;
mod defocus;
mod fallback;
mod infer;
mod measure;
mod mtcnn;
mod preprocess;
mod train;
mod video;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use scade_cli::{Outcome, Program, init_logs};
use scade_device::{Device, Job, TrainingKernels, Unavailable};
use serde_json::{Map, Value, json};

use crate::clips::Clips;

/// Times the parts of scade on this machine.
#[derive(Debug, Parser)]
#[command(name = "scade-bench", version)]
struct Args {
    /// What to time [default: everything].
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Threads of the kernels and of preprocessing.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Videos for mtcnn, preprocess and video [default: synthetic clips].
    #[arg(long)]
    video: Vec<PathBuf>,
    /// Keep the synthetic clips in this folder, and reuse existing ones.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Photographs for defocus: how well each map detects blurred faces in them [default: synthetic
    /// faces only].
    #[arg(long, value_name = "DIR")]
    faces: Option<PathBuf>,
    #[arg(long, default_value_t, help = Device::CHOICES)]
    device: Device,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A part that can be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Inference with SCADE-Net: milliseconds per batch.
    Infer,
    /// Training steps, forward, backward, clipping and Adam: milliseconds per step.
    Train,
    /// Face detection in single video frames: milliseconds per frame.
    Mtcnn,
    /// Defocus maps of a 256 × 256 image: milliseconds per map, and agreement with the true blur.
    Defocus,
    /// Preprocessing of videos to a prepared dataset: seconds.
    Preprocess,
    /// Videos through the whole detector, every frame: frames per second.
    Video,
    /// Faces that are hard to find: the share found with each fallback. Only when named; it fetches OpenCV's
    /// cascade.
    Fallback,
}

fn main() -> ExitCode {
    let program = Program::new()
        .flags(&[("device", "device")])
        .hints::<Unavailable>()
        .hints::<scade_face::weights::Error>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(args.threads))
        .build_global()
        .context("cannot start the threads")?;
    let report = scade_device::run(args.device, Bench { args })??;
    if args.json {
        scade_cli::print(serde_json::to_string_pretty(&report)?)?;
    } else {
        print_rows("", &report)?;
    }
    Ok(Outcome::Complete)
}

struct Bench<'a> {
    args: &'a Args,
}

impl Job for Bench<'_> {
    type Output = anyhow::Result<Value>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let Args { parts, threads, video, faces, keep, .. } = self.args;
        let wanted = |part| parts.is_empty() || parts.contains(&part);
        let mut report = Map::new();
        report.insert("threads".into(), json!(threads));
        report.insert("device".into(), json!(B::name(device)));
        if wanted(Part::Infer) {
            report.insert("infer".into(), infer::run::<B::InnerBackend>(device));
        }
        if wanted(Part::Train) {
            report.insert("train".into(), train::run::<B>(device)?);
        }
        if wanted(Part::Defocus) {
            report.insert("defocus".into(), defocus::run(faces.as_deref())?);
        }
        if wanted(Part::Mtcnn) {
            let clips = Clips::open(video, &clips::SHORT, keep.as_deref())?;
            report.insert("mtcnn".into(), mtcnn::run::<B::InnerBackend>(&clips, device)?);
        }
        if wanted(Part::Preprocess) {
            let clips = Clips::open(video, &clips::LONG, keep.as_deref())?;
            let jobs = usize::from(*threads);
            let seconds = preprocess::run::<B::InnerBackend>(&clips, jobs, device)?;
            report.insert("preprocess".into(), seconds);
        }
        if wanted(Part::Video) {
            let clips = Clips::open(video, &clips::LONG, keep.as_deref())?;
            report.insert("video".into(), crate::video::run::<B::InnerBackend>(&clips, device)?);
        }
        if parts.contains(&Part::Fallback) {
            report.insert("fallback".into(), fallback::run::<B::InnerBackend>(device)?);
        }
        report.insert("peak_memory_mb".into(), json!(measure::peak_memory_mb()));
        Ok(Value::Object(report))
    }
}

/// One line per number, with its keys joined by slashes.
fn print_rows(path: &str, value: &Value) -> anyhow::Result<()> {
    let Value::Object(fields) = value else {
        return scade_cli::print(format_args!("{path:<44} {value}"));
    };
    for (key, value) in fields {
        let separator = if path.is_empty() { "" } else { "/" };
        print_rows(&format!("{path}{separator}{key}"), value)?;
    }
    Ok(())
}
