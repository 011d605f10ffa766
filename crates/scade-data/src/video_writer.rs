//! Writing one video into a dataset: completely or not at all.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use scade_fs::Folder;
use scade_image::{Landmarks, Plane, crop_dimensions};

use crate::json::write_json;
use crate::{
    Error, FACE_SIZE, FaceId, PreparedDataset, Result, Status, VideoKey, VideoRecord, map_file,
};

/// Writes the faces of one video.
///
/// Dropped or killed before [`VideoWriter::finish`], it leaves the dataset unchanged. Killed within
/// `finish`, it may leave crops, but no record, so that the next run processes the video again.
#[derive(Debug)]
pub struct VideoWriter<'a> {
    store: &'a PreparedDataset,
    key: VideoKey,
    crops: Folder,
    maps: Folder,
    /// Created with the first mask: most datasets have none.
    masks: Option<Folder>,
    faces: BTreeMap<FaceId, Option<Landmarks>>,
    masked: usize,
    /// Whether faces have maps, as the first one.
    with_maps: Option<bool>,
}

impl PreparedDataset {
    /// Starts writing a video. An existing one is kept until the new one is finished.
    ///
    /// # Errors
    /// When the folders cannot be created.
    pub fn begin_video(&self, key: &VideoKey) -> Result<VideoWriter<'_>> {
        VideoWriter::begin(self, key)
    }

    /// Removes a video and its record, if they exist. The caller must hold the [lock](PreparedDataset::lock).
    ///
    /// # Errors
    /// When a file or folder cannot be removed.
    pub fn remove_video(&self, key: &VideoKey) -> Result<()> {
        remove(self, key)
    }
}

impl<'a> VideoWriter<'a> {
    pub(crate) fn begin(store: &'a PreparedDataset, key: &VideoKey) -> Result<Self> {
        Ok(Self {
            store,
            key: key.clone(),
            crops: Folder::begin(&store.crops_of(key))?,
            maps: Folder::begin(&store.maps_of(key))?,
            masks: None,
            faces: BTreeMap::new(),
            masked: 0,
            with_maps: None,
        })
    }

    /// Adds a face: a 256 × 256 image, encoded by [`crate::CropFormat::encode`] in the format of the
    /// dataset, its defocus map, for all faces or for none, and its landmarks in pixels of the crop, where
    /// they are known.
    ///
    /// # Errors
    /// [`Error::Codec`], [`Error::Shape`] or [`Error::MapValue`] for an invalid crop or map;
    /// [`Error::Frame`] for a face that was added before, a missing or unexpected map, a track where
    /// others have none, or landmarks that are not finite; a failed write.
    pub fn add_face(
        &mut self,
        face: impl Into<FaceId>,
        crop: &[u8],
        map: Option<&Plane>,
        landmarks: Option<Landmarks>,
    ) -> Result<()> {
        let face = face.into();
        self.check_face(face, map.is_some(), landmarks)?;
        let crop_path = self.store.crop_path(&self.key, face);
        check_crop(crop, &crop_path)?;
        if let Some(map) = map {
            let map_path = self.store.map_path(&self.key, face);
            map_file::check(map, &map_path)?;
            let format = self.store.files().maps;
            let bytes = map_file::encode(map, format).map_err(Error::io("encode", &map_path))?;
            write_staged(&self.maps, &map_path, &bytes)?;
        }
        write_staged(&self.crops, &crop_path, crop)?;
        self.with_maps = Some(map.is_some());
        self.faces.insert(face, landmarks.map(rounded));
        Ok(())
    }

    /// Adds the mask of a face that was added: a PNG of the size of the crop.
    ///
    /// # Errors
    /// [`Error::Codec`] or [`Error::Shape`] for an invalid image; [`Error::Frame`] for a face that was not
    /// added; a failed write.
    pub fn add_mask(&mut self, face: impl Into<FaceId>, png: &[u8]) -> Result<()> {
        let face = face.into();
        if !self.faces.contains_key(&face) {
            let (key, problem) = (self.key.clone(), "its mask was added before it");
            return Err(Error::Frame { key, face, problem });
        }
        let path = self.store.mask_path(&self.key, face);
        check_crop(png, &path)?;
        let folder = match self.masks.take() {
            Some(folder) => folder,
            None => Folder::begin(&self.store.masks_of(&self.key))?,
        };
        write_staged(self.masks.insert(folder), &path, png)?;
        self.masked += 1;
        Ok(())
    }

