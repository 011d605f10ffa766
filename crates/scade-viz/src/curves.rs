//! Training curves: losses, validation AUC and learning rate over the epochs.

use plotters::backend::DrawingBackend;
use plotters::chart::SeriesLabelPosition;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::{IntoFont, RGBColor};

use crate::axis::{self, Axis};
use crate::font::FAMILY;
use crate::panel::{BLUE, GREEN, ORANGE, Panel, Plotted, Series};
use crate::{Error, render};

/// The plotted values of one epoch. Values that are absent or not finite leave a gap.
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
    /// The plot as the text of an SVG file.
    ///
    /// # Errors
    /// [`Error::Plot`]; no values of an epoch can cause it.
    pub fn svg(&self) -> Result<String, Error> {
        render::svg(self)
    }

    /// The plot as the bytes of a PNG file, 1800 × 2000 pixels.
    ///
    /// # Errors
    /// [`Error::Plot`] or [`Error::Png`]; no values of an epoch can cause them.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        render::png(self)
    }

    fn series(&self, name: &'static str, color: RGBColor, of: fn(&Epoch) -> Option<f64>) -> Series {
        let point = |epoch: &Epoch| (epoch.number as f64, of(epoch).unwrap_or(f64::NAN));
        Series { name, color, points: self.epochs.iter().map(point).collect() }
    }

    fn losses(&self) -> Vec<Series> {
        let total = self.series("training, total", GREEN, |e| Some(e.train_loss));
        let classification =
            self.series("training, classification", BLUE, |e| Some(e.train_classification_loss));
        let validation = self.series("validation, classification", ORANGE, |e| e.val_loss);
        let same = self.epochs.iter().all(|e| e.train_loss == e.train_classification_loss);
        let total = (!same).then_some(total);
        total.into_iter().chain([classification, validation]).filter(Series::is_seen).collect()
    }

    fn aucs(&self) -> Vec<Series> {
        let frames = self.series("frames", ORANGE, |e| e.val_auc);
        let videos = self.series("videos", BLUE, |e| e.val_video_auc);
        [frames, videos].into_iter().filter(Series::is_seen).collect()
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

/// `10^logarithm` in few digits: `1e-4`, `3.2e-4`.
fn power_of_ten(logarithm: f64) -> String {
    let value = 10f64.powf(logarithm);
    if logarithm.fract() == 0.0 { format!("{value:.0e}") } else { format!("{value:.1e}") }
}

impl Series {
    /// Whether any value of it can be plotted.
    fn is_seen(&self) -> bool {
        self.points.iter().any(|(_, value)| axis::plottable(*value))
    }
}

impl render::Plot for Curves {
    const SIZE: (u32, u32) = (900, 1000);

    fn plot<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, scale: f64) -> Plotted<D> {
        let px = |length: f64| (length * scale).round() as i32;
        let title = (FAMILY, 18.0 * scale).into_font().color(&plotters::style::BLACK);
        let rest = area.margin(px(10.0), 0, 0, 0).titled(&self.title(), title)?;
        let (upper, others) = rest.split_vertically(px(370.0));
        let (middle, lower) = others.split_vertically(px(320.0));

        let first = self.epochs.first().map_or(1, |epoch| epoch.number);
        let last = self.epochs.last().map_or(1, |epoch| epoch.number).max(first);
        let x = Axis::counting(first, last, 12);
        let best = self.best.map(|best| best as f64).filter(|best| x.range.contains(best));
        let values = |series: &[Series]| -> Vec<f64> {
            series.iter().flat_map(|series| &series.points).map(|(_, value)| *value).collect()
        };

        let losses = self.losses();
        let y = Axis::around(values(&losses), 6);
        let ticks = y.ticks.clone();
        Panel {
            title: "loss (mean over samples)",
            x: &x,
            lowest: false,
            y,
            y_label: &|value| axis::label(value, &ticks),
            series: &losses,
            legend: SeriesLabelPosition::UpperRight,
            best,
            level: None,
            scale,
        }
        .plot(&upper)?;

        let aucs = self.aucs();
        let lowest = values(&aucs).into_iter().filter(|v| axis::plottable(*v)).fold(0.5, f64::min);
        let y = Axis::new(lowest - 0.02..1.02, 6);
        let ticks = y.ticks.clone();
        Panel {
            title: if aucs.is_empty() { "validation AUC (none)" } else { "validation AUC (0..1)" },
            x: &x,
            lowest: false,
            y,
            y_label: &|value| axis::label(value, &ticks),
            series: &aucs,
            legend: SeriesLabelPosition::LowerRight,
            best,
            // Chance.
            level: Some(0.5),
            scale,
        }
        .plot(&middle)?;

        let rates = [self.series("rate", BLUE, |e| Some(e.learning_rate).filter(|r| *r > 0.0))];
        let logarithms = rates.map(|mut series| {
            series.points.iter_mut().for_each(|(_, rate)| *rate = rate.log10());
            series
        });
        let y = Axis::around(values(&logarithms), 6);
        Panel {
            title: "learning rate (log)",
            x: &x,
            lowest: true,
            y,
            y_label: &|logarithm| power_of_ten(logarithm),
            series: &logarithms,
            legend: SeriesLabelPosition::UpperRight,
            best,
            level: None,
            scale,
        }
        .plot(&lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A typical run: it learns, then overfits.
    fn run(epochs: u64) -> Curves {
        let epoch = |number: u64| {
            let t = number as f64 / 24.0;
            Epoch {
                number,
                train_loss: 0.05 + 0.75 * (-3.0 * t).exp(),
                train_classification_loss: 0.7 * (-3.0 * t).exp(),
                val_loss: Some(0.3 + (t - 0.6).powi(2)),
                val_auc: Some(0.96 - (t - 0.7).powi(2)),
                val_video_auc: Some(0.99 - 0.8 * (t - 0.7).powi(2)),
                learning_rate: 3e-3 * 0.5 * (1.0 + (std::f64::consts::PI * t).cos()).max(1e-4),
            }
        };
        Curves { epochs: (1..=epochs).map(epoch).collect(), best: Some(17.min(epochs)) }
    }

    /// Set `SCADE_VIZ_OUT` to a folder to keep the plots.
    fn both(name: &str, curves: &Curves) -> (String, image::RgbImage) {
        let (svg, png) = (curves.svg().unwrap(), curves.png().unwrap());
        if let Some(folder) = std::env::var_os("SCADE_VIZ_OUT") {
            let path = std::path::Path::new(&folder).join(name);
            std::fs::write(path.with_extension("svg"), &svg).unwrap();
            std::fs::write(path.with_extension("png"), &png).unwrap();
        }
        (svg, image::load_from_memory(&png).unwrap().into_rgb8())
    }

    fn pixels_of(image: &image::RgbImage, RGBColor(r, g, b): RGBColor) -> usize {
        image.pixels().filter(|pixel| pixel.0 == [r, g, b]).count()
    }

    #[test]
    fn a_run_shows_its_curves_axes_and_best_epoch() {
        let (svg, image) = both("run", &run(24));
        for text in [
            "loss (mean over samples)",
            "validation AUC (0..1)",
            "learning rate (log)",
            "epoch",
            "training, total",
            "validation, classification",
            "videos",
            "24 epochs, best (dashed): epoch 17, validation AUC 0.960",
        ] {
            assert!(svg.contains(text), "{text} is missing");
        }
        assert_eq!(image.dimensions(), (1800, 2000));
        for color in [BLUE, ORANGE, GREEN] {
            assert!(pixels_of(&image, color) > 1000);
        }
    }

    #[test]
    fn text_uses_the_font_of_the_crate() {
        let with_title = run(24);
        let without = Curves { best: None, ..with_title.clone() };
        let dark = |curves: &Curves| {
            let (_, image) = both("title", curves);
            let title = image::imageops::crop_imm(&image, 0, 0, 1800, 40).to_image();
            title.pixels().filter(|pixel| pixel.0[0] < 100).count()
        };
        assert!(dark(&without) > 100, "no letters in the title");
        assert!(dark(&with_title) > dark(&without), "a longer title has no more ink");
    }

    #[test]
    fn short_and_empty_runs_are_plotted() {
        both("empty", &Curves::default());
        let (svg, image) = both("one", &run(1));
        assert!(svg.contains("1 epoch, best"));
        assert!(pixels_of(&image, BLUE) > 50, "a single epoch is a dot");
        let mut unvalidated = run(5);
        for epoch in &mut unvalidated.epochs {
            (epoch.val_loss, epoch.val_auc, epoch.val_video_auc) = (None, None, None);
        }
        let (svg, _) = both("unvalidated", &unvalidated);
        assert!(svg.contains("validation AUC (none)") && !svg.contains("validation, class"));
    }

    #[test]
    fn non_finite_values_leave_gaps() {
        let mut curves = run(200);
        for (index, epoch) in curves.epochs.iter_mut().enumerate() {
            let odd = [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e300, -1e300, 0.0];
            let value = odd[index % odd.len()];
            if index % 3 == 0 {
                (epoch.train_loss, epoch.val_auc, epoch.learning_rate) =
                    (value, Some(value), value);
            }
        }
        both("gaps", &curves);
        let nothing = Epoch {
            number: u64::MAX,
            train_loss: f64::NAN,
            train_classification_loss: f64::NAN,
            learning_rate: f64::NAN,
            ..Epoch::default()
        };
        both("nothing", &Curves { epochs: vec![nothing], best: Some(3) });
    }
}
