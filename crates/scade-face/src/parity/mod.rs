//! The detector against facenet-pytorch 2.6.0 on PyTorch 2.4.1: each network alone, then the cascade.
//!
//! Requires the weights of MTCNN; without them the tests print that they were skipped.

mod cascade;
mod networks;
