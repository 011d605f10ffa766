//! The tables of a report.

use super::Table;
use crate::Unit;
use crate::evaluation::{
    Coverage, DatasetReport, Estimate, Evaluation, Null, Source, SystemReport, UnitReport,
};

/// A value with its interval: `0.912 [0.880, 0.940]`.
pub(super) fn with_interval(estimate: &Estimate) -> String {
    match estimate {
        Estimate::Defined { value, low, high, .. } => format!("{value:.3} [{low:.3}, {high:.3}]"),
        Estimate::Undefined { .. } => "-".to_owned(),
    }
}

/// In percent: `3.5 % [1.7, 7.0]`.
fn percent(estimate: &Estimate) -> String {
    match estimate {
        Estimate::Defined { value, low, high, .. } => {
            let [value, low, high] = [value, low, high].map(|ratio| 100.0 * ratio);
            format!("{value:.1} % [{low:.1}, {high:.1}]")
        }
        Estimate::Undefined { .. } => "-".to_owned(),
    }
}

fn coverage(coverage: &Coverage) -> String {
    format!("{} of {}", coverage.scored, coverage.asked)
}

fn method(name: &str) -> &str {
    if name.is_empty() { "(not named)" } else { name }
}

pub(super) fn null(null: &Null) -> String {
    match null {
        Null::Measured { auc, .. } if null.leaks() => format!("{} (!)", with_interval(auc)),
        Null::Measured { auc, .. } => with_interval(auc),
        Null::Unknown(_) => "-".to_owned(),
    }
}

pub(super) fn videos(dataset: &DatasetReport) -> Option<&UnitReport> {
    dataset.units.iter().find(|unit| unit.unit == Unit::Video)
}

/// One line for each detector and dataset, by video: what a terminal shows.
#[must_use]
pub fn overview(evaluation: &Evaluation) -> Table {
    let header = [
        "detector",
        "dataset",
        "real",
        "fake",
        "scored",
        "AUC [95 %]",
        "zero-pixel null",
        "EER",
        "BPCER [95 %]",
        "worst APCER [95 %]",
        "of method",
    ];
    let mut table = Table::new("By video", 2, &header);
    for system in &evaluation.systems {
        for dataset in &system.datasets {
            let Some(videos) = videos(dataset) else { continue };
            let worst = dataset.worst.as_ref();
            table.rows.push(vec![
                system.name.clone(),
                dataset.name.clone(),
                videos.real.to_string(),
                videos.fake.to_string(),
                coverage(&videos.coverage),
                with_interval(&videos.auc),
                null(&dataset.null),
                videos.equal_error_rate.text(3),
                percent(&videos.bpcer),
                worst.map_or("-".to_owned(), |worst| percent(&worst.apcer)),
                worst.map_or("-".to_owned(), |worst| method(&worst.method).to_owned()),
            ]);
        }
    }
    table
}

/// Every metric of every unit of a dataset.
pub(super) fn units(system: &SystemReport, dataset: &DatasetReport) -> Table {
    let mut header = vec!["metric".to_owned()];
    header.extend(dataset.units.iter().map(|unit| format!("by {}", unit.unit)));
    let mut table = Table {
        caption: format!("{} on {}: every metric, by unit", system.name, dataset.name),
        header,
        rows: Vec::new(),
        names: 1,
    };
    let mut row = |name: &str, cell: &dyn Fn(&UnitReport) -> String| {
        let mut cells = vec![name.to_owned()];
        cells.extend(dataset.units.iter().map(cell));
        table.rows.push(cells);
    };
    row("real", &|unit| unit.real.to_string());
    row("fake", &|unit| unit.fake.to_string());
    row("scored", &|unit| coverage(&unit.coverage));
    row("AUC", &|unit| with_interval(&unit.auc));
    row("average precision", &|unit| with_interval(&unit.average_precision));
    row("equal error rate", &|unit| with_interval(&unit.equal_error_rate));
    row("TPR at FPR 1 %", &|unit| with_interval(&unit.tpr_at_fpr_1));
    row("TPR at FPR 0.1 %", &|unit| with_interval(&unit.tpr_at_fpr_01));
    let threshold = system.threshold;
    row(&format!("APCER, all methods (> {threshold:.4})"), &|unit| percent(&unit.apcer));
    row(&format!("BPCER (> {threshold:.4})"), &|unit| percent(&unit.bpcer));
    row("Brier score", &|unit| with_interval(&unit.brier));
    row("log loss", &|unit| with_interval(&unit.log_loss));
    row("calibration error", &|unit| unit.ece.map_or("-".to_owned(), |ece| format!("{ece:.3}")));
    table
}

