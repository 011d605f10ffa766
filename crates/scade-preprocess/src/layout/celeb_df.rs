//! Celeb-DF v2: `Celeb-real/idA_NNNN`, `Celeb-synthesis/idA_idB_NNNN` (A with the face of B, made
//! from `idA_NNNN`) and `YouTube-real/NNNNN`, whose identities are unknown.
//!
//! `List_of_testing_videos.txt` lists the official test set, as `1 YouTube-real/00170.mp4`, with
//! **1 for real and 0 for fake**; the rest is for training. Both have identities in common.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scade_data::{Label, Subset, VideoKey, celeb_df_people};

use super::tree::{folder_named, list};
use super::{Discovered, Ignored, Source, owned, stem};
use crate::Error;

const LIST: &str = "List_of_testing_videos.txt";

/// The folders, their class and the number of people in a name; 0 where the name is only a number.
const FOLDERS: [(&str, Label, usize); 3] = [
    ("Celeb-real", Label::Real, 1),
    ("YouTube-real", Label::Real, 0),
    ("Celeb-synthesis", Label::Fake, 2),
];

pub(super) fn discover(root: &Path) -> Result<Discovered, Error> {
    let tests = Tests::read(&root.join(LIST))?;
    let mut found = Discovered::default();
    for (name, label, people) in FOLDERS {
        for path in list(&folder_named(root, name)?)?.videos {
            match parse(&stem(&path), people) {
                Some((identities, source)) => {
                    let key = VideoKey::new(label, stem(&path))?;
                    let part = tests.as_ref().map(|tests| tests.part_of(&key));
                    found.sources.push(Source { path, key, identities, source, part, mask: None });
                }
                None => {
                    let form = ["NNNNN.mp4", "idA_NNNN.mp4", "idA_idB_NNNN.mp4"][people];
                    let reason = format!("its name is not {form}");
                    found.ignored.push(Ignored { path, reason, unreadable: false });
                }
            }
        }
    }
    if let Some(tests) = tests {
        found.ignored.extend(tests.missing(&found.sources));
    }
    Ok(found)
}

/// The people in a name and the source clip; `None` for names of another form.
fn parse(stem: &str, people: usize) -> Option<(Vec<String>, Option<String>)> {
    if people == 0 {
        let number = stem.len() == 5 && stem.bytes().all(|byte| byte.is_ascii_digit());
        return number.then(|| (vec![stem.to_owned()], None));
    }
    let found = celeb_df_people(stem).filter(|found| found.len() == people)?;
    let clip = stem.rsplit_once('_').map_or("", |(_, clip)| clip);
    let source = (people == 2).then(|| format!("{}_{clip}", found[0]));
    Some((owned(&found), source))
}

/// The official test set.
struct Tests {
    path: PathBuf,
    videos: BTreeSet<VideoKey>,
}

impl Tests {
    /// `None` if there is no list.
    fn read(path: &Path) -> Result<Option<Self>, Error> {
        if !path.is_file() {
            return Ok(None);
        }
        let wrong = |problem: String| Error::Form {
            path: path.to_owned(),
            problem,
            expected: "lines like `1 YouTube-real/00170.mp4`, 1 for real and 0 for fake".into(),
        };
        let text = scade_fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let mut videos = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let key = entry(line).ok_or_else(|| wrong(format!("line {}: `{line}`", number + 1)))?;
            videos.insert(key);
        }
        Ok(Some(Self { path: path.to_owned(), videos }))
    }

    fn part_of(&self, key: &VideoKey) -> Subset {
        if self.videos.contains(key) { Subset::Test } else { Subset::Train }
    }

    /// A note when listed videos do not exist.
    fn missing(&self, sources: &[Source]) -> Option<Ignored> {
        let existing: BTreeSet<_> = sources.iter().map(|source| &source.key).collect();
        let missing = self.videos.iter().filter(|key| !existing.contains(key)).count();
        let reason = format!("{missing} of its {} videos do not exist", self.videos.len());
        (missing > 0).then(|| Ignored { path: self.path.clone(), reason, unreadable: false })
    }
}

/// Parses a line of the list; `None` if its number contradicts its folder.
fn entry(line: &str) -> Option<VideoKey> {
    let (number, path) = line.trim().split_once(char::is_whitespace)?;
    let (folder, _) = path.trim().split_once('/')?;
    let (_, label, _) = FOLDERS.into_iter().find(|(name, ..)| name.eq_ignore_ascii_case(folder))?;
    let fits = number == if label == Label::Real { "1" } else { "0" };
    fits.then(|| VideoKey::new(label, stem(Path::new(path.trim()))).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, ignored, lines, write};
    use super::*;

    const TREE: [&str; 5] = [
        "Celeb-real/id0_0000.mp4",
        "Celeb-real/id1_0007.mp4",
        "Celeb-synthesis/id1_id0_0007.mp4",
        "YouTube-real/00170.mp4",
        "YouTube-real/holiday.mp4",
    ];

    #[test]
    fn the_test_list_counts_one_for_real() {
        let root = dataset(&TREE);
        let list = "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id1_id0_0007.mp4\n\
                    1 Celeb-real/id9_0001.mp4\n";
        write(&root, LIST, list);
        let found = discover(root.path()).unwrap();
        let expected = [
            "fake/id1_id0_0007: id1, id0 from id1_0007 in test",
            "real/00170: 00170 in test",
            "real/id0_0000: id0 in train",
            "real/id1_0007: id1 in train",
        ];
        assert_eq!(lines(&found), expected);
        let expected = [
            "holiday.mp4: its name is not NNNNN.mp4",
            "List_of_testing_videos.txt: 1 of its 3 videos do not exist",
        ];
        assert_eq!(ignored(&found), expected);
    }

    #[test]
    fn without_a_list_there_is_no_official_split() {
        let found = discover(dataset(&TREE).path()).unwrap();
        assert!(found.sources.iter().all(|source| source.part.is_none()));
    }

    #[test]
    fn folders_are_found_in_any_case() {
        let found = discover(dataset(&["Youtube-real/00170.mp4"]).path()).unwrap();
        assert_eq!(lines(&found), ["real/00170: 00170"]);
    }

    #[test]
    fn a_line_that_contradicts_its_folder_is_an_error() {
        for line in ["0 YouTube-real/00170.mp4", "real YouTube-real/00170.mp4", "00170.mp4"] {
            let root = dataset(&TREE);
            write(&root, LIST, &format!("1 Celeb-real/id0_0000.mp4\n\n{line}\n"));
            let error = discover(root.path()).unwrap_err().to_string();
            assert!(error.contains(&format!("line 3: `{line}`")), "{error}");
            assert!(error.contains("1 for real"), "{error}");
        }
    }
}
