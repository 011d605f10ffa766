//! How long a heat map takes, and how faithful it is beside random maps, by the built-in detector on
//! synthetic forgeries or on given images: of each class the faces that are predicted to be of it. With
//! `--sheets DIR` the sheets are written, too.
//!
//! ```sh
//! cargo run -p scade --example explain -- [--weights DIR] [--sheets DIR] [--faces N] [IMAGE…]
//! ```
//!
//! `--weights` is the folder of the face detector's weights, where they are not in the cache.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use scade::burn::backend::Flex;
use scade::{
    Class, Detector, DetectorOptions, ExplainOptions, FaceExplanation, FaithfulnessOptions, Label,
    RgbImage,
};
use scade_image::encode_png;
use scade_synth::{SetSettings, render_frame};

type AnyError = Box<dyn std::error::Error>;

#[derive(Default)]
struct Args {
    weights: Option<PathBuf>,
    sheets: Option<PathBuf>,
    faces: Option<u32>,
    images: Vec<PathBuf>,
}

fn args() -> Result<Args, AnyError> {
    let mut args = Args::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--weights" => args.weights = Some(value()?.into()),
            "--sheets" => args.sheets = Some(value()?.into()),
            "--faces" => args.faces = Some(value()?.parse()?),
            _ => args.images.push(word.into()),
        }
    }
    Ok(args)
}

fn main() -> Result<(), AnyError> {
    let args = args()?;
    let options = DetectorOptions { face_weights: args.weights.clone(), ..Default::default() };
    let detector = Detector::<Flex>::builtin(&options, &Default::default())?;
    let images = if args.images.is_empty() {
        forgeries(args.faces.unwrap_or(16))
    } else {
        args.images.iter().map(scade::read_image).collect::<Result<Vec<_>, _>>()?
    };
    println!(
        "block  class  faces  ms/map   deletion (random)  insertion (random)  better than random"
    );
    for block in 1..=detector.explainer()?.blocks() {
        for class in [Class::Fake, Class::Real] {
            measure(&detector, &images, block, class, &args)?;
        }
    }
    Ok(())
}

fn forgeries(count: u32) -> Vec<RgbImage> {
    let identities = count.next_multiple_of(2).max(2);
    let settings = SetSettings { identities, frames: 50, ..SetSettings::default() };
    let clips = settings.clips();
    let fakes = clips.iter().filter(|clip| clip.spec.source.is_some());
    fakes.take(count as usize).map(|clip| render_frame(&clip.spec, 20)).collect()
}

fn measure(
    detector: &Detector<Flex>,
    images: &[RgbImage],
    block: usize,
    class: Class,
    args: &Args,
) -> Result<(), AnyError> {
    let settings = FaithfulnessOptions::default();
    let options = ExplainOptions { class: Some(class), block: Some(block), ..Default::default() };
    let label = if class == Class::Fake { Label::Fake } else { Label::Real };
    let explainer = detector.explainer()?;
    let mut explained: Vec<FaceExplanation> = Vec::new();
    let mut milliseconds = 0.0;
    for (index, image) in images.iter().enumerate() {
        let Ok(faces) = detector.explain(image, &options) else { continue };
        for mut face in faces.into_iter().filter(|face| face.prediction.label == label) {
            let explanation = &mut face.explanation;
            let image = detector.tensor_of(&explanation.crop, explanation.defocus.as_ref())?;
            let start = Instant::now();
            explainer.grad_cam(image.clone(), block)?;
            milliseconds += 1000.0 * start.elapsed().as_secs_f64();
            let map = &explanation.cam.map;
            explanation.faithfulness = Some(explainer.faithfulness(&image, map, class, &settings)?);
            if let Some(folder) = &args.sheets {
                std::fs::create_dir_all(folder)?;
                let name = format!("{index:02}-block{block}-{}.png", class.name());
                std::fs::write(folder.join(name), encode_png(&face.sheet()?)?)?;
            }
            explained.push(face);
        }
    }
    let measured: Vec<_> =
        explained.iter().filter_map(|face| face.explanation.faithfulness.as_ref()).collect();
    let count = measured.len() as f64;
    let mean = |value: &dyn Fn(&scade::Faithfulness) -> f64| {
        measured.iter().map(|one| value(one)).sum::<f64>() / count
    };
    let deletion = mean(&|one| one.deletion());
    let random_deletion = mean(&|one| one.random_deletion().unwrap_or(f64::NAN));
    let insertion = mean(&|one| one.insertion());
    let random_insertion = mean(&|one| one.random_insertion().unwrap_or(f64::NAN));
    let better = |wins: &dyn Fn(&scade::Faithfulness) -> bool| {
        measured.iter().filter(|one| wins(one)).count()
    };
    let deleted = better(&|one| Some(one.deletion()) < one.random_deletion());
    let inserted = better(&|one| Some(one.insertion()) > one.random_insertion());
    println!(
        "{block:>5}  {:<5}  {count:>5}  {:>6.1}  {deletion:>9.3} ({random_deletion:.3})  {insertion:>9.3} \
         ({random_insertion:.3})  deletion {deleted}, insertion {inserted}",
        class.name(),
        milliseconds / count,
    );
    Ok(())
}
