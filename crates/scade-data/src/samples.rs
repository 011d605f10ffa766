//! Listing the samples of a split, and reading one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;

use scade_image::{Landmarks, Plane, RgbImage, decode_crop};
use scade_sample::FACE_SIZE;

use crate::{
    Error, FaceId, PreparedDataset, Result, Status, SubsetVideos, VideoKey, VideoRecord, map_file,
};

/// Files of one sample, and what its record says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The video it comes from, and with it the label.
    pub key: VideoKey,
    /// The face within the video.
    pub face: FaceId,
    /// The crop.
    pub rgb: PathBuf,
    /// The defocus map, if requested.
    pub map: Option<PathBuf>,
    /// The five points in pixels of the crop, where they are recorded.
    pub landmarks: Option<Landmarks>,
}

/// One face.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The crop, 256 × 256.
    pub rgb: RgbImage,
    /// The defocus map, 256 × 256, 0..1.
    pub defocus: Option<Plane>,
}

/// The samples of one subset of a split, by class, video and frame: real before fake.
///
/// `max_frames_per_video` takes that many faces, spread evenly over the stored ones. A video that was
/// skipped since the split was made yields no sample, with a warning.
///
/// # Errors
/// [`Error::MissingMap`] for the first sample without a map when `defocus` is set;
/// [`Error::NotInDataset`] for a name without a record; [`Error::VideoName`], [`Error::Json`],
/// [`Error::Record`].
pub fn items(
    store: &PreparedDataset,
    part: &SubsetVideos,
    defocus: bool,
    max_frames_per_video: Option<usize>,
) -> Result<Vec<Item>> {
    let read = |key: &VideoKey| Ok(store.record(key)?.map(Cow::Owned));
    list(store, read, part, defocus, max_frames_per_video)
}

/// As [`items`], with records that were read before ([`PreparedDataset::records`]).
///
/// # Errors
/// As [`items`].
pub fn items_of(
    store: &PreparedDataset,
    records: &[VideoRecord],
    part: &SubsetVideos,
    defocus: bool,
    max_frames_per_video: Option<usize>,
) -> Result<Vec<Item>> {
    let known: HashMap<_, _> =
        records.iter().map(|record| ((record.label, &*record.video), record)).collect();
    let find = |key: &VideoKey| {
        Ok(known.get(&(key.label(), key.name())).map(|record| Cow::Borrowed(*record)))
    };
    list(store, find, part, defocus, max_frames_per_video)
}

fn list<'a>(
    store: &PreparedDataset,
    record_of: impl Fn(&VideoKey) -> Result<Option<Cow<'a, VideoRecord>>>,
    part: &SubsetVideos,
    defocus: bool,
    max_frames_per_video: Option<usize>,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for key in part.keys()? {
        let Some(record) = record_of(&key)? else {
            return Err(Error::NotInDataset { key, root: store.root().to_owned() });
        };
        if record.status != Status::Success {
            tracing::warn!(video = %key, reason = record.reason, "the split names a skipped video");
            continue;
        }
        for (face, landmarks) in spread(&record.faces_with_landmarks(), max_frames_per_video) {
            let map = defocus.then(|| store.map_path(&key, face));
            if let Some(path) = map.as_ref().filter(|path| !path.is_file()) {
                return Err(Error::MissingMap { path: path.clone() });
            }
            let rgb = store.crop_path(&key, face);
            items.push(Item { key: key.clone(), face, rgb, map, landmarks });
        }
    }
    Ok(items)
}

/// The middle face of each of `most` equal intervals; all faces when there are no more than `most`.
pub(crate) fn spread<T: Copy>(faces: &[T], most: Option<usize>) -> Vec<T> {
    match most {
        Some(most) if most < faces.len() => {
            (0..most).map(|i| faces[(2 * i + 1) * faces.len() / (2 * most)]).collect()
        }
        _ => faces.to_vec(),
    }
}

