//! The report as a text table.

use std::fmt;

use crate::{Metric, Metrics, Report, Undefined, Value};

impl fmt::Display for Report {
    /// One line per metric, a column per level (the line "one sample" gives its unit), four
    /// decimals; then the pooling rule, and one line for each metric that is undefined. A report
    /// without metrics per track has no such column. No final line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tracks = self.tracks.as_ref().map(|tracks| ("tracks", "a person", tracks));
        let levels: Vec<(&str, &str, &Metrics)> = [("frames", "a face", &self.frames)]
            .into_iter()
            .chain(tracks)
            .chain([("videos", "a video", &self.videos)])
            .collect();
        write!(f, "{:<24}", "")?;
        for (level, ..) in &levels {
            write!(f, "{level:>12}")?;
        }
        write!(f, "\n{:<24}", "one sample")?;
        for (_, unit, _) in &levels {
            write!(f, "{unit:>12}")?;
        }
        for (name, cell) in rows(self.threshold) {
            write!(f, "\n{name:<24}")?;
            for (.., metrics) in &levels {
                write!(f, "{:>12}", cell(metrics))?;
            }
        }
        write!(f, "\npooling: {}", self.pooling)?;
        for (level, _, metrics) in levels {
            for undefined in undefined(metrics) {
                write!(f, "\n{level}: {undefined}")?;
            }
        }
        Ok(())
    }
}

/// Name of a row, and the text of its cell.
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
    use crate::{FrameScore, Pooling, Report, VideoKey};

    fn report() -> Report {
        let key = VideoKey { group: "fake", video: "a" };
        let frame = |track, score| FrameScore { key, track: Some(track), fake: true, score };
        let frames = [frame(0, 0.75), frame(1, 0.25), frame(0, 0.25)];
        Report::new(&frames, 0.5, &Pooling::default()).unwrap()
    }

    #[test]
    fn the_table_shows_the_unit_of_each_level_and_what_is_undefined() {
        let text = report().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["frames", "tracks", "videos"]);
        for line in [
            "one sample                    a face    a person     a video",
            "fake                               3           2           1",
            "AUC                                -           -           -",
            "recall (> 0.5000)             0.3333      0.0000      0.0000",
            "pooling: max-of-long-tracks (least = 3)",
            "frames: AUC is undefined: there is no real sample",
            "tracks: precision is undefined: no score is above the threshold",
            "videos: precision is undefined: no score is above the threshold",
        ] {
            assert!(lines.contains(&line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("frames: precision"), "{text}");
    }

    #[test]
    fn a_report_without_tracks_has_no_column_for_them() {
        let text = Report { tracks: None, ..report() }.to_string();
        let header = text.lines().next().unwrap();
        assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["frames", "videos"]);
        assert!(text.contains("fake                               3           1"), "{text}");
    }
}
