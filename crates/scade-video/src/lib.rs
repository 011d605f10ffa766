//! Frames with time stamps out of a media file, and the small MP4 writer.
