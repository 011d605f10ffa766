//! Moving finished videos from one dataset into another of the same specification.

use std::io::ErrorKind;
use std::path::Path;

use crate::{Error, PreparedDataset, Result, Status, VideoKey};

impl PreparedDataset {
    /// Moves a finished video out of `from`, a dataset on the same file system, into this one. A video
    /// that exists here, from the same file and without failure, is kept.
    ///
    /// After an interruption it can be repeated: crops and maps are moved first and the record last, and a
    /// video is finished where its record is.
    ///
    /// # Errors
    /// [`Error::NotPrepared`] when neither dataset has the video; a failed move.
    pub fn adopt(&self, from: &Self, key: &VideoKey) -> Result<()> {
        let here = self.record(key)?;
        let Some(there) = from.record(key)? else {
            let missing = || Error::NotPrepared { key: key.clone(), root: from.root().to_owned() };
            return here.map(|_| ()).ok_or_else(missing);
        };
        if here.is_some_and(|here| here.status != Status::Error && here.file == there.file) {
            return Ok(());
        }
        move_over(&from.crops_of(key), &self.crops_of(key))?;
        move_over(&from.maps_of(key), &self.maps_of(key))?;
        move_over(&from.masks_of(key), &self.masks_of(key))?;
        move_over(&from.record_path(key), &self.record_path(key))
    }
}

/// Moves a file or folder, if it exists. A target folder is the remains of an interrupted run, as it
/// has no record.
fn move_over(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    if to.is_dir() {
        std::fs::remove_dir_all(to).map_err(Error::io("remove", to))?;
    }
    let parent = to.parent().unwrap_or(to);
    std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("move", from)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;
    use crate::testing::{add_video, empty_store};

    fn key() -> VideoKey {
        VideoKey::new(Label::Fake, "clip").unwrap()
    }

    #[test]
    fn a_video_moves_completely_and_repeating_changes_nothing() {
        let ((_one, from), (_two, to)) = (empty_store(), empty_store());
        add_video(&from, Label::Fake, "clip", 2, true);
        let record = from.record(&key()).unwrap();
        for _ in 0..2 {
            to.adopt(&from, &key()).unwrap();
            assert_eq!(to.record(&key()).unwrap(), record);
            assert!(to.crop_path(&key(), 10).is_file() && to.map_path(&key(), 10).is_file());
            assert!(from.record(&key()).unwrap().is_none() && !from.crops_of(&key()).exists());
        }
        let other = VideoKey::new(Label::Real, "clip").unwrap();
        assert!(matches!(to.adopt(&from, &other), Err(Error::NotPrepared { .. })));
    }

    /// Killed between the crops and the record.
    #[test]
    fn an_interrupted_move_is_completed() {
        let ((_one, from), (_two, to)) = (empty_store(), empty_store());
        add_video(&from, Label::Fake, "clip", 2, true);
        move_over(&from.crops_of(&key()), &to.crops_of(&key())).unwrap();
        to.adopt(&from, &key()).unwrap();
        assert!(to.crop_path(&key(), 0).is_file() && to.map_path(&key(), 10).is_file());
        assert!(to.record(&key()).unwrap().is_some());
    }

    #[test]
    fn remains_and_failures_are_replaced_and_finished_videos_are_kept() {
        let ((_one, from), (_two, to)) = (empty_store(), empty_store());
        add_video(&from, Label::Fake, "clip", 2, true);
        std::fs::create_dir_all(to.crops_of(&key())).unwrap();
        std::fs::write(to.crop_path(&key(), 70), "remains").unwrap();
        to.adopt(&from, &key()).unwrap();
        assert!(!to.crop_path(&key(), 70).exists());
        add_video(&from, Label::Fake, "clip", 5, true);
        to.adopt(&from, &key()).unwrap();
        assert_eq!(to.record(&key()).unwrap().unwrap().saved_frames, 2);
        let file = Some(crate::VideoFile { path: "clip.mp4".into(), bytes: 7 });
        let other = crate::VideoRecord { file, ..from.record(&key()).unwrap().unwrap() };
        from.write_record(&other).unwrap();
        to.adopt(&from, &key()).unwrap();
        assert_eq!(to.record(&key()).unwrap().unwrap(), other);
        add_video(&from, Label::Fake, "clip", 5, true);
        from.write_record(&other).unwrap();
        let failed =
            crate::VideoRecord { status: Status::Error, ..to.record(&key()).unwrap().unwrap() };
        to.write_record(&failed).unwrap();
        to.adopt(&from, &key()).unwrap();
        assert_eq!(to.record(&key()).unwrap().unwrap().saved_frames, 5);
    }
}
