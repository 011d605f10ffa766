//! `cargo xtask demo`: the whole way on drawn clips, from nothing to a verdict.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::drawn_set::{DrawnSet, json, make_ready, program, stage};
use crate::setup;

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

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    let start = Instant::now();
    make_ready()?;
    let built = start.elapsed().as_secs_f64();

    let set = DrawnSet {
        folder: args.output.join(format!("set-{}-{}", args.seed, args.identities)),
        identities: args.identities,
        seed: args.seed,
        strength: 1.0,
    };
    let store = set.folder.join("preprocessed");
    let start = Instant::now();
    stage("drawing the clips");
    set.draw()?;
    stage("finding faces and making samples");
    let prepared = set.prepare(&store, &[])?;
    stage("training, then testing on identities that were held out");
    let epochs = args.epochs.to_string();
    let mut arguments = vec!["--epochs", &epochs];
    if args.shuffle_labels {
        arguments.push("--shuffle-labels");
    }
    let trained = set.train(&store, &set.folder.join("outputs"), &arguments)?;
    stage("judging one real and one fake clip of the test set");
    let verdicts = judge(&set, &store, &trained)?;
    report(args, &set, &store, &prepared, &trained, &verdicts);
    println!("building the programs  {built:.0} s");
    println!("everything after that  {:.0} s", start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The verdicts on the first real and the first fake clip of the test set.
fn judge(set: &DrawnSet, store: &Path, trained: &Value) -> Result<Vec<Value>> {
    let splits = store.join("splits.json");
    let text = std::fs::read_to_string(&splits)
        .with_context(|| format!("cannot read {}", splits.display()))?;
    let splits: Value = serde_json::from_str(&text)?;
    let mut verdicts = Vec::new();
    for label in ["real", "fake"] {
        let name = splits["test"][label][0].as_str().context("the test set is empty")?;
        let clip = set.clips().join(label).join(format!("{name}.mp4"));
        let model = trained["run"].as_str().context("scade-train named no run folder")?;
        let mut command = program("scade-infer")?;
        command.args(["--json", "--model", model, "--video"]).arg(&clip);
        verdicts.push(json(&mut command)?);
    }
    Ok(verdicts)
}

fn report(
    args: &Args,
    set: &DrawnSet,
    store: &Path,
    prepared: &Value,
    trained: &Value,
    verdicts: &[Value],
) {
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
    println!("\nclips                  {}", set.clips().display());
    println!("samples                {}", store.display());
    println!("detector               {}", trained["run"].as_str().unwrap_or_default());
}

fn count(metrics: &Value) -> String {
    format!("{} + {}", metrics["n_real"], metrics["n_fake"])
}

fn file_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
