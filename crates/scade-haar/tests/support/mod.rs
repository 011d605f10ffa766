//! What tests and examples share.
#![allow(dead_code, unreachable_pub)]

pub mod canvas;
pub mod cases;
pub mod model;
pub mod random;

use std::path::PathBuf;

use scade_haar::{Cascade, FRONTAL_FACE};

/// Environment variable with the path of OpenCV's cascade.
const FILE: &str = "SCADE_HAAR";
/// Environment variable with the cache folder of this project.
const CACHE: &str = "SCADE_CACHE";

/// OpenCV's frontal face cascade if it is on this machine; otherwise prints that the test is skipped.
#[allow(clippy::print_stderr)]
pub fn frontal_face_or_skip() -> Option<Cascade> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cached = || {
        let home = || set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
        let root = set(CACHE).or_else(|| Some(home()?.join("scade")))?;
        Some(root.join("haar").join(FRONTAL_FACE.name)).filter(|path| path.exists())
    };
    let Some(path) = set(FILE).or_else(cached) else {
        eprintln!("skipped: needs {}, whose path is read from {FILE}", FRONTAL_FACE.name);
        return None;
    };
    let bytes = scade_fs::read(&path).unwrap();
    assert_eq!(scade_fs::sha256_hex(&bytes), FRONTAL_FACE.sha256, "{}", path.display());
    Some(Cascade::parse(std::str::from_utf8(&bytes).unwrap()).unwrap())
}

/// A small cascade, written by hand.
pub const TINY: &str = include_str!("../fixtures/tiny.xml");
