//! Files: what is accepted, and what the errors say.

mod support;

use scade_haar::{Cascade, DetectOptions, Error, ParseError};
use support::TINY;
use support::canvas::Canvas;
use support::random::Random;

/// A replacement in the tiny cascade, and what the message contains.
const DAMAGES: [(&str, &str, &str); 22] = [
    ("</opencv_storage>", "", "not well-formed XML"),
    ("opencv-cascade-classifier", "other", "`opencv_storage` must be the parent of"),
    ("opencv-cascade-classifier", "opencv-haar-classifier", "before OpenCV 2.4 are not supported"),
    ("BOOST", "SVM", "line 6: `stageType` must be BOOST; got SVM"),
    ("HAAR", "LBP", "line 7: LBP features are not supported"),
    ("HAAR", "HOG", "line 7: HOG features are not supported"),
    ("HAAR", "other", "`featureType` must be HAAR; got other"),
    ("<maxCatCount>0", "<maxCatCount>256", "`maxCatCount` must be 0; got 256"),
    ("<width>18", "<width>2", "`width` must be a whole number from 3 on; got 2"),
    ("<width>18", "<width>2000", "got 2000 x 21"),
    ("<width>18</width>", "", "`cascade` must be the parent of `width`; got none"),
    ("<tilted>0", "<tilted>1", "tilted features are not supported"),
    ("0 4 18 5 2.", "0 17 18 5 2.", "a rectangle inside the window"),
    ("0 4 18 5 2.", "0 4 18 5 nan", "a rectangle inside the window"),
    ("0 4 18 5 2.", "0 4 18 5", "a rectangle inside the window"),
    ("0 4 18 5 2.", "-1 4 18 5 2.", "a rectangle inside the window"),
    ("<_>9 11 8 8 2.</_>", "<_>0 0 1 1 1</_><_>0 0 1 1 1</_>", "one to three rectangles; got 4"),
    ("0 -1 4 0.3", "0 -1 5 0.3", "the number of a feature"),
    ("0 -1 4 0.3", "0 -1 4 1e39", "the number of a feature"),
    ("0 -1 4 0.3", "1 0 4 0.3 -1 -2 3 0.1", "trees with more than one node are not supported"),
    ("1. -1.<", "1. -1. 0.<", "`leafValues` must be two numbers; got 1. -1. 0."),
    (">0.85<", ">inf<", "`stageThreshold` must be a number; got inf"),
];

#[test]
fn every_damage_is_named() {
    for (from, to, expected) in DAMAGES {
        assert!(TINY.contains(from), "{from}");
        let error = Cascade::parse(&TINY.replacen(from, to, 1)).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{from} -> {to}: {message}");
    }
}

#[test]
fn a_long_value_is_shortened() {
    let error = Cascade::parse(&TINY.replace("BOOST", &"B".repeat(1000))).unwrap_err();
    assert!(error.to_string().len() < 120, "{error}");
}

/// What is cut off or overwritten is an error or another cascade, which can be evaluated.
#[test]
fn hostile_files_do_not_panic() {
    let image = Canvas::new(40, 50, [120.0; 3]).clouds(5.0, 100.0, 1).image(3.0, 1);
    for end in (0..TINY.len()).filter(|&end| TINY.is_char_boundary(end)) {
        let _ = Cascade::parse(&TINY[..end]);
    }
    let mut random = Random(5);
    let mut evaluated = 0;
    for _ in 0..3000 {
        let mut bytes = TINY.as_bytes().to_vec();
        for _ in 0..1 + random.below(3) {
            let place = random.below(bytes.len() as u32) as usize;
            bytes[place] = b"0123456789.-e <>/"[random.below(17) as usize];
        }
        if let Ok(cascade) = Cascade::parse(std::str::from_utf8(&bytes).unwrap()) {
            let _ = cascade.detect(&image, &DetectOptions::default());
            evaluated += 1;
        }
    }
    assert!(evaluated > 200, "{evaluated}");
}

#[test]
fn deep_nesting_is_an_error() {
    let _ = Cascade::parse(&"<a>".repeat(1_000_000)).unwrap_err();
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let _ = Cascade::parse(&deep).unwrap_err();
}

#[test]
fn a_file_is_named_in_its_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.xml");
    assert!(matches!(Cascade::read(&path), Err(Error::Read { path: got, .. }) if got == path));
    assert!(matches!(Cascade::read(folder.path()), Err(Error::Read { .. })));
    std::fs::write(&path, "<cascade").unwrap();
    let error = Cascade::read(&path).unwrap_err();
    assert!(error.to_string().contains("tiny.xml"), "{error}");
    assert!(matches!(error, Error::Parse { source: ParseError::Xml(_), .. }));
    std::fs::write(&path, TINY).unwrap();
    assert_eq!(Cascade::read(&path).unwrap().stages(), 3);
}
