//! Scores over the time of a clip.

use super::Curve;
use crate::ticks::thousands;
use crate::{Axis, Chart, Figure, Reference, Series};

/// Scores over the time of a clip, one line for each track.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline<'a> {
    /// Title of the figure, such as the file name of the clip.
    pub title: &'a str,
    /// Length of the clip in seconds; without it the axis ends at the last score.
    pub duration: Option<f64>,
    /// Time in seconds and score, 0..=1, of each track.
    pub tracks: &'a [Curve<'a>],
    /// Scores at or above it are predicted to be fake.
    pub threshold: Option<f64>,
    /// Suspect segments, from and to in seconds; they are shaded.
    pub suspect: &'a [(f64, f64)],
    /// Times of shot cuts in seconds.
    pub cuts: &'a [f64],
}

impl Timeline<'_> {
    /// The figure; it takes a page's width.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let mut x = Axis::linear("time").unit("s");
        if let Some(duration) = self.duration.filter(|duration| *duration > 0.0) {
            x = x.range(0.0, duration);
        } else {
            x = x.including(0.0);
        }
        let mut chart = Chart::new(self.title, x, Axis::linear("score").range(0.0, 1.0))
            .wide()
            .plot_height(240.0);
        // Without the color of suspect segments.
        let styles = [0, 2, 3, 4, 5].into_iter().cycle();
        for (style, track) in styles.zip(self.tracks) {
            if !track.band.is_empty() {
                chart = chart.with(Series::band("", track.band.iter().copied()).style(style));
            }
            chart = chart.with(Series::line(track.name, track.points.iter().copied()).style(style));
        }
        if let Some(at) = self.threshold {
            chart = chart.reference(Reference::y(at, format!("threshold {at:.3}")));
        }
        if !self.suspect.is_empty() {
            chart = chart.shade("suspect segment", self.suspect);
        }
        if !self.cuts.is_empty() {
            chart = chart.rug("shot cut", self.cuts);
        }
        let n: usize = self.tracks.iter().map(|track| track.points.len()).sum();
        let tracks = self.tracks.len();
        let of = if tracks == 1 { "1 track".to_owned() } else { format!("{tracks} tracks") };
        chart.footer(format!("n = {} scores of {of}", thousands(n as u64))).figure()
    }
}
