//! From rows to samples: frames, tracks and videos, each with its label and the cluster it belongs to.

use std::collections::HashMap;

use scade_metrics::Pooling;
use serde::{Deserialize, Serialize};

use crate::strings::Symbol;
use crate::table::{Row, ScoreTable, WorkbenchRow};

/// What one sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A face in a frame.
    Frame,
    /// A person followed through a video.
    Track,
    /// A video, or an image that belongs to none.
    Video,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Frame => "frame",
            Self::Track => "track",
            Self::Video => "video",
        })
    }
}

/// What is done with samples that have no score.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Missing {
    /// They are left out, and counted.
    #[default]
    Exclude,
    /// They count as real with certainty: score 0.
    AsReal,
    /// They count as fake with certainty: score 1.
    AsFake,
}

impl Missing {
    fn fill(self, score: Option<f64>) -> Option<f64> {
        score.or(match self {
            Self::Exclude => None,
            Self::AsReal => Some(0.0),
            Self::AsFake => Some(1.0),
        })
    }
}

/// A clip: its rows, and what they share.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    /// Its first row.
    pub(crate) first: u32,
    /// Rows in [`Clips::rows`].
    range: (u32, u32),
}

/// The clips of a table.
#[derive(Debug)]
pub(crate) struct Clips<'a> {
    pub(crate) table: &'a ScoreTable,
    /// In the order of their first rows.
    pub(crate) clips: Vec<Clip>,
    /// Rows by clip.
    rows: Vec<u32>,
}

/// Samples of one unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples {
    pub(crate) scores: Vec<f64>,
    pub(crate) fake: Vec<bool>,
    /// What each is resampled with: an identity or a clip.
    pub(crate) clusters: Vec<u32>,
    /// Index of each one's clip in [`Clips::clips`].
    pub(crate) clips: Vec<u32>,
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    pub(crate) fn push(&mut self, score: f64, fake: bool, cluster: u32, clip: u32) {
        self.scores.push(score);
        self.fake.push(fake);
        self.clusters.push(cluster);
        self.clips.push(clip);
    }

    /// The samples whose place `keep` accepts.
    pub(crate) fn filter(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self::default();
        for place in (0..self.len()).filter(|place| keep(*place)) {
            kept.push(
                self.scores[place],
                self.fake[place],
                self.clusters[place],
                self.clips[place],
            );
        }
        kept
    }
}

impl<'a> Clips<'a> {
    /// Groups the rows of a table by dataset, method, label and name of the clip. O(n).
    pub(crate) fn of(table: &'a ScoreTable) -> Self {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut clips: Vec<Clip> = Vec::new();
        let key = |row: usize| {
            let Row { dataset, method, fake, .. } = table.rows[row];
            (dataset, method, fake, table.clip(row))
        };
        let mut of_row = Vec::with_capacity(table.rows.len());
        for row in 0..table.rows.len() {
            let mut hash = table.strings.hash(key(row));
            let number = loop {
                match numbers.get(&hash) {
                    Some(&number) if key(clips[number as usize].first as usize) == key(row) => {
                        break number;
                    }
                    Some(_) => hash = hash.wrapping_add(1),
                    None => {
                        let number = clips.len() as u32;
                        numbers.insert(hash, number);
                        clips.push(Clip { first: row as u32, range: (0, 0) });
                        break number;
                    }
                }
            };
            clips[number as usize].range.1 += 1;
            of_row.push(number);
        }
        let mut start = 0;
        for clip in &mut clips {
            let count = clip.range.1;
            clip.range = (start, start);
            start += count;
        }
        let mut rows = vec![0; of_row.len()];
        for (row, number) in of_row.into_iter().enumerate() {
            let end = &mut clips[number as usize].range.1;
            rows[*end as usize] = row as u32;
            *end += 1;
        }
        Self { table, clips, rows }
    }

    pub(crate) fn rows(&self, clip: &Clip) -> &[u32] {
        &self.rows[clip.range.0 as usize..clip.range.1 as usize]
    }

    pub(crate) fn row(&self, clip: u32) -> &Row {
        &self.table.rows[self.clips[clip as usize].first as usize]
    }

