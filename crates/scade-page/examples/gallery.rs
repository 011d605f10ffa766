//! Writes every figure with made data, and a page with every part: `cargo run -p scade-page --example gallery -- DIR`.

use std::error::Error;
use std::path::Path;

use scade_page::{Column, Footer, Headline, Image, Page, Table, Tone};
use scade_viz::{
    Axis, Bin, Confusion, Counts, Curve, Curves, Epoch, Figure, Theme, Timeline, center_distances,
    confusion, det, features, precision_recall, reliability, risk_coverage, robustness, roc,
    score_distribution, tsne,
};

/// Numbers in 0..1 that look random and are the same in every run: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal: the sum of twelve numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Scores of real and fake samples.
fn scores(random: &mut Random, n: usize, shift: f64) -> [Vec<f64>; 2] {
    [-shift, shift].map(|middle| (0..n).map(|_| logistic(1.4 * random.normal() + middle)).collect())
}

/// False and true positive rate at every threshold.
fn rates([real, fake]: &[Vec<f64>; 2]) -> Vec<(f64, f64)> {
    let mut all: Vec<f64> = real.iter().chain(fake).copied().collect();
    all.sort_by(f64::total_cmp);
    let above = |scores: &[f64], at: f64| {
        scores.iter().filter(|score| **score >= at).count() as f64 / scores.len() as f64
    };
    let mut points = vec![(0.0, 0.0)];
    points.extend(all.iter().rev().map(|at| (above(real, *at), above(fake, *at))));
    points
}

fn figures() -> Result<Vec<(&'static str, Figure)>, Box<dyn Error>> {
    let mut random = Random(7);
    let scored = scores(&mut random, 900, 2.2);
    let weaker = scores(&mut random, 900, 1.2);
    let n = Counts { real: 900, fake: 900, unit: "frames" };
    let (good, fair) = (rates(&scored), rates(&weaker));
    let operating = good[good.len() / 2];
    let curves =
        [Curve::new("detector, AUC 0.941", &good), Curve::new("baseline, AUC 0.803", &fair)];
    let trade_off =
        |points: &[(f64, f64)]| points.iter().map(|p| (p.0, 1.0 - p.1)).collect::<Vec<_>>();
    let precision = |points: &[(f64, f64)]| {
        points.iter().skip(1).map(|p| (p.1, p.1 / (p.0 + p.1))).collect::<Vec<_>>()
    };
    let (good_det, fair_det) = (trade_off(&good), trade_off(&fair));
    let (good_pr, fair_pr) = (precision(&good), precision(&fair));
    let mut list = vec![
        ("history", history(60).figure()),
        ("roc", roc(&curves, Some(operating), &n)),
        (
            "det",
            det(
                &[Curve::new("detector", &good_det), Curve::new("baseline", &fair_det)],
                Some((operating.0, 1.0 - operating.1)),
                &n,
            ),
        ),
        (
            "precision-recall",
            precision_recall(
                &[Curve::new("detector", &good_pr), Curve::new("baseline", &fair_pr)],
                Some((operating.1, operating.1 / (operating.0 + operating.1))),
                &n,
            ),
        ),
        ("reliability", reliability(&bins(&scored), &n)),
        ("scores", score_distribution(&scored[0], &scored[1], Some(0.62), "frames")),
    ];
    let counts = Confusion {
        true_positives: 811,
        false_positives: 38,
        true_negatives: 862,
        false_negatives: 89,
    };
    list.push(("confusion", confusion(&counts, 0.62, "frames")));
    let risk =
        |worst: f64| (1..=100).map(|i| f64::from(i) / 100.0).map(move |c| (c, worst * c.powi(3)));
    let (risk_a, risk_b): (Vec<_>, Vec<_>) = (risk(0.07).collect(), risk(0.18).collect());
    let curves = [Curve::new("detector", &risk_a), Curve::new("baseline", &risk_b)];
    list.push(("risk-coverage", risk_coverage(&curves, Some(0.07), &n)));
    list.push(("robustness", robust(&n)));
    list.push(("features", scatter(&mut random)?));
    let distances = |random: &mut Random, middle: f64| -> Vec<f64> {
        (0..700).map(|_| (middle + 0.35 * random.normal()).abs()).collect()
    };
    let (real, fake) = (distances(&mut random, 0.8), distances(&mut random, 2.1));
    list.push(("center-distances", center_distances(&real, &fake, "frames")));
    list.push(("timeline", timeline(&mut random)));
    let nothing = Counts { real: 0, fake: 0, unit: "videos" };
    list.push(("no-data", roc(&[], None, &nothing)));
    Ok(list)
}

