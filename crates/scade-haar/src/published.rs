//! Which file is meant by "OpenCV's frontal face cascade".

/// A file that others publish, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedFile {
    /// Its name.
    pub name: &'static str,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 in lowercase hexadecimal.
    pub sha256: &'static str,
}

/// The frontal face cascade of Rainer Lienhart: a window of 24 x 24 pixels, 25 stages, 2,913 stumps.
///
/// It is `cv2/data/haarcascade_frontalface_default.xml` in the Python package `opencv-python-headless`
/// 4.10.0.84, and `/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml` of Debian's package
/// `opencv-data` 4.6.0+dfsg-12: the same bytes. Copyright (C) 2000 Intel Corporation, under the
/// Intel License Agreement for the Open Source Computer Vision Library (in the form of the 3-clause BSD
/// license), which is written at the head of the file.
pub const FRONTAL_FACE: PublishedFile = PublishedFile {
    name: "haarcascade_frontalface_default.xml",
    size: 930_127,
    sha256: "0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0",
};
