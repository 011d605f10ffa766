//! `scade-face`: fetches the detector's weights, and shows what the detector finds in pictures.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use burn::backend::Flex;
use clap::{Parser, Subcommand};
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};
use scade_face::{Face, Mtcnn, MtcnnConfig, weights};

/// Faces in pictures, with MTCNN.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Obtain, check and convert the weights; print where they are
    Weights {
        /// Folder with pnet.pt, rnet.pt and onet.pt, or with mtcnn.safetensors
        #[arg(long, value_name = "DIR")]
        weights: Option<PathBuf>,
    },
    /// Print box and score of every face
    Detect {
        /// JPEG, PNG, WebP or BMP files
        #[arg(required = true)]
        pictures: Vec<PathBuf>,
        /// Folder with pnet.pt, rnet.pt and onet.pt, or with mtcnn.safetensors
        #[arg(long, value_name = "DIR")]
        weights: Option<PathBuf>,
        /// Print JSON, with landmarks
        #[arg(long)]
        json: bool,
    },
}

/// What `detect --json` prints per picture.
#[derive(serde::Serialize)]
struct Found {
    file: PathBuf,
    faces: Vec<Face>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).without_time();
    log.with_target(false).with_max_level(tracing_subscriber::filter::LevelFilter::INFO).init();
    let result = match args.command {
        Command::Weights { weights } => print_weights(weights.as_deref()),
        Command::Detect { pictures, weights, json } => {
            print_faces(&pictures, weights.as_deref(), json)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(hint) = hint(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn hint(error: &anyhow::Error) -> Option<String> {
    let detection = error.downcast_ref::<scade_face::Error>().and_then(scade_face::Error::hint);
    detection.or_else(|| error.downcast_ref::<weights::Error>()?.hint())
}

fn print_weights(folder: Option<&Path>) -> anyhow::Result<()> {
    let path = weights::locate(folder)?;
    println!("{}", path.display());
    for file in weights::UPSTREAM.files {
        println!("{}  {}", file.sha256, file.name);
    }
    Ok(())
}

fn print_faces(pictures: &[PathBuf], folder: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let path = weights::locate(folder)?;
    let mtcnn = Mtcnn::<Flex>::load(&path, &MtcnnConfig::default(), &Default::default())?;
    let mut found = Vec::new();
    for file in pictures {
        let picture = read(file).with_context(|| format!("cannot read {}", file.display()))?;
        found.push(Found { file: file.clone(), faces: mtcnn.detect(&picture)? });
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        found.iter().for_each(print_table);
    }
    Ok(())
}

/// A picture as a person sees it, turned as its EXIF data say.
fn read(path: &Path) -> image::ImageResult<RgbImage> {
    let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

fn print_table(found: &Found) {
    println!("{}: {} faces", found.file.display(), found.faces.len());
    for Face { bbox, score, .. } in &found.faces {
        let (x1, y1, x2, y2) = (bbox.x1, bbox.y1, bbox.x2, bbox.y2);
        println!("  {x1:7.1} {y1:7.1} {x2:7.1} {y2:7.1}  {score:.4}");
    }
}
