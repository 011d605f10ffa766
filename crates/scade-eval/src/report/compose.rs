//! The whole report: a summary first, tables and figures, then how it was made.

use super::{Block, Figure, Table, summary, tables};
use crate::Missing;
use crate::evaluation::{DatasetReport, Evaluation, Null, Settings};

/// The report of an evaluation. `figures` are placed after the tables.
#[must_use]
pub fn document(evaluation: &Evaluation, figures: Vec<Figure>) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(1, title(evaluation))];
    blocks.extend(summary::summary(evaluation).into_iter().map(Block::Text));
    blocks.push(Block::Text("What the numbers do not say:".to_owned()));
    blocks.push(Block::List(summary::limits(&evaluation.systems)));
    if !evaluation.notes.is_empty() {
        blocks.push(Block::Heading(2, "Notes".to_owned()));
        blocks.push(Block::List(evaluation.notes.clone()));
    }
    blocks.push(Block::Heading(2, "Overview".to_owned()));
    blocks.push(Block::Table(tables::overview(evaluation)));
    if evaluation.matrix.datasets.len() > 1 || evaluation.matrix.seeds.is_some() {
        blocks.push(Block::Table(tables::matrix_table(evaluation)));
    }
    if !evaluation.comparisons.is_empty() {
        blocks.push(Block::Heading(2, "Pairs".to_owned()));
        blocks.push(Block::Table(tables::comparisons(evaluation)));
        blocks.extend(evaluation.comparisons.first().map(|pair| Block::Text(pair.test.clone())));
    }
    if !figures.is_empty() {
        blocks.push(Block::Heading(2, "Figures".to_owned()));
        blocks.extend(figures.into_iter().map(Block::Figure));
    }
    for system in &evaluation.systems {
        for dataset in &system.datasets {
            blocks.push(Block::Heading(2, format!("{} on {}", system.name, dataset.name)));
            blocks.push(Block::Table(tables::units(system, dataset)));
            blocks.push(Block::Table(tables::methods_table(system, dataset)));
            blocks.extend(remarks(dataset).into_iter().map(Block::Text));
        }
    }
    blocks.push(Block::Heading(2, "How this was computed".to_owned()));
    blocks.push(Block::List(method(evaluation)));
    for system in evaluation.systems.iter().filter(|system| !system.sources.is_empty()) {
        let table = tables::sources(&system.sources);
        blocks.push(Block::Table(Table { caption: format!("{}: files", system.name), ..table }));
    }
    blocks
}

fn title(evaluation: &Evaluation) -> String {
    let names: Vec<&str> = evaluation.systems.iter().map(|system| &*system.name).collect();
    format!("Evaluation of {}", names.join(", "))
}

fn remarks(dataset: &DatasetReport) -> Vec<String> {
    let mut remarks = Vec::new();
    match &dataset.null {
        Null::Measured { files, facts, .. } => remarks.push(format!(
            "Zero-pixel null: logistic regression on {} of {files} files, five folds by video.",
            facts.join(", ")
        )),
        Null::Unknown(reason) => remarks.push(format!("Zero-pixel null: none, {reason}.")),
    }
    if let Some(by_name) = &dataset.by_name_alone {
        let auc = by_name.auc_by_name.map_or("undefined".to_owned(), |auc| format!("{auc:.3}"));
        remarks.push(format!(
            "Names of clips recur between methods. Pooled by name alone, {} videos would be {}, with an AUC \
             of {auc}; this report tells them apart.",
            by_name.videos, by_name.videos_by_name
        ));
    }
    remarks
}

fn method(evaluation: &Evaluation) -> Vec<String> {
    let Settings { missing, seed, draws, .. } = evaluation.settings;
    let mut items = vec![format!("scade-eval {}", evaluation.version)];
    items.extend(evaluation.command.as_ref().map(|command| format!("command: `{command}`")));
    items.extend(evaluation.systems.iter().map(|system| {
        format!(
            "{}: threshold {:.6}, {}; faces are pooled by {}",
            system.name, system.threshold, system.threshold_from, system.pooling
        )
    }));
    let clusters = evaluation.systems.first().and_then(|system| {
        let unit = system.datasets.first()?.units.last()?;
        Some((unit.cluster, unit.clusters))
    });
    let over = clusters.map_or("videos".to_owned(), |(cluster, _)| cluster.to_string());
    items.push(format!(
        "intervals of 95 %: percentiles of a bootstrap over {over}, stratified by method, {draws} draws, \
         seed {seed}, unless a cell of report.json says otherwise"
    ));
    items.push(format!("samples without a score: {}", Missing::describe(missing)));
    items.push(
        "APCER: ratio of fakes called real, by method, the worst as the headline; BPCER: ratio of real \
         samples called fake (ISO/IEC 30107-3)"
            .to_owned(),
    );
    items
}
