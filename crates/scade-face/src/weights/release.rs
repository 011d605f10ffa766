//! The pinned releases of the weights and of the cascade: file names and hashes.

use scade_haar::FRONTAL_FACE;

/// A published file and its expected hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedFile {
    /// Name without folder.
    pub name: &'static str,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// A set of files that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// What the files are, for messages.
    pub what: &'static str,
    /// Folder in the cache; changes with the files or their conversion.
    pub folder: &'static str,
    /// The files; for MTCNN one per network.
    pub files: &'static [PinnedFile],
    /// Where else they are, for whoever must copy them by hand.
    pub origin: &'static str,
}

/// The weights of facenet-pytorch 2.6.0, by Tim Esler, MIT license.
pub const UPSTREAM: Release = Release {
    what: "the weights of MTCNN",
    folder: "mtcnn/facenet-pytorch-2.6.0",
    origin: "the folder `data` of facenet-pytorch 2.6.0",
    files: &[
        PinnedFile {
            name: "pnet.pt",
            sha256: "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
        },
        PinnedFile {
            name: "rnet.pt",
            sha256: "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
        },
        PinnedFile {
            name: "onet.pt",
            sha256: "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
        },
    ],
};

/// OpenCV's frontal face cascade, by Rainer Lienhart, under a 3-clause BSD license.
pub const CASCADE: Release = Release {
    what: "OpenCV's frontal face cascade",
    folder: "haar",
    origin: "the folder `data/haarcascades` of OpenCV 4.10, or the package opencv-data of Debian",
    files: &[PinnedFile { name: FRONTAL_FACE.name, sha256: FRONTAL_FACE.sha256 }],
};

#[cfg(feature = "fetch")]
impl Release {
    /// Checks that `folder` has every file and that each is the published one.
    pub(super) fn check(&'static self, folder: &std::path::Path) -> Result<(), super::Error> {
        for file in self.files {
            let path = folder.join(file.name);
            let bytes = super::Error::reading(&path)?;
            let got = scade_fs::sha256_hex(&bytes);
            if got != file.sha256 {
                let release = self;
                return Err(super::Error::Hash { path, expected: file.sha256, got, release });
            }
        }
        Ok(())
    }
}
