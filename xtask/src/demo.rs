//! `cargo xtask demo`: the whole way on drawn clips, from nothing to a verdict.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{cargo, process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// People that are drawn, an even number; each gives one real and one fake clip
    #[arg(long, default_value_t = 36)]
    identities: u32,
    /// Decides everything that is random: drawing, split and training
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most passes over the training set
    #[arg(long, default_value_t = 24)]
    epochs: u32,
    /// Control experiment: train on labels dealt out at random; the AUC must end near 0.5
    #[arg(long)]
    shuffle_labels: bool,
    /// Where everything goes
    #[arg(long, default_value = "demo")]
    output: PathBuf,
}

/// What the demo's pages and files are called.
struct Places {
    clips: PathBuf,
    store: PathBuf,
    runs: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    let start = Instant::now();
    stage("building the programs");
    must(&mut cargo::build_programs())?;
    let built = start.elapsed().as_secs_f64();
    stage("fetching the weights of the face detector, unless they are cached");
    must(program("scade-face")?.arg("weights"))?;

    let set = args.output.join(format!("set-{}-{}", args.seed, args.identities));
    let places = Places {
        clips: set.join("clips"),
        store: set.join("preprocessed"),
        runs: set.join("outputs"),
    };
    let start = Instant::now();
    stage("drawing the clips");
    draw(args, &places)?;
    stage("finding faces and making samples");
    let prepared = prepare(args, &places)?;
    stage("training, then testing on identities that were held out");
    let trained = train(args, &places)?;
    stage("judging one real and one fake clip of the test set");
    let verdicts = judge(&places, &trained)?;
    report(args, &places, &prepared, &trained, &verdicts);
    println!("building the programs  {built:.0} s");
    println!("everything after that  {:.0} s", start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

fn draw(args: &Args, places: &Places) -> Result<()> {
    must(program("scade-synth")?.arg("--output").arg(&places.clips).args([
        "--identities",
        &args.identities.to_string(),
        "--seed",
        &args.seed.to_string(),
    ]))
}

fn prepare(args: &Args, places: &Places) -> Result<Value> {
    let config = cargo::root().join("configs/preprocess/demo.toml");
    json(
        program("scade-preprocess")?
            .arg("--config")
            .arg(config)
            .arg("--dataset")
            .arg(&places.clips)
            .arg("--output")
            .arg(&places.store)
            .args(["--seed", &args.seed.to_string(), "--json"]),
    )
}

fn train(args: &Args, places: &Places) -> Result<Value> {
    let mut command = program("scade-train")?;
    command
        .arg("--config")
        .arg(cargo::root().join("configs/train/demo.toml"))
        .arg("--data")
        .arg(&places.store)
        .arg("--output")
        .arg(&places.runs)
        .args(["--epochs", &args.epochs.to_string(), "--seed", &args.seed.to_string(), "--json"]);
    if args.shuffle_labels {
        command.arg("--shuffle-labels");
    }
    json(&mut command)
}

/// The verdicts on the first real and the first fake clip of the test set.
fn judge(places: &Places, trained: &Value) -> Result<Vec<Value>> {
    let splits = places.store.join("splits.json");
    let text = std::fs::read_to_string(&splits)
        .with_context(|| format!("cannot read {}", splits.display()))?;
    let splits: Value = serde_json::from_str(&text)?;
    let mut verdicts = Vec::new();
    for label in ["real", "fake"] {
        let name = splits["test"][label][0].as_str().context("the test set is empty")?;
        let clip = places.clips.join(label).join(format!("{name}.mp4"));
        let model = trained["run"].as_str().context("scade-train named no run folder")?;
        let mut command = program("scade-infer")?;
        command.args(["--json", "--model", model, "--video"]).arg(&clip);
        verdicts.push(json(&mut command)?);
    }
    Ok(verdicts)
}

fn report(args: &Args, places: &Places, prepared: &Value, trained: &Value, verdicts: &[Value]) {
    let number = |value: &Value| match value.as_f64() {
        Some(number) => format!("{number:.3}"),
        None => format!("undefined ({value})"),
    };
    let test = &trained["test"];
    let percent = 100.0 * prepared["detection_rate"].as_f64().unwrap_or(f64::NAN);
    println!(
        "\nThe set is SYNTHETIC: drawn faces, drawn swaps. The numbers show that the whole way"
    );
    println!("works; they say nothing about real forgeries.\n");
    println!("identities             {}", args.identities);
    println!(
        "clips                  {} real, {} fake",
        prepared["real_videos"], prepared["fake_videos"]
    );
    println!(
        "faces                  {} in {} sampled frames ({percent:.1} %)",
        prepared["faces"], prepared["sampled_frames"]
    );
    println!(
        "labels                 {}",
        if args.shuffle_labels { "SHUFFLED (control)" } else { "true" }
    );
    println!("best epoch             {} of {}", trained["best_epoch"], trained["epochs"]);
    println!("\nheld-out identities    frames   videos");
    for (name, key) in [
        ("AUC", "auc"),
        ("average precision", "average_precision"),
        ("EER", "equal_error_rate"),
        ("accuracy", "accuracy"),
    ] {
        let [frames, videos] = ["frames", "videos"].map(|unit| number(&test[unit][key]));
        println!("{name:22} {frames:8} {videos}");
    }
    println!("{:22} {:8} {}\n", "real + fake", count(&test["frames"]), count(&test["videos"]));
    for verdict in verdicts {
        let path = verdict["path"].as_str().unwrap_or_default();
        println!(
            "{:22} fake with probability {}: {}",
            file_name(path),
            number(&verdict["score"]),
            verdict["label"]
        );
    }
    println!("\nclips                  {}", places.clips.display());
    println!("samples                {}", places.store.display());
    println!("detector               {}", trained["run"].as_str().unwrap_or_default());
}

fn count(metrics: &Value) -> String {
    format!("{} + {}", metrics["n_real"], metrics["n_fake"])
}

fn file_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn stage(what: &str) {
    println!("\n── {what}");
}

/// A program that is already built; started directly, so that nothing is built again.
fn program(name: &str) -> Result<Command> {
    let path = cargo::built_program(name);
    if !path.is_file() {
        bail!("{} was not built", path.display());
    }
    Ok(Command::new(path))
}

fn must(command: &mut Command) -> Result<()> {
    let status = process::status(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}", process::shown(command));
    }
    Ok(())
}

/// Runs a program that prints JSON on stdout, its log going to our stderr as it comes.
fn json(command: &mut Command) -> Result<Value> {
    let text = process::answer(command)?;
    serde_json::from_str(&text)
        .with_context(|| format!("`{}` printed no JSON", process::shown(command)))
}
