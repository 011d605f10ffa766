//! Files whose right pixels are known, and files that give none.

use std::io::Cursor;

use image::imageops::rotate90;
use image::{GrayAlphaImage, ImageBuffer, LumaA, Rgba, RgbaImage};

use super::*;

const THREE_SCANS: &[u8] = include_bytes!("../../fixtures/decode/three_scans.jpg");
const ONE_SCAN: &[u8] = include_bytes!("../../fixtures/decode/one_scan.jpg");

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn waves() -> RgbImage {
    RgbImage::from_fn(20, 12, |x, y| Rgb([(12 * x) as u8, (20 * y) as u8, (x * y) as u8]))
}

#[test]
fn scans_of_their_own_give_the_pixels_of_one_scan() {
    assert!(decode_image(THREE_SCANS).unwrap() == decode_image(ONE_SCAN).unwrap());
    // The decoder of `image` panics on this one.
    let small = decode_image(include_bytes!("../../fixtures/decode/three_scans_16x16.jpg"));
    assert_eq!(small.unwrap().dimensions(), (16, 16));
}

/// `cargo xtask jpegs -- --fixture crates/scade-image/fixtures/decode/jpegs.bin`, libjpeg-turbo 2.1.5.
#[test]
fn every_scan_script_and_sampling_is_decoded_as_by_libjpeg_turbo() {
    let mut rest: &[u8] = include_bytes!("../../fixtures/decode/jpegs.bin");
    let mut next = || {
        let (length, after) = rest.split_first_chunk()?;
        let (bytes, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        rest = after;
        Some(bytes)
    };
    let mut files = 0;
    while let (Some(name), Some(jpeg), Some(expected)) = (next(), next(), next()) {
        let name = std::str::from_utf8(name).unwrap();
        let got = decode_image(jpeg).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(got.as_raw() == expected, "{name}");
        files += 1;
    }
    assert!(files > 100, "{files}");
}

/// ```python
/// y, x = np.mgrid[0:16, 0:24]                                   # Pillow 12
/// c = np.stack([x*10 % 256, y*15 % 256, (x+y)*6 % 256, (x*y) % 200], -1).astype("uint8")
/// Image.fromarray(c, "CMYK").save("cmyk.jpg", quality=95, subsampling=0)
/// np.asarray(Image.open("cmyk.jpg").convert("RGB")).tofile("cmyk.rgb")
/// ```
#[test]
fn inks_become_colors() {
    let image = decode_image(include_bytes!("../../fixtures/decode/cmyk.jpg")).unwrap();
    let expected = include_bytes!("../../fixtures/decode/cmyk.rgb");
    assert_eq!(image.as_raw().len(), expected.len());
    assert!(image.as_raw().iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 1));
}

/// ```python
/// pillow_heif.register_heif_opener()                            # libheif 1.20
/// a = np.asarray(Image.open("photo.heic").convert("RGB"))
/// print(a.mean((0, 1)), a[100, 100], a[10, 20])
/// ```
#[test]
fn photographs_of_telephones_are_read() {
    let bytes = include_bytes!("../../fixtures/decode/photo.heic");
    let image = decode_image(bytes).unwrap();
    assert_eq!(image.dimensions(), (160, 160));
    for (at, expected) in [((100, 100), [222_u8, 178, 151]), ((20, 10), [117, 124, 132])] {
        let got = image[at].0;
        assert!(got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{at:?} {got:?}");
    }
    for (channel, expected) in [137.797, 127.131, 124.437].into_iter().enumerate() {
        let sum: u32 = image.pixels().map(|pixel| u32::from(pixel[channel])).sum();
        assert!((f64::from(sum) / 25_600.0 - expected).abs() < 0.5, "{channel}: {sum}");
    }
    assert!(matches!(decode_image(&bytes[..3000]), Err(DecodeError::Damaged { .. })));
}

#[test]
fn what_is_not_supported_is_named() {
    let error = decode_image(include_bytes!("../../fixtures/decode/arithmetic.jpg")).unwrap_err();
    assert_eq!(error.to_string(), "a JPEG with arithmetic coding, which is not supported");
    for bytes in [&b""[..], b"\x89PN", b"<!DOCTYPE html>", &[0; 1000]] {
        assert!(matches!(decode_image(bytes), Err(DecodeError::NotAnImage)));
    }
}

#[test]
fn an_rgb_jpeg_is_not_converted() {
    // Pillow 13 wrote it, `keep_rgb=True`: waves of 20 × 12 pixels, quality 100.
    let image = decode_image(include_bytes!("../../fixtures/decode/rgb.jpg")).unwrap();
    let pairs = image.as_raw().iter().zip(waves().into_raw());
    assert!(pairs.clone().all(|(a, b)| a.abs_diff(b) <= 2));
}

#[test]
fn an_image_cut_short_is_refused() {
    let rgb = DynamicImage::from(waves());
    let mut files = vec![("JPEG", ONE_SCAN.to_vec()), ("JPEG", THREE_SCANS.to_vec())];
    for (name, format) in
        [("PNG", ImageFormat::Png), ("WebP", ImageFormat::WebP), ("BMP", ImageFormat::Bmp)]
    {
        files.push((name, encoded(&rgb, format)));
    }
    for (name, bytes) in files {
        assert!(decode_image(&bytes).is_ok(), "{name}");
        for percent in [40, 55, 90] {
            let cut = &bytes[..bytes.len() * percent / 100];
            let error = decode_image(cut).unwrap_err();
            assert!(
                matches!(error, DecodeError::Damaged { format, .. } if format == name),
                "{name} {percent}: {error}"
            );
        }
    }
}

#[test]
fn orientation_is_obeyed_in_every_container() {
    // Pillow wrote orientation 6 into them: as a long integer, behind a prefix, in XMP alone.
    for bytes in [
        &include_bytes!("../../fixtures/decode/orientation_long.jpg")[..],
        include_bytes!("../../fixtures/decode/exif_prefixed.webp"),
        include_bytes!("../../fixtures/decode/xmp_orientation.png"),
    ] {
        let stored = image::load_from_memory(bytes).unwrap().into_rgb8();
        let (turned, expected) = (decode_image(bytes).unwrap(), rotate90(&stored));
        // Two decoders of JPEG differ by a level or two.
        let pairs = turned.as_raw().iter().zip(expected.as_raw());
        assert!(pairs.clone().all(|(a, b)| a.abs_diff(*b) <= 4));
        assert!(stored.as_raw().iter().zip(turned.as_raw()).any(|(a, b)| a.abs_diff(*b) > 40));
    }
}

#[test]
fn a_raw_profile_in_a_png_turns_it() {
    let image = waves();
    let profile = "\nexif\n      26\n4d4d002a00000008000101120003000000010006000000000000\n";
    for compressed in [false, true] {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, image.width(), image.height());
        encoder.set_color(png::ColorType::Rgb);
        let (keyword, text) = ("Raw profile type exif".to_owned(), profile.to_owned());
        if compressed {
            encoder.add_ztxt_chunk(keyword, text).unwrap();
        } else {
            encoder.add_text_chunk(keyword, text).unwrap();
        }
        encoder.write_header().unwrap().write_image_data(image.as_raw()).unwrap();
        assert_eq!(decode_image(&bytes).unwrap(), rotate90(&image), "{compressed}");
    }
}