    /// Moves the video into place and writes its record; an earlier version is replaced completely.
    ///
    /// Frames, their number and the detection rate are set here, from what was written. A success without
    /// a face becomes skipped, with the reason; a skipped or failed video keeps no frames. Returns the
    /// record as written.
    ///
    /// # Errors
    /// [`Error::Record`] when `record` is of another video or its numbers are impossible; a failed write,
    /// after which the video is not in the dataset.
    pub fn finish(self, record: VideoRecord) -> Result<VideoRecord> {
        let record = self.complete(record)?;
        let Self { store, key, crops, maps, masks, with_maps, .. } = self;
        // From here to the last line the video is not in the dataset.
        absent(std::fs::remove_file(store.record_path(&key)), &store.record_path(&key))?;
        let succeeded = record.status == Status::Success;
        put(Some(crops), &store.crops_of(&key), succeeded)?;
        put(Some(maps), &store.maps_of(&key), succeeded && with_maps == Some(true))?;
        put(masks, &store.masks_of(&key), succeeded)?;
        write_json(&store.record_path(&key), &record)?;
        Ok(record)
    }

    fn check_face(&self, face: FaceId, with_map: bool, landmarks: Option<Landmarks>) -> Result<()> {
        let is_tracked = |face: &FaceId| face.track.is_some();
        let first = self.faces.first_key_value();
        let problem = if self.faces.contains_key(&face) {
            "it was added before"
        } else if first.is_some_and(|(first, _)| is_tracked(first) != is_tracked(&face)) {
            "either all faces of a video have tracks, or none"
        } else if self.with_maps == Some(!with_map) {
            "either all faces of a video have defocus maps, or none"
        } else if landmarks.is_some_and(|Landmarks(points)| !is_finite(&points)) {
            "its landmarks are not finite"
        } else {
            return Ok(());
        };
        Err(Error::Frame { key: self.key.clone(), face, problem })
    }

    /// The record with the fields that the writer sets.
    fn complete(&self, mut record: VideoRecord) -> Result<VideoRecord> {
        let wrong = |problem: String| Err(Error::Record { key: self.key.clone(), problem });
        if (record.label, &*record.video) != (self.key.label(), self.key.name()) {
            return wrong(format!("it is of {}/{}", record.label, record.video));
        }
        if !record.fps.is_finite() || record.fps < 0.0 {
            return wrong(format!("{} frames per second", record.fps));
        }
        let (sampled, failed) = (record.sampled_frames, record.failed_detections);
        if failed > sampled {
            return wrong(format!("no face in {failed} of {sampled} frames"));
        }
        record.detection_rate =
            if sampled == 0 { 0.0 } else { (sampled - failed) as f64 / sampled as f64 };
        if record.status == Status::Success && self.faces.is_empty() {
            record.status = Status::Skipped;
            record.reason = Some(format!("no face was saved from {sampled} sampled frames"));
        }
        let keeps = record.status == Status::Success;
        let kept = || self.faces.iter().filter(|_| keeps);
        record.frames = kept().map(|(face, _)| face.frame).collect();
        record.tracks = kept().filter_map(|(face, _)| face.track).collect();
        let has_landmarks = self.faces.values().any(Option::is_some);
        record.landmarks =
            kept().filter(|_| has_landmarks).map(|(_, landmarks)| *landmarks).collect();
        record.saved_frames = record.frames.len();
        record.masks = if keeps { self.masked } else { 0 };
        Ok(record)
    }
}

fn is_finite(points: &[[f32; 2]; 5]) -> bool {
    points.as_flattened().iter().all(|value| value.is_finite())
}

/// To hundredths of a pixel, which is finer than any detector, so that records are short.
fn rounded(Landmarks(points): Landmarks) -> Landmarks {
    Landmarks(points.map(|point| point.map(|value| (value * 100.0).round() / 100.0)))
}

/// Checks the size. Only the header is decoded.
fn check_crop(bytes: &[u8], path: &Path) -> Result<()> {
    let (width, height) = crop_dimensions(bytes)?;
    let got = [height as usize, width as usize, 3];
    let expected = [FACE_SIZE, FACE_SIZE, 3];
    if got == expected {
        return Ok(());
    }
    Err(Error::Shape { path: path.to_owned(), expected, got: got.to_vec() })
}

