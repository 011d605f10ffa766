//! What holds for every figure, whatever its input.

use roxmltree::{Document, Node};
use scade_viz::{
    Axis, Bin, Cell, Chart, Confusion, Counts, Curve, Curves, Epoch, Figure, Reference, Series,
    Theme, Timeline, center_distances, confusion, det, features, precision_recall, reliability,
    risk_coverage, robustness, roc, score_distribution,
};

const HOSTILE: &str = "</text><script>alert(1)</script>\" onload='x' & \u{0}\u{1b} ]]> ñ Ж";

/// Every figure of the project, with the same numbers for whatever it plots.
fn all(values: &[f64], name: &str) -> Vec<Figure> {
    let pairs: Vec<(f64, f64)> =
        values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b))).take(400).collect();
    let band: Vec<_> = pairs.iter().map(|(a, b)| (*a, *b, b + 0.1)).collect();
    let curves = [Curve::new(name, &pairs).band(&band), Curve::new("other", &[(0.5, 0.5)])];
    let n = Counts { real: values.len(), fake: 2 * values.len(), unit: name };
    let first = values.first().copied();
    let point = first.map(|value| (value, value));
    let bin = |value: &f64| Bin {
        range: (*value, value + 0.1),
        mean_score: *value,
        fake_ratio: *value,
        count: 3,
    };
    let bins: Vec<_> = values.iter().map(bin).collect();
    let epoch = |(index, value): (usize, &f64)| Epoch {
        number: index as u64 + 1,
        train_loss: *value,
        train_classification_loss: 2.0 * value,
        val_auc: Some(*value),
        learning_rate: *value,
        ..Epoch::default()
    };
    let epochs: Vec<_> = values.iter().enumerate().map(epoch).collect();
    let counts = Confusion { true_positives: values.len(), ..Confusion::default() };
    let timeline = Timeline {
        title: name,
        duration: first,
        tracks: &curves,
        threshold: first,
        suspect: &pairs,
        cuts: values,
    };
    let own = Chart::new(name, Axis::categories(name, [name, "b"]), Axis::log10(name).unit(name))
        .with(Series::cells(
            name,
            [Cell { lines: vec![name.into()], strength: 9.0, ..Cell::default() }],
        ))
        .with(Series::step(name, pairs.clone()))
        .reference(Reference::x(0.5, name))
        .reference(Reference::diagonal(name))
        .rug(name, values)
        .footer(name)
        .figure();
    vec![
        Curves { best: Some(1), epochs }.figure(),
        roc(&curves, point, &n),
        det(&curves, point, &n),
        precision_recall(&curves, point, &n),
        reliability(&bins, &n),
        score_distribution(values, &values[..values.len() / 2], first, name),
        confusion(&counts, first.unwrap_or(0.5), name),
        risk_coverage(&curves, first, &n),
        robustness(name, Axis::linear(name), &curves, &n),
        features(&pairs, &pairs, name, name),
        center_distances(values, values, name),
        timeline.figure(),
        own,
    ]
}

fn inputs() -> Vec<Vec<f64>> {
    vec![
        vec![],
        vec![0.5],
        vec![0.0; 3],
        vec![f64::NAN; 4],
        vec![f64::NAN, 0.2, f64::INFINITY, 0.9, f64::NEG_INFINITY, -1.0, 1e300, 1e-300, 1.0],
        (0..40).map(|i| f64::from(i) / 39.0).collect(),
        vec![1e12, -1e12, 1e12 - 1.0],
    ]
}

/// All coordinates of a path: pairs of numbers after M and L.
fn corners(d: &str) -> Vec<(f64, f64)> {
    let parts = d.split(['M', 'L', 'z']).filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let place = part.split('a').next().unwrap_or_default();
        let (x, y) = place.split_once(' ').expect("two numbers");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    };
    parts.map(pair).collect()
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).expect(name).parse().expect("a number")
}

