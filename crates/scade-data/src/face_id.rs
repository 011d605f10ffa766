//! ID of a face in a video: its frame and, where several faces are tracked, its track.

use std::fmt;

/// One face in one frame. Displayed, it is the name of the sample's files: `frame_000010`, or
/// `frame_000010_track_02` with tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId {
    /// Index of the frame in the video.
    pub frame: usize,
    /// The track, from 0; `None` where one face per frame is selected.
    pub track: Option<usize>,
}

impl From<usize> for FaceId {
    /// The only face of a frame.
    fn from(frame: usize) -> Self {
        Self { frame, track: None }
    }
}

impl fmt::Display for FaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame_{:06}", self.frame)?;
        self.track.map_or(Ok(()), |track| write!(f, "_track_{track:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_of_a_frame_have_different_names() {
        assert_eq!(FaceId::from(10).to_string(), "frame_000010");
        assert_eq!(FaceId { frame: 10, track: Some(2) }.to_string(), "frame_000010_track_02");
    }
}
