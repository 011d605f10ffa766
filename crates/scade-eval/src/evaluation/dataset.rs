//! One detector on one dataset.

use std::collections::{BTreeMap, HashMap};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::estimate::{self, How, Statistics};
use super::run::{Settings, System};
use super::{
    ByName, Cluster, Coverage, DatasetReport, Estimate, MethodReport, Null, SystemReport,
    UnitReport, WorstMethod,
};
use crate::null::{FileFacts, MOST_FILES, null_scores};
use crate::strings::Symbol;
use crate::units::{Clips, Samples};
use crate::{Missing, Result, Unit};

/// The datasets of a table.
pub(super) fn names<'a>(clips: &'a Clips<'_>) -> Vec<(Symbol, &'a str)> {
    let table = clips.table;
    let mut symbols: Vec<Symbol> = Vec::new();
    for clip in &clips.clips {
        let dataset = table.rows[clip.first as usize].dataset;
        if symbols.last() != Some(&dataset) && !symbols.contains(&dataset) {
            symbols.push(dataset);
        }
    }
    symbols.into_iter().map(|symbol| (symbol, table.strings.get(symbol))).collect()
}

pub(super) fn report(
    system: &System,
    clips: &Clips<'_>,
    dataset: Symbol,
    settings: &Settings,
    nulls: &mut Nulls<'_>,
) -> Result<DatasetReport> {
    let name = clips.table.strings.get(dataset).to_owned();
    let cluster = if clips.has_identities() { Cluster::Identity } else { Cluster::Video };
    let how = How { draws: settings.draws, seed: settings.seed, cluster };
    let mut units = Vec::new();
    let mut videos = Samples::default();
    for unit in clips.units() {
        let of =
            |missing| clips.samples(unit, &system.pooling, missing, |row| row.dataset == dataset);
        // With failures counted as real nothing is left out: these are all samples.
        let coverage =
            Coverage { asked: of(Missing::AsReal).len(), scored: of(Missing::Exclude).len() };
        let samples = of(settings.missing);
        units.push(unit_report(system, clips, unit, coverage, &samples, how)?);
        videos = samples;
    }
    let methods = methods(system, clips, dataset, &videos, how)?;
    let worst = methods
        .iter()
        .filter(|method| method.apcer.value().is_some())
        .max_by(|a, b| {
            let value = |method: &MethodReport| method.apcer.value().unwrap_or_default();
            value(a).total_cmp(&value(b))
        })
        .map(|method| WorstMethod { method: method.method.clone(), apcer: method.apcer.clone() });
    let by_name_alone = by_name(system, clips, dataset, &videos);
    let null = nulls.of(clips, dataset, &name, how);
    Ok(DatasetReport { name, units, methods, worst, by_name_alone, null })
}

/// Strata of the bootstrap: real clips, and the fakes of each method.
fn strata(clips: &Clips<'_>, samples: &Samples) -> Vec<u64> {
    let stratum = |clip: &u32| {
        let row = clips.row(*clip);
        if row.fake { clips.table.strings.hash(row.method) } else { 0 }
    };
    samples.clips.iter().map(stratum).collect()
}

/// The metrics of samples; undefined ones of none.
fn statistics(
    system: &System,
    clips: &Clips<'_>,
    samples: &Samples,
    how: How,
) -> Result<Statistics> {
    if samples.len() == 0 {
        return Ok(Statistics::none());
    }
    let found = Statistics::of(samples, &strata(clips, samples), system.threshold, how);
    found.map_err(|source| crate::Error::Scores { what: system.table.name.clone(), source })
}

fn unit_report(
    system: &System,
    clips: &Clips<'_>,
    unit: Unit,
    coverage: Coverage,
    samples: &Samples,
    how: How,
) -> Result<UnitReport> {
    let statistics = statistics(system, clips, samples, how)?;
    let fake = samples.fake.iter().filter(|fake| **fake).count();
    let real = samples.len() - fake;
    let Statistics { auc, average_precision, equal_error_rate, tpr_at_fpr_1, .. } = statistics;
    let Statistics { tpr_at_fpr_01, apcer, bpcer, brier, log_loss, ece, .. } = statistics;
    Ok(UnitReport {
        unit,
        coverage,
        real,
        fake,
        cluster: how.cluster,
        clusters: statistics.clusters,
        auc,
        average_precision,
        equal_error_rate,
        tpr_at_fpr_1,
        tpr_at_fpr_01,
        apcer,
        bpcer,
        brier,
        log_loss,
        ece,
    })
}

/// One report for each method of the fakes of a dataset; none where no fake has one.
fn methods(
    system: &System,
    clips: &Clips<'_>,
    dataset: Symbol,
    videos: &Samples,
    how: How,
) -> Result<Vec<MethodReport>> {
    let strings = &clips.table.strings;
    let mut asked: BTreeMap<&str, (Symbol, Coverage)> = BTreeMap::new();
    for (number, clip) in clips.clips.iter().enumerate() {
        let row = clips.row(number as u32);
        if row.fake && row.dataset == dataset {
            let empty = (row.method, Coverage { asked: 0, scored: 0 });
            let (_, coverage) = asked.entry(strings.get(row.method)).or_insert(empty);
            coverage.asked += 1;
            coverage.scored += usize::from(clips.score(clip, &system.pooling).is_some());
        }
    }
    asked
        .into_iter()
        .map(|(name, (method, coverage))| {
            let own = videos.filter(|place| {
                let row = clips.row(videos.clips[place]);
                !row.fake || row.method == method
            });
            let statistics = statistics(system, clips, &own, how)?;
            Ok(MethodReport {
                method: name.to_owned(),
                coverage,
                fake: own.fake.iter().filter(|fake| **fake).count(),
                auc: statistics.auc,
                apcer: statistics.apcer,
            })
        })
        .collect()
}

