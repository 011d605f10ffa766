//! The test images for other programs: `cargo run -p scade-haar --example pictures -- DIR`.
//!
//! Writes them as PNG files, and `cases.tsv` with one line per case: name, `scale_factor`, `min_neighbors`,
//! least width and height, greatest width and height, or 0.

#[path = "../tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: pictures DIR")?);
    let mut table = String::new();
    for case in support::cases::cases() {
        let png = scade_image::encode_png(&case.image)?;
        scade_fs::write(&folder.join(format!("{}.png", case.name)), png)?;
        let options = &case.options;
        let ([least_x, least_y], [most_x, most_y]) =
            (options.min_size, options.max_size.unwrap_or([0, 0]));
        let (ratio, neighbors) = (options.scale_factor, options.min_neighbors);
        writeln!(
            table,
            "{}\t{ratio}\t{neighbors}\t{least_x}\t{least_y}\t{most_x}\t{most_y}",
            case.name
        )?;
    }
    scade_fs::write(&folder.join("cases.tsv"), table)?;
    Ok(())
}
