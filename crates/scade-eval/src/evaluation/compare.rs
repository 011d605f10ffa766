//! Two detectors on the same videos.

use std::collections::HashMap;

use scade_metrics::holm;

use super::estimate::{How, difference};
use super::run::{Settings, System};
use super::{Cluster, Comparison, dataset};
use crate::units::{Clips, Samples};
use crate::{Error, Result, Unit};

/// Every pair of detectors on every dataset of which both have scored videos of both labels.
pub(super) fn all(
    systems: &[System],
    clips: &[Clips<'_>],
    settings: &Settings,
) -> Result<Vec<Comparison>> {
    let mut found = Vec::new();
    for a in 0..systems.len() {
        for b in a + 1..systems.len() {
            for (_, name) in dataset::names(&clips[a]) {
                found.extend(pair(
                    [&systems[a], &systems[b]],
                    [&clips[a], &clips[b]],
                    name,
                    settings,
                )?);
            }
        }
    }
    // Those without a p-value are no tests.
    let tests: Vec<f64> = found.iter().filter_map(|pair: &Comparison| pair.p).collect();
    let adjusted = holm(&tests)
        .map_err(|source| Error::Scores { what: "the comparisons".to_owned(), source })?;
    let mut adjusted = adjusted.into_iter();
    for pair in found.iter_mut().filter(|pair| pair.p.is_some()) {
        pair.p_holm = adjusted.next();
    }
    Ok(found)
}

fn pair(
    systems: [&System; 2],
    clips: [&Clips<'_>; 2],
    dataset: &str,
    settings: &Settings,
) -> Result<Option<Comparison>> {
    // A sample that one detector has no score for is compared only where failures count.
    let of = |at: usize| {
        let strings = &clips[at].table.strings;
        let wanted = |row: &crate::table::Row| strings.get(row.dataset) == dataset;
        clips[at].samples(Unit::Video, &systems[at].pooling, settings.missing, wanted)
    };
    let (first, second) = (of(0), of(1));
    let mut places: HashMap<(&str, bool, &str), usize> = HashMap::new();
    for place in 0..second.len() {
        places.insert(key(clips[1], second.clips[place]), place);
    }
    let (mut common, mut others) = (Samples::default(), Vec::new());
    let mut strata = Vec::new();
    for place in 0..first.len() {
        let key = key(clips[0], first.clips[place]);
        if let Some(&other) = places.get(&key) {
            let (score, fake) = (first.scores[place], first.fake[place]);
            common.push(score, fake, first.clusters[place], first.clips[place]);
            others.push(second.scores[other]);
            strata.push(if fake { clips[0].table.strings.hash(key.0) } else { 0 });
        }
    }
    let fake = common.fake.iter().filter(|fake| **fake).count();
    let real = common.len() - fake;
    if fake == 0 || real == 0 {
        return Ok(None);
    }
    let cluster = if clips[0].has_identities() { Cluster::Identity } else { Cluster::Video };
    let how = How { draws: settings.draws, seed: settings.seed, cluster };
    let found = difference(&common, &others, &strata, how).map_err(|source| Error::Scores {
        what: format!("{} on {dataset}", systems[0].table.name),
        source,
    })?;
    Ok(Some(Comparison {
        dataset: dataset.to_owned(),
        a: systems[0].table.name.clone(),
        b: systems[1].table.name.clone(),
        real,
        fake,
        auc_a: found.auc[0],
        auc_b: found.auc[1],
        difference: found.difference,
        p: found.p,
        p_holm: None,
        test: found.test,
    }))
}

/// Method, label and name of a clip.
fn key<'a>(clips: &'a Clips<'_>, clip: u32) -> (&'a str, bool, &'a str) {
    let (table, row) = (clips.table, clips.row(clip));
    let name = table.clip(clips.clips[clip as usize].first as usize);
    (table.strings.get(row.method), row.fake, name)
}
