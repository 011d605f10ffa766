//! A contact sheet of each class: a few crops side by side, for a visual check.

use scade_data::{Label, PreparedDataset, Status, VideoRecord};
use scade_image::{PixelRect, RgbImage, decode_crop, encode_png, grid, resize_bilinear};

use crate::Error;

/// Columns and rows of crops.
const COLUMNS: usize = 8;
const ROWS: usize = 4;

/// Width and height of a crop on the sheet, in pixels.
const SIDE: u32 = 128;

/// Writes `contact_real.png` and `contact_fake.png`: up to 8 × 4 crops of different videos, evenly
/// spread over their names, each from the middle of its video. A class without samples has no sheet.
///
/// # Errors
/// A crop that cannot be read, a sheet that cannot be written.
pub(crate) fn write_sheets(store: &PreparedDataset, records: &[VideoRecord]) -> Result<(), Error> {
    for label in Label::ALL {
        let fits = |record: &&VideoRecord| {
            record.label == label && record.status == Status::Success && !record.frames.is_empty()
        };
        let chosen = spread(records.iter().filter(fits).collect(), COLUMNS * ROWS);
        let path = store.metadata_dir().join(format!("contact_{label}.png"));
        if !chosen.is_empty() {
            let sheet = encode_png(&compose(store, &chosen)?).map_err(scade_data::Error::from)?;
            scade_fs::write(&path, sheet)?;
        }
    }
    Ok(())
}

/// At most `most` items, evenly spread.
fn spread<T: Copy>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len().min(most);
    (0..count).map(|i| all[i * all.len() / count]).collect()
}

fn compose(store: &PreparedDataset, records: &[&VideoRecord]) -> Result<RgbImage, Error> {
    let small = |record: &&VideoRecord| {
        let path = store.crop_path(&record.key()?, record.faces()[record.frames.len() / 2]);
        let unread = |source| scade_data::Error::Io { action: "read", path: path.clone(), source };
        let bytes = scade_fs::read(&path).map_err(unread)?;
        let crop = decode_crop(&bytes).map_err(scade_data::Error::from)?;
        Ok(resize_bilinear(&crop, PixelRect::whole(&crop), SIDE, SIDE))
    };
    let crops = records.iter().map(small).collect::<Result<Vec<_>, Error>>()?;
    let rows: Vec<_> = crops.chunks(COLUMNS).map(<[_]>::to_vec).collect();
    Ok(grid(&rows).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::{CropFormat, DatasetSpec, VideoKey};

    #[test]
    fn different_videos_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            PreparedDataset::create(&folder.path().join("data"), &DatasetSpec::default()).unwrap();
        for video in 0..9_u8 {
            let key = VideoKey::new(Label::Fake, format!("v{video}")).unwrap();
            let mut writer = store.begin_video(&key).unwrap();
            let face = RgbImage::from_pixel(256, 256, [20 * video, 100, 50].into());
            let crop = CropFormat::Jpeg.encode(&face, 95).unwrap();
            writer.add_face(0, &crop, None, None).unwrap();
            writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
        }
        write_sheets(&store, &store.records().unwrap()).unwrap();
        assert!(!store.root().join("contact_real.png").exists());
        let sheet = image::open(store.root().join("contact_fake.png")).unwrap().into_rgb8();
        assert_eq!(sheet.dimensions(), (8 * 128, 2 * 128));
        let red = |x, y| i32::from(sheet.get_pixel(x, y).0[0]);
        assert!((red(3 * 128 + 64, 64) - 60).abs() < 4, "{}", red(3 * 128 + 64, 64));
        assert!((red(64, 128 + 64) - 160).abs() < 4, "{}", red(64, 128 + 64));
    }

    #[test]
    fn items_are_selected_evenly() {
        assert_eq!(spread((0..100).collect(), 4), [0, 25, 50, 75]);
        assert_eq!(spread(vec![7, 8], 4), [7, 8]);
        assert!(spread(Vec::<u8>::new(), 4).is_empty());
    }
}