/// Reads one sample.
///
/// # Errors
/// [`Error::Io`], [`Error::Image`] or [`Error::Shape`] for the crop; [`Error::MissingMap`],
/// [`Error::MapFormat`], [`Error::Shape`] or [`Error::MapValue`] for the map. A map that cannot be
/// read is never replaced by zeros.
pub fn load(item: &Item) -> Result<Sample> {
    let bytes = scade_fs::read(&item.rgb).map_err(Error::io("read", &item.rgb))?;
    let rgb =
        decode_crop(&bytes).map_err(|source| Error::Image { path: item.rgb.clone(), source })?;
    let got = [rgb.height() as usize, rgb.width() as usize, 3];
    let expected = [FACE_SIZE, FACE_SIZE, 3];
    if got != expected {
        return Err(Error::Shape { path: item.rgb.clone(), expected, got: got.to_vec() });
    }
    let defocus = item.map.as_deref().map(map_file::read).transpose()?;
    Ok(Sample { rgb, defocus })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;
    use crate::testing::{add_video, empty_store, jpeg, synthetic_map};
    use scade_settings::Hint;

    fn part(real: &[&str], fake: &[&str]) -> SubsetVideos {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        SubsetVideos { real: owned(real), fake: owned(fake) }
    }

    #[test]
    fn items_come_in_order_and_load() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "f", 2, true);
        add_video(&store, Label::Real, "r", 1, true);
        let items = items(&store, &part(&["r"], &["f"]), true, None).unwrap();
        let found: Vec<_> = items.iter().map(|i| format!("{} {}", i.key, i.face)).collect();
        let expected = ["real/r frame_000000", "fake/f frame_000000", "fake/f frame_000010"];
        assert_eq!(found, expected);
        let records = store.records().unwrap();
        let again = items_of(&store, &records, &part(&["r"], &["f"]), true, None).unwrap();
        assert_eq!(again, items);
        let sample = load(&items[2]).unwrap();
        assert_eq!(sample.rgb.dimensions(), (256, 256));
        assert_eq!(sample.defocus, Some(synthetic_map(12)));
    }

    #[test]
    fn fewer_frames_are_spread_over_the_video() {
        let frames: Vec<_> = (0..100).collect();
        assert_eq!(spread(&frames, Some(4)), [12, 37, 62, 87]);
        assert_eq!(spread(&frames[..3], Some(2)), [0, 2]);
        assert_eq!(spread(&frames[..3], Some(3)), [0, 1, 2]);
        assert!(spread(&frames[..3], Some(0)).is_empty());
        assert_eq!(spread(&frames[..3], None), [0, 1, 2]);
    }

    #[test]
    fn landmarks_come_with_the_faces_they_belong_to() {
        let (_folder, store) = empty_store();
        let key = crate::VideoKey::new(Label::Real, "r").unwrap();
        let landmarks = |frame: usize| Landmarks([[frame as f32, 1.5]; 5]);
        let mut writer = store.begin_video(&key).unwrap();
        for frame in 0..6 {
            let known = (frame != 3).then(|| landmarks(frame));
            writer.add_face(frame, &jpeg(&RgbImage::new(256, 256)), None, known).unwrap();
        }
        writer.finish(VideoRecord { sampled_frames: 6, ..VideoRecord::new(&key) }).unwrap();
        let listed = || items(&store, &part(&["r"], &[]), false, Some(3)).unwrap();
        let found: Vec<_> = listed().iter().map(|item| (item.face.frame, item.landmarks)).collect();
        assert_eq!(found, [(1, Some(landmarks(1))), (3, None), (5, Some(landmarks(5)))]);
        // As an older version wrote it.
        let record = store.record(&key).unwrap().unwrap();
        store.write_record(&VideoRecord { landmarks: Vec::new(), ..record }).unwrap();
        assert!(listed().iter().all(|item| item.landmarks.is_none()));
    }

    /// Defect of SCADE-Net: without maps the network was trained on zeros, without a warning.
    #[test]
    fn a_missing_map_is_an_error_and_never_zeros() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "f", 1, false);
        let error = items(&store, &part(&[], &["f"]), true, None).unwrap_err();
        let hint = error.hint().unwrap();
        let text = error.to_string();
        assert!(text.contains("frame_000000.npy") && hint.contains("3 channels"), "{text}: {hint}");
        let mut item = items(&store, &part(&[], &["f"]), false, None).unwrap().remove(0);
        assert_eq!(load(&item).unwrap().defocus, None);
        item.map = Some(store.map_path(&item.key, 0));
        assert!(matches!(load(&item), Err(Error::MissingMap { .. })));
    }

    #[test]
    fn names_without_a_record_are_errors_and_skipped_videos_have_no_samples() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Real, "empty", 0, true);
        assert_eq!(items(&store, &part(&["empty"], &[]), true, None).unwrap(), []);
        let error = items(&store, &part(&["gone"], &[]), true, None).unwrap_err();
        assert!(matches!(error, Error::NotInDataset { ref key, .. } if key.name() == "gone"));
    }

    #[test]
    fn damaged_crops_are_errors_that_name_the_file() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Real, "r", 1, false);
        let item = items(&store, &part(&["r"], &[]), false, None).unwrap().remove(0);
        std::fs::write(&item.rgb, "no image").unwrap();
        assert!(matches!(load(&item), Err(Error::Image { ref path, .. }) if *path == item.rgb));
        let small = jpeg(&RgbImage::new(8, 256));
        std::fs::write(&item.rgb, small).unwrap();
        let error = load(&item).unwrap_err();
        assert!(matches!(error, Error::Shape { ref got, .. } if *got == [256, 8, 3]), "{error}");
    }
}
