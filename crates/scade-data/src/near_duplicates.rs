//! Near-duplicate crops in two subsets of a split, under different names.
//!
//! Names identify people only by the conventions of a dataset. A clip that was uploaded twice, or a
//! fake without a known source, is found by its pixels only.

use std::collections::BTreeMap;

use rayon::prelude::*;
use scade_image::decode_crop;
use serde::Serialize;

use crate::fingerprint::Fingerprint;
use crate::samples::spread;
use crate::{Error, FaceId, PreparedDataset, Result, Splits, Subset, VideoKey};

/// Compared frames per video, evenly spread.
const FRAMES_PER_VIDEO: usize = 4;

/// Largest Hamming distance of near-duplicates, of 256 bits. Among 1,313 photographs of faces (861,328
/// pairs) no two of different people are closer than 29 bits; a photograph and its copy compressed as
/// JPEG of quality 40, or halved and compressed with quality 70, differ in at most 17 bits in 99 % of
/// the cases.
const MOST_DISTANCE: u32 = 20;

/// Largest number of listed pairs, the closest first; all are counted.
const MOST_LISTED: usize = 1000;

/// Two videos in different subsets with a pair of almost equal crops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearDuplicate {
    /// The videos, as in `real/003`.
    pub videos: [String; 2],
    /// Their subsets.
    pub parts: [Subset; 2],
    /// Hamming distance of the closest crops, of 256 bits.
    pub distance: u32,
}

/// Result of the comparison of crops between subsets, with its settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NearDuplicates {
    /// Compared frames per video.
    pub frames_per_video: usize,
    /// Largest Hamming distance of near-duplicates, of 256 bits.
    pub most_distance: u32,
    /// Compared crops.
    pub crops: usize,
    /// Number of near-duplicate pairs of videos.
    pub count: usize,
    /// The closest of them, at most 1,000.
    pub pairs: Vec<NearDuplicate>,
}

/// One crop.
struct Print {
    /// Index of its video.
    video: usize,
    part: Subset,
    hash: Fingerprint,
}

/// Compares crops between the subsets of `splits`: four frames per video, by a difference hash of 256
/// bits; crops with a Hamming distance of at most 20 are near-duplicates. A hash is evidence, not proof.
///
/// O(crops²) comparisons of 32 bytes, on all cores; videos without a record are skipped.
///
/// # Errors
/// A record or crop that cannot be read.
pub fn near_duplicates(store: &PreparedDataset, splits: &Splits) -> Result<NearDuplicates> {
    let mut videos = Vec::new();
    for part in Subset::ALL {
        videos.extend(splits.part(part).keys()?.into_iter().map(|key| (part, key)));
    }
    let hashed = videos.par_iter().enumerate().map(|(video, (part, key))| -> Result<Vec<Print>> {
        let print = |hash| Print { video, part: *part, hash };
        Ok(hashes_of(store, key)?.into_iter().map(print).collect())
    });
    let prints: Vec<_> = hashed.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let mut pairs: Vec<_> = closest(&prints).into_iter().collect();
    pairs.sort_by_key(|(pair, distance)| (*distance, *pair));
    let named = |((a, b), distance): &((usize, usize), u32)| NearDuplicate {
        videos: [*a, *b].map(|video| videos[video].1.to_string()),
        parts: [*a, *b].map(|video| videos[video].0),
        distance: *distance,
    };
    Ok(NearDuplicates {
        frames_per_video: FRAMES_PER_VIDEO,
        most_distance: MOST_DISTANCE,
        crops: prints.len(),
        count: pairs.len(),
        pairs: pairs.iter().take(MOST_LISTED).map(named).collect(),
    })
}

fn hashes_of(store: &PreparedDataset, key: &VideoKey) -> Result<Vec<Fingerprint>> {
    let faces = store.record(key)?.map(|record| record.faces()).unwrap_or_default();
    let hash = |face: FaceId| -> Result<Fingerprint> {
        let path = store.crop_path(key, face);
        let bytes = scade_fs::read(&path).map_err(Error::io("read", &path))?;
        Ok(Fingerprint::of(&decode_crop(&bytes)?))
    };
    spread(&faces, Some(FRAMES_PER_VIDEO)).into_iter().map(hash).collect()
}

/// The smallest distance of each near-duplicate pair of videos in different subsets.
fn closest(prints: &[Print]) -> BTreeMap<(usize, usize), u32> {
    let near = |i: usize| {
        let one = &prints[i];
        let others = prints[i + 1..].iter().filter(move |other| other.part != one.part);
        others.filter_map(move |other| {
            let distance = one.hash.distance(&other.hash);
            (distance <= MOST_DISTANCE).then_some(((one.video, other.video), distance))
        })
    };
    let found: Vec<_> = (0..prints.len()).into_par_iter().flat_map_iter(near).collect();
    let mut least = BTreeMap::new();
    for (pair, distance) in found {
        let known = least.entry(pair).or_insert(distance);
        *known = distance.min(*known);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{add_images, empty_store, synthetic_face};
    use crate::{Label, SubsetVideos};

    #[test]
    fn an_image_under_two_names_is_found_between_subsets_only() {
        let (_folder, store) = empty_store();
        for (name, seeds) in
            [("a", [1, 2]), ("copy", [3, 1]), ("double", [1, 2]), ("other", [4, 5])]
        {
            let images = seeds.map(synthetic_face);
            add_images(&store, &VideoKey::new(Label::Real, name).unwrap(), &images);
        }
        let part = |names: &[&str]| SubsetVideos {
            real: names.iter().map(ToString::to_string).collect(),
            fake: Vec::new(),
        };
        let splits =
            Splits { train: part(&["a", "double"]), val: part(&["other"]), test: part(&["copy"]) };
        let found = near_duplicates(&store, &splits).unwrap();
        let names: Vec<_> = found.pairs.iter().map(|pair| pair.videos.join(" ")).collect();
        assert_eq!(names, ["real/a real/copy", "real/double real/copy"]);
        assert_eq!(found.pairs[0].parts, [Subset::Train, Subset::Test]);
        assert_eq!((found.count, found.crops, found.pairs[0].distance), (2, 8, 0));
    }
}
