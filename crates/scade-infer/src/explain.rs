//! Sheets of explanations, for `--explain`: one image per face, and one file with the numbers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use scade::{
    Class, Detector, Error, ExplainOptions, FaceExplanation, FacePrediction, FaithfulnessOptions,
    Kernels, Media, VideoOptions,
};
use scade_cli::HintExt;
use serde::Serialize;

use crate::inputs::Input;

const HINT: &str = "name a new folder with --explain";
/// The numbers of all sheets of a run.
const NUMBERS: &str = "explanations.json";

/// The folder that the sheets of a run go to.
#[derive(Debug)]
pub(crate) struct Sheets {
    folder: PathBuf,
    names: BTreeSet<String>,
    entries: Vec<Entry>,
}

/// The numbers of one sheet.
#[derive(Debug, Serialize)]
struct Entry {
    /// The input.
    path: String,
    /// The name of the image in the folder.
    sheet: String,
    prediction: FacePrediction,
    /// The class that the heat map supports, and the block it is of.
    class: Class,
    block: usize,
    /// The largest value of the heat map, in logits per pixel of the block.
    peak: f32,
    /// Areas under the curves of deletion and insertion, and those of random maps.
    deletion: Option<f64>,
    random_deletion: Option<f64>,
    insertion: Option<f64>,
    random_insertion: Option<f64>,
}

impl Sheets {
    /// Sheets for a folder that is new or empty: nothing in it, such as an input, is overwritten.
    pub(crate) fn create(folder: &Path) -> anyhow::Result<Self> {
        let is_vacant = scade_fs::is_vacant(folder);
        if !is_vacant
            .map_err(|error| anyhow!("cannot list {}: {error}", folder.display()))
            .hint(HINT)?
        {
            return Err(anyhow!("{} is not empty", folder.display())).hint(HINT);
        }
        std::fs::create_dir_all(folder)
            .map_err(|error| anyhow!("cannot create {}: {error}", folder.display()))
            .hint(HINT)?;
        Ok(Self { folder: folder.to_owned(), names: BTreeSet::new(), entries: Vec::new() })
    }

    /// Explains an input that was scored: each face of an image, the faces of a video with the highest scores. One
    /// that cannot be explained is logged; only a folder that cannot be written is an error.
    pub(crate) fn add<B: Kernels>(
        &mut self,
        detector: &Detector<B>,
        input: &Input,
        video: &VideoOptions,
    ) -> anyhow::Result<()> {
        let faithfulness = Some(FaithfulnessOptions::default());
        let options = ExplainOptions { faithfulness, ..ExplainOptions::default() };
        let explained = match input.media {
            Media::Image => scade::read_image(&input.path)
                .map_err(Error::from)
                .and_then(|image| detector.explain(&image, &options)),
            Media::Video => detector.explain_video(&input.path, video, &options),
        };
        let faces = match explained {
            Ok(faces) => faces,
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::warn!("not explained: {}: {error:#}", input.path.display());
                return Ok(());
            }
        };
        let several = faces.len() > 1;
        for (number, face) in (1..).zip(&faces) {
            let stem = input.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let suffix = match face.prediction.frame {
                Some(frame) if several => format!("-frame{frame}"),
                None if several => format!("-face{number}"),
                _ => String::new(),
            };
            let sheet = self.name(&(stem + &suffix));
            self.write(&sheet, face)?;
            self.entries.push(Entry::new(&input.path, sheet, face));
        }
        Ok(())
    }

    fn write(&self, name: &str, face: &FaceExplanation) -> anyhow::Result<()> {
        let png = scade::encode_png(&face.sheet()?)?;
        scade_fs::write(&self.folder.join(name), png).hint(HINT)
    }

    /// A name in the folder that no other sheet of the run has: inputs of several folders may share theirs.
    fn name(&mut self, stem: &str) -> String {
        let mut name = format!("{stem}.png");
        let mut count = 1;
        // Some file systems take names that differ in case for one.
        while !self.names.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{stem}-{count}.png");
        }
        name
    }

    /// Writes the numbers of all sheets.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&self.entries)?;
        scade_fs::write(&self.folder.join(NUMBERS), text + "\n").hint(HINT)?;
        tracing::info!("{} sheets in {}", self.entries.len(), self.folder.display());
        Ok(())
    }
}

impl Entry {
    fn new(path: &Path, sheet: String, face: &FaceExplanation) -> Self {
        let explanation = &face.explanation;
        let measured = explanation.faithfulness.as_ref();
        Self {
            path: path.to_string_lossy().into_owned(),
            sheet,
            prediction: face.prediction.clone(),
            class: explanation.class,
            block: explanation.block,
            peak: explanation.cam.peak,
            deletion: measured.map(scade::Faithfulness::deletion),
            random_deletion: measured.and_then(scade::Faithfulness::random_deletion),
            insertion: measured.map(scade::Faithfulness::insertion),
            random_insertion: measured.and_then(scade::Faithfulness::random_insertion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_with_the_same_name_have_sheets_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheets = Sheets::create(&folder.path().join("sheets")).unwrap();
        let names = ["a", "a", "A", "b"].map(|stem| sheets.name(stem));
        assert_eq!(names, ["a.png", "a-2.png", "A-3.png", "b.png"]);
    }
}
