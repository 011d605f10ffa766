//! `cargo xtask train-detector`: from folders of real photographs to a detector like the one that comes with
//! the program.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::results::Splits;
use crate::synthetic_set::{json, make_ready, must, program, stage};
use crate::{process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folders of photographs of real faces, searched at any depth
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    photos: Vec<PathBuf>,
    /// Folder for everything that is made; `detector` in it is the result
    #[arg(long, default_value = "detector-build")]
    output: PathBuf,
    /// Configuration of scade-train
    #[arg(long, value_name = "FILE", default_value = "configs/train/self-blended.toml")]
    config: PathBuf,
    /// Random seed of split and training
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ratio of photographs for validation and for the threshold
    #[arg(long, default_value_t = 0.15)]
    val: f64,
    /// Share of the validation photographs that may be called fake
    #[arg(long, default_value_t = 0.05)]
    false_positives: f64,
    /// Further arguments of scade-train
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

/// What scade-train prints of a finished run.
#[derive(Deserialize)]
struct Trained {
    run: PathBuf,
    epochs: u64,
    best_epoch: u64,
    seconds: f64,
}

/// The record of a photograph in the prepared dataset.
#[derive(Deserialize)]
struct Record {
    video: String,
    file: File,
}

#[derive(Deserialize)]
struct File {
    path: PathBuf,
}

const ENDINGS: [&str; 5] = ["jpg", "jpeg", "png", "webp", "bmp"];

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    make_ready()?;
    let start = Instant::now();
    let [photos, data] = ["photos", "prepared"].map(|name| args.output.join(name));
    let count = gather(&args.photos, &photos)?;
    stage(&format!("finding the faces of {count} photographs"));
    preprocess(args, &photos, &data)?;
    stage("training on self-blended pairs");
    let trained: Trained = json(
        program("scade-train")?
            .arg("--config")
            .arg(&args.config)
            .arg("--data")
            .arg(&data)
            .arg("--output")
            .arg(args.output.join("runs"))
            .args(["--seed", &args.seed.to_string(), "--json"])
            .args(&args.arguments),
    )?;
    stage("setting the threshold by the validation photographs");
    let calibration = args.output.join("calibration.txt");
    write_calibration(&photos, &data, &calibration)?;
    must(
        program("scade-detector-lab")?
            .args(["calibrate", "--false-positives", &args.false_positives.to_string()])
            .arg("--model")
            .arg(&trained.run)
            .arg("--photos")
            .arg(&calibration),
    )?;
    let detector = args.output.join("detector");
    publish(&trained.run, &detector)?;
    println!("best epoch     {} of {}", trained.best_epoch, trained.epochs);
    println!("training       {:.0} s", trained.seconds);
    println!("everything     {:.0} s", start.elapsed().as_secs_f64());
    println!("detector       {}", detector.display());
    Ok(ExitCode::SUCCESS)
}

/// Links all photographs into `photos/real/<folder>`, so that the dataset, and with it the detector, does not
/// depend on where they lie. Returns how many there are.
fn gather(folders: &[PathBuf], photos: &Path) -> Result<usize> {
    let mut count = 0;
    for (number, folder) in folders.iter().enumerate() {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot find the folder {}", folder.display()))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let same = |other: &PathBuf| other.file_name() == folder.file_name();
        let name = match folders[..number].iter().filter(|other| same(other)).count() {
            0 => name,
            earlier => format!("{name}-{}", earlier + 1),
        };
        let mut files = Vec::new();
        images_below(&folder, &mut files)?;
        count += files.len();
        for file in files {
            let to = photos.join("real").join(&name).join(file.strip_prefix(&folder)?);
            link(&file, &to)?;
        }
    }
    if count == 0 {
        bail!("no photograph was found; --photos takes folders of {}", ENDINGS.join(", "));
    }
    Ok(count)
}

/// Makes `to` another name of a file, or a copy of it where there are no links.
fn link(file: &Path, to: &Path) -> Result<()> {
    let failed = || format!("cannot create {}", to.display());
    if to.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to.parent().unwrap_or(to)).with_context(failed)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(file, to).with_context(failed)?;
    #[cfg(not(unix))]
    std::fs::copy(file, to).with_context(failed)?;
    Ok(())
}

fn images_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = || format!("cannot list {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_dir() {
            images_below(&path, files)?;
        } else if ending.is_some_and(|ending| ENDINGS.contains(&&*ending)) {
            files.push(path);
        }
    }
    Ok(())
}

fn preprocess(args: &Args, photos: &Path, data: &Path) -> Result<()> {
    let mut command = program("scade-preprocess")?;
    command.args(["--layout", "flat", "--identities", "file", "--no-defocus", "--test-split", "0"]);
    command.arg("--dataset").arg(photos).arg("--output").arg(data);
    command.args(["--val-split", &args.val.to_string(), "--seed", &args.seed.to_string()]);
    must_mostly(&mut command)
}

/// Runs a program that may report some inputs as unusable.
fn must_mostly(command: &mut Command) -> Result<()> {
    let status = process::status(command.stdout(std::io::stderr()))?;
    match status.code() {
        Some(0 | 3) => Ok(()),
        _ => bail!("`{}` ended with {status}", process::shown(command)),
    }
}

/// The files of the validation photographs, one in each line.
fn write_calibration(photos: &Path, data: &Path, list: &Path) -> Result<()> {
    let read = |name: &str| {
        let path = data.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let splits: Splits = serde_json::from_str(&read("splits.json")?)
        .context("splits.json is not the split of a dataset")?;
    let records: Vec<Record> = serde_json::from_str(&read("metadata.json")?)
        .context("metadata.json is not the list of a dataset")?;
    let mut text = String::new();
    for Record { video, file } in records {
        if splits.val.real.contains(&video) {
            text += &format!("{}\n", photos.join(file.path).display());
        }
    }
    std::fs::write(list, text).with_context(|| format!("cannot write {}", list.display()))
}

/// Copies what a detector consists of.
fn publish(run: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    for name in ["detector.json", "model.safetensors"] {
        std::fs::copy(run.join(name), folder.join(name))
            .with_context(|| format!("cannot copy {} of {}", name, run.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photographs_keep_their_folders_whatever_lies_above() {
        let root = std::env::temp_dir().join(format!("xtask-photos-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        for file in ["a/set/x.jpg", "a/set/deep/y.PNG", "b/set/x.jpg", "a/set/note.txt"] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        let photos = root.join("out");
        let folders = [root.join("a/set"), root.join("b/set")];
        // Twice, as after an interruption.
        for _ in 0..2 {
            assert_eq!(gather(&folders, &photos).unwrap(), 3);
        }
        let text = |path: &str| std::fs::read_to_string(photos.join("real").join(path)).unwrap();
        assert_eq!(text("set/deep/y.PNG"), "a/set/deep/y.PNG");
        assert_eq!(
            (text("set/x.jpg"), text("set-2/x.jpg")),
            ("a/set/x.jpg".into(), "b/set/x.jpg".into())
        );
        assert!(gather(&[root.join("out/real/set/none")], &photos).is_err());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
