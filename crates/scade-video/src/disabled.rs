//! The same interface without FFmpeg: opening and creating always fail.

use std::convert::Infallible;
use std::path::Path;

use image::RgbImage;

use crate::{Error, Frame, Info, OpenOptions, Selection, Stats, WriterOptions};

/// A video file; without the feature `ffmpeg` there are none.
#[derive(Debug)]
pub struct Video(Infallible);

impl Video {
    /// # Errors
    /// Always [`Error::NotBuilt`].
    pub fn open(path: &Path, _options: &OpenOptions) -> Result<Self, Error> {
        Err(not_built(path))
    }

    /// # Errors
    /// Always [`Error::NotBuilt`].
    pub fn scan_frames(path: &Path) -> Result<u64, Error> {
        Err(not_built(path))
    }

    /// # Errors
    /// Never reached.
    pub fn count_frames(&mut self) -> Result<u64, Error> {
        match self.0 {}
    }

    /// The contents of the header.
    #[must_use]
    pub fn info(&self) -> &Info {
        match self.0 {}
    }

    /// The selected frames.
    #[must_use]
    pub fn frames(self, _selection: Selection) -> Frames {
        match self.0 {}
    }
}

/// The selected frames of a video; without the feature `ffmpeg` there are none.
#[derive(Debug)]
pub struct Frames(Infallible);

impl Frames {
    /// The contents of the header.
    #[must_use]
    pub fn info(&self) -> &Info {
        match self.0 {}
    }

    /// Reuses the memory of an image for a later frame.
    pub fn reuse(&mut self, _image: image::RgbImage) {
        match self.0 {}
    }

    /// Statistics so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        match self.0 {}
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0 {}
    }
}

/// A video being written; without the feature `ffmpeg` there are none.
#[derive(Debug)]
pub struct Writer(Infallible);

impl Writer {
    /// # Errors
    /// Always [`Error::NotBuilt`].
    pub fn create(path: &Path, _options: &WriterOptions) -> Result<Self, Error> {
        Err(not_built(path))
    }

    /// # Errors
    /// Never reached.
    pub fn write(&mut self, _image: &RgbImage) -> Result<(), Error> {
        match self.0 {}
    }

    /// # Errors
    /// Never reached.
    pub fn finish(self) -> Result<(), Error> {
        match self.0 {}
    }
}

fn not_built(path: &Path) -> Error {
    Error::NotBuilt { path: path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_settings::Hint;

    #[test]
    fn the_error_names_the_file_and_the_feature() {
        let path = Path::new("clip.mp4");
        let errors = [
            Video::open(path, &OpenOptions::default()).unwrap_err(),
            Video::scan_frames(path).unwrap_err(),
            Writer::create(path, &WriterOptions::new(64, 48)).unwrap_err(),
        ];
        for error in errors {
            let (text, hint) = (error.to_string(), error.hint().unwrap());
            assert!(text.contains("clip.mp4") && hint.contains("--features ffmpeg"), "{text}");
        }
    }
}