/// Writes the file that is at `path` once `folder` is committed.
fn write_staged(folder: &Folder, path: &Path, bytes: &[u8]) -> Result<()> {
    let staged = folder.path().join(path.file_name().unwrap_or_default());
    std::fs::write(&staged, bytes).map_err(Error::io("write", &staged))
}

/// Removes a video; if killed, it may leave crops, but no record.
pub(crate) fn remove(store: &PreparedDataset, key: &VideoKey) -> Result<()> {
    absent(std::fs::remove_file(store.record_path(key)), &store.record_path(key))?;
    for folder in [store.crops_of(key), store.maps_of(key), store.masks_of(key)] {
        put(None, &folder, false)?;
    }
    Ok(())
}

/// Commits a staged folder, or drops it and removes the existing one.
fn put(staged: Option<Folder>, target: &Path, keep: bool) -> Result<()> {
    match staged.filter(|_| keep) {
        Some(staged) => Ok(staged.commit()?),
        None => absent(std::fs::remove_dir_all(target), target),
    }
}

/// Accepts that a removed path does not exist.
fn absent(removed: std::io::Result<()>, path: &Path) -> Result<()> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, add_video, empty_store, synthetic_face, synthetic_map};
    use crate::{CropFormat, Label};

    fn key() -> VideoKey {
        VideoKey::new(Label::Fake, "clip").unwrap()
    }

    fn jpeg() -> Vec<u8> {
        testing::jpeg(&synthetic_face(1))
    }

    fn file_count(folder: &Path) -> usize {
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    /// Defect of SCADE-Net: a video without a face was a success and entered the splits.
    #[test]
    fn a_video_without_faces_is_skipped_with_the_reason() {
        let (_folder, store) = empty_store();
        let record =
            VideoRecord { sampled_frames: 30, failed_detections: 30, ..VideoRecord::new(&key()) };
        let written = store.begin_video(&key()).unwrap().finish(record).unwrap();
        assert_eq!(written.status, Status::Skipped);
        assert_eq!(written.reason.as_deref(), Some("no face was saved from 30 sampled frames"));
        assert_eq!(written.detection_rate, 0.0);
        assert_eq!(store.record(&key()).unwrap(), Some(written));
    }

    /// Defect of SCADE-Net: frames of earlier runs were kept and read.
    #[test]
    fn frames_of_an_earlier_run_are_removed() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "clip", 5, true);
        add_video(&store, Label::Fake, "clip", 2, false);
        assert_eq!(file_count(&store.crops_of(&key())), 2);
        assert_eq!(file_count(&store.maps_of(&key())), 0);
        assert_eq!(store.record(&key()).unwrap().unwrap().frames, [0, 10]);
        add_video(&store, Label::Fake, "clip", 0, false);
        assert_eq!(file_count(&store.crops_of(&key())), 0);
    }

    #[test]
    fn an_interrupted_video_leaves_the_old_one_intact() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "clip", 3, true);
        let before = store.record(&key()).unwrap();
        let mut writer = store.begin_video(&key()).unwrap();
        writer.add_face(7, &jpeg(), None, None).unwrap();
        drop(writer);
        assert_eq!(store.record(&key()).unwrap(), before);
        assert_eq!(file_count(&store.crops_of(&key())), 3);
    }

    #[test]
    fn a_killed_run_leaves_no_video() {
        let (_folder, store) = empty_store();
        let mut killed = store.begin_video(&key()).unwrap();
        killed.add_face(7, &jpeg(), Some(&synthetic_map(1)), None).unwrap();
        std::mem::forget(killed);
        assert_eq!(store.record(&key()).unwrap(), None);
        assert!(!store.crops_of(&key()).exists());
        add_video(&store, Label::Fake, "clip", 1, true);
        assert_eq!(file_count(store.crops_of(&key()).parent().unwrap()), 1, "nothing is left over");
        assert!(!store.crop_path(&key(), 7).exists());
    }

    #[test]
    fn invalid_crops_and_maps_are_not_written() {
        let (_folder, store) = empty_store();
        let mut writer = store.begin_video(&key()).unwrap();
        let small = testing::jpeg(&scade_image::RgbImage::new(255, 256));
        assert!(matches!(writer.add_face(0, &small, None, None), Err(Error::Shape { .. })));
        assert!(matches!(writer.add_face(0, b"text", None, None), Err(Error::Codec(_))));
        let narrow = Plane::new(256, 255);
        assert!(matches!(
            writer.add_face(0, &jpeg(), Some(&narrow), None),
            Err(Error::Shape { .. })
        ));
        let mut wrong = synthetic_map(1);
        wrong.data_mut()[0] = f32::NAN;
        assert!(matches!(
            writer.add_face(0, &jpeg(), Some(&wrong), None),
            Err(Error::MapValue { .. })
        ));
        writer.add_face(0, &jpeg(), Some(&synthetic_map(1)), None).unwrap();
        for (frame, map) in [(0, Some(synthetic_map(1))), (10, None)] {
            let added = writer.add_face(frame, &jpeg(), map.as_ref(), None);
            assert!(matches!(added, Err(Error::Frame { .. })), "frame {frame}");
        }
        let tracked = FaceId { frame: 10, track: Some(0) };
        let added = writer.add_face(tracked, &jpeg(), Some(&synthetic_map(1)), None);
        assert!(matches!(added, Err(Error::Frame { .. })));
        let written = writer.finish(VideoRecord::new(&key())).unwrap();
        assert_eq!(written.frames, [0]);
    }

    #[test]
    fn several_faces_of_a_frame_and_their_masks_have_their_own_files() {
        let (_folder, store) = empty_store();
        let faces = [(10, 1), (0, 0), (10, 0)];
        let faces = faces.map(|(frame, track)| FaceId { frame, track: Some(track) });
        let mut writer = store.begin_video(&key()).unwrap();
        let mask = CropFormat::Png.encode(&synthetic_face(1), 90).unwrap();
        for face in faces {
            writer.add_face(face, &jpeg(), None, None).unwrap();
        }
        writer.add_mask(faces[0], &mask).unwrap();
        assert!(matches!(writer.add_mask(20, &mask), Err(Error::Frame { .. })));
        let record = VideoRecord { sampled_frames: 2, ..VideoRecord::new(&key()) };
        let written = writer.finish(record).unwrap();
        assert_eq!((&*written.frames, &*written.tracks), (&[0, 10, 10][..], &[0, 0, 1][..]));
        assert_eq!(written.faces(), [faces[1], faces[2], faces[0]]);
        assert_eq!((written.saved_frames, written.masks), (3, 1));
        assert!(written.faces().iter().all(|face| store.crop_path(&key(), *face).is_file()));
        assert!(store.root().join("masks/fake/clip/frame_000010_track_01.png").is_file());
        add_video(&store, Label::Fake, "clip", 1, true);
        assert!(!store.masks_of(&key()).exists());
    }

    #[test]
    fn landmarks_are_recorded_to_a_hundredth_of_a_pixel_beside_their_faces() {
        let (_folder, store) = empty_store();
        let landmarks = |x: f32| Landmarks([[x, 80.0]; 5]);
        let mut writer = store.begin_video(&key()).unwrap();
        writer.add_face(20, &jpeg(), None, Some(landmarks(100.126))).unwrap();
        writer.add_face(0, &jpeg(), None, None).unwrap();
        let added = writer.add_face(30, &jpeg(), None, Some(landmarks(f32::NAN)));
        assert!(matches!(added, Err(Error::Frame { .. })));
        let written = writer.finish(VideoRecord::new(&key())).unwrap();
        assert_eq!(written.frames, [0, 20]);
        assert_eq!(written.landmarks, [None, Some(landmarks(100.13))]);
        assert_eq!(store.record(&key()).unwrap(), Some(written));
        add_video(&store, Label::Fake, "clip", 2, false);
        assert_eq!(store.record(&key()).unwrap().unwrap().landmarks, []);
    }

    #[test]
    fn impossible_records_are_refused() {
        let (_folder, store) = empty_store();
        let new = || VideoRecord::new(&key());
        for record in [
            VideoRecord { video: "other".into(), ..new() },
            VideoRecord { label: Label::Real, ..new() },
            VideoRecord { fps: f64::NAN, ..new() },
            VideoRecord { sampled_frames: 1, failed_detections: 2, ..new() },
        ] {
            let finished = store.begin_video(&key()).unwrap().finish(record);
            assert!(matches!(finished, Err(Error::Record { .. })));
        }
        assert_eq!(store.records().unwrap(), []);
    }
}
