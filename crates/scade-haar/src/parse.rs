//! OpenCV's XML into stages, with every value checked.

use std::str::FromStr;

use roxmltree::{Document, Node};

use crate::ParseError;
use crate::cascade::{Feature, Stage, Stump, WeightedRect, Window};
use crate::plan::Plan;

/// Subtracted from the thresholds of stages, as OpenCV does, so that a sum that was rounded still passes.
const THRESHOLD_MARGIN: f32 = 1e-5;

/// How much of a wrong value is shown.
const SHOWN: usize = 40;

/// The window and the stages.
pub(crate) fn cascade(xml: &str) -> Result<(Window, Vec<Stage>), ParseError> {
    let document = Document::parse(xml).map_err(ParseError::Xml)?;
    let root = find_cascade(document.root_element())?;
    one_of(root, "stageType", "BOOST")?;
    check_features(root)?;
    let window = window(root)?;
    let features = items(child(root, "features")?, "feature", 1)?
        .map(|node| feature(node, window))
        .collect::<Result<Vec<_>, _>>()?;
    let stages = items(child(root, "stages")?, "stage", 1)?
        .map(|node| stage(node, &features))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((window, stages))
}

/// The element with the attribute of the present format.
fn find_cascade<'a>(root: Node<'a, 'a>) -> Result<Node<'a, 'a>, ParseError> {
    let of_type = |name| {
        let mut children = root.children();
        children.find(|node| node.attribute("type_id") == Some(name))
    };
    if let Some(node) = of_type("opencv-cascade-classifier") {
        return Ok(node);
    }
    if let Some(node) = of_type("opencv-haar-classifier") {
        return Err(unsupported(node, "cascades in the format before OpenCV 2.4"));
    }
    let expected = "the parent of an element with type_id=\"opencv-cascade-classifier\"";
    Err(wrong(root, expected, "none"))
}

fn check_features(root: Node<'_, '_>) -> Result<(), ParseError> {
    let kind = child(root, "featureType")?;
    match text(kind) {
        "LBP" => return Err(unsupported(kind, "LBP features")),
        "HOG" => return Err(unsupported(kind, "HOG features")),
        _ => one_of(root, "featureType", "HAAR")?,
    }
    let parameters = child(root, "featureParams")?;
    if parameters.children().any(|node| node.has_tag_name("maxCatCount")) {
        one_of(parameters, "maxCatCount", "0")?;
    }
    Ok(())
}

fn window(root: Node<'_, '_>) -> Result<Window, ParseError> {
    let side = |name| {
        let node = child(root, name)?;
        match text(node).parse() {
            // The standard deviation is taken without the outermost pixels.
            Ok(side) if (3..=Plan::LONGEST).contains(&side) => Ok(side),
            _ => Err(wrong(node, "a whole number from 3 on", text(node))),
        }
    };
    let window = Window { width: side("width")?, height: side("height")? };
    if Plan::fits(window) {
        return Ok(window);
    }
    let expected = format!("so small that (width + 33) * (height + 1) <= {}", Plan::LONGEST);
    let got = format!("{} x {}", window.width, window.height);
    Err(wrong(root, &expected, &got))
}

fn feature(node: Node<'_, '_>, window: Window) -> Result<Feature, ParseError> {
    if let Some(tilted) = node.children().find(|node| node.has_tag_name("tilted"))
        && text(tilted) != "0"
    {
        return Err(unsupported(tilted, "tilted features"));
    }
    let rects = child(node, "rects")?;
    let mut feature = Feature::default();
    let count = items(rects, "rectangle", 1)?.count();
    if count > feature.len() {
        return Err(wrong(rects, "one to three rectangles", &count.to_string()));
    }
    for (to, rect) in feature.iter_mut().zip(items(rects, "rectangle", 1)?) {
        *to = weighted_rect(rect, window)?;
    }
    Ok(feature)
}

