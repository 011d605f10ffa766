//! Reading and writing defocus maps: `.npy` (float32, `[256, 256, 1]`) or 16-bit gray PNG, all values
//! in 0..1.

use std::io::{self, Cursor};
use std::path::Path;

use image::{ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Luma};
use ndarray::{ArrayView3, ArrayViewD};
use ndarray_npy::{ViewNpyExt, WriteNpyExt};
use scade_image::{Plane, from_level, level};

use crate::{Error, FACE_SIZE, MapFormat, Result};

/// `[height, width, channels]`.
const SHAPE: [usize; 3] = [FACE_SIZE, FACE_SIZE, 1];

/// The largest accepted file: the values and a generous header. A header with a larger shape than the
/// file is found before memory is allocated.
const LARGEST_FILE: u64 = (FACE_SIZE * FACE_SIZE * size_of::<f32>() + 1024) as u64;

/// Checks that a map is 256 × 256 with values in 0..1; `path` is for the message.
pub(crate) fn check(map: &Plane, path: &Path) -> Result<()> {
    if (map.height(), map.width()) != (FACE_SIZE, FACE_SIZE) {
        let got = vec![map.height(), map.width(), 1];
        return Err(Error::Shape { path: path.to_owned(), expected: SHAPE, got });
    }
    // NaN is in no range, so it is found as well.
    match map.data().iter().position(|value| !(0.0..=1.0).contains(value)) {
        None => Ok(()),
        Some(i) => {
            let (x, y, got) = (i % map.width(), i / map.width(), map.data()[i]);
            Err(Error::MapValue { path: path.to_owned(), x, y, got })
        }
    }
}

/// Encodes a map that [`check`] has accepted.
pub(crate) fn encode(map: &Plane, format: MapFormat) -> io::Result<Vec<u8>> {
    match format {
        MapFormat::Npy => {
            let mut bytes = Vec::new();
            let values = ArrayView3::from_shape(SHAPE, map.data()).map_err(io::Error::other)?;
            values.write_npy(&mut bytes).map_err(io::Error::other)?;
            Ok(bytes)
        }
        MapFormat::Png => {
            let levels: Vec<u16> = map.data().iter().copied().map(level).collect();
            let [width, height] = [map.width(), map.height()].map(|size| size as u32);
            let image = ImageBuffer::<Luma<u16>, _>::from_raw(width, height, levels);
            let image = image.ok_or_else(|| io::Error::other("the map has no pixels"))?;
            let mut bytes = Cursor::new(Vec::new());
            image.write_to(&mut bytes, ImageFormat::Png).map_err(io::Error::other)?;
            Ok(bytes.into_inner())
        }
    }
}

/// Reads a map and checks it. The extension of the name determines the format.
///
/// # Errors
/// [`Error::MissingMap`], [`Error::Io`], [`Error::MapFormat`], [`Error::Shape`] or
/// [`Error::MapValue`]. A map that cannot be read is never replaced by zeros.
pub(crate) fn read(path: &Path) -> Result<Plane> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::MissingMap { path: path.to_owned() },
        _ => Error::io("read", path)(error),
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    let is_png = path.extension().is_some_and(|ending| ending == MapFormat::Png.extension());
    let expected =
        if is_png { "a 16-bit gray PNG" } else { "a float32 .npy file of 256 × 256 × 1" };
    let format = |source| Error::MapFormat { path: path.to_owned(), expected, source };
    if length > LARGEST_FILE {
        let message = format!("expected at most {LARGEST_FILE} bytes, got {length}");
        return Err(format(message.into()));
    }
    let bytes = scade_fs::read(path).map_err(failed)?;
    let (shape, data) = if is_png { png(&bytes) } else { npy(&bytes) }.map_err(format)?;
    if shape != SHAPE {
        return Err(Error::Shape { path: path.to_owned(), expected: SHAPE, got: shape });
    }
    let map = Plane::from_vec(FACE_SIZE, FACE_SIZE, data).expect("the shape was checked");
    check(&map, path)?;
    Ok(map)
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Shape and values of a file, row by row.
type Values = (Vec<usize>, Vec<f32>);