/// What pooling by the names of clips would give; `None` where no name recurs.
fn by_name(
    system: &System,
    clips: &Clips<'_>,
    dataset: Symbol,
    videos: &Samples,
) -> Option<ByName> {
    let mut named: HashMap<(&str, bool), Vec<f64>> = HashMap::new();
    for (score, clip) in videos.scores.iter().zip(&videos.clips) {
        let row = clips.row(*clip);
        if row.dataset == dataset {
            let name = clips.table.clip(clips.clips[*clip as usize].first as usize);
            named.entry((name, row.fake)).or_default().push(*score);
        }
    }
    if named.len() == videos.len() {
        return None;
    }
    let pooled = named.iter().map(|((_, fake), scores)| {
        let faces = scores.iter().map(|score| (None, *score));
        (system.pooling.pool(faces).unwrap_or_default(), *fake)
    });
    let (scores, fake): (Vec<f64>, Vec<bool>) = pooled.unzip();
    let auc = scade_metrics::Scores::new(&scores, &fake).ok();
    let auc_by_name = auc.and_then(|scores| scores.ranking().auc().ok());
    Some(ByName { videos: videos.len(), videos_by_name: named.len(), auc_by_name })
}

/// The zero-pixel nulls of datasets: one for all detectors, as it depends on none.
pub(super) struct Nulls<'a> {
    facts: &'a dyn Fn(&str, &str) -> Option<FileFacts>,
    seed: u64,
    known: HashMap<String, Null>,
}

impl<'a> Nulls<'a> {
    pub(super) fn new(facts: &'a dyn Fn(&str, &str) -> Option<FileFacts>, seed: u64) -> Self {
        Self { facts, seed, known: HashMap::new() }
    }

    fn of(&mut self, clips: &Clips<'_>, dataset: Symbol, name: &str, how: How) -> Null {
        if !self.known.contains_key(name) {
            let null = self.measure(clips, dataset, how);
            self.known.insert(name.to_owned(), null);
        }
        self.known[name].clone()
    }

    fn measure(&self, clips: &Clips<'_>, dataset: Symbol, how: How) -> Null {
        let name = clips.table.strings.get(dataset);
        let all = 0..clips.clips.len() as u32;
        let mut own: Vec<u32> = all.filter(|clip| clips.row(*clip).dataset == dataset).collect();
        own.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed));
        own.truncate(MOST_FILES);
        own.sort_unstable();
        let path = |clip: &u32| clips.table.paths.get(clips.clips[*clip as usize].first as usize);
        // Where the first files are not here, the others are not looked for one by one.
        let few = own.iter().take(100);
        if few.clone().filter(|clip| (self.facts)(name, path(clip)).is_some()).count() == 0 {
            return Null::Unknown("the files are not at hand".to_owned());
        }
        let (mut facts, mut samples) = (Vec::new(), Samples::default());
        for clip in own {
            if let Some(found) = (self.facts)(name, path(&clip)) {
                facts.push(found);
                samples.push(0.0, clips.row(clip).fake, samples.len() as u32, clip);
            }
        }
        match null_scores(&facts, &samples.fake, self.seed) {
            Ok(null) => {
                samples.scores = null.scores;
                // Files are independent here, whoever is in them.
                let how = How { cluster: Cluster::Video, ..how };
                let auc = estimate::auc(&samples, how);
                Null::Measured { auc, files: facts.len(), facts: null.facts }
            }
            Err(reason) => Null::Unknown(reason),
        }
    }
}

/// What the reader of a report must know.
pub(super) fn notes(report: &SystemReport, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    for dataset in &report.datasets {
        let name = &dataset.name;
        for unit in dataset.units.iter().filter(|unit| unit.unit == Unit::Video) {
            let Coverage { asked, scored } = unit.coverage;
            if unit.coverage.ratio() < settings.min_coverage {
                notes.push(format!(
                    "{}: only {scored} of {asked} videos of {name} have a score ({:.1} %); the others \
                     are {}",
                    report.name,
                    100.0 * unit.coverage.ratio(),
                    settings.missing.describe()
                ));
            }
            if unit.real.min(unit.fake) < 50 {
                notes.push(format!(
                    "{name}: {} real and {} fake videos are few: mind the intervals",
                    unit.real, unit.fake
                ));
            }
        }
        if dataset.null.leaks() {
            let Null::Measured { auc, .. } = &dataset.null else { continue };
            notes.push(format!(
                "{name}: facts about the files alone reach an AUC of {}: the dataset gives its labels \
                 away, and a detector's AUC on it may come from there",
                auc.text(3)
            ));
        }
        if let Some(ByName { videos, videos_by_name, .. }) = dataset.by_name_alone {
            notes.push(format!(
                "{name}: {videos} videos have {videos_by_name} names; they are told apart by method"
            ));
        }
    }
    notes
}

impl Estimate {
    /// The value with a number of decimals; a dash where it is undefined.
    #[must_use]
    pub fn text(&self, decimals: usize) -> String {
        self.value().map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
    }
}
