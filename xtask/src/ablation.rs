//! `cargo xtask ablation`: what each part of the published recipe adds, on synthetic clips.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::results::Trained;
use crate::setup;
use crate::synthetic_set::{SyntheticSet, make_ready, stage};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of synthetic identities, even; each gives one real and one fake clip
    #[arg(long, default_value_t = 36)]
    identities: u32,
    /// Random seeds of rendering, split and training; one repetition each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 3])]
    seeds: Vec<u64>,
    /// Maximum number of epochs
    #[arg(long, default_value_t = 24)]
    epochs: u32,
    /// Visibility of the forgeries, 0 to 2; 1 in the demo
    #[arg(long, default_value_t = 1.0)]
    strength: f32,
    /// Names of the variants to run [default: all]
    #[arg(long, value_delimiter = ',', value_parser = VARIANTS.map(|variant| variant.name))]
    only: Vec<String>,
    /// Output folder; finished runs in it are not repeated
    #[arg(long, default_value = "ablation")]
    output: PathBuf,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

/// One change of the published recipe.
struct Variant {
    name: &'static str,
    /// Its description in the table.
    about: &'static str,
    /// Method of the defocus maps, as `scade-preprocess` calls it.
    map: &'static str,
    /// Further arguments of `scade-train`.
    training: &'static [&'static str],
}

const PUBLISHED: Variant = Variant {
    name: "published",
    about: "the published recipe: SiLU, ECA, option A, SCL, published map",
    map: "published",
    training: &[],
};

const VARIANTS: [Variant; 8] = [
    PUBLISHED,
    Variant {
        name: "relu",
        about: "ReLU instead of SiLU",
        training: &["--set", "network.activation=relu"],
        ..PUBLISHED
    },
    Variant {
        name: "no-eca",
        about: "without channel attention",
        training: &["--set", "network.eca=false"],
        ..PUBLISHED
    },
    Variant {
        name: "no-constraint",
        about: "first convolution unconstrained",
        training: &["--set", "network.constrained_conv=off"],
        ..PUBLISHED
    },
    Variant {
        name: "no-scl",
        about: "without the single-center loss",
        training: &["--scl-lambda", "0"],
        ..PUBLISHED
    },
    Variant {
        name: "no-map",
        about: "without a defocus map",
        training: &["--no-defocus"],
        ..PUBLISHED
    },
    Variant {
        name: "band-energy",
        about: "with the recommended map",
        map: "band-energy",
        ..PUBLISHED
    },
    Variant {
        name: "meso4",
        about: "Meso-4 instead of SCADE-Net, same loss and map",
        training: &["--network", "meso-4"],
        ..PUBLISHED
    },
];

/// AUC on held-out identities.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Auc {
    frames: f64,
    videos: f64,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::complete()? && !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    make_ready()?;
    let chosen = |variant: &&Variant| {
        args.only.is_empty() || args.only.iter().any(|name| name == variant.name)
    };
    let variants: Vec<&Variant> = VARIANTS.iter().filter(chosen).collect();
    let mut results = vec![Vec::new(); variants.len()];
    for &seed in &args.seeds {
        let Args { identities, strength, epochs, .. } = *args;
        let name = format!("seed-{seed}-identities-{identities}-strength-{strength}");
        let set = SyntheticSet { folder: args.output.join(name), identities, seed, strength };
        for (variant, aucs) in variants.iter().zip(&mut results) {
            aucs.push(repetition(&set, variant, epochs)?);
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(args, &variants, &results))?);
    } else {
        println!("{}", table(args, &variants, &results));
    }
    Ok(ExitCode::SUCCESS)
}