#[test]
fn a_tiff_is_its_own_exif() {
    let mut bytes = encoded(&DynamicImage::from(waves()), ImageFormat::Tiff);
    assert_eq!(decode_image(&bytes).unwrap(), waves());
    // The first entry of the directory becomes an orientation; the decoder does not need that entry.
    let directory = u32::from_le_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
    let count = usize::from(u16::from_le_bytes(*bytes[directory..].first_chunk().unwrap()));
    let resolution = (0..count).map(|entry| directory + 2 + 12 * entry).find(|&at| {
        // Horizontal resolution, which is optional; the entries after it have higher tags.
        bytes[at..at + 2] == 0x011a_u16.to_le_bytes()
    });
    let Some(at) = resolution else { panic!("no resolution") };
    bytes[at..at + 12].copy_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
    assert_eq!(decode_image(&bytes).unwrap(), image::imageops::rotate180(&waves()));
}

#[test]
fn transparency_shows_white() {
    let pixels = [[200, 0, 100, 255], [200, 0, 100, 0], [200, 0, 100, 51]];
    let image = RgbaImage::from_fn(3, 1, |x, _| Rgba(pixels[x as usize]));
    let expected = [[200, 0, 100], [255; 3], [244, 204, 224]].concat();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = encoded(&image.clone().into(), format);
        assert_eq!(decode_image(&bytes).unwrap().into_raw(), expected, "{format:?}");
    }
    let gray = GrayAlphaImage::from_pixel(1, 1, LumaA([0, 128]));
    let bytes = encoded(&gray.into(), ImageFormat::Png);
    assert_eq!(decode_image(&bytes).unwrap().into_raw(), [127; 3]);
}

#[test]
fn gray_and_sixteen_bits_become_eight() {
    let deep = ImageBuffer::from_fn(2, 1, |x, _| Rgb([65535 * x as u16, 0x8080, 257]));
    let bytes = encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png);
    assert_eq!(decode_image(&bytes).unwrap().into_raw(), [0, 128, 1, 255, 128, 1]);
    let gray = image::GrayImage::from_pixel(2, 1, image::Luma([77]));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff] {
        let bytes = encoded(&gray.clone().into(), format);
        assert_eq!(decode_image(&bytes).unwrap().into_raw(), [77; 6], "{format:?}");
    }
}

#[test]
fn the_first_frame_of_an_animation_is_decoded() {
    let bytes = encoded(&DynamicImage::from(waves()), ImageFormat::Gif);
    assert_eq!(decode_image(&bytes).unwrap().dimensions(), (20, 12));
}

#[test]
fn files_made_to_fill_memory_are_refused_by_their_header() {
    // 30,000 × 30,000 pixels in the header of a PNG of 60 bytes.
    let mut bytes = encoded(&DynamicImage::from(waves()), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    let error = decode_image(&bytes).unwrap_err();
    assert!(matches!(error, DecodeError::TooLarge { width: 30_000, .. }), "{error}");
}

/// The checksum of PNG, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}
