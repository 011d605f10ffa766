//! All rectangles against OpenCV 4.10, exactly equal and in the same order.
//!
//! Requires the cascade, at `SCADE_HAAR` or in the cache; without it the test prints that it was skipped.

mod support;

use std::fmt::Write;

use support::cases::cases;

/// One line per case: its name, then x, y, width, height and neighbors of each face. From the
/// folder of `cargo run -p scade-haar --example pictures -- DIR`:
///
/// ```python
/// import csv, cv2                                # opencv-python-headless 4.10.0.84
/// cv2.setNumThreads(1)                           # on several threads the order varies
/// cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
/// for name, ratio, *rest in csv.reader(open("cases.tsv"), delimiter="\t"):
///     n, x0, y0, x1, y1 = map(int, rest)
///     image = cv2.imread(name + ".png")
///     rects, counts = cascade.detectMultiScale2(image, float(ratio), n, 0, (x0, y0), (x1, y1))
///     faces = ["{} {} {} {} {}".format(*r, c) for r, c in zip(rects, counts)]
///     print("; ".join([name, *faces]))
/// ```
const OPENCV: &str = include_str!("fixtures/opencv.txt");

#[test]
fn rectangles_are_those_of_opencv() {
    let Some(cascade) = support::frontal_face_or_skip() else { return };
    let cases = cases();
    assert_eq!(cases.len(), OPENCV.lines().count());
    let mut faces = 0;
    for (case, expected) in cases.iter().zip(OPENCV.lines()) {
        let mut got = case.name.clone();
        for found in cascade.detect(&case.image, &case.options) {
            let (rect, neighbors) = (found.rect, found.neighbors);
            let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height];
            write!(got, "; {x} {y} {width} {height} {neighbors}").unwrap();
            faces += 1;
        }
        assert_eq!(got, expected);
    }
    assert!(faces > 100, "only {faces} faces in all cases");
}
