//! Which face of a video a sample shows: its frame and, where several are followed, its track.

use std::fmt;

/// One face in one frame. Its text names the files of the sample: `frame_000010`, or
/// `frame_000010_track_02` where the faces of a frame are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId {
    /// Index of the frame in the video.
    pub frame: usize,
    /// Which of several people followed through the video, from 0; `None` where one face of each
    /// frame is taken.
    pub track: Option<usize>,
}

impl From<usize> for FaceId {
    /// The one face of a frame.
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
    fn the_faces_of_a_frame_have_names_of_their_own() {
        assert_eq!(FaceId::from(10).to_string(), "frame_000010");
        assert_eq!(FaceId { frame: 10, track: Some(2) }.to_string(), "frame_000010_track_02");
    }
}
