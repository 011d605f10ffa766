//! `scade-face`: fetches the detector's weights and detects faces in images.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use burn::backend::Flex;
use clap::{Parser, Subcommand};
use scade_cli::{Outcome, Program, init_logs};
use scade_face::{Face, Mtcnn, MtcnnConfig, weights};
use scade_fs::FileKind;
use scade_image::{DecodeError, RgbImage, decode_image};

/// Detect faces in images with MTCNN
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Download, check and convert the weights; print their path
    Weights {
        /// Folder with pnet.pt, rnet.pt and onet.pt, or with mtcnn.safetensors
        #[arg(long, value_name = "DIR")]
        weights: Option<PathBuf>,
    },
    /// Print the box and score of every face
    Detect {
        /// Image files: JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC
        #[arg(required = true)]
        images: Vec<PathBuf>,
        /// Folder with pnet.pt, rnet.pt and onet.pt, or with mtcnn.safetensors
        #[arg(long, value_name = "DIR")]
        weights: Option<PathBuf>,
        /// Print JSON, with landmarks
        #[arg(long)]
        json: bool,
    },
}

/// Output of `detect --json` for each image.
#[derive(serde::Serialize)]
struct Found<'a> {
    file: &'a Path,
    #[serde(flatten)]
    faces: Faces,
}

/// Faces of an image, or why it could not be read.
#[derive(serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Faces {
    Faces(Vec<Face>),
    Error(String),
}

fn main() -> ExitCode {
    let program = Program::new().flags(&[("weights", "weights")]).hints::<weights::Error>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| match &args.command {
        Command::Weights { weights } => print_weights(weights.as_deref()),
        Command::Detect { images, weights, json } => print_faces(images, weights.as_deref(), *json),
    })
}

fn print_weights(folder: Option<&Path>) -> anyhow::Result<Outcome> {
    let path = weights::locate(folder)?;
    scade_cli::print(path.display())?;
    for file in weights::UPSTREAM.files {
        scade_cli::print(format_args!("{}  {}", file.sha256, file.name))?;
    }
    Ok(Outcome::Complete)
}

/// An image that cannot be read is reported and skipped.
fn print_faces(images: &[PathBuf], folder: Option<&Path>, json: bool) -> anyhow::Result<Outcome> {
    let path = weights::locate(folder)?;
    let mtcnn = Mtcnn::<Flex>::load(&path, &MtcnnConfig::default(), &Default::default())?;
    let mut found = Vec::new();
    for file in images {
        let faces = match read(file) {
            Ok(image) => Faces::Faces(mtcnn.detect(&image)?),
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
        failed if failed == found.len() => bail!("none of {failed} images can be read"),
        _ => Ok(Outcome::Partial),
    }
}

fn read(path: &Path) -> anyhow::Result<RgbImage> {
    let bytes = scade_fs::read(path)?;
    decode_image(&bytes).map_err(|error| match error {
        DecodeError::NotAnImage => anyhow!("it is {}", FileKind::instead_of_image(&bytes)),
        error => error.into(),
    })
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
