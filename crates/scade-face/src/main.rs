//! `scade-face`: fetches the detector's weights, and shows what the detector finds in pictures.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use burn::backend::Flex;
use clap::{Parser, Subcommand};
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};
use scade_cli::{Outcome, init_logs, with_hint};
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
struct Found<'a> {
    file: &'a Path,
    #[serde(flatten)]
    faces: Faces,
}

/// What there is to say of a picture.
#[derive(serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Faces {
    Faces(Vec<Face>),
    Error(String),
}

fn main() -> ExitCode {
    let args = Args::parse();
    init_logs();
    scade_cli::run(|| match &args.command {
        Command::Weights { weights } => print_weights(weights.as_deref()),
        Command::Detect { pictures, weights, json } => {
            print_faces(pictures, weights.as_deref(), *json)
        }
    })
}

fn locate(folder: Option<&Path>) -> anyhow::Result<PathBuf> {
    weights::locate(folder).map_err(|error| explain(error.hint(), error))
}

/// What the user can do about it, where something is known.
fn explain(hint: Option<String>, error: impl Into<anyhow::Error>) -> anyhow::Error {
    match hint {
        Some(hint) => with_hint(error, hint),
        None => error.into(),
    }
}

fn print_weights(folder: Option<&Path>) -> anyhow::Result<Outcome> {
    let path = locate(folder)?;
    scade_cli::print(path.display())?;
    for file in weights::UPSTREAM.files {
        scade_cli::print(format_args!("{}  {}", file.sha256, file.name))?;
    }
    Ok(Outcome::Complete)
}

/// A picture that cannot be read is told and passed over.
fn print_faces(pictures: &[PathBuf], folder: Option<&Path>, json: bool) -> anyhow::Result<Outcome> {
    let path = locate(folder)?;
    let mtcnn = Mtcnn::<Flex>::load(&path, &MtcnnConfig::default(), &Default::default())
        .map_err(|error| explain(error.hint(), error))?;
    let mut found = Vec::new();
    for file in pictures {
        let faces = match read(file) {
            Ok(picture) => Faces::Faces(mtcnn.detect(&picture)?),
            Err(error) => Faces::Error(format!("{error:#}")),
        };
        let one = Found { file, faces };
        if !json {
            print_table(&one)?;
        }
        found.push(one);
    }
    if json {
        scade_cli::print(serde_json::to_string_pretty(&found)?)?;
    }
    match found.iter().filter(|one| matches!(one.faces, Faces::Error(_))).count() {
        0 => Ok(Outcome::Complete),
        failed if failed == found.len() => bail!("none of {failed} pictures can be read"),
        _ => Ok(Outcome::Partial),
    }
}

/// A picture as a person sees it, turned as its EXIF data say.
fn read(path: &Path) -> anyhow::Result<RgbImage> {
    let bytes = Cursor::new(scade_fs::read(path)?);
    let mut decoder = ImageReader::new(bytes).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

fn print_table(found: &Found<'_>) -> anyhow::Result<()> {
    let file = found.file.display();
    match &found.faces {
        Faces::Error(error) => scade_cli::print(format_args!("{file}: {error}")),
        Faces::Faces(faces) => {
            scade_cli::print(format_args!("{file}: {} faces", faces.len()))?;
            for Face { bbox, score, .. } in faces {
                let (x1, y1, x2, y2) = (bbox.x1, bbox.y1, bbox.x2, bbox.y2);
                let line = format_args!("  {x1:7.1} {y1:7.1} {x2:7.1} {y2:7.1}  {score:.4}");
                scade_cli::print(line)?;
            }
            Ok(())
        }
    }
}
