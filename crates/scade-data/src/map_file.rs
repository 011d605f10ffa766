//! Defocus maps from and to `.npy` files: float32, `[256, 256, 1]`, every value in 0..1.

use std::io;
use std::path::Path;

use ndarray::{ArrayView3, ArrayViewD};
use ndarray_npy::{ViewNpyExt, WriteNpyExt};
use scade_image::Plane;

use crate::{Error, FACE_SIZE, Result};

/// `[height, width, channels]`.
const SHAPE: [usize; 3] = [FACE_SIZE, FACE_SIZE, 1];

/// The largest file looked into: the values and a generous header. A header that promises more
/// than the file holds is found out before memory is asked for.
const LARGEST_FILE: u64 = (FACE_SIZE * FACE_SIZE * size_of::<f32>() + 1024) as u64;

/// Refuses a map that is not 256 × 256 with values in 0..1; `path` is for the message.
pub(crate) fn check(map: &Plane, path: &Path) -> Result<()> {
    if (map.height(), map.width()) != (FACE_SIZE, FACE_SIZE) {
        let got = vec![map.height(), map.width(), 1];
        return Err(Error::Shape { path: path.to_owned(), expected: SHAPE, got });
    }
    // NaN is in no range.
    match map.data().iter().position(|value| !(0.0..=1.0).contains(value)) {
        None => Ok(()),
        Some(i) => {
            let (x, y, got) = (i % map.width(), i / map.width(), map.data()[i]);
            Err(Error::MapValue { path: path.to_owned(), x, y, got })
        }
    }
}

/// The bytes of the `.npy` file of a map that [`check`] has passed.
pub(crate) fn encode(map: &Plane) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let values = ArrayView3::from_shape(SHAPE, map.data()).map_err(io::Error::other)?;
    values.write_npy(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Reads a map and checks it.
///
/// # Errors
/// [`Error::MissingMap`], [`Error::Io`], [`Error::MapFormat`], [`Error::Shape`] or
/// [`Error::MapValue`]: never a map of zeros in place of one that cannot be read.
pub(crate) fn read(path: &Path) -> Result<Plane> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::MissingMap { path: path.to_owned() },
        _ => Error::io("read", path)(error),
    };
    let format = |source| Error::MapFormat { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > LARGEST_FILE {
        let message = format!("expected at most {LARGEST_FILE} bytes, got {length}");
        return Err(format(message.into()));
    }
    let bytes = scade_fs::read(path).map_err(failed)?;
    let values = ArrayViewD::<f32>::view_npy(&bytes).map_err(|e| format(e.into()))?;
    if values.shape() != SHAPE {
        let got = values.shape().to_vec();
        return Err(Error::Shape { path: path.to_owned(), expected: SHAPE, got });
    }
    let data = values.iter().copied().collect();
    let map = Plane::from_vec(FACE_SIZE, FACE_SIZE, data).expect("the shape was just checked");
    check(&map, path)?;
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drawn_map;

    fn read_bytes(bytes: &[u8]) -> Result<Plane> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frame_000000.npy");
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    #[test]
    fn maps_come_back_bit_for_bit() {
        let map = drawn_map(3);
        let bytes = encode(&map).unwrap();
        assert_eq!(bytes.len(), 128 + 4 * 256 * 256);
        assert_eq!(read_bytes(&bytes).unwrap(), map);
    }

    #[test]
    fn values_that_are_no_map_are_refused() {
        for wrong in [f32::NAN, f32::INFINITY, -0.001, 1.001] {
            let mut map = drawn_map(1);
            map.data_mut()[256 * 7 + 5] = wrong;
            let error = read_bytes(&encode(&map).unwrap()).unwrap_err();
            assert!(matches!(error, Error::MapValue { x: 5, y: 7, .. }), "{error}");
        }
    }

    #[test]
    fn other_shapes_types_and_damage_are_refused() {
        let npy = |array: ndarray::ArrayD<f32>| {
            let mut bytes = Vec::new();
            array.write_npy(&mut bytes).unwrap();
            bytes
        };
        for shape in [vec![256, 256], vec![1, 256, 256], vec![128, 128, 1], vec![0]] {
            let error = read_bytes(&npy(ndarray::ArrayD::zeros(shape.clone()))).unwrap_err();
            assert!(matches!(error, Error::Shape { ref got, .. } if *got == shape), "{error}");
        }
        let sound = encode(&drawn_map(1)).unwrap();
        let mut huge = sound.clone();
        let promise = b"(9999999999, 99999999, 1), }";
        let place = huge.windows(13).position(|w| w == b"(256, 256, 1)").unwrap();
        huge[place..place + promise.len()].copy_from_slice(promise);
        let mut doubles = Vec::new();
        ndarray::Array3::<f64>::zeros([64, 64, 1]).write_npy(&mut doubles).unwrap();
        for bytes in [&b""[..], b"\x93NUMPY", &sound[..1000], &huge, &doubles, &[0; 300_000]] {
            let error = read_bytes(bytes).unwrap_err();
            assert!(matches!(error, Error::MapFormat { .. }), "{error}");
        }
    }
}