fn weighted_rect(node: Node<'_, '_>, window: Window) -> Result<WeightedRect, ParseError> {
    let expected = "x, y, width, height, of a rectangle inside the window, and a weight";
    let failed = || wrong(node, expected, text(node));
    let [x, y, width, height, weight] = words(node).ok_or_else(failed)?;
    let whole = |word: &str| word.parse::<u16>().map(usize::from).map_err(|_| failed());
    let rect = WeightedRect {
        x: whole(x)?,
        y: whole(y)?,
        width: whole(width)?,
        height: whole(height)?,
        weight: number(node, weight, expected)?,
    };
    let inside = rect.x + rect.width <= window.width && rect.y + rect.height <= window.height;
    if inside { Ok(rect) } else { Err(failed()) }
}

fn stage(node: Node<'_, '_>, features: &[Feature]) -> Result<Stage, ParseError> {
    let threshold = child(node, "stageThreshold")?;
    let threshold: f32 = number(threshold, text(threshold), "a number")?;
    let stumps = items(child(node, "weakClassifiers")?, "stump", 1)?
        .map(|node| stump(node, features))
        .collect::<Result<_, _>>()?;
    Ok(Stage { threshold: threshold - THRESHOLD_MARGIN, stumps })
}

fn stump(node: Node<'_, '_>, features: &[Feature]) -> Result<Stump, ParseError> {
    let inner = child(node, "internalNodes")?;
    if text(inner).split_whitespace().count() > 4 {
        return Err(unsupported(inner, "trees with more than one node"));
    }
    let expected = "0, -1, the number of a feature and a threshold";
    let failed = || wrong(inner, expected, text(inner));
    let ["0", "-1", index, threshold] = words(inner).ok_or_else(failed)? else {
        return Err(failed());
    };
    let feature = index.parse::<usize>().ok().and_then(|index| features.get(index));
    let leaves = child(node, "leafValues")?;
    let votes = "two numbers";
    let [below, above] = words(leaves).ok_or_else(|| wrong(leaves, votes, text(leaves)))?;
    Ok(Stump {
        feature: *feature.ok_or_else(failed)?,
        threshold: number(inner, threshold, expected)?,
        votes: [number(leaves, below, votes)?, number(leaves, above, votes)?],
    })
}

/// The child element `name`.
fn child<'a>(node: Node<'a, 'a>, name: &str) -> Result<Node<'a, 'a>, ParseError> {
    let missing = || {
        let expected = format!("the parent of `{name}`");
        wrong(node, &expected, "none")
    };
    node.children().find(|child| child.has_tag_name(name)).ok_or_else(missing)
}

/// The elements `_` of a list, at least `least`.
fn items<'a>(
    node: Node<'a, 'a>,
    what: &str,
    least: usize,
) -> Result<impl Iterator<Item = Node<'a, 'a>>, ParseError> {
    let elements = move || node.children().filter(|child| child.has_tag_name("_"));
    if elements().take(least).count() < least {
        return Err(wrong(node, &format!("a list with a {what}"), "an empty one"));
    }
    Ok(elements())
}

fn one_of(root: Node<'_, '_>, name: &str, expected: &str) -> Result<(), ParseError> {
    let node = child(root, name)?;
    if text(node) == expected { Ok(()) } else { Err(wrong(node, expected, text(node))) }
}

/// A finite number, rounded from a double as OpenCV does.
fn number(node: Node<'_, '_>, word: &str, expected: &str) -> Result<f32, ParseError> {
    match f64::from_str(word).map(|value| value as f32) {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(wrong(node, expected, text(node))),
    }
}

/// The words of an element's text, if there are `N`.
fn words<'a, const N: usize>(node: Node<'a, '_>) -> Option<[&'a str; N]> {
    text(node).split_whitespace().collect::<Vec<_>>().try_into().ok()
}

fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

fn unsupported(node: Node<'_, '_>, kind: &'static str) -> ParseError {
    ParseError::Unsupported { line: line(node), kind }
}

fn wrong(node: Node<'_, '_>, expected: &str, got: &str) -> ParseError {
    let mut shown: String = got.chars().take(SHOWN).collect();
    if shown.len() < got.len() {
        shown.push('…');
    }
    let element = node.tag_name().name().to_owned();
    ParseError::Value { line: line(node), element, expected: expected.to_owned(), got: shown }
}
