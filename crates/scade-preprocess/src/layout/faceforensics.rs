//! FaceForensics++: originals `NNN`, manipulations `TTT_SSS` of target and source, one folder for
//! each method and compression. Each number identifies a clip and the person in it.

use std::path::{Path, PathBuf};

use scade_data::{Label, VideoKey, face_forensics_people};

use super::official::Official;
use super::tree::list;
use super::{Discovered, Ignored, Source, owned, stem};
use crate::Error;

/// Names of the folders of the compressions; `c0` is an older name of `raw`.
const COMPRESSIONS: [&str; 4] = ["raw", "c0", "c23", "c40"];

/// DeepFakeDetection is another dataset in the same folders.
const NOT_A_METHOD: &str = "DeepFakeDetection";

pub(super) fn discover(
    root: &Path,
    compression: Option<&str>,
    official: Option<&Path>,
) -> Result<Discovered, Error> {
    let official = official.map(Official::read).transpose()?;
    let originals = root.join("original_sequences/youtube");
    let mut methods = list(&root.join("manipulated_sequences"))?.folders;
    methods.retain(|method| !method.ends_with(NOT_A_METHOD));
    let all: Vec<_> = std::iter::once(originals.clone()).chain(methods.clone()).collect();
    let Some(compression) = choose(&all, compression)? else { return Ok(Discovered::default()) };
    let mut found = Discovered::default();
    for path in videos(&originals, compression, &mut found)? {
        add(&mut found, path, Label::Real, "", official.as_ref())?;
    }
    for method in &methods {
        let name = method.file_name().unwrap_or_default().to_string_lossy();
        for path in videos(method, compression, &mut found)? {
            add(&mut found, path, Label::Fake, &name, official.as_ref())?;
        }
    }
    Ok(found)
}

/// The compression to use: the requested one, or the only existing one; `None` if there is none.
pub(super) fn choose(
    folders: &[PathBuf],
    asked: Option<&str>,
) -> Result<Option<&'static str>, Error> {
    let is_there = |name: &&str| folders.iter().any(|f| f.join(name).join("videos").is_dir());
    let there: Vec<_> = COMPRESSIONS.into_iter().filter(is_there).collect();
    match (asked, &there[..]) {
        (_, []) => Ok(None),
        (None, [only]) => Ok(Some(*only)),
        (Some(asked), _) if there.contains(&asked) => {
            Ok(there.iter().copied().find(|name| *name == asked))
        }
        _ => Err(Error::Compression {
            there: there.join(", "),
            asked: asked.map_or_else(String::new, |asked| format!(", none is {asked}")),
        }),
    }
}

/// The mask video of a fake, in a folder beside the compressions of its method.
pub(super) fn mask_of(path: &Path) -> Option<PathBuf> {
    let method = path.ancestors().nth(3)?;
    let mask = method.join("masks/videos").join(path.file_name()?);
    mask.is_file().then_some(mask)
}

/// The videos of one method, with a note if it lacks the compression.
pub(super) fn videos(
    method: &Path,
    compression: &str,
    found: &mut Discovered,
) -> Result<Vec<PathBuf>, Error> {
    let folder = method.join(compression).join("videos");
    let videos = list(&folder)?.videos;
    if videos.is_empty() {
        let reason = format!("it has no videos in {compression}/videos");
        found.ignored.push(Ignored { path: method.to_owned(), reason, unreadable: false });
    }
    Ok(videos)
}