fn npy(bytes: &[u8]) -> Result<Values, Cause> {
    let values = ArrayViewD::<f32>::view_npy(bytes)?;
    Ok((values.shape().to_vec(), values.iter().copied().collect()))
}

fn png(bytes: &[u8]) -> Result<Values, Cause> {
    let decoder = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png).into_decoder()?;
    if decoder.color_type() != ColorType::L16 {
        return Err(format!("its pixels are {:?}", decoder.color_type()).into());
    }
    let levels = DynamicImage::from_decoder(decoder)?.into_luma16();
    let shape = vec![levels.height() as usize, levels.width() as usize, 1];
    Ok((shape, levels.into_raw().into_iter().map(from_level).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::synthetic_map;

    fn read_bytes(bytes: &[u8]) -> Result<Plane> {
        read_named("frame_000000.npy", bytes)
    }

    fn read_named(name: &str, bytes: &[u8]) -> Result<Plane> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    #[test]
    fn sixteen_bit_maps_come_back_quantized_and_other_files_are_refused() {
        let map = synthetic_map(3);
        let bytes = encode(&map, MapFormat::Png).unwrap();
        let read = |bytes: &[u8]| read_named("frame_000000.png", bytes);
        assert_eq!(read(&bytes).unwrap(), MapFormat::Png.quantized(map));
        let png = |image: DynamicImage| {
            let mut bytes = Cursor::new(Vec::new());
            image.write_to(&mut bytes, ImageFormat::Png).unwrap();
            bytes.into_inner()
        };
        let eight_bits = png(DynamicImage::new_luma8(256, 256));
        for bytes in [&b""[..], b"text", &bytes[..200], &eight_bits] {
            let error = read(bytes).unwrap_err();
            assert!(matches!(error, Error::MapFormat { .. }), "{error}");
        }
        let error = read(&png(DynamicImage::new_luma16(255, 256))).unwrap_err();
        assert!(matches!(error, Error::Shape { ref got, .. } if *got == [256, 255, 1]), "{error}");
    }

    #[test]
    fn maps_come_back_bit_for_bit() {
        let map = synthetic_map(3);
        let bytes = encode(&map, MapFormat::Npy).unwrap();
        assert_eq!(bytes.len(), 128 + 4 * 256 * 256);
        assert_eq!(read_bytes(&bytes).unwrap(), map);
    }

    #[test]
    fn values_outside_the_range_are_refused() {
        for wrong in [f32::NAN, f32::INFINITY, -0.001, 1.001] {
            let mut map = synthetic_map(1);
            map.data_mut()[256 * 7 + 5] = wrong;
            let error = read_bytes(&encode(&map, MapFormat::Npy).unwrap()).unwrap_err();
            assert!(matches!(error, Error::MapValue { x: 5, y: 7, .. }), "{error}");
        }
    }

    #[test]
    fn other_shapes_and_types_and_damaged_files_are_refused() {
        let npy = |array: ndarray::ArrayD<f32>| {
            let mut bytes = Vec::new();
            array.write_npy(&mut bytes).unwrap();
            bytes
        };
        for shape in [vec![256, 256], vec![1, 256, 256], vec![128, 128, 1], vec![0]] {
            let error = read_bytes(&npy(ndarray::ArrayD::zeros(shape.clone()))).unwrap_err();
            assert!(matches!(error, Error::Shape { ref got, .. } if *got == shape), "{error}");
        }
        let sound = encode(&synthetic_map(1), MapFormat::Npy).unwrap();
        let mut huge = sound.clone();
        let shape = b"(9999999999, 99999999, 1), }";
        let place = huge.windows(13).position(|w| w == b"(256, 256, 1)").unwrap();
        huge[place..place + shape.len()].copy_from_slice(shape);
        let mut doubles = Vec::new();
        ndarray::Array3::<f64>::zeros([64, 64, 1]).write_npy(&mut doubles).unwrap();
        for bytes in [&b""[..], b"\x93NUMPY", &sound[..1000], &huge, &doubles, &[0; 300_000]] {
            let error = read_bytes(bytes).unwrap_err();
            assert!(matches!(error, Error::MapFormat { .. }), "{error}");
        }
    }
}
