//! What is printed, and what is written.

use std::path::Path;

use scade_cli::HintExt;
use scade_eval::report::{document, figures, markdown, overview, page};
use scade_eval::{Evaluation, System, write_scores, write_workbench};

use super::args::Args;

const HINT: &str = "name a new folder with --output";

/// Before long work that ends with it: the folder can be created, and nothing is there.
pub(crate) fn check(folder: &Path) -> anyhow::Result<()> {
    let vacant = scade_fs::is_vacant(folder);
    if !vacant.is_ok_and(|vacant| vacant) {
        let error = anyhow::anyhow!("{} is not an empty or new folder", folder.display());
        return Err(error).hint(HINT);
    }
    scade_fs::check_writable(&folder.with_added_extension("check")).hint(HINT)
}

/// The short table, or everything as JSON.
pub(crate) fn print(evaluation: &Evaluation, json: bool) -> anyhow::Result<()> {
    if json {
        return scade_cli::print(serde_json::to_string_pretty(evaluation)?);
    }
    let mut text = overview(evaluation).markdown();
    for table in scade_eval::report::others(evaluation) {
        text += &format!("\n\n{}:\n{}", table.caption, table.markdown());
    }
    scade_cli::print(text)
}

/// Writes everything in one step.
pub(crate) fn write(
    folder: &Path,
    args: &Args,
    systems: &[System],
    evaluation: &Evaluation,
) -> anyhow::Result<()> {
    let staged = scade_fs::Folder::begin(folder).hint(HINT)?;
    let at = |name: &str| staged.path().join(name);
    for system in systems {
        let name = file_name(&system.table.name);
        let scores =
            if systems.len() == 1 { "scores".to_owned() } else { format!("scores-{name}") };
        write_scores(&system.table, &at(&format!("{scores}.csv")))?;
        if args.workbench {
            let path = at(&format!("{name}.scores.csv"));
            write_workbench(&system.table, &system.pooling, &path)?;
        }
    }
    let json = serde_json::to_string_pretty(evaluation)? + "\n";
    scade_fs::write(&at("report.json"), json)?;
    if evaluation.matrix.datasets.len() > 1 {
        scade_fs::write(&at("matrix.csv"), scade_eval::report::matrix_table(evaluation).csv())?;
    }
    let figures = figures(systems, evaluation.settings.missing);
    for figure in &figures {
        let path = |ending: &str| at(&format!("figures/{}.{ending}", figure.name));
        scade_fs::write(&path("svg"), figure.figure.svg())?;
        scade_fs::write(&path("png"), figure.figure.png(scade_viz::Theme::Light)?)?;
    }
    let blocks = document(evaluation, figures);
    scade_fs::write(&at("report.html"), page(evaluation, &blocks))?;
    scade_fs::write(&at("report.md"), markdown(&blocks))?;
    staged.commit().hint(HINT)
}

/// A name that is a file's in every system.
fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    name.chars().map(kept).collect()
}
