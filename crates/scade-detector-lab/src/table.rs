//! The figures as tables in Markdown.

use std::fmt::Write;

use scade_metrics::Interval;

use crate::Figures;

pub(crate) fn markdown(figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(figures, &mut text);
    text
}

fn write(figures: &Figures, text: &mut String) -> std::fmt::Result {
    if !figures.photos.is_empty() {
        writeln!(text, "| real photographs | scored | no face | called fake | share | 95 % |")?;
        writeln!(text, "|---|---:|---:|---:|---:|---|")?;
    }
    for row in &figures.photos {
        let (count, Interval { value, low, high }) = (row.called_fake.count, row.called_fake.share);
        let [value, low, high] = [value, low, high].map(|share| 100.0 * share);
        let (change, scored, without) = (row.change, row.scored, row.without_face);
        writeln!(
            text,
            "| {change} | {scored} | {without} | {count} | {value:.1} % | {low:.1} to {high:.1} % |"
        )?;
    }
    for set in &figures.clips {
        let (name, real, called) = (&set.name, set.real, set.real_called_fake);
        writeln!(text, "\n{name}: {real} real clips, {called} of them called fake\n")?;
        writeln!(text, "| forgery | clips | called fake | video AUC | 95 % | frame AUC | 95 % |")?;
        writeln!(text, "|---|---:|---:|---:|---|---:|---|")?;
        for row in &set.kinds {
            let (kind, fake, called) = (&row.kind, row.fake, row.called_fake);
            let [video, frame] = [row.video_auc, row.frame_auc].map(|auc| {
                let Interval { value, low, high } = auc;
                format!("{value:.3} | {low:.3} to {high:.3}")
            });
            writeln!(text, "| {kind} | {fake} | {called} | {video} | {frame} |")?;
        }
    }
    Ok(())
}
