//! Faces in a picture: MTCNN on Burn, alignment and crops, weights.
