//! The dataset of face samples on disk: layout, splits, augmentation, batches.