fn history(epochs: u64) -> Curves {
    let epoch = |number: u64| {
        let t = number as f64 / epochs as f64;
        Epoch {
            number,
            train_loss: 0.05 + 0.75 * (-3.0 * t).exp(),
            train_classification_loss: 0.7 * (-3.0 * t).exp(),
            val_loss: (number % 2 == 1).then_some(0.3 + (t - 0.6).powi(2)),
            val_auc: Some(0.96 - (t - 0.7).powi(2)),
            val_video_auc: Some(0.99 - 0.8 * (t - 0.7).powi(2)),
            learning_rate: 3e-3 * 0.5 * (1.0 + (std::f64::consts::PI * t).cos()).max(1e-4),
        }
    };
    Curves { epochs: (1..=epochs).map(epoch).collect(), best: Some(epochs * 7 / 10) }
}

fn bins([real, fake]: &[Vec<f64>; 2]) -> Vec<Bin> {
    let bin = |index: usize| {
        let range = (index as f64 / 10.0, (index + 1) as f64 / 10.0);
        let inside = |scores: &[f64]| -> Vec<f64> {
            scores.iter().copied().filter(|score| (range.0..range.1).contains(score)).collect()
        };
        let (real, fake) = (inside(real), inside(fake));
        let count = real.len() + fake.len();
        let mean_score = real.iter().chain(&fake).sum::<f64>() / count as f64;
        Bin { range, mean_score, fake_ratio: fake.len() as f64 / count as f64, count }
    };
    (0..10).map(bin).collect()
}

fn robust(n: &Counts<'_>) -> Figure {
    let names =
        ["JPEG compression", "blur", "noise", "downscaling", "brightness", "video compression"];
    let falling = |index: usize| -> Vec<(f64, f64)> {
        let slope = 0.012 * (index + 1) as f64;
        (0..6).map(f64::from).map(|level| (level, 0.97 - slope * level.powf(1.3))).collect()
    };
    let lines: Vec<_> = (0..names.len()).map(falling).collect();
    let band: Vec<_> = lines[1].iter().map(|(x, y)| (*x, y - 0.02, y + 0.02)).collect();
    let curves: Vec<_> = names
        .iter()
        .zip(&lines)
        .enumerate()
        .map(|(index, (name, line))| {
            let curve = Curve::new(name, line);
            if index == 1 { curve.band(&band) } else { curve }
        })
        .collect();
    robustness("Robustness", Axis::counting("level of degradation, 0 is none"), &curves, n)
}

fn scatter(random: &mut Random) -> Result<Figure, Box<dyn Error>> {
    const DIMENSIONS: usize = 16;
    let mut row = |class: f64, mode: f64| -> Vec<f32> {
        let middle = |d: usize| if d < 4 { 2.2 * class } else { mode * ((d % 3) as f64 - 1.0) };
        (0..DIMENSIONS).map(|d| (middle(d) + random.normal()) as f32).collect()
    };
    let rows: Vec<f32> =
        (0..400).flat_map(|i| row(f64::from(i / 200), f64::from(i % 3) * 1.3)).collect();
    let points = tsne::embed(&rows, DIMENSIONS, 30.0)?;
    let (real, fake) = points.split_at(200);
    Ok(features(real, fake, "t-SNE, perplexity 30", "frames"))
}

fn timeline(random: &mut Random) -> Figure {
    let mut track = |from: usize, to: usize, forged: std::ops::Range<usize>| -> Vec<(f64, f64)> {
        let score = |i: usize, random: &mut Random| {
            let middle = if forged.contains(&i) { 1.8 } else { -2.0 };
            // One face was lost for a moment.
            let gap = (200..206).contains(&i);
            if gap { f64::NAN } else { logistic(middle + 0.8 * random.normal()) }
        };
        (from..to).map(|i| (i as f64 * 0.2, score(i, random))).collect()
    };
    let (a, b) = (track(0, 300, 90..160), track(100, 240, 500..501));
    Timeline {
        title: "interview_final_v2.mp4",
        duration: Some(60.0),
        tracks: &[Curve::new("track 1", &a), Curve::new("track 2", &b)],
        threshold: Some(0.62),
        suspect: &[(18.0, 32.0), (47.0, 47.3)],
        cuts: &[12.4, 33.0, 51.8],
    }
    .figure()
}

/// A face of sorts, as PNG bytes: a figure without text.
fn thumbnail(index: usize) -> Result<Image, Box<dyn Error>> {
    let points: Vec<_> =
        (0..40).map(|i| f64::from(i) / 40.0).map(|t| (t, (t * 6.0 + index as f64).sin())).collect();
    let chart = scade_viz::Chart::new("", Axis::linear("").bare(), Axis::linear("").bare());
    let figure =
        chart.with(scade_viz::Series::line("", points).style(index)).plot_height(400.0).figure();
    let png = figure.png(Theme::Light)?;
    Ok(Image::new(
        &png,
        format!("made image {index}"),
        format!("{}.2 s, score 0.9{index}", index * 3),
    )?)
}