#[test]
fn every_figure_is_well_formed_and_within_its_edges_for_every_input() {
    for values in inputs() {
        for figure in all(&values, "curve") {
            let svg = figure.svg();
            let document = Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
            let root = document.root_element();
            let (width, height) = (number(root, "width"), number(root, "height"));
            assert_eq!((width, height), figure.size());
            let inside = |x: f64, y: f64| (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
            for node in root.descendants() {
                if let Some(d) = node.attribute("d") {
                    let outside = corners(d).into_iter().find(|(x, y)| !inside(*x, *y));
                    assert_eq!(outside, None, "{} of {values:?}", figure.title());
                }
                if node.has_tag_name("text") {
                    assert!(inside(number(node, "x"), number(node, "y")), "{:?}", node.text());
                }
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let values: Vec<f64> = (0..30).map(|i| f64::from(i * i % 31) / 31.0).collect();
    for (a, b) in all(&values, "curve").iter().zip(&all(&values, "curve")) {
        assert_eq!(a.svg(), b.svg());
        assert_eq!(a.png(Theme::Dark).unwrap(), b.png(Theme::Dark).unwrap());
    }
}

#[test]
fn hostile_names_stay_text() {
    for figure in all(&[0.2, 0.9], HOSTILE) {
        let svg = figure.svg();
        let document = Document::parse(&svg).unwrap();
        for node in document.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            assert!(["svg", "title", "style", "path", "text"].contains(&name), "{name}");
            assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")));
        }
    }
}

#[test]
fn nothing_is_referenced_from_elsewhere() {
    for figure in all(&[0.2, 0.9], "curve") {
        let svg = figure.svg().replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in ["http", "href", "url(", "@import", " id="] {
            assert!(!svg.contains(word), "{word} in {}", figure.title());
        }
    }
}

#[test]
fn figures_without_values_say_so_and_missing_values_are_counted() {
    let n = Counts { real: 0, fake: 0, unit: "frames" };
    for figure in [
        roc(&[], None, &n),
        score_distribution(&[], &[], None, "frames"),
        features(&[], &[], "", ""),
    ] {
        assert!(figure.svg().contains(">no data<"), "{}", figure.title());
        assert!(figure.alt().contains("no data"));
    }
    let figure = score_distribution(&[0.1, f64::NAN, 0.2], &[f64::INFINITY, 0.9], None, "frames");
    assert!(
        figure
            .svg()
            .contains("n = 5 frames: 3 real, 2 fake; 2 values are not finite and not shown")
    );
}

#[test]
fn a_training_run_names_its_curves_and_best_epoch() {
    let epoch = |number| Epoch {
        number,
        train_loss: 1.0 / number as f64,
        train_classification_loss: 0.5 / number as f64,
        val_loss: (number % 2 == 0).then_some(0.4),
        val_auc: Some(0.9),
        val_video_auc: Some(0.95),
        learning_rate: 1e-3,
    };
    let run = Curves { epochs: (1..=24).map(epoch).collect(), best: Some(17) };
    let svg = run.figure().svg();
    for text in [
        "24 epochs, best (dashed): epoch 17, validation AUC 0.900",
        "training, total",
        "validation, classification",
        "videos",
        "learning rate (log)",
    ] {
        assert!(svg.contains(text), "{text} is missing");
    }
    let one = Curves { epochs: vec![epoch(1)], best: Some(1) };
    assert!(one.figure().svg().contains("1 epoch, best"));
    assert!(Curves::default().figure().svg().contains("0 epochs"));
    // Numbers beyond what an axis can tell apart are no reason to panic.
    let far = Curves { epochs: vec![epoch(u64::MAX)], best: Some(3) };
    assert!(far.figure().svg().contains("no data"));
}

#[test]
fn png_has_two_pixels_for_each_unit_and_the_paper_of_its_theme() {
    let n = Counts { real: 1, fake: 1, unit: "frames" };
    let figure = roc(&[Curve::new("a", &[(0.0, 0.0), (1.0, 1.0)])], None, &n);
    let bytes = figure.png(Theme::Dark).unwrap();
    let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((f64::from(size(16)) / 2.0, f64::from(size(20)) / 2.0), figure.size());
    assert_ne!(bytes, figure.png(Theme::Light).unwrap());
    assert_eq!(Theme::Light.paper(), "#ffffff");
}

#[test]
fn legends_end_above_the_plot_and_long_names_are_shortened() {
    let long = "a_name_without_spaces_".repeat(20);
    let lines = (0..9).map(|i| Series::line(format!("{i}{long}"), [(0.0, 1.0), (1.0, 2.0)]));
    let chart = Chart::new("t", Axis::linear("x"), Axis::linear("value"));
    let svg = lines.fold(chart, Chart::with).figure().svg();
    let document = Document::parse(&svg).unwrap();
    let texts: Vec<_> = document.descendants().filter(|node| node.has_tag_name("text")).collect();
    let label = texts.iter().find(|node| node.text() == Some("value")).unwrap();
    let names: Vec<_> =
        texts.iter().filter(|node| node.text().is_some_and(|text| text.ends_with('…'))).collect();
    assert_eq!(names.len(), 9);
    assert!(names.iter().all(|name| number(**name, "y") < number(*label, "y")));
}
