//! The figures of a report: curves of each dataset, by video.

use std::num::NonZeroUsize;

use scade_metrics::Scores;
use scade_viz::{Bin, Counts, Curve};

use super::Figure;
use crate::evaluation::System;
use crate::units::Clips;
use crate::{Missing, Unit};

/// Bins of the reliability diagram.
const BINS: NonZeroUsize = NonZeroUsize::new(10).unwrap();

/// Points of the curve of risk over coverage.
const POINTS: NonZeroUsize = NonZeroUsize::new(500).unwrap();

/// ROC, DET, risk over coverage, reliability and the distribution of scores, for each dataset with both labels.
#[must_use]
pub fn figures(systems: &[System], missing: Missing) -> Vec<Figure> {
    let clips: Vec<Clips<'_>> = systems.iter().map(|system| Clips::of(&system.table)).collect();
    let mut datasets: Vec<String> = clips
        .iter()
        .flat_map(|clips| (0..clips.clips.len() as u32).map(|clip| dataset(clips, clip)))
        .collect();
    datasets.sort_unstable();
    datasets.dedup();
    datasets.iter().flat_map(|name| of_dataset(systems, &clips, name, missing)).collect()
}

fn dataset(clips: &Clips<'_>, clip: u32) -> String {
    clips.table.strings.get(clips.row(clip).dataset).to_owned()
}

/// What is plotted of one detector.
struct Lines {
    name: String,
    roc: Vec<(f64, f64)>,
    det: Vec<(f64, f64)>,
    risk: Vec<(f64, f64)>,
}

fn of_dataset(
    systems: &[System],
    clips: &[Clips<'_>],
    dataset: &str,
    missing: Missing,
) -> Vec<Figure> {
    let (mut lines, mut own) = (Vec::new(), Vec::new());
    let mut counts = (0, 0);
    for (system, clips) in systems.iter().zip(clips) {
        let strings = &clips.table.strings;
        let samples = clips.samples(Unit::Video, &system.pooling, missing, |row| {
            strings.get(row.dataset) == dataset
        });
        let Ok(scores) = Scores::new(&samples.scores, &samples.fake) else { continue };
        let ranking = scores.ranking().for_figure();
        let (Ok(roc), Ok(det)) = (ranking.roc(), ranking.det()) else { continue };
        let Ok(risk) = scores.risk_coverage(system.threshold) else { continue };
        let risk = risk.for_figure(POINTS).points;
        lines.push(Lines {
            name: system.table.name.clone(),
            roc: roc.iter().map(|point| (point.fpr, point.tpr)).collect(),
            det: det.iter().map(|point| (point.fpr, point.fnr)).collect(),
            risk: risk.iter().map(|point| (point.coverage, point.risk)).collect(),
        });
        counts = (scores.n_samples() - scores.n_fake(), scores.n_fake());
        own.extend(alone(system, dataset, &samples.scores, &samples.fake));
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let n = Counts { real: counts.0, fake: counts.1, unit: "videos" };
    let curves = |of: fn(&Lines) -> &[(f64, f64)]| -> Vec<Curve<'_>> {
        lines.iter().map(|line| Curve::new(&line.name, of(line))).collect()
    };
    let named = |kind: &str, caption: &str, figure| Figure {
        name: file_name(&format!("{kind}-{dataset}")),
        caption: format!("{dataset}: {caption}"),
        figure,
    };
    let mut figures = vec![
        named(
            "roc",
            "fakes found over false alarms. The higher at the left, the better.",
            scade_viz::roc(&curves(|line| &line.roc), None, &n),
        ),
        named(
            "det",
            "both errors on probit axes. The nearer to the lower left corner, the better.",
            scade_viz::det(&curves(|line| &line.det), None, &n),
        ),
        named(
            "risk-coverage",
            "errors among the most confident predictions. It should rise to the right.",
            scade_viz::risk_coverage(&curves(|line| &line.risk), None, &n),
        ),
    ];
    figures.append(&mut own);
    figures
}

/// The figures of one detector.
fn alone(system: &System, dataset: &str, scores: &[f64], fake: &[bool]) -> Vec<Figure> {
    let of = |wanted: bool| -> Vec<f64> {
        let pairs = scores.iter().zip(fake).filter(|(_, fake)| **fake == wanted);
        pairs.map(|(score, _)| *score).collect()
    };
    let (real, fakes) = (of(false), of(true));
    let Ok(checked) = Scores::new(scores, fake) else { return Vec::new() };
    let n = Counts { real: real.len(), fake: fakes.len(), unit: "videos" };
    let bins: Vec<Bin> = checked
        .reliability(BINS)
        .iter()
        .map(|bin| Bin {
            range: (bin.low, bin.high),
            mean_score: bin.mean_score,
            fake_ratio: bin.fake_ratio,
            count: bin.n,
        })
        .collect();
    let name = &system.table.name;
    let named = |kind: &str, caption: &str, figure| Figure {
        name: file_name(&format!("{kind}-{name}-{dataset}")),
        caption: format!("{name} on {dataset}: {caption}"),
        figure,
    };
    let threshold = Some(system.threshold);
    vec![
        named(
            "scores",
            "scores of both labels. The less they overlap, the better.",
            scade_viz::score_distribution(&real, &fakes, threshold, "videos"),
        ),
        named(
            "reliability",
            "how many videos of a score are fake. On the diagonal a score is a probability.",
            scade_viz::reliability(&bins, &n),
        ),
    ]
}

/// A name that is a file's in every system.
pub(crate) fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    name.chars().map(kept).collect()
}