    /// The units that the table has besides videos.
    pub(crate) fn units(&self) -> Vec<Unit> {
        let rows = &self.table.rows;
        let has_frames =
            rows.len() > self.clips.len() || rows.iter().any(|row| row.frame().is_some());
        let has_tracks = rows.iter().any(|row| row.track().is_some());
        let mut units = Vec::new();
        if has_frames {
            units.push(Unit::Frame);
        }
        if has_tracks {
            units.push(Unit::Track);
        }
        units.push(Unit::Video);
        units
    }

    /// Track and score of each scored row of a clip.
    fn faces(&self, clip: &Clip) -> Vec<(Option<usize>, f64)> {
        let rows = self.rows(clip).iter().map(|row| &self.table.rows[*row as usize]);
        rows.filter_map(|row| Some((row.track().map(|track| track as usize), row.score()?)))
            .collect()
    }

    /// The score of a clip; `None` where none of its rows has one.
    pub(crate) fn score(&self, clip: &Clip, pooling: &Pooling) -> Option<f64> {
        pooling.pool(self.faces(clip))
    }

    /// The samples of `unit` in the clips that `wanted` accepts.
    pub(crate) fn samples(
        &self,
        unit: Unit,
        pooling: &Pooling,
        missing: Missing,
        wanted: impl Fn(&Row) -> bool,
    ) -> Samples {
        let mut samples = Samples::default();
        let mut identities: HashMap<Symbol, u32> = HashMap::new();
        let by_identity = self.has_identities();
        for (number, clip) in self.clips.iter().enumerate() {
            let row = &self.table.rows[clip.first as usize];
            if !wanted(row) {
                continue;
            }
            let number = number as u32;
            let cluster = match row.identity.filter(|_| by_identity) {
                Some(identity) => {
                    let next = identities.len() as u32;
                    *identities.entry(identity).or_insert(next)
                }
                None => number,
            };
            let mut push = |score: Option<f64>| {
                if let Some(score) = missing.fill(score) {
                    samples.push(score, row.fake, cluster, number);
                }
            };
            match unit {
                Unit::Frame => self
                    .rows(clip)
                    .iter()
                    .for_each(|row| push(self.table.rows[*row as usize].score())),
                Unit::Track => {
                    let faces = self.faces(clip);
                    let tracks = pooling.tracks(faces.iter().copied());
                    tracks.iter().for_each(|track| push(Some(track.score)));
                    let untracked = faces.iter().copied().filter(|(track, _)| track.is_none());
                    if let Some(score) = pooling.pool(untracked) {
                        push(Some(score));
                    } else if faces.is_empty() {
                        push(None);
                    }
                }
                Unit::Video => push(self.score(clip, pooling)),
            }
        }
        samples
    }

    /// Whether every row has an identity, so that samples can be resampled by it.
    pub(crate) fn has_identities(&self) -> bool {
        self.table.rows.iter().all(|row| row.identity.is_some())
    }
}

/// The clips of a table for the score file of another program.
pub(crate) fn workbench_rows<'a>(
    table: &'a ScoreTable,
    pooling: &Pooling,
) -> Vec<WorkbenchRow<'a>> {
    let clips = Clips::of(table);
    let row = |clip: &Clip| {
        let entry = table.entry(clip.first as usize);
        let name = table.clip(clip.first as usize);
        let key = if entry.method.is_empty() || name.contains(entry.method) {
            name.to_owned()
        } else {
            format!("{}/{name}", entry.method)
        };
        let scored = clips.faces(clip);
        WorkbenchRow {
            dataset: entry.dataset,
            key,
            fake: entry.fake,
            score: clips.score(clip, pooling),
            method: entry.method,
            faces: scored.len(),
        }
    };
    clips.clips.iter().map(row).collect()
}

impl ScoreTable {
    /// Number of clips, scored or not.
    #[must_use]
    pub fn videos(&self) -> usize {
        Clips::of(self).clips.len()
    }

    /// Score and label (`true` is fake) of each clip that has one.
    #[must_use]
    pub fn video_scores(&self, pooling: &Pooling) -> (Vec<f64>, Vec<bool>) {
        let samples = Clips::of(self).samples(Unit::Video, pooling, Missing::Exclude, |_| true);
        (samples.scores, samples.fake)
    }
}
