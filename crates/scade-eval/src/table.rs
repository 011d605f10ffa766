//! The report as text for people.

use std::fmt;

use crate::{Metric, Metrics, Report, Undefined, Value};

impl fmt::Display for Report {
    /// One line per metric, a column per level, four decimals; then one line for each metric that
    /// is undefined. No final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24}{:>12}{:>12}", "", "frames", "videos")?;
        for (name, cell) in rows(self.threshold) {
            let (frames, videos) = (cell(&self.frames), cell(&self.videos));
            write!(f, "\n{name:<24}{frames:>12}{videos:>12}")?;
        }
        for (level, metrics) in [("frames", &self.frames), ("videos", &self.videos)] {
            for undefined in undefined(metrics) {
                write!(f, "\n{level}: {undefined}")?;
            }
        }
        Ok(())
    }
}

/// Name of a row, and what stands in it.
type Row = (String, fn(&Metrics) -> String);

fn rows(threshold: f64) -> Vec<Row> {
    let at = |name: &str| format!("{name} (> {threshold:.4})");
    vec![
        ("fake".into(), |m| m.n_fake.to_string()),
        ("real".into(), |m| m.n_real.to_string()),
        (Metric::Auc.to_string(), |m| value(m.auc)),
        (Metric::AveragePrecision.to_string(), |m| value(m.average_precision)),
        (Metric::EqualErrorRate.to_string(), |m| value(m.equal_error_rate)),
        (at("accuracy"), |m| number(m.accuracy)),
        (at("precision"), |m| value(m.precision)),
        (at("recall"), |m| value(m.recall)),
        (at("F1"), |m| value(m.f1)),
        ("fake called fake".into(), |m| m.confusion.tp.to_string()),
        ("fake called real".into(), |m| m.confusion.fn_.to_string()),
        ("real called real".into(), |m| m.confusion.tn.to_string()),
        ("real called fake".into(), |m| m.confusion.fp.to_string()),
        ("Brier score".into(), |m| number(m.brier)),
        ("log loss".into(), |m| number(m.log_loss)),
        ("calibration error".into(), |m| number(m.ece)),
    ]
}

fn value(value: Value) -> String {
    value.get().map_or_else(|| "-".to_owned(), number)
}

fn number(number: f64) -> String {
    format!("{number:.4}")
}

fn undefined(metrics: &Metrics) -> impl Iterator<Item = Undefined> {
    let values = [
        (Metric::Auc, metrics.auc),
        (Metric::AveragePrecision, metrics.average_precision),
        (Metric::EqualErrorRate, metrics.equal_error_rate),
        (Metric::Precision, metrics.precision),
        (Metric::Recall, metrics.recall),
        (Metric::F1, metrics.f1),
    ];
    values.into_iter().filter_map(|(metric, value)| match value {
        Value::Defined(_) => None,
        Value::Undefined { undefined } => Some(Undefined { metric, reason: undefined }),
    })
}

#[cfg(test)]
mod tests {
    use crate::{FrameScore, Report, VideoKey};

    #[test]
    fn the_table_shows_both_levels_and_what_is_undefined() {
        let frame =
            |score| FrameScore { key: VideoKey { group: "fake", video: "a" }, fake: true, score };
        let text = Report::new(&[frame(0.75), frame(0.25)], 0.5).unwrap().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["frames", "videos"]);
        assert!(lines.contains(&"fake                               2           1"), "{text}");
        assert!(lines.contains(&"AUC                                -           -"), "{text}");
        assert!(lines.contains(&"recall (> 0.5000)             0.5000      0.0000"), "{text}");
        assert!(lines.contains(&"frames: AUC is undefined: there is no real sample"), "{text}");
        let precision = "videos: precision is undefined: no score lies above the threshold";
        assert!(lines.contains(&precision), "{text}");
        assert!(!text.contains("frames: precision"), "{text}");
    }
}
