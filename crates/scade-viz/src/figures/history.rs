//! Training history: losses, validation AUC and learning rate over the epochs.

use crate::axis::plottable;
use crate::{Axis, Chart, Figure, Reference, Series};

/// The plotted values of one epoch. A value that is not finite leaves a gap; one that is absent is
/// passed by the line, because not every epoch has to be validated.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Epoch {
    /// From 1.
    pub number: u64,
    /// Mean total loss over the training batches.
    pub train_loss: f64,
    /// Mean classification loss over the training batches, comparable to the validation loss.
    pub train_classification_loss: f64,
    /// Mean classification loss of the validation samples.
    pub val_loss: Option<f64>,
    /// Area under the ROC curve of the validation frames, 0..1.
    pub val_auc: Option<f64>,
    /// The same over whole videos.
    pub val_video_auc: Option<f64>,
    /// Learning rate.
    pub learning_rate: f64,
}

/// A training run, plotted as three charts, one below the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curves {
    /// In the order in which they were run.
    pub epochs: Vec<Epoch>,
    /// Number of the best epoch; it is marked.
    pub best: Option<u64>,
}

impl Curves {
    /// The figure; it takes a page's width.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let epochs = |label: &str| {
            let first = self.epochs.first().map_or(1, |epoch| epoch.number);
            let last = self.epochs.last().map_or(1, |epoch| epoch.number);
            Axis::counting(label).including(first as f64).including(last as f64)
        };
        let charts = [
            Chart::new("", epochs(""), Axis::linear("loss (mean over samples)")),
            Chart::new("", epochs(""), Axis::linear("validation AUC (0..1)").including(1.0)),
            Chart::new("", epochs("epoch"), Axis::log10("learning rate (log)")).plot_height(140.0),
        ];
        let series = [
            self.losses(),
            self.aucs(),
            vec![self.series("", 0, |e| Some(e.learning_rate).filter(|rate| *rate > 0.0))],
        ];
        let best = self.best.filter(|best| self.epochs.iter().any(|epoch| epoch.number == *best));
        let chart = |(index, (mut chart, series)): (usize, (Chart, Vec<Series>))| {
            if let Some(best) = best {
                // Explained once.
                let label = if index == 0 { "best epoch" } else { "" };
                chart = chart.reference(Reference::x(best as f64, label));
            }
            if index == 1 {
                chart = chart.reference(Reference::y(0.5, "chance"));
            }
            series.into_iter().fold(chart.wide().gaps(), Chart::with)
        };
        let charts = charts.into_iter().zip(series).enumerate().map(chart).collect();
        Figure::stack(self.title(), charts)
    }

    fn series(&self, name: &str, style: usize, of: fn(&Epoch) -> Option<f64>) -> Series {
        let point = |epoch: &Epoch| of(epoch).map(|value| (epoch.number as f64, value));
        Series::line(name, self.epochs.iter().filter_map(point)).style(style)
    }

    fn losses(&self) -> Vec<Series> {
        let total = self.series("training, total", 2, |e| Some(e.train_loss));
        let training =
            self.series("training, classification", 0, |e| Some(e.train_classification_loss));
        let validation = self.series("validation, classification", 1, |e| e.val_loss);
        let same = self.epochs.iter().all(|e| e.train_loss == e.train_classification_loss);
        let total = (!same).then_some(total);
        total.into_iter().chain([training, validation]).filter(is_seen).collect()
    }

    fn aucs(&self) -> Vec<Series> {
        let frames = self.series("frames", 1, |e| e.val_auc);
        let videos = self.series("videos", 0, |e| e.val_video_auc);
        [frames, videos].into_iter().filter(is_seen).collect()
    }

    /// Number of epochs and the best one, in one line.
    fn title(&self) -> String {
        let number = self.epochs.len();
        let epochs = if number == 1 { "1 epoch".into() } else { format!("{number} epochs") };
        let Some(best) = self.best.and_then(|best| self.epochs.iter().find(|e| e.number == best))
        else {
            return epochs;
        };
        let auc = best.val_auc.map_or_else(String::new, |auc| format!(", validation AUC {auc:.3}"));
        format!("{epochs}, best (dashed): epoch {}{auc}", best.number)
    }
}

/// Whether any value of it can be plotted.
fn is_seen(series: &Series) -> bool {
    series.corners().iter().any(|(_, value)| plottable(*value))
}
