//! Locating the weights: the user's folder, the cache, or a download.

use std::path::{Path, PathBuf};

use scade_settings::error_chain;

use super::convert::convert;
use super::converted::{FILE_NAME, read_converted};
use super::source::Source;
use super::{Attempt, CASCADE, Error, Release, UPSTREAM};
use super::{download::Download, pip::Pip};
use crate::{DetectorFiles, Fallback};

/// Environment variable that sets the cache folder.
const CACHE_VARIABLE: &str = "SCADE_CACHE";

/// The converted weights, ready for [`crate::Mtcnn::load`].
///
/// `explicit` is a folder with `mtcnn.safetensors`, which is used as it is, or with the three
/// original files, which are checked and converted into the cache. Without it the cache is used, then the
/// network: HTTPS, then `pip download`. Concurrent processes do not interfere. Progress is logged, as
/// this can take some seconds.
///
/// # Errors
/// When no source provides intact weights; the hint of the error describes the manual steps.
pub fn locate(explicit: Option<&Path>) -> Result<PathBuf, Error> {
    locate_in(explicit, cache_root(), &UPSTREAM, &[&Download::MTCNN, &Pip::MTCNN])
}

/// All files that a fallback needs: the weights of MTCNN as [`locate`] finds them and, for
/// [`Fallback::Haar`], OpenCV's frontal face cascade. That is looked for in the folder `explicit`, then in
/// the cache, then fetched like the weights; its SHA-256 is checked.
///
/// # Errors
/// As [`locate`].
pub fn locate_for(explicit: Option<&Path>, fallback: Fallback) -> Result<DetectorFiles, Error> {
    let mtcnn = locate(explicit)?;
    let cascade = match fallback {
        Fallback::Haar => {
            let sources: [&dyn Source; 2] = [&Download::CASCADE, &Pip::CASCADE];
            Some(locate_cascade(explicit, cache_root(), &CASCADE, &sources)?)
        }
        Fallback::None | Fallback::SecondLook => None,
    };
    Ok(DetectorFiles { mtcnn, cascade })
}

/// Where the cascade is kept; the tests of `scade-haar` look there, too.
fn locate_cascade(
    explicit: Option<&Path>,
    cache_root: Option<PathBuf>,
    release: &'static Release,
    sources: &[&dyn Source],
) -> Result<PathBuf, Error> {
    let name = release.files[0].name;
    if let Some(folder) = explicit.filter(|folder| folder.join(name).exists()) {
        return release.check(folder).map(|()| folder.join(name));
    }
    let folder = cache_root.ok_or(Error::NoCache)?.join(release.folder);
    let target = folder.join(name);
    if release.check(&folder).is_err() {
        fetch(release, sources, &target, |folder| Error::reading(&folder.join(name)))?;
    }
    Ok(target)
}

/// The converted weights if they are in the cache and intact; never uses the network.
#[must_use]
pub fn locate_cached_only() -> Option<PathBuf> {
    let path = cached(&cache_root()?, &UPSTREAM);
    read_converted(&path).is_ok().then_some(path)
}

fn cache_root() -> Option<PathBuf> {
    match std::env::var_os(CACHE_VARIABLE) {
        Some(root) if !root.is_empty() => Some(root.into()),
        _ => {
            let folders = directories::ProjectDirs::from("", "", "scade")?;
            Some(folders.cache_dir().to_owned())
        }
    }
}

fn cached(root: &Path, release: &'static Release) -> PathBuf {
    root.join(release.folder).join(FILE_NAME)
}

fn locate_in(
    explicit: Option<&Path>,
    cache_root: Option<PathBuf>,
    release: &'static Release,
    sources: &[&dyn Source],
) -> Result<PathBuf, Error> {
    if let Some(converted) = explicit.map(|folder| folder.join(FILE_NAME))
        && converted.exists()
    {
        return read_converted(&converted).map(|_| converted);
    }
    let target = cached(&cache_root.ok_or(Error::NoCache)?, release);
    if let Some(folder) = explicit {
        if !release.files.iter().any(|file| folder.join(file.name).exists()) {
            return Err(Error::NotInFolder { folder: folder.to_owned(), release });
        }
        install(folder, release, &target)?;
        return Ok(target);
    }
    match read_converted(&target) {
        Ok(_) => return Ok(target),
        Err(error @ Error::Damaged { .. }) => tracing::warn!("{error}; recreating it"),
        Err(_) => {}
    }
    fetch(release, sources, &target, |folder| convert(folder, release))?;
    Ok(target)
}

