//! All rectangles against OpenCV 4.10, exactly equal and in the same order.
//!
//! One test requires the frontal face cascade, at `SCADE_HAAR` or in the cache; without it the test
//! prints that it was skipped.

mod support;

use std::fmt::Write;

use scade_haar::{Cascade, Detection};
use support::cases::{Case, cases};

/// One line per case: its name, then x, y, width, height and neighbors of each face; or, of more than 40,
/// their number and a digest of that line. In the folder of `cargo run -p scade-haar --example pictures --
/// DIR`, with `haarcascade_frontalface_default.xml` of the package and with `tiny.xml`:
///
/// ```python
/// import csv, cv2, hashlib, sys                  # opencv-python-headless 4.10.0.84
/// cv2.setNumThreads(1)                           # on several threads the order varies
/// cascade = cv2.CascadeClassifier(sys.argv[1])
/// for name, ratio, *rest in csv.reader(open("cases.tsv"), delimiter="\t"):
///     n, x0, y0, x1, y1 = map(int, rest)
///     image = cv2.imread(name + ".png")
///     rects, counts = cascade.detectMultiScale2(image, float(ratio), n, 0, (x0, y0), (x1, y1))
///     faces = ["{} {} {} {} {}".format(*r, c) for r, c in zip(rects, counts)]
///     line = "; ".join([name, *faces])
///     if len(faces) > 40:
///         line = f"{name}: {len(faces)} {hashlib.sha256(line.encode()).hexdigest()}"
///     print(line)
/// ```
const FRONTAL_FACE: &str = include_str!("fixtures/opencv.txt");
const TINY: &str = include_str!("fixtures/opencv-tiny.txt");

#[test]
fn frontal_faces_are_those_of_opencv() {
    let Some(cascade) = support::frontal_face_or_skip() else { return };
    assert_eq!((cascade.window(), cascade.stages(), cascade.stumps()), ((24, 24), 25, 2913));
    let faces = compare(&cascade, FRONTAL_FACE);
    assert!(faces > 200, "only {faces} faces in all cases");
}

/// A cascade written by hand, through which many more windows pass.
#[test]
fn windows_of_a_tiny_cascade_are_those_of_opencv() {
    let cascade = Cascade::parse(support::TINY).unwrap();
    assert_eq!((cascade.window(), cascade.stages(), cascade.stumps()), ((18, 21), 3, 6));
    let faces = compare(&cascade, TINY);
    assert!(faces > 9000, "only {faces} faces in all cases");
}

/// The number of faces in all cases.
fn compare(cascade: &Cascade, expected: &str) -> usize {
    let cases = cases();
    assert_eq!(cases.len(), expected.lines().count());
    let mut faces = 0;
    for (case, expected) in cases.iter().zip(expected.lines()) {
        let found = cascade.detect(&case.image, &case.options);
        assert_eq!(line(case, &found), expected);
        faces += found.len();
    }
    faces
}

fn line(case: &Case, found: &[Detection]) -> String {
    let mut line = case.name.clone();
    for Detection { rect, neighbors } in found {
        write!(line, "; {} {} {} {} {neighbors}", rect.x, rect.y, rect.width, rect.height).unwrap();
    }
    if found.len() <= 40 {
        return line;
    }
    format!("{}: {} {}", case.name, found.len(), scade_fs::sha256_hex(line))
}
