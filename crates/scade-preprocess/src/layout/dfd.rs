//! DeepFakeDetection: 28 actors; originals `AA__scene`, fakes `TT_SS__scene__XXXXXXXX` made from the
//! target's clip of the scene. It is in the folders of FaceForensics++ and has no official split.

use std::path::{Path, PathBuf};

use scade_data::{Label, VideoKey, dfd_people};

use super::faceforensics::{choose, mask_of, videos};
use super::{Discovered, Ignored, Source, owned, stem};
use crate::Error;

pub(super) fn discover(root: &Path, compression: Option<&str>) -> Result<Discovered, Error> {
    let folders = ["original_sequences/actors", "manipulated_sequences/DeepFakeDetection"];
    let folders = folders.map(|folder| root.join(folder));
    let mut found = Discovered::default();
    let Some(compression) = choose(&folders, compression)? else { return Ok(found) };
    for (label, folder) in Label::ALL.into_iter().zip(&folders) {
        for path in videos(folder, compression, &mut found)? {
            add(&mut found, path, label)?;
        }
    }
    Ok(found)
}

fn add(found: &mut Discovered, path: PathBuf, label: Label) -> Result<(), Error> {
    let stem = stem(&path);
    let (wanted, form) = match label {
        Label::Real => (1, "AA__scene.mp4"),
        Label::Fake => (2, "TT_SS__scene__XXXXXXXX.mp4 of target and source"),
    };
    let people = dfd_people(&stem).filter(|people| people.len() == wanted);
    let Some(people) = people else {
        let reason = format!("its name is not {form}");
        found.ignored.push(Ignored { path, reason, unreadable: false });
        return Ok(());
    };
    found.sources.push(Source {
        key: VideoKey::new(label, &*stem)?,
        source: (label == Label::Fake).then(|| format!("{}__{}", people[0], scene(&stem))),
        part: None,
        identities: owned(&people),
        mask: mask_of(&path).filter(|_| label == Label::Fake),
        path,
    });
    Ok(())
}

/// The scene of `TT_SS__scene__XXXXXXXX`.
fn scene(stem: &str) -> &str {
    let behind = stem.split_once("__").map_or("", |(_, behind)| behind);
    behind.rsplit_once("__").map_or(behind, |(scene, _)| scene)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, ignored, lines};
    use super::*;

    #[test]
    fn fakes_have_actors_and_the_clip_of_the_scene() {
        let root = dataset(&[
            "original_sequences/actors/c23/videos/01__outside_talking_still_laughing.mp4",
            "original_sequences/actors/c23/videos/02__exit_phone_room.mp4",
            "original_sequences/actors/c23/videos/1__exit_phone_room.mp4",
            "manipulated_sequences/DeepFakeDetection/c23/videos/\
             01_02__outside_talking_still_laughing__YVGY8LOK.mp4",
            "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__hugging.mp4",
            "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4",
        ]);
        let found = discover(root.path(), None).unwrap();
        let expected = [
            "fake/01_02__outside_talking_still_laughing__YVGY8LOK: 01, 02 \
             from 01__outside_talking_still_laughing",
            "real/01__outside_talking_still_laughing: 01",
            "real/02__exit_phone_room: 02",
        ];
        assert_eq!(lines(&found), expected);
        let expected = [
            "1__exit_phone_room.mp4: its name is not AA__scene.mp4",
            "01_02__hugging.mp4: its name is not TT_SS__scene__XXXXXXXX.mp4 of target and source",
        ];
        assert_eq!(ignored(&found), expected);
    }
}
