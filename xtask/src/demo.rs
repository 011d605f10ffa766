//! `cargo xtask demo`: everything end to end on synthetic clips, from nothing to scores.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::results::{Metric, Metrics, Preprocessed, Scored, Splits, Trained};
use crate::setup;
use crate::synthetic_set::{SyntheticSet, json, make_ready, program, stage};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of synthetic identities, even; each gives one real and one fake clip
    #[arg(long, default_value_t = 36)]
    identities: u32,
    /// Random seed of rendering, split and training
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Maximum number of epochs
    #[arg(long, default_value_t = 24)]
    epochs: u32,
    /// Control experiment: train on permuted labels; the test AUC should be about 0.5
    #[arg(long)]
    shuffle_labels: bool,
    /// Output folder
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

    let set = SyntheticSet {
        folder: args.output.join(format!("set-{}-{}", args.seed, args.identities)),
        identities: args.identities,
        seed: args.seed,
        strength: 1.0,
    };
    let data = set.folder.join("preprocessed");
    let start = Instant::now();
    stage("rendering the clips");
    set.render()?;
    stage("finding faces and making samples");
    let preprocessed = set.preprocess(&data, &[])?;
    stage("training, then evaluating on held-out identities");
    let epochs = args.epochs.to_string();
    let mut arguments = vec!["--epochs", &epochs];
    if args.shuffle_labels {
        arguments.push("--shuffle-labels");
    }
    let trained: Trained = set.train(&data, &set.folder.join("outputs"), &arguments)?;
    stage("scoring one real and one fake clip of the test set");
    let scored = score(&set, &data, &trained)?;
    report(args, &preprocessed, &trained, &scored)?;
    println!("\nclips                  {}", set.clips().display());
    println!("samples                {}", data.display());
    println!("detector               {}", trained.run);
    println!("building the programs  {built:.0} s");
    println!("everything after that  {:.0} s", start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The scores of the first real and the first fake clip of the test set.
fn score(set: &SyntheticSet, data: &Path, trained: &Trained) -> Result<Vec<Scored>> {
    let path = data.join("splits.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let splits: Splits = serde_json::from_str(&text)
        .with_context(|| format!("{} is not the splits of a dataset", path.display()))?;
    let mut scored = Vec::new();
    for (label, names) in [("real", splits.test.real), ("fake", splits.test.fake)] {
        let name = names.first().context("the test set is empty")?;
        let clip = set.clips().join(label).join(format!("{name}.mp4"));
        let mut command = program("scade-infer")?;
        command.args(["--json", "--model", &trained.run, "--video"]).arg(&clip);
        scored.push(json(&mut command)?);
    }
    Ok(scored)
}

fn report(
    args: &Args,
    preprocessed: &Preprocessed,
    trained: &Trained,
    scored: &[Scored],
) -> Result<()> {
    let Preprocessed { real_videos, fake_videos, sampled_frames, faces, .. } = preprocessed;
    let percent = 100.0 * preprocessed.detection_rate;
    println!(
        "\nThe dataset is SYNTHETIC: rendered faces and swaps. The metrics show that everything"
    );
    println!("works end to end; they do not predict results on real forgeries.\n");
    println!("identities             {}", args.identities);
    println!("clips                  {real_videos} real, {fake_videos} fake");
    println!("faces                  {faces} in {sampled_frames} sampled frames ({percent:.1} %)");
    let labels = if args.shuffle_labels { "SHUFFLED (control)" } else { "true" };
    println!("labels                 {labels}");
    println!("best epoch             {} of {}", trained.best_epoch, trained.epochs);

    let test = trained.test()?;
    let (frames, videos) = (&test.frames, &test.videos);
    println!("\nheld-out identities    frames   videos");
    let row = |name: &str, frames: &Metric, videos: &Metric| {
        println!("{name:22} {frames:8} {videos}");
    };
    row("AUC", &frames.auc, &videos.auc);
    row("average precision", &frames.average_precision, &videos.average_precision);
    row("EER", &frames.equal_error_rate, &videos.equal_error_rate);
    println!("{:22} {:<8.3} {:.3}", "accuracy", frames.accuracy, videos.accuracy);
    let count = |metrics: &Metrics| format!("{} + {}", metrics.n_real, metrics.n_fake);
    println!("{:22} {:8} {}\n", "real + fake", count(frames), count(videos));
    for Scored { path, score, label } in scored {
        println!("{:22} fake with probability {score:.3}: {label}", file_name(path));
    }
    Ok(())
}

fn file_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
