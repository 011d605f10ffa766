//! Training a forgery detector: loop, checkpoints, validation, evaluation.
