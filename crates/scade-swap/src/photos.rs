//! Photographs: which there are, and the largest face of each.

use std::fmt;
use std::path::{Path, PathBuf};

use scade_blend::{FaceFrame, Region, fill};
use scade_face::{FaceFinder, Kernels, select_largest};
use scade_fs::{FileKind, Listing, has_ending};
use scade_image::{
    DecodeError, Filter, IMAGE_EXTENSIONS, Landmarks, RgbImage, decode_image, resize_rgb,
};
use scade_settings::Progress;
use serde::{Deserialize, Serialize};

use crate::color::moments;
use crate::{Error, Pose, SwapSettings};

/// Widest image, relative to the largest height.
const WIDEST: f32 = 2.0;

/// Largest deviation of the chroma of a face, in gray levels: skin has about one color, hats and scarves
/// have others.
const MOST_COLORFUL: f32 = 15.5;

/// A file that may be a photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFile {
    /// Where it is.
    pub path: PathBuf,
    /// The name of its folder and its path in it, for records: `portraits/0001.jpg`.
    pub name: String,
}

/// The photographs of some folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoList {
    /// Folder by folder, sorted by path.
    pub files: Vec<PhotoFile>,
    /// SHA-256 of names and sizes, to notice that photographs were added or changed.
    pub digest: String,
}

impl PhotoList {
    /// The images in `folders` at any depth, by the endings of their names.
    ///
    /// # Errors
    /// When a folder cannot be listed, or there is no image.
    pub fn of(folders: &[PathBuf]) -> Result<Self, Error> {
        let mut files = Vec::new();
        let mut described = String::new();
        for folder in folders {
            let image = |path: &Path| has_ending(path, &IMAGE_EXTENSIONS);
            let listing = Listing::below(folder, image).map_err(Error::List)?;
            let base = folder.file_name().unwrap_or_default();
            for path in listing.files {
                let below = path.strip_prefix(folder).unwrap_or(&path);
                let name = Path::new(base).join(below).to_string_lossy().replace('\\', "/");
                let size = path.metadata().map_or(0, |there| there.len());
                described += &format!("{name}\0{size}\n");
                files.push(PhotoFile { path, name });
            }
        }
        if files.is_empty() {
            return Err(Error::NoPhotos { folders: folders.to_vec() });
        }
        Ok(Self { files, digest: scade_fs::sha256_hex(described.as_bytes()) })
    }
}

/// A photograph with a usable face.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// The file.
    pub file: PhotoFile,
    /// Of its largest face, in pixels of [`load_photo`].
    pub landmarks: Landmarks,
    /// How the face is held, and how bright it is.
    pub pose: Pose,
}

/// Why a photograph is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// It cannot be read or decoded.
    Unreadable,
    /// No face was found, or its score is too low.
    NoFace,
    /// The eyes are too close.
    Small,
    /// The face is turned away.
    Turned,
    /// The face reaches beyond the photograph.
    Cut,
    /// The face has other colors than skin: something is in front of it.
    Covered,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "cannot be read",
            Self::NoFace => "without a clear face",
            Self::Small => "with a small face",
            Self::Turned => "with a turned face",
            Self::Cut => "with a face cut by the border",
            Self::Covered => "with a covered face",
        })
    }
}

/// What became of the photographs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Those with a usable face, in the order of the list.
    pub photos: Vec<Photo>,
    /// The others.
    pub skipped: Vec<(PhotoFile, Skip)>,
    /// Why files could not be read, in their order.
    pub unreadable: Vec<String>,
}

/// A photograph cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error("it is {0}")]
    Other(String),
    #[error(transparent)]
    Decode(DecodeError),
}

/// A photograph, upright, reduced to at most `height` pixels in height and twice that in width.
///
/// # Errors
/// When it cannot be read or decoded.
pub fn load_photo(path: &Path, height: u32) -> Result<RgbImage, Error> {
    load(path, height)
        .map_err(|source| Error::Read { path: path.to_owned(), source: source.into() })
}

fn load(path: &Path, height: u32) -> Result<RgbImage, LoadError> {
    let bytes = scade_fs::read(path)?;
    let image = decode_image(&bytes).map_err(|error| match error {
        DecodeError::NotAnImage => LoadError::Other(FileKind::instead_of_image(&bytes)),
        error => LoadError::Decode(error),
    })?;
    let (w, h) = image.dimensions();
    let most = height as f32;
    let scale = (most / h as f32).min(WIDEST * most / w as f32);
    if scale >= 1.0 {
        return Ok(image);
    }
    let [w, h] = [w, h].map(|side| ((side as f32 * scale).round() as u32).max(1));
    Ok(resize_rgb(&image, w, h, Filter::Area))
}