/// The methods of a dataset against all its real videos.
#[must_use]
pub fn methods_table(system: &SystemReport, dataset: &DatasetReport) -> Table {
    let caption = format!(
        "{} on {}: each method against all real videos, by video; threshold {:.4}",
        system.name, dataset.name, system.threshold
    );
    let header = ["method", "fake", "scored", "AUC [95 %]", "zero-pixel null, all", "APCER [95 %]"];
    let mut table = Table::new(caption, 1, &header);
    for report in &dataset.methods {
        table.rows.push(vec![
            method(&report.method).to_owned(),
            report.fake.to_string(),
            coverage(&report.coverage),
            with_interval(&report.auc),
            null(&dataset.null),
            percent(&report.apcer),
        ]);
    }
    table
}

/// The pairs of detectors.
pub(super) fn comparisons(evaluation: &Evaluation) -> Table {
    let header =
        ["dataset", "a", "b", "real", "fake", "AUC a", "AUC b", "a − b [95 %]", "p", "p (Holm)"];
    let mut table =
        Table::new("Pairs of detectors on the videos that both scored, by video", 3, &header);
    let p = |p: Option<f64>| match p {
        Some(p) if p < 0.001 => "< 0.001".to_owned(),
        Some(p) => format!("{p:.3}"),
        None => "-".to_owned(),
    };
    for pair in &evaluation.comparisons {
        table.rows.push(vec![
            pair.dataset.clone(),
            pair.a.clone(),
            pair.b.clone(),
            pair.real.to_string(),
            pair.fake.to_string(),
            format!("{:.3}", pair.auc_a),
            format!("{:.3}", pair.auc_b),
            with_interval(&pair.difference),
            p(pair.p),
            p(pair.p_holm),
        ]);
    }
    table
}

/// Detectors by datasets.
#[must_use]
pub fn matrix_table(evaluation: &Evaluation) -> Table {
    let matrix = &evaluation.matrix;
    let mut header = vec!["detector".to_owned()];
    header.extend(matrix.datasets.iter().cloned());
    header.extend(["mean".to_owned(), "worst".to_owned()]);
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &matrix.rows {
        let mut cells = vec![row.system.clone()];
        let cell = |auc: &Option<Estimate>| auc.as_ref().map_or("-".to_owned(), with_interval);
        cells.extend(row.auc.iter().map(cell));
        cells.extend([number(row.mean), number(row.worst)]);
        rows.push(cells);
    }
    if let Some(seeds) = &matrix.seeds {
        let mut cells = vec!["mean ± sd".to_owned()];
        cells.extend(seeds.iter().map(|seeds| match (seeds.mean, seeds.sd) {
            (Some(mean), Some(sd)) => format!("{mean:.3} ± {sd:.3} (n = {})", seeds.runs),
            (mean, _) => number(mean),
        }));
        cells.extend(["".to_owned(), "".to_owned()]);
        rows.push(cells);
    }
    let caption = "AUC by video [95 %] of each detector on each dataset".to_owned();
    Table { caption, header, rows, names: 1 }
}

/// What was read or run.
pub(super) fn sources(sources: &[Source]) -> Table {
    let mut table = Table::new("What was read", 3, &["what", "name", "SHA-256"]);
    for Source { what, path, sha256 } in sources {
        table.rows.push(vec![what.clone(), path.display().to_string(), sha256.clone()]);
    }
    table
}

/// The tables of a terminal besides [`overview`]: the matrix of several datasets or runs, and pairs.
#[must_use]
pub fn others(evaluation: &Evaluation) -> Vec<Table> {
    let mut tables = Vec::new();
    if evaluation.matrix.datasets.len() > 1 || evaluation.matrix.seeds.is_some() {
        tables.push(matrix_table(evaluation));
    }
    if !evaluation.comparisons.is_empty() {
        tables.push(comparisons(evaluation));
    }
    tables
}
