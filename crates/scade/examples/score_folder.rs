//! Scores the images and videos in a folder; a file that fails does not end it:
//! `cargo run -p scade --features ffmpeg --example score_folder -- DIR`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use scade::{Cpu, Detector, DetectorOptions, Media, VideoOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: score_folder DIR")?;
    let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &Default::default())?;
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| scade::has_media_ending(path));
    paths.sort();
    for path in paths {
        let result = match Media::of(&path) {
            Media::Image => scade::read_image(&path)
                .map_err(scade::Error::from)
                .and_then(|image| detector.score_image(&image))
                .map(|image| (image.call, image.score)),
            Media::Video => detector
                .score_video(&path, &VideoOptions::default())
                .map(|video| (video.call, video.score)),
        };
        match result {
            Ok((call, score)) => println!("{}: {call}, score {score:.3}", path.display()),
            Err(error) => println!("{}: {error}", path.display()),
        }
    }
    Ok(())
}
