//! From score tables to an evaluation.

use scade_metrics::Pooling;
use scade_settings::Progress;
use serde::{Deserialize, Serialize};

use super::dataset;
use super::matrix::Matrix;
use super::{Evaluation, Source, SystemReport, compare};
use crate::units::Clips;
use crate::{FileFacts, Missing, Result, ScoreTable};

/// How an evaluation is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What is done with samples without a score.
    pub missing: Missing,
    /// Seed of every random number.
    pub seed: u64,
    /// Draws of each bootstrap.
    pub draws: usize,
    /// Whether the detectors are runs of one recipe, of which the mean is reported.
    pub seeds: bool,
    /// Coverage, 0..=1, below which a dataset has a note.
    pub min_coverage: f64,
}

impl Default for Settings {
    fn default() -> Self {
        let missing = Missing::Exclude;
        Self { missing, seed: 1, draws: 2000, seeds: false, min_coverage: 0.99 }
    }
}

/// A detector with its scores.
#[derive(Debug)]
pub struct System {
    /// Its scores.
    pub table: ScoreTable,
    /// Score above which a sample is called fake, 0..=1.
    pub threshold: f64,
    /// Where the threshold comes from, in words.
    pub threshold_from: String,
    /// How faces are pooled.
    pub pooling: Pooling,
    /// What was read or run.
    pub sources: Vec<Source>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

/// Evaluates detectors, alone and against one another. `facts` gives the facts of a scored file by
/// dataset and path, `None` where it is not at hand.
///
/// # Errors
/// [`Error::Input`](crate::Error::Input) for tables that are wrong in themselves or disagree about a label.
pub fn evaluate(
    systems: &[System],
    settings: &Settings,
    facts: &dyn Fn(&str, &str) -> Option<FileFacts>,
    progress: &dyn Progress,
) -> Result<Evaluation> {
    for (index, system) in systems.iter().enumerate() {
        system.table.check()?;
        systems[..index].iter().try_for_each(|other| other.table.check_agrees(&system.table))?;
    }
    let clips: Vec<Clips<'_>> = systems.iter().map(|system| Clips::of(&system.table)).collect();
    let mut notes: Vec<String> = Vec::new();
    let mut reports = Vec::new();
    let mut nulls = dataset::Nulls::new(facts, settings.seed);
    let steps: usize = clips.iter().map(|clips| dataset::names(clips).len()).sum();
    progress.start("evaluate", "datasets", steps as u64);
    for (system, clips) in systems.iter().zip(&clips) {
        notes.extend(system.table.notes().iter().chain(&system.notes).cloned());
        let mut datasets = Vec::new();
        for (symbol, _) in dataset::names(clips) {
            datasets.push(dataset::report(system, clips, symbol, settings, &mut nulls)?);
            progress.advance(1);
        }
        datasets.sort_by(|a, b| a.name.cmp(&b.name));
        reports.push(SystemReport {
            name: system.table.name.clone(),
            threshold: system.threshold,
            threshold_from: system.threshold_from.clone(),
            pooling: system.pooling,
            sources: system.sources.clone(),
            datasets,
        });
    }
    progress.finish();
    for report in &reports {
        notes.extend(dataset::notes(report, settings));
    }
    let mut seen = std::collections::HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    let comparisons =
        if settings.seeds { Vec::new() } else { compare::all(systems, &clips, settings)? };
    Ok(Evaluation {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: None,
        settings: settings.clone(),
        matrix: Matrix::of(&reports, settings.seeds),
        systems: reports,
        comparisons,
        notes,
    })
}
