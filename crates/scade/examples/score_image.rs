//! Scores each face of an image: `cargo run -p scade --example score_image -- portrait.jpg`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use scade::{Cpu, Detector, DetectorOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: score_image FILE")?;
    let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &Default::default())?;
    let prediction = detector.score_image(&scade::read_image(&path)?)?;
    println!("{path}: {}", prediction.call);
    for face in &prediction.faces {
        let place = face.face.bbox;
        print!("{:.0}, {:.0}: {} (score {:.3})", place.x1, place.y1, face.call, face.score);
        println!("{}", face.excluded.map(|reason| format!(", {reason}")).unwrap_or_default());
    }
    Ok(())
}