/// Finds the largest face of every photograph.
///
/// # Errors
/// When the face detector fails. A photograph that cannot be used is skipped.
pub fn find_photos<B: Kernels>(
    list: &PhotoList,
    finder: &FaceFinder<B>,
    settings: &SwapSettings,
    progress: &dyn Progress,
) -> Result<Found, Error> {
    let mut found = Found::default();
    progress.start("faces", "photographs", list.files.len() as u64);
    for file in &list.files {
        match look(file, finder, settings)? {
            Ok(photo) => found.photos.push(photo),
            Err((skip, why)) => {
                found.skipped.push((file.clone(), skip));
                found.unreadable.extend(why);
            }
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(found)
}

/// The photograph, or why it is skipped, with the reason of one that cannot be read.
fn look<B: Kernels>(
    file: &PhotoFile,
    finder: &FaceFinder<B>,
    settings: &SwapSettings,
) -> Result<Result<Photo, (Skip, Option<String>)>, Error> {
    let image = match load(&file.path, settings.height) {
        Ok(image) => image,
        Err(error) => {
            let why = scade_settings::error_chain(&error);
            let text = format!("cannot read {}: {why}", file.path.display());
            return Ok(Err((Skip::Unreadable, Some(text))));
        }
    };
    let images = [image];
    let faces = finder.detect_batch(&images)?.into_iter().flat_map(|found| found.faces);
    let faces: Vec<_> = faces.collect();
    let face = select_largest(&faces).filter(|face| face.score >= settings.min_score);
    Ok(match face {
        Some(face) => usable(&images[0], &face.landmarks, settings)
            .map(|pose| Photo { file: file.clone(), landmarks: face.landmarks, pose })
            .map_err(|skip| (skip, None)),
        None => Err((Skip::NoFace, None)),
    })
}

/// The pose of a face that can be swapped.
fn usable(image: &RgbImage, landmarks: &Landmarks, settings: &SwapSettings) -> Result<Pose, Skip> {
    let frame = FaceFrame::of(landmarks).ok_or(Skip::Turned)?;
    let [luma, colorfulness] = colors_of(image, &frame);
    let pose = Pose::of(landmarks, luma).ok_or(Skip::Turned)?;
    if pose.eyes < settings.min_eyes {
        return Err(Skip::Small);
    }
    if !pose.is_frontal() {
        return Err(Skip::Turned);
    }
    let (width, height) = (image.width() as f32, image.height() as f32);
    let outline = Region::Face.outline().into_iter().map(|point| frame.place(point));
    let inside = |[x, y]: [f32; 2]| (0.0..width).contains(&x) && (0.0..height).contains(&y);
    if !outline.into_iter().all(inside) {
        return Err(Skip::Cut);
    }
    if colorfulness > MOST_COLORFUL { Err(Skip::Covered) } else { Ok(pose) }
}

/// Mean luma of the face from the forehead to the chin, and the deviation of its chroma, in gray levels.
fn colors_of(image: &RgbImage, frame: &FaceFrame) -> [f32; 2] {
    let narrow = |[x, y]: [f32; 2]| frame.place([0.84 * x, if y < 0.0 { y - 0.15 } else { y }]);
    let outline: Vec<_> = Region::Face.outline().into_iter().map(narrow).collect();
    let mask = fill(&outline, image.width() as usize, image.height() as usize);
    let [mean, deviation] = moments(image, mask.data());
    [mean[0], deviation[1].hypot(deviation[2])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::to_ycc;

    fn frontal(eyes: f32, center: [f32; 2]) -> Landmarks {
        let points = [[-0.5, 0.0], [0.5, 0.0], [0.0, 0.57], [-0.41, 1.15], [0.41, 1.15]];
        Landmarks(points.map(|[x, y]| [center[0] + eyes * x, center[1] + eyes * y]))
    }

    #[test]
    fn small_turned_and_cut_faces_are_not_used() {
        let image = RgbImage::from_pixel(400, 300, [150, 120, 100].into());
        let settings = SwapSettings::default();
        let check = |landmarks: &Landmarks| usable(&image, landmarks, &settings);
        let pose = check(&frontal(60.0, [200.0, 110.0])).unwrap();
        assert!((pose.luma - to_ycc([150.0, 120.0, 100.0])[0]).abs() < 0.5, "{pose:?}");
        assert_eq!(check(&frontal(30.0, [200.0, 110.0])), Err(Skip::Small));
        assert_eq!(check(&frontal(60.0, [50.0, 110.0])), Err(Skip::Cut));
        let mut turned = frontal(60.0, [200.0, 110.0]);
        turned.0[2][0] += 30.0;
        assert_eq!(check(&turned), Err(Skip::Turned));
        assert_eq!(check(&Landmarks([[5.0; 2]; 5])), Err(Skip::Turned));
        // A hat down to the eyes.
        let hat = RgbImage::from_fn(400, 300, |_, y| {
            if y < 105 { [40, 200, 60].into() } else { [150, 120, 100].into() }
        });
        let covered = usable(&hat, &frontal(60.0, [200.0, 110.0]), &settings);
        assert_eq!(covered, Err(Skip::Covered));
    }

    #[test]
    fn photographs_are_listed_with_their_folder_and_reduced() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("people");
        let image = RgbImage::from_fn(900, 300, |x, _| [x as u8, 0, 9].into());
        scade_fs::write(&folder.join("b/1.png"), scade_image::encode_png(&image).unwrap()).unwrap();
        scade_fs::write(&folder.join("a.jpg"), "no image").unwrap();
        scade_fs::write(&folder.join("notes.txt"), "text").unwrap();
        let list = PhotoList::of(std::slice::from_ref(&folder)).unwrap();
        let names: Vec<_> = list.files.iter().map(|file| &*file.name).collect();
        assert_eq!(names, ["people/a.jpg", "people/b/1.png"]);
        assert_eq!(load_photo(&list.files[1].path, 200).unwrap().dimensions(), (400, 133));
        assert_eq!(load_photo(&list.files[1].path, 640).unwrap().dimensions(), (900, 300));
        let error = load_photo(&list.files[0].path, 200).unwrap_err();
        assert!(scade_settings::error_chain(&error).contains("a.jpg: it is"), "{error}");
        scade_fs::write(&folder.join("a.jpg"), "longer now").unwrap();
        assert_ne!(PhotoList::of(&[folder]).unwrap().digest, list.digest);
        let empty = root.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        assert!(matches!(PhotoList::of(&[empty]), Err(Error::NoPhotos { .. })));
    }
}
