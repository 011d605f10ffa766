//! `cargo xtask reproduce`: the published recipes, on the user's data, next to the published figures.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::results::{Audit, Metric, Trained};
use crate::synthetic_set::{must, program, stage};
use crate::{cargo, process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The recipe to run; without it, all are listed
    #[arg(value_parser = RECIPES.map(|recipe| recipe.name))]
    recipe: Option<String>,
    /// The prepared dataset that `cargo xtask preprocess` wrote
    #[arg(long, default_value = "preprocessed")]
    data: PathBuf,
    /// Folder to create the run's folder in
    #[arg(long, default_value = "outputs")]
    output: PathBuf,
    /// Random seed of training
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Print the rows as JSON
    #[arg(long)]
    json: bool,
    /// Further arguments of scade-train, after `--`
    #[arg(last = true)]
    arguments: Vec<String>,
}

struct Recipe {
    name: &'static str,
    about: &'static str,
    /// In `configs/train`.
    file: &'static str,
    network: &'static str,
    /// AUC over the test frames of DeepFakeDetection (c23) that the published table gives.
    published: Option<f64>,
}

/// The figures are those of the published table of results. Its split is by videos, so that the same
/// actors train and are tested, and its AUC is over frames.
const RECIPES: [Recipe; 3] = [
    Recipe {
        name: "published",
        about: "SCADE-Net, 50 epochs, step schedule",
        file: "published.toml",
        network: "scade-net",
        published: Some(0.977),
    },
    Recipe {
        name: "meso-4",
        about: "Meso-4, the published baseline, by the same recipe",
        file: "published.toml",
        network: "meso-4",
        published: Some(0.945),
    },
    Recipe {
        name: "advanced",
        about: "SCADE-Net, 100 epochs, focal loss, cosine schedule, stronger augmentation",
        file: "advanced.toml",
        network: "scade-net",
        published: None,
    },
];

/// What the published figures need.
const DATA: &str = "\
The published figures are of DeepFakeDetection (FaceForensics++, c23; access by request to its authors).
  cargo xtask preprocess --config configs/preprocess/published.toml --layout dfd --dataset DFD --output DATA
  cargo xtask reproduce published --data DATA -- --allow-leaks
The published split shares actors between training and test, hence --allow-leaks. For a figure that holds for
unseen people, run the first command with --split identity, which reuses the samples, and omit the flag.";

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Some(recipe) = RECIPES.iter().find(|recipe| Some(recipe.name) == args.recipe.as_deref())
    else {
        println!("{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    if !args.data.join("splits.json").is_file() {
        bail!(
            "{} is not a prepared dataset: it has no splits.json\n\
             hint: make one with `cargo xtask preprocess` and name it with --data; `cargo xtask reproduce` \
             prints which data a recipe needs",
            args.data.display()
        );
    }
    if !setup::complete()? && !setup::ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    stage("building the programs");
    must(&mut cargo::build_programs())?;
    stage(recipe.about);
    let (answer, whole) = train(args, recipe)?;
    let shared = shared(&args.data)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(recipe, &answer, &shared))?);
    } else {
        println!("{}", table(recipe, &Trained::read(&answer)?, &shared));
    }
    // As scade-train: done, except for samples that were reported.
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn list() -> String {
    let row = |recipe: &Recipe| {
        let figure = recipe.published.map_or("none published".into(), |auc| format!("{auc:.3}"));
        format!("  {:<10} {figure:<15} {}", recipe.name, recipe.about)
    };
    let rows: Vec<String> = RECIPES.iter().map(row).collect();
    format!("  recipe     AUC, frames     \n{}\n\n{DATA}", rows.join("\n"))
}

/// The answer of scade-train, and whether no sample was unreadable.
fn train(args: &Args, recipe: &Recipe) -> Result<(Value, bool)> {
    let mut command = program("scade-train")?;
    command.arg("--config").arg(cargo::root().join("configs/train").join(recipe.file));
    command.args(["--network", recipe.network, "--seed", &args.seed.to_string(), "--json"]);
    command.arg("--data").arg(&args.data).arg("--output").arg(&args.output).args(&args.arguments);
    let (text, code) = process::answer_and_code(&mut command)?;
    if !matches!(code, Some(0 | 3)) {
        let code = code.map_or("a signal".into(), |code| code.to_string());
        bail!("`{}` ended with {code}", process::shown(&command));
    }
    let trained = serde_json::from_str(&text)
        .with_context(|| format!("`{}` printed no JSON", process::shown(&command)))?;
    Ok((trained, code == Some(0)))
}

/// The leaks between the subsets of the split, from its audit: kind and number.
fn shared(store: &Path) -> Result<Vec<(&'static str, usize)>> {
    let path = store.join("audit.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let audit: Audit = serde_json::from_str(&text)
        .with_context(|| format!("{} is not the audit of a split", path.display()))?;
    Ok(vec![
        ("videos", audit.shared_videos.len()),
        ("identities", audit.shared_identities.len()),
        ("source clips", audit.shared_sources.len()),
    ])
}

fn table(recipe: &Recipe, trained: &Trained, shared: &[(&str, usize)]) -> String {
    let test = trained.test.as_ref();
    let auc = |metric: Option<&Metric>| metric.map_or("-".to_owned(), Metric::to_string);
    let published = recipe.published.map_or("-".into(), |auc| format!("{auc:.3}"));
    let counts: Vec<String> =
        shared.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!(
        "| {} | AUC, frames | AUC, videos | shared by training and test |\n|---|---|---|---|\n\
         | published, on DeepFakeDetection c23 | {published} | - | actors |\n\
         | ours, on this dataset | {} | {} | {} |",
        recipe.name,
        auc(test.map(|test| &test.frames.auc)),
        auc(test.map(|test| &test.videos.auc)),
        counts.join(", ")
    )
}

fn as_json(recipe: &Recipe, answer: &Value, shared: &[(&str, usize)]) -> Value {
    let shared: serde_json::Map<String, Value> =
        shared.iter().map(|(kind, count)| (kind.replace(' ', "_"), json!(count))).collect();
    json!({
        "recipe": recipe.name,
        "published": { "auc_frames": recipe.published, "dataset": "DeepFakeDetection c23" },
        "ours": answer,
        "shared": shared,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::example;

    #[test]
    fn every_recipe_has_its_file_and_is_listed() {
        for recipe in RECIPES {
            assert!(cargo::root().join("configs/train").join(recipe.file).is_file());
            assert!(list().contains(recipe.name));
        }
    }

    #[test]
    fn the_table_has_our_row_and_the_published_one() {
        let answer = example(json!(0.75), json!({ "undefined": "no_real_sample" }));
        let text = table(&RECIPES[0], &Trained::read(&answer).unwrap(), &[("identities", 3)]);
        assert!(text.contains("c23 | 0.977 | - | actors |"), "{text}");
        assert!(
            text.contains("dataset | 0.750 | undefined (no_real_sample) | 3 identities |"),
            "{text}"
        );
    }

    #[test]
    fn what_is_shared_is_read_from_the_audit() {
        let folder = std::env::temp_dir().join(format!("scade-reproduce-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let audit =
            json!({ "shared_videos": [], "shared_identities": [{}, {}], "shared_sources": [] });
        std::fs::write(folder.join("audit.json"), audit.to_string()).unwrap();
        let expected = [("videos", 0), ("identities", 2), ("source clips", 0)];
        assert_eq!(shared(&folder).unwrap(), expected);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(shared(&folder).unwrap_err().to_string().contains("audit.json"));
    }
}
