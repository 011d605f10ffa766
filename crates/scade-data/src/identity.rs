//! Identities in a clip, parsed from its name by the conventions of the public datasets.

/// The identities in a clip named `stem` (file name without extension), target before source.
///
/// | dataset | name | identities |
/// |---|---|---|
/// | FaceForensics++ | `003` | `003` |
/// | | `000_003` (target, source) | `000`, `003` |
/// | Celeb-DF | `id0_0000` | `id0` |
/// | | `id0_id1_0000` | `id0`, `id1` |
/// | DeepFakeDetection | `01__kitchen_pan` | `01` |
/// | | `01_02__kitchen_pan__ABCD1234` | `01`, `02` |
/// | any other | | the stem itself |
#[must_use]
pub fn identities_of(stem: &str) -> Vec<String> {
    let found = dfd_people(stem).or_else(|| celeb_df_people(stem));
    let found = found.or_else(|| face_forensics_people(stem));
    found.unwrap_or_else(|| vec![stem]).into_iter().map(str::to_owned).collect()
}

/// The actors in the name of a DeepFakeDetection clip: `AA__scene` or `TT_SS__scene__XXXXXXXX`, with
/// actors of two digits, target before source, and an ID of eight letters or digits.
#[must_use]
pub fn dfd_people(stem: &str) -> Option<Vec<&str>> {
    let (actors, scene) = stem.split_once("__")?;
    match actors.split_once('_') {
        None => (digits(actors, 2) && !scene.is_empty()).then(|| vec![actors]),
        Some((target, source)) => {
            let (scene, id) = scene.rsplit_once("__")?;
            let id_fits = id.len() == 8 && id.bytes().all(|b| b.is_ascii_alphanumeric());
            let fits = digits(target, 2) && digits(source, 2) && id_fits && !scene.is_empty();
            fits.then(|| vec![target, source])
        }
    }
}

/// The people in the name of a Celeb-DF clip: `idA_NNNN` or `idA_idB_NNNN`, target before source.
#[must_use]
pub fn celeb_df_people(stem: &str) -> Option<Vec<&str>> {
    let (people, clip) = stem.rsplit_once('_')?;
    let people: Vec<_> = people.split('_').collect();
    let is_id = |name: &&str| {
        name.strip_prefix("id")
            .is_some_and(|number| !number.is_empty() && digits(number, number.len()))
    };
    (digits(clip, 4) && people.len() <= 2 && people.iter().all(is_id)).then_some(people)
}

/// The clips in the name of a FaceForensics++ clip: `TTT` or `TTT_SSS`, target before source.
#[must_use]
pub fn face_forensics_people(stem: &str) -> Option<Vec<&str>> {
    let people: Vec<_> = stem.split('_').collect();
    (people.len() <= 2 && people.iter().all(|id| digits(id, 3))).then_some(people)
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stem: &str, expected: &[&str]) {
        assert_eq!(identities_of(stem), expected, "{stem}");
    }

    #[test]
    fn names_of_the_public_datasets() {
        check("003", &["003"]);
        check("000_003", &["000", "003"]);
        check("id0_0000", &["id0"]);
        check("id16_id61_0012", &["id16", "id61"]);
        check("00170", &["00170"]);
        check("01__exit_phone_room", &["01"]);
        check("01_02__outside_talking_still_laughing__YVGY8LOK", &["01", "02"]);
    }

    #[test]
    fn names_that_only_look_similar_are_their_own_identity() {
        let others = [
            "",
            "holiday",
            "000_0003",
            "000_003_1",
            "id_0000",
            "id0_id1_id2_0000",
            "id0_000",
            "1__a",
            "01__",
            "01_02__scene",
            "01_02__scene__SHORT",
            "01_02____ABCD1234",
            "٠١٢_٠١٢",
            "abcdaqowe",
        ];
        for stem in others {
            check(stem, &[stem]);
        }
    }
}