fn page(figures: &[(&str, Figure)]) -> Result<String, Box<dyn Error>> {
    let named = |name: &str| {
        let found = figures.iter().find(|(other, _)| *other == name);
        found.map(|(_, figure)| figure).ok_or_else(|| format!("no figure {name}"))
    };
    let mut page = Page::new("Report on interview_final_v2.mp4");
    page.subtitle("made data; every part of a page and every figure once");
    page.headline(
        Headline::new(Tone::Alarm, "Predicted to be fake")
            .detail("One of two faces is above the threshold for 14 seconds.")
            .number("score, 0..1", "0.93")
            .number("threshold", "0.620"),
    );
    page.summary([
        "One face in this clip was probably replaced between 0:18 and 0:32. A second face shows no sign of it.",
        "The detector is wrong for about 7 of 100 clips of this kind. Do not decide by this page alone.",
    ]);
    page.section("The clip");
    page.facts([
        ("file", "interview_final_v2.mp4"),
        ("length", "60.0 s, 1,500 frames"),
        ("size", "1920 × 1080 px"),
        ("hostile name", "<script>alert(1)</script>\"'&.mp4"),
    ]);
    page.figure(
        named("timeline")?,
        "Each line is a face. Where it is above the dashed line, the face is predicted to be fake.",
    );
    page.heading("Faces with the highest scores");
    page.images(&(0..8).map(thumbnail).collect::<Result<Vec<_>, _>>()?);
    page.note(
        Tone::Warning,
        "The clip was compressed strongly; scores are less certain than usual.",
    );
    page.note(Tone::Neutral, "Scores are of frames 0.2 s apart.");
    page.section("How good the detector is");
    page.text("All figures are of the test set, which the detector has not been trained on.");
    let columns = [
        Column::text("subset"),
        Column::number("frames"),
        Column::number("AUC").unit("0..1"),
        Column::number("95 % interval"),
        Column::number("accuracy").unit("%"),
        Column::number("time").unit("ms per frame"),
    ];
    let mut table = Table::new("Metrics by subset", columns);
    table.push(["all", "1,800", "0.941", "0.930 to 0.951", "92.9", "11.3"]);
    table.push(["strongly compressed", "600", "0.902", "0.876 to 0.924", "88.4", "11.2"]);
    table.push([
        "a_long_file_name_without_any_space_that_has_to_break_somewhere.csv",
        "12",
        "",
        "",
        "83.3",
    ]);
    page.table(table);
    let captions = [
        ("roc", "The higher the curve at the left, the fewer false alarms for the same finds."),
        ("det", "The nearer the curve to the lower left corner, the better."),
        ("precision-recall", "How many alarms are right, for each ratio of found fakes."),
        ("reliability", "On the dashed line a score of 0.8 means that 8 of 10 samples are fake."),
        ("scores", "The less the two hills overlap, the better."),
        ("confusion", "Right predictions are on the diagonal from the upper left."),
        ("risk-coverage", "Errors fall if uncertain samples get no prediction."),
        ("robustness", "How the AUC falls as images are degraded."),
        ("features", "Each point is a frame."),
        ("center-distances", "Real frames are near the center that training pulled them to."),
        ("no-data", "What a figure looks like without data."),
    ];
    let pairs = captions.map(|(name, caption)| named(name).map(|figure| (figure, caption)));
    page.figures(pairs.into_iter().collect::<Result<Vec<_>, _>>()?);
    page.page_break();
    page.section("How it was trained");
    page.figure(named("history")?, "The best epoch is that with the highest validation AUC.");
    page.section("Limits");
    page.list([
        "Faces below 64 px are not scored.",
        "A score says nothing about who made a forgery.",
    ]);
    page.note(Tone::Good, "All files were readable.");
    page.footer(
        Footer::new("scade-report interview_final_v2.mp4 --out report.html")
            .version("scade", "0.1.0")
            .version("detector", "self-blended 3")
            .hash(
                "interview_final_v2.mp4",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            )
            .note("The same input makes the same page."),
    );
    Ok(page.html())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("give the folder to write to")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let figures = figures()?;
    for (name, figure) in &figures {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg())?;
        std::fs::write(folder.join(format!("{name}.png")), figure.png(Theme::Light)?)?;
        std::fs::write(folder.join(format!("{name}-dark.png")), figure.png(Theme::Dark)?)?;
    }
    std::fs::write(folder.join("page.html"), page(&figures)?)?;
    Ok(())
}
