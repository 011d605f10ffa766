//! Clips of known origin, and how well a detector ranks them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use scade::{Detector, Kernels, VIDEO_EXTENSIONS, VideoOptions};
use serde::Serialize;

use crate::interval::{Interval, auc_interval};

/// A clip and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clip {
    path: PathBuf,
    /// The kind of forgery; `None` for a real clip.
    kind: Option<String>,
}

/// The clips below one folder.
#[derive(Debug)]
pub(crate) struct ClipSet {
    pub(crate) name: String,
    pub(crate) clips: Vec<Clip>,
}

/// The scores of a clip.
#[derive(Debug)]
pub(crate) struct Scored {
    kind: Option<String>,
    video: f64,
    called_fake: bool,
    frames: Vec<f64>,
}

/// Figures of one set of clips.
#[derive(Debug, Serialize)]
pub(crate) struct Clips {
    pub(crate) name: String,
    pub(crate) real: usize,
    /// Real clips that are called fake.
    pub(crate) real_called_fake: usize,
    /// One for each kind of forgery, and one for all.
    pub(crate) kinds: Vec<Kind>,
}

/// Figures of one kind of forgery against all real clips of the set.
#[derive(Debug, Serialize)]
pub(crate) struct Kind {
    pub(crate) kind: String,
    pub(crate) fake: usize,
    pub(crate) called_fake: usize,
    pub(crate) video_auc: Interval,
    pub(crate) frame_auc: Interval,
}

impl ClipSet {
    /// The clips in `real` and `fake` below a folder.
    pub(crate) fn below(root: &Path) -> anyhow::Result<Self> {
        let list = |class: &str| -> anyhow::Result<Vec<PathBuf>> {
            let is_video = |path: &Path| scade_fs::has_ending(path, &VIDEO_EXTENSIONS);
            Ok(scade_fs::Listing::below(&root.join(class), is_video)?.files)
        };
        let mut clips: Vec<_> =
            list("real")?.into_iter().map(|path| Clip { path, kind: None }).collect();
        for path in list("fake")? {
            let kind = Some(kind_of(path.strip_prefix(root.join("fake"))?));
            clips.push(Clip { path, kind });
        }
        let (real, all) = (clips.iter().filter(|clip| clip.kind.is_none()).count(), clips.len());
        if real == 0 || real == all {
            bail!("{} needs clips in both real and fake", root.display());
        }
        Ok(Self { name: root.display().to_string(), clips })
    }

    /// Scores all clips; those without a face or that cannot be read are reported and left out.
    pub(crate) fn score<B: Kernels>(
        &self,
        detector: &Detector<B>,
        max_frames: u64,
        mut done: impl FnMut(),
    ) -> anyhow::Result<Vec<Scored>> {
        let mut scored = Vec::new();
        for Clip { path, kind } in &self.clips {
            match detector
                .score_video(path, &VideoOptions { max_frames, ..VideoOptions::default() })
            {
                Ok(prediction) => scored.push(Scored {
                    kind: kind.clone(),
                    video: prediction.score,
                    called_fake: prediction.label == scade::Label::Fake,
                    frames: prediction.faces.iter().map(|face| face.score).collect(),
                }),
                Err(error) => {
                    let reason = scade_settings::error_chain(&error);
                    tracing::warn!("{} is left out: {reason}", path.display());
                }
            }
            done();
        }
        Ok(scored)
    }
}

/// The first folder, or what the name has before `__`.
fn kind_of(path: &Path) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(_) => path.iter().next().unwrap_or_default().to_string_lossy().into_owned(),
        None => name(path).split_once("__").map_or("fake".to_owned(), |(kind, _)| kind.to_owned()),
    }
}

impl Clips {
    pub(crate) fn of(name: &str, scored: &[Scored]) -> Self {
        let real: Vec<_> = scored.iter().filter(|clip| clip.kind.is_none()).collect();
        let mut kinds: BTreeMap<&str, Vec<&Scored>> = BTreeMap::new();
        for clip in scored {
            if let Some(kind) = &clip.kind {
                kinds.entry(kind).or_default().push(clip);
            }
        }
        let all: Vec<_> = scored.iter().filter(|clip| clip.kind.is_some()).collect();
        let mut figures: Vec<_> =
            kinds.iter().map(|(kind, fake)| Kind::of(kind, &real, fake)).collect();
        figures.push(Kind::of("all", &real, &all));
        Self {
            name: name.to_owned(),
            real: real.len(),
            real_called_fake: real.iter().filter(|clip| clip.called_fake).count(),
            kinds: figures,
        }
    }
}

impl Kind {
    fn of(kind: &str, real: &[&Scored], fake: &[&Scored]) -> Self {
        let videos =
            |clips: &[&Scored]| clips.iter().map(|clip| vec![clip.video]).collect::<Vec<_>>();
        let frames =
            |clips: &[&Scored]| clips.iter().map(|clip| clip.frames.clone()).collect::<Vec<_>>();
        Self {
            kind: kind.to_owned(),
            fake: fake.len(),
            called_fake: fake.iter().filter(|clip| clip.called_fake).count(),
            video_auc: auc_interval(&videos(real), &videos(fake)),
            frame_auc: auc_interval(&frames(real), &frames(fake)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_folder_or_the_beginning_of_the_name() {
        assert_eq!(kind_of(Path::new("poisson/1_2.mp4")), "poisson");
        assert_eq!(kind_of(Path::new("Face2Face__750_743.mp4")), "Face2Face");
        assert_eq!(kind_of(Path::new("x.mp4")), "fake");
    }

    #[test]
    fn a_set_has_a_row_for_each_kind_and_one_for_all() {
        let clip = |kind: Option<&str>, video: f64| Scored {
            kind: kind.map(str::to_owned),
            video,
            called_fake: video > 0.5,
            frames: vec![video, video - 0.1],
        };
        let scored = [
            clip(None, 0.2),
            clip(None, 0.6),
            clip(Some("a"), 0.9),
            clip(Some("a"), 0.7),
            clip(Some("b"), 0.4),
        ];
        let figures = Clips::of("set", &scored);
        assert_eq!((figures.real, figures.real_called_fake), (2, 1));
        let rows: Vec<_> = figures
            .kinds
            .iter()
            .map(|kind| (&*kind.kind, kind.fake, kind.called_fake, kind.video_auc.value))
            .collect();
        let expected = [("a", 2, 2, 1.0), ("b", 1, 0, 0.5), ("all", 3, 2, 5.0 / 6.0)];
        assert_eq!(rows, expected);
    }
}
