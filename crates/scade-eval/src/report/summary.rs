//! The result in plain words.

use super::tables::videos;
use crate::evaluation::{Coverage, Estimate, Evaluation, Null, SystemReport};

/// What was tested, on what, what came out, and what not to conclude.
#[must_use]
pub fn summary(evaluation: &Evaluation) -> Vec<String> {
    let mut text: Vec<String> = Vec::new();
    for system in &evaluation.systems {
        text.extend(system.datasets.iter().filter_map(|dataset| {
            let videos = videos(dataset)?;
            let Coverage { asked, scored } = videos.coverage;
            let tested = format!(
                "{} was tested on {}: {} real and {} fake videos, {scored} of {asked} scored.",
                system.name, dataset.name, videos.real, videos.fake
            );
            let worst = dataset.worst.as_ref().map_or(String::new(), |worst| {
                let method = if worst.method.is_empty() { "fakes" } else { &worst.method };
                let value = 100.0 * worst.apcer.value().unwrap_or_default();
                format!(" Of its worst method, {method}, {value:.0} % pass for real.")
            });
            Some(format!("{tested} {}{worst} {}", ranking(&videos.auc), null(&dataset.null)))
        }));
    }
    text.extend(evaluation.comparisons.iter().map(|pair| {
        let certain = pair.p_holm.is_some_and(|p| p < 0.05);
        let (better, other) =
            if pair.auc_a >= pair.auc_b { (&pair.a, &pair.b) } else { (&pair.b, &pair.a) };
        if certain {
            format!("On {}, {better} ranks better than {other}, by more than chance.", pair.dataset)
        } else {
            format!(
                "On {}, the difference between {} and {} may be chance.",
                pair.dataset, pair.a, pair.b
            )
        }
    }));
    text
}

fn ranking(auc: &Estimate) -> String {
    match auc {
        Estimate::Defined { value, low, high, .. } => format!(
            "A random fake scores above a random real video {:.1} times of 100 (AUC {value:.3}, \
             95 % interval {low:.3} to {high:.3}).",
            100.0 * value
        ),
        Estimate::Undefined { undefined } => format!("There is no AUC: {undefined}."),
    }
}

fn null(null: &Null) -> String {
    match null {
        Null::Measured { auc, .. } if null.leaks() => format!(
            "Beware: file sizes, dimensions and compression alone reach an AUC of {}, without a look at \
             any pixel.",
            auc.text(3)
        ),
        Null::Measured { auc, .. } => {
            format!("File sizes, dimensions and compression alone reach an AUC of {}.", auc.text(3))
        }
        Null::Unknown(reason) => {
            format!("What file sizes and compression alone would reach is unknown: {reason}.")
        }
    }
}

/// What the numbers do not say, whatever they are.
pub(super) fn limits(systems: &[SystemReport]) -> Vec<String> {
    let mut limits = vec![
        "They hold for these datasets. Other cameras, methods of forgery or compression give other numbers, \
         usually lower ones."
            .to_owned(),
        "A score is evidence, no proof. Among many real videos even a small ratio of false alarms is many \
         people."
            .to_owned(),
        "Numbers by frame and by video are not comparable: for the same detector they differ by several \
         points."
            .to_owned(),
    ];
    let by_default: Vec<&str> = systems
        .iter()
        .filter(|system| system.threshold_from.contains("default"))
        .map(|system| &*system.name)
        .collect();
    if !by_default.is_empty() {
        limits.push(format!(
            "APCER and BPCER of {} are at a threshold that nobody chose for these scores.",
            by_default.join(", ")
        ));
    }
    limits
}
