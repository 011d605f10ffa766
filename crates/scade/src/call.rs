//! What may be concluded from a score, and the input gate: faces that are too small, soft or compressed for
//! a conclusion.

use std::fmt;

use scade_image::Quality;
use scade_metrics::Pooling;
use scade_sample::Label;
use serde::{Deserialize, Serialize};

/// The conclusion on a face, a person, an image or a video. It speaks of evidence: no score proves a forgery,
/// and none proves its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// The score is above the threshold.
    Evidence,
    /// The score is at or below the threshold.
    NoEvidence,
    /// The score is not to be relied on; a [`Reason`] says why.
    Inconclusive,
}

impl Call {
    /// As text for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Evidence => "evidence of manipulation",
            Self::NoEvidence => "no evidence found",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Of a score that can be relied on.
    pub(crate) fn of(label: Label) -> Self {
        match label {
            Label::Fake => Self::Evidence,
            Label::Real => Self::NoEvidence,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// Why a score is not relied on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The face is small.
    Small {
        /// The shorter side of its box, in pixels of the image.
        side: f32,
        /// The least that is relied on.
        least: f32,
    },
    /// The face has no fine detail: enlarged or out of focus.
    Soft {
        /// [`Quality::detail`] of the face; `None` where it is flat.
        detail: Option<f32>,
        /// The least that is relied on.
        least: f32,
    },
    /// The image is strongly compressed.
    Compressed {
        /// [`Quality::blocks`] of the face.
        blocks: f32,
        /// The most that is relied on.
        most: f32,
    },
    /// The person is seen in few frames.
    FewFrames {
        /// Frames with the face, without those that the gate excludes.
        frames: usize,
        /// The least that is relied on.
        least: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small { side, least } => {
                write!(f, "the face is small: {side:.0} pixels, at least {least:.0} are needed")
            }
            Self::Soft { .. } => {
                f.write_str("the face has no fine detail: it is enlarged or out of focus")
            }
            Self::Compressed { .. } => f.write_str("the image is strongly compressed"),
            Self::FewFrames { frames, least } => {
                let s = if *frames == 1 { "" } else { "s" };
                write!(f, "only {frames} usable frame{s} of this face, at least {least} are needed")
            }
        }
    }
}

/// Limits beyond which no conclusion is drawn from a face. Such faces are listed, and are not pooled
/// with others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Least side of a face's box, in pixels of the image.
    pub least_side: f32,
    /// Least [`Quality::detail`], 0.5 to 1.
    pub least_detail: f32,
    /// Most [`Quality::blocks`].
    pub most_blocks: f32,
}

impl Gate {
    /// Excludes nothing.
    pub const OPEN: Self =
        Self { least_side: 0.0, least_detail: f32::NEG_INFINITY, most_blocks: f32::INFINITY };

    /// Why nothing is concluded from a face of such a quality, if so.
    #[must_use]
    pub fn excludes(&self, quality: &Quality) -> Option<Reason> {
        let Self { least_side, least_detail, most_blocks } = *self;
        if quality.side < least_side {
            return Some(Reason::Small { side: quality.side, least: least_side });
        }
        if *self != Self::OPEN && quality.detail.is_none_or(|detail| detail < least_detail) {
            return Some(Reason::Soft { detail: quality.detail, least: least_detail });
        }
        let blocks = quality.blocks.filter(|blocks| *blocks > most_blocks)?;
        Some(Reason::Compressed { blocks, most: most_blocks })
    }
}

impl Default for Gate {
    /// Chosen on photographs that were degraded step by step (`--example gate`): what is usual passes, and what is
    /// beyond the degradations that the built-in detector was trained with does not.
    fn default() -> Self {
        Self { least_side: 48.0, least_detail: 0.512, most_blocks: 2.0 }
    }
}

/// The faces whose scores count: those that the gate passes, or all where it passes none.
pub(crate) fn counted<T>(
    items: &[T],
    reason: impl Fn(&T) -> Option<Reason>,
) -> (Vec<&T>, Vec<Reason>) {
    let passed: Vec<&T> = items.iter().filter(|item| reason(item).is_none()).collect();
    if !passed.is_empty() {
        return (passed, Vec::new());
    }
    // One of each kind: the first.
    let mut reasons: Vec<Reason> = Vec::new();
    for found in items.iter().filter_map(&reason) {
        if !reasons.iter().any(|r| std::mem::discriminant(r) == std::mem::discriminant(&found)) {
            reasons.push(found);
        }
    }
    (items.iter().collect(), reasons)
}

/// Frames that a person has to be seen in, in a video of so many frames: as many as the pooling rule asks for.
pub(crate) fn least_frames(pooling: &Pooling, num_frames: usize) -> usize {
    pooling.least_faces().unwrap_or(1).min(num_frames.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(side: f32, detail: f32, blocks: f32) -> Quality {
        Quality { side, detail: Some(detail), blocks: Some(blocks) }
    }

    #[test]
    fn the_gate_names_the_first_limit() {
        let gate = Gate { least_side: 60.0, least_detail: 0.55, most_blocks: 1.4 };
        assert_eq!(gate.excludes(&quality(60.0, 0.55, 1.4)), None);
        let reason = |side, detail, blocks| gate.excludes(&quality(side, detail, blocks));
        assert!(matches!(reason(59.0, 0.1, 9.0), Some(Reason::Small { .. })));
        assert!(matches!(reason(60.0, 0.54, 9.0), Some(Reason::Soft { .. })));
        assert!(matches!(reason(60.0, 0.6, 1.5), Some(Reason::Compressed { .. })));
        let flat = Quality { side: 100.0, detail: None, blocks: None };
        assert!(matches!(gate.excludes(&flat), Some(Reason::Soft { detail: None, .. })));
        assert_eq!(Gate::OPEN.excludes(&flat), None);
        assert_eq!(Gate::OPEN.excludes(&quality(1.0, 0.0, 100.0)), None);
    }

    #[test]
    fn excluded_faces_count_where_there_are_no_others() {
        let small = Reason::Small { side: 9.0, least: 60.0 };
        let some = [(1, Some(small)), (2, None)];
        let (items, reasons) = counted(&some, |item| item.1);
        assert_eq!((items.len(), items[0].0, reasons.len()), (1, 2, 0));
        let all = [(1, Some(small)), (2, Some(small))];
        let (items, reasons) = counted(&all, |item| item.1);
        assert_eq!((items.len(), reasons), (2, vec![small]));
    }

    #[test]
    fn reasons_have_a_name_in_json() {
        let text = serde_json::to_string(&Reason::FewFrames { frames: 1, least: 3 }).unwrap();
        assert_eq!(text, r#"{"reason":"few-frames","frames":1,"least":3}"#);
        assert_eq!(serde_json::to_string(&Call::NoEvidence).unwrap(), r#""no-evidence""#);
    }
}