/// Tries the sources in order; `make` gives the bytes of `target` from a folder with the checked files.
fn fetch(
    release: &'static Release,
    sources: &[&dyn Source],
    target: &Path,
    make: impl Fn(&Path) -> Result<Vec<u8>, Error>,
) -> Result<(), Error> {
    let mut attempts = Vec::new();
    for source in sources {
        tracing::info!("fetching {}: {}", release.what, source.name());
        match try_source(*source, release, &make) {
            Ok(bytes) => {
                scade_fs::write(target, bytes)?;
                tracing::info!("{} cached in {}", release.what, target.display());
                return Ok(());
            }
            Err(reason) => {
                tracing::info!("this source failed: {reason}");
                attempts.push(Attempt { source: source.name(), reason });
            }
        }
    }
    Err(Error::Unobtainable { release, attempts })
}

/// The file from one source, downloaded to a temporary folder.
fn try_source(
    source: &dyn Source,
    release: &'static Release,
    make: impl Fn(&Path) -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, String> {
    let folder =
        tempfile::tempdir().map_err(|e| format!("cannot create a temporary folder: {e}"))?;
    source.fetch(release, folder.path())?;
    let checked = release.check(folder.path()).and_then(|()| make(folder.path()));
    checked.map_err(|e| error_chain(&e))
}

/// Checks and converts what the user has provided.
fn install(folder: &Path, release: &'static Release, target: &Path) -> Result<(), Error> {
    release.check(folder)?;
    scade_fs::write(target, convert(folder, release)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::PinnedFile;
    use safetensors::SafeTensors;
    use scade_settings::Hint;

    /// Tiny files in the format of the real ones (PyTorch before 1.6, column-major), written by Python's
    /// pickle with stand-ins for `torch.FloatStorage` and `torch._utils._rebuild_tensor_v2`:
    /// ```python
    /// for i, name in enumerate(["pnet", "rnet", "onet"]):
    ///     save(f"{name}.pt", OrderedDict([
    ///         ("a.weight", Tensor("91", [i + x / 4 for x in (0, 3, 1, 4, 2, 5)], (2, 3), (1, 2))),
    ///         ("a.bias", Tensor("17", [-1.0, 10.0 * i], (2,), (1,)))]))
    /// ```
    const FILES: [&[u8]; 3] = [
        include_bytes!("../../fixtures/pnet.pt"),
        include_bytes!("../../fixtures/rnet.pt"),
        include_bytes!("../../fixtures/onet.pt"),
    ];

    const TINY: Release = Release {
        what: "the weights of MTCNN",
        folder: "mtcnn/tiny",
        origin: "the folder `data` of facenet-pytorch 2.6.0",
        files: &[
            PinnedFile {
                name: "pnet.pt",
                sha256: "0054cb2497a85c907d20c6d5b3d98800926bf13fbb851e87e0dfc44665159de1",
            },
            PinnedFile {
                name: "rnet.pt",
                sha256: "0f8923ba8f5e99395af7748b1872c3e5676ab4ac7bc87968bd7450b434708130",
            },
            PinnedFile {
                name: "onet.pt",
                sha256: "4165995e4efb815583064d0f3530b62727393f3f1216e044566119043edaaa41",
            },
        ],
    };

    /// A source with the right files, one with wrong files, and an unreachable one.
    enum Fake {
        Good,
        Altered,
        Unreachable,
    }

    impl Source for Fake {
        fn name(&self) -> String {
            "fake".to_owned()
        }

        fn fetch(&self, release: &Release, folder: &Path) -> Result<(), String> {
            if matches!(self, Self::Unreachable) {
                return Err("no route".to_owned());
            }
            write_files(release, folder);
            if matches!(self, Self::Altered) {
                std::fs::write(folder.join("rnet.pt"), "<html>please log in</html>").unwrap();
            }
            Ok(())
        }
    }

    fn write_files(release: &Release, folder: &Path) {
        for (file, bytes) in release.files.iter().zip(FILES) {
            std::fs::write(folder.join(file.name), bytes).unwrap();
        }
    }

    fn locate_tiny(
        explicit: Option<&Path>,
        root: &Path,
        sources: &[&dyn Source],
    ) -> Result<PathBuf, Error> {
        locate_in(explicit, Some(root.to_owned()), &TINY, sources)
    }

    #[test]
    fn a_source_is_used_once_and_its_values_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let path = locate_tiny(None, root.path(), &[&Fake::Unreachable, &Fake::Good]).unwrap();
        assert_eq!(path, root.path().join("mtcnn/tiny/mtcnn.safetensors"));
        assert_eq!(locate_tiny(None, root.path(), &[]).unwrap(), path);

        let bytes = read_converted(&path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.len(), 6);
        let values = |name| {
            let view = file.tensor(name).unwrap();
            let floats =
                view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            (view.shape().to_vec(), floats.collect::<Vec<_>>())
        };
        assert_eq!(values("pnet.a.weight"), (vec![2, 3], vec![0.0, 0.25, 0.5, 0.75, 1.0, 1.25]));
        assert_eq!(values("onet.a.weight"), (vec![2, 3], vec![2.0, 2.25, 2.5, 2.75, 3.0, 3.25]));
        assert_eq!(values("onet.a.bias"), (vec![2], vec![-1.0, 20.0]));
    }

    #[test]
    fn the_users_folder_is_checked_and_converted_into_the_cache() {
        let (root, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let error = locate_tiny(Some(folder.path()), root.path(), &[]).unwrap_err();
        assert!(matches!(error, Error::NotInFolder { .. }));

        write_files(&TINY, folder.path());
        let path = locate_tiny(Some(folder.path()), root.path(), &[]).unwrap();
        assert!(path.starts_with(root.path()));
        assert_eq!(locate_tiny(path.parent(), root.path(), &[]).unwrap(), path);

        std::fs::remove_file(folder.path().join("onet.pt")).unwrap();
        let error = locate_tiny(Some(folder.path()), root.path(), &[]).unwrap_err();
        assert!(matches!(error, Error::Read { path, .. } if path.ends_with("onet.pt")));

        std::fs::write(folder.path().join("onet.pt"), "other").unwrap();
        let error = locate_tiny(Some(folder.path()), root.path(), &[]).unwrap_err();
        assert!(matches!(error, Error::Hash { path, .. } if path.ends_with("onet.pt")));
    }

    #[test]
    fn when_all_sources_fail_each_is_named_and_nothing_is_cached() {
        let root = tempfile::tempdir().unwrap();
        let sources: [&dyn Source; 2] = [&Fake::Unreachable, &Fake::Altered];
        let error = locate_tiny(None, root.path(), &sources).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("fake: no route"), "{text}");
        assert!(text.contains("rnet.pt is not the published file"), "{text}");
        let hint = Hint::hint(&error).unwrap();
        for word in ["`weights`", "pnet.pt", TINY.files[2].sha256] {
            assert!(hint.contains(word), "{hint}");
        }
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }

    /// The first file of the tiny release stands for the cascade.
    #[test]
    fn the_cascade_is_taken_from_the_folder_the_cache_or_a_source() {
        let (root, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        const ONE: Release = Release { files: TINY.files.split_at(1).0, ..TINY };
        let locate = |explicit: Option<&Path>, sources: &[&dyn Source]| {
            locate_cascade(explicit, Some(root.path().to_owned()), &ONE, sources)
        };
        assert!(matches!(locate(None, &[]), Err(Error::Unobtainable { .. })));
        let cached = locate(None, &[&Fake::Unreachable, &Fake::Good]).unwrap();
        assert_eq!(cached, root.path().join("mtcnn/tiny/pnet.pt"));
        assert_eq!(std::fs::read(&cached).unwrap(), FILES[0]);
        // In the cache now; a damaged file is replaced.
        assert_eq!(locate(None, &[]).unwrap(), cached);
        std::fs::write(&cached, "damaged").unwrap();
        assert!(locate(None, &[]).is_err());
        assert_eq!(locate(None, &[&Fake::Good]).unwrap(), cached);
        // The user's own comes first, and is checked.
        assert_eq!(locate(Some(folder.path()), &[]).unwrap(), cached);
        std::fs::write(folder.path().join("pnet.pt"), FILES[0]).unwrap();
        assert_eq!(locate(Some(folder.path()), &[]).unwrap(), folder.path().join("pnet.pt"));
        std::fs::write(folder.path().join("pnet.pt"), "other").unwrap();
        assert!(matches!(locate(Some(folder.path()), &[]), Err(Error::Hash { .. })));
    }

    /// Reading a pipe would block; an empty device is used in its place.
    #[cfg(unix)]
    #[test]
    fn weights_are_read_from_regular_files_only() {
        assert!(matches!(read_converted(Path::new("/dev/null")), Err(Error::Read { .. })));
    }

    #[test]
    fn a_corrupt_cache_is_recreated() {
        let root = tempfile::tempdir().unwrap();
        let path = locate_tiny(None, root.path(), &[&Fake::Good]).unwrap();
        let intact = std::fs::read(&path).unwrap();
        let mut flipped = intact.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&flipped[..], &intact[..intact.len() - 1], &intact[..3], b""] {
            std::fs::write(&path, damaged).unwrap();
            assert!(matches!(read_converted(&path), Err(Error::Damaged { .. })));
            assert!(locate_tiny(None, root.path(), &[]).is_err());
            locate_tiny(None, root.path(), &[&Fake::Good]).unwrap();
            read_converted(&path).unwrap();
        }
    }

    #[test]
    fn concurrent_calls_succeed() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let fetch =
                || locate_tiny(None, root.path(), &[&Fake::Good]).map(|p| read_converted(&p));
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(fetch)).collect();
            for thread in threads {
                thread.join().unwrap().unwrap().unwrap();
            }
        });
        let folder = root.path().join("mtcnn/tiny");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn without_a_cache_folder_the_hint_names_the_variable() {
        let error = locate_in(None, None, &TINY, &[&Fake::Good]).unwrap_err();
        assert!(Hint::hint(&error).unwrap().contains(CACHE_VARIABLE));
    }
}
