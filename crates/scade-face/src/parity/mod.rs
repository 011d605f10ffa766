//! The detector beside facenet-pytorch 2.6.0 on PyTorch 2.4.1: each network alone, then the cascade.
//!
//! All of it needs the weights of MTCNN; without them the tests say that they were skipped.

mod cascade;
mod networks;