fn add(
    found: &mut Discovered,
    path: PathBuf,
    label: Label,
    method: &str,
    official: Option<&Official>,
) -> Result<(), Error> {
    let stem = stem(&path);
    let (wanted, form) = match label {
        Label::Real => (1, "NNN.mp4"),
        Label::Fake => (2, "TTT_SSS.mp4 of target and source"),
    };
    let people = face_forensics_people(&stem).filter(|people| people.len() == wanted);
    let Some(people) = people else {
        let reason = format!("its name is not {form}");
        found.ignored.push(Ignored { path, reason, unreadable: false });
        return Ok(());
    };
    let name = match label {
        Label::Real => stem.clone(),
        Label::Fake => format!("{method}-{stem}"),
    };
    found.sources.push(Source {
        key: VideoKey::new(label, name)?,
        source: (label == Label::Fake).then(|| people[0].to_owned()),
        part: official.and_then(|official| official.part_of(&people)),
        identities: owned(&people),
        mask: mask_of(&path).filter(|_| label == Label::Fake),
        path,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, ignored, lines, write};
    use super::*;

    const TREE: [&str; 6] = [
        "original_sequences/youtube/c23/videos/000.mp4",
        "original_sequences/youtube/c23/videos/003.mp4",
        "original_sequences/actors/c23/videos/01__exit_phone_room.mp4",
        "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4",
        "manipulated_sequences/FaceSwap/c23/videos/000_003.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__meeting__YVGY8LOK.mp4",
    ];

    fn find(root: &tempfile::TempDir) -> Result<Discovered, Error> {
        discover(root.path(), None, None)
    }

    #[test]
    fn methods_are_kept_apart_and_fakes_have_their_source_clips() {
        let root = dataset(&TREE);
        write(&root, "manipulated_sequences/Deepfakes/masks/videos/000_003.mp4", "");
        let expected = [
            "fake/Deepfakes-000_003: 000, 003 from 000",
            "fake/FaceSwap-000_003: 000, 003 from 000",
            "real/000: 000",
            "real/003: 003",
        ];
        let found = find(&root).unwrap();
        assert_eq!(lines(&found), expected);
        assert_eq!(ignored(&found), [""; 0]);
        let with_mask = found.sources.iter().filter_map(|source| source.mask.as_deref());
        let expected = root.path().join("manipulated_sequences/Deepfakes/masks/videos/000_003.mp4");
        assert_eq!(with_mask.collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn the_official_lists_give_subsets() {
        let root = dataset(&TREE);
        write(&root, "splits/train.json", r#"[["000", "003"]]"#);
        write(&root, "splits/val.json", "[]");
        write(&root, "splits/test.json", r#"[["953", "974"]]"#);
        write(&root, "manipulated_sequences/FaceSwap/c23/videos/953_003.mp4", "");
        let found = discover(root.path(), None, Some(&root.path().join("splits"))).unwrap();
        let lines = lines(&found);
        assert_eq!(lines[0], "fake/Deepfakes-000_003: 000, 003 from 000 in train");
        assert_eq!(lines[2], "fake/FaceSwap-953_003: 953, 003 from 953");
    }

    #[test]
    fn one_of_several_compressions_must_be_chosen() {
        let root = dataset(&TREE);
        write(&root, "original_sequences/youtube/c40/videos/000.mp4", "");
        let error = find(&root).unwrap_err().to_string();
        assert!(error.contains("c23, c40"), "{error}");
        let found = discover(root.path(), Some("c40"), None).unwrap();
        assert_eq!(lines(&found), ["real/000: 000"]);
        let reason = "it has no videos in c40/videos";
        assert_eq!(
            ignored(&found),
            [format!("Deepfakes: {reason}"), format!("FaceSwap: {reason}")]
        );
        assert!(discover(root.path(), Some("raw"), None).is_err());
    }

    #[test]
    fn unexpected_names_are_skipped_and_reported() {
        let root = dataset(&TREE);
        write(&root, "original_sequences/youtube/c23/videos/000 (1).mp4", "");
        write(&root, "manipulated_sequences/FaceSwap/c23/videos/000.mp4", "");
        let found = find(&root).unwrap();
        assert_eq!(found.sources.len(), 4);
        let expected = [
            "000 (1).mp4: its name is not NNN.mp4",
            "000.mp4: its name is not TTT_SSS.mp4 of target and source",
        ];
        assert_eq!(ignored(&found), expected);
    }
}
