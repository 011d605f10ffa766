//! The facade: load a trained detector, score pictures and videos.
