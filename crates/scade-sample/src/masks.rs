//! The masks that come with a fake: which pixels of its frames are forged.

use std::path::Path;

use scade_face::Face;
use scade_image::RgbImage;
use scade_video::{Frames as VideoFrames, OpenOptions, Selection, Video};

use crate::{Error, Media, read_image};

/// Least level of a forged pixel, 0..255: what compression leaves around a black mask stays below.
const FORGED: u8 = 32;

/// Least share of a forged face's box that is forged.
const LEAST_SHARE: f64 = 0.05;

/// The frames of a video of masks, on demand; an image is the mask of the first frame.
pub(crate) struct Masks {
    /// What is still to be read of a video.
    frames: Option<VideoFrames>,
    /// The last one read and its index, if it is still ahead of what was asked for.
    ahead: Option<(u64, RgbImage)>,
    /// Why there are no more.
    pub(crate) end: Option<scade_video::Error>,
}

impl Masks {
    /// Masks of the frames of `selection`.
    ///
    /// # Errors
    /// A video that cannot be opened, an image that cannot be read.
    pub(crate) fn open(path: &Path, selection: Selection) -> Result<Self, Error> {
        let (frames, ahead) = match Media::of(path) {
            Media::Image => (None, Some((0, read_image(path)?))),
            Media::Video => {
                (Some(Video::open(path, &OpenOptions::default())?.frames(selection)), None)
            }
        };
        Ok(Self { frames, ahead, end: None })
    }

    /// The mask of frame `index`; indices ascend. `None` where there is none, or one of another size.
    pub(crate) fn at(&mut self, index: u64, size: (u32, u32)) -> Option<RgbImage> {
        while self.end.is_none() && self.ahead.as_ref().is_none_or(|(at, _)| *at < index) {
            self.ahead = match self.frames.as_mut()?.next() {
                Some(Ok(frame)) => Some((frame.index, frame.image)),
                Some(Err(error)) => {
                    self.end = Some(error);
                    None
                }
                None => return None,
            };
        }
        let (_, mask) = self.ahead.take_if(|(at, _)| *at == index)?;
        (mask.dimensions() == size).then_some(mask)
    }
}

/// Whether a mask marks the face: 5 % of its box or more.
pub(crate) fn marks(mask: &RgbImage, face: &Face) -> bool {
    let (width, height) = mask.dimensions();
    let range =
        |from: f32, to: f32, end: u32| (from.max(0.0) as u32)..(to.max(0.0) as u32).min(end);
    let columns = range(face.bbox.x1, face.bbox.x2, width);
    let rows = range(face.bbox.y1, face.bbox.y2, height);
    let count = columns.len() * rows.len();
    let forged = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|(x, y)| mask.get_pixel(*x, *y).0.iter().any(|level| *level >= FORGED))
        .count();
    count > 0 && forged as f64 >= LEAST_SHARE * count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_image::{FaceBox, Landmarks};

    #[test]
    fn a_face_is_forged_where_its_box_is_marked() {
        let marked = |share: u32| {
            RgbImage::from_fn(200, 100, |x, y| {
                image::Rgb([if x < 100 && y < share { 255 } else { 8 }; 3])
            })
        };
        let face = |x1: f32| {
            let bbox = FaceBox { x1, y1: -10.0, x2: x1 + 100.0, y2: 100.0 };
            Face { bbox, score: 0.9, landmarks: Landmarks([[0.0; 2]; 5]) }
        };
        assert!(marks(&marked(5), &face(0.0)) && !marks(&marked(4), &face(0.0)));
        assert!(!marks(&marked(100), &face(100.0)));
        assert!(!marks(&marked(100), &face(-500.0)) && !marks(&marked(100), &face(900.0)));
    }
}