/// Trains and evaluates once, unless the result exists as a file.
fn repetition(set: &SyntheticSet, variant: &Variant, epochs: u32) -> Result<Auc> {
    let runs = set.folder.join(format!("epochs-{epochs}")).join(variant.name);
    let answer = runs.join("answer.json");
    if answer.is_file() {
        let text = std::fs::read_to_string(&answer)
            .with_context(|| format!("cannot read {}", answer.display()))?;
        let read = serde_json::from_str(&text).map_err(Into::into).and_then(|value| auc(&value));
        return read.with_context(|| format!("in {}", answer.display()));
    }
    stage(&format!("{}, seed {}", variant.about, set.seed));
    let data = set.folder.join(variant.map);
    if !data.join("splits.json").is_file() {
        set.render()?;
        set.preprocess(&data, &["--defocus-method", variant.map])?;
    }
    let epochs = epochs.to_string();
    let arguments = [&["--epochs", &epochs], variant.training].concat();
    let trained: Value = set.train(&data, &runs, &arguments)?;
    keep(&answer, &trained)?;
    auc(&trained)
}

fn auc(answer: &Value) -> Result<Auc> {
    let trained = Trained::read(answer)?;
    let test = trained.test()?;
    Ok(Auc {
        frames: test.frames.auc.get("AUC of frames")?,
        videos: test.videos.auc.get("AUC of videos")?,
    })
}

/// Writes the file atomically.
fn keep(path: &Path, answer: &Value) -> Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, answer.to_string())
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn table(args: &Args, variants: &[&Variant], results: &[Vec<Auc>]) -> String {
    let mut lines = vec![
        format!(
            "SYNTHETIC set: {} identities, strength {}, {} epochs, seeds {:?}. AUC on held-out \
             identities, mean ± standard deviation.",
            args.identities, args.strength, args.epochs, args.seeds
        ),
        String::new(),
        "| variant | | AUC, frames | AUC, videos | frames, seed by seed |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (variant, aucs) in variants.iter().zip(results) {
        let frames: Vec<f64> = aucs.iter().map(|auc| auc.frames).collect();
        let videos: Vec<f64> = aucs.iter().map(|auc| auc.videos).collect();
        let each: Vec<String> = frames.iter().map(|auc| format!("{auc:.3}")).collect();
        lines.push(format!(
            "| {} | {} | {} | {} | {} |",
            variant.name,
            variant.about,
            mean_and_deviation(&frames),
            mean_and_deviation(&videos),
            each.join(" ")
        ));
    }
    lines.join("\n")
}

fn as_json(args: &Args, variants: &[&Variant], results: &[Vec<Auc>]) -> Value {
    let rows = variants.iter().zip(results).map(|(variant, aucs)| {
        json!({
            "variant": variant.name,
            "about": variant.about,
            "map": variant.map,
            "training": variant.training,
            "auc_frames": aucs.iter().map(|auc| auc.frames).collect::<Vec<_>>(),
            "auc_videos": aucs.iter().map(|auc| auc.videos).collect::<Vec<_>>(),
        })
    });
    json!({
        "synthetic": true,
        "identities": args.identities,
        "strength": args.strength,
        "epochs": args.epochs,
        "seeds": args.seeds,
        "variants": rows.collect::<Vec<_>>(),
    })
}

/// `.975 ± .012`; of one value there is no deviation.
fn mean_and_deviation(values: &[f64]) -> String {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    match values.len() {
        0 => "-".to_owned(),
        1 => format!("{mean:.3}"),
        _ => format!("{mean:.3} ± {:.3}", (squares / (n - 1.0)).sqrt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::example;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        assert_eq!(mean_and_deviation(&[0.5, 0.7, 0.9]), "0.700 ± 0.200");
        assert_eq!(mean_and_deviation(&[0.5]), "0.500");
    }

    #[test]
    fn an_undefined_auc_is_an_error() {
        let undefined = json!({ "undefined": "no_real_sample" });
        let error = auc(&example(json!(0.75), undefined)).unwrap_err();
        assert!(error.to_string().contains("videos"), "{error}");
    }

    #[test]
    fn saved_results_are_read_again() {
        let folder = std::env::temp_dir().join(format!("scade-ablation-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let answer = example(json!(0.75), json!(1.0));
        keep(&folder.join("answer.json"), &answer).unwrap();
        let text = std::fs::read_to_string(folder.join("answer.json")).unwrap();
        let read = auc(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(read, Auc { frames: 0.75, videos: 1.0 });
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
