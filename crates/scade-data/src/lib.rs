//! The dataset of face samples on disk: layout, splits, augmentation, batches.
//!
//! A sample is a 256 × 256 face crop and, optionally, its defocus map, in the formats of [`FileFormats`]:
//! JPEG and float32 `.npy` by default. [`PreparedDataset`] defines paths and which videos are finished; [`split()`]
//! assigns videos to subsets, and [`audit()`] finds leaks between them; [`Loader`] turns [`items()`] into
//! batches. A [`DatasetSpec`], stored with the samples, specifies how they were made; this crate makes
//! none, and depends on no models.
//!
//! ```text
//! <root>/preparation.json                                   layout version, specification
//! <root>/face_crops/{real,fake}/<video>/frame_000010.jpg    256 × 256 RGB
//! <root>/defocus_maps/{real,fake}/<video>/frame_000010.npy  float32 [256, 256, 1], 0..1
//! <root>/masks/fake/<video>/frame_000010.png                white where the face is forged, if known
//! <root>/records/{real,fake}/<video>.json                   written last: the video is complete
//! <root>/metadata.json                                      all records
//! <root>/splits.json                                        {train|val|test: {real, fake}}
//! <root>/audit.json                                         leaks between the subsets
//! ```
//!
//! [`FileLayout::Published`] has only SCADE-Net's files there, and the others in a folder beside it.

mod assign;
mod audit;
mod augment;
mod augment_config;
mod batch;
mod color;
mod degradation;
mod error;
mod face_id;
mod file_layout;
mod fingerprint;
mod identity;
mod identity_split;
mod json;
mod key;
mod loader;
mod map_file;
mod merge;
mod near_duplicates;
mod on_the_fly_maps;
mod order;
mod prefetch;
mod preparation;
mod prepared;
mod record;
mod samples;
mod self_blend;
mod split;
mod splits;
mod video_writer;

#[cfg(test)]
mod testing;

pub use audit::{Audit, Shared, audit};
pub use augment::augment;
pub use augment_config::AugmentConfig;
pub use batch::{Batch, HostBatch};
pub use degradation::DegradationConfig;
pub use error::{Error, Result};
pub use face_id::FaceId;
pub use file_layout::FileLayout;
pub use identity::{celeb_df_people, dfd_people, face_forensics_people, identities_of};
pub use key::VideoKey;
pub use loader::{Epoch, Failure, Loader, LoaderConfig};
pub use near_duplicates::{NearDuplicate, NearDuplicates, near_duplicates};
pub use on_the_fly_maps::OnTheFlyMaps;
pub use preparation::{Difference, LAYOUT_VERSION, differences};
pub use prepared::{DatasetLock, PreparedDataset};
pub use record::{MissedFrames, Status, VideoFile, VideoRecord};
pub use samples::{Item, Sample, items, items_of, load};
pub use scade_blend::{BlendConfig, Pair};
pub use scade_image::{CropFormat, FileFormats, MapFormat};
pub use scade_sample::{DatasetSpec, FACE_SIZE, Label};
pub use self_blend::self_blended;
pub use split::{SplitOutcome, SplitRatios, SplitRule, split};
pub use splits::{Splits, Subset, SubsetVideos};
pub use video_writer::VideoWriter;
