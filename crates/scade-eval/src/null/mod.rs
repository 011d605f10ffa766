//! The zero-pixel null: how well the labels can be told from facts about the files alone.
//!
//! A detector that sees no pixel, only size, length, bit rate, compression and codec, should be at an AUC of
//! 0.5. Where it is not, the dataset leaks its labels, and a high AUC of a real detector may come from there.

mod facts;
mod jpeg;
mod logistic;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use facts::{FACTS, FileFacts, VideoFacts};
pub use jpeg::jpeg_quality;

/// Folds of the cross-validation.
const FOLDS: usize = 5;

/// Fewest files of each class.
const FEWEST: usize = 10;

/// Most files that are looked at; more are sampled at random, to open no million of files.
pub const MOST_FILES: usize = 20_000;

/// From here on an AUC of the null is a warning.
pub const LEAK: f64 = 0.65;

/// Most values of one fact that are told apart; more are binned by quantiles.
const BINS: usize = 8;

/// Scores of files by a classifier that has not seen their labels, or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullScores {
    /// Index of each file in the input.
    pub files: Vec<usize>,
    /// Its score, 0..1.
    pub scores: Vec<f64>,
    /// Facts that differ between files.
    pub facts: Vec<String>,
}

/// Scores each file by a logistic regression on the facts of the others, fitted on four of five folds.
///
/// Each fact is binned (by quantiles where it has more than eight values), so that an effect need not be
/// monotone; ridge penalty 1. Folds are stratified by label and shuffled by `seed`.
///
/// # Errors
/// Why it cannot be done, in words.
pub fn null_scores(facts: &[FileFacts], fake: &[bool], seed: u64) -> Result<NullScores, String> {
    let of = |class: bool| (0..facts.len().min(fake.len())).filter(move |i| fake[*i] == class);
    let mut classes = [of(false).collect::<Vec<_>>(), of(true).collect::<Vec<_>>()];
    if let Some(few) = classes.iter().map(Vec::len).find(|count| *count < FEWEST) {
        return Err(format!("it needs {FEWEST} files of each label, and one label has {few}"));
    }
    let (columns, names) = encode(facts);
    if names.is_empty() {
        return Err("all files are alike in every fact".to_owned());
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold = vec![0; facts.len()];
    for class in &mut classes {
        class.shuffle(&mut rng);
        class.iter().enumerate().for_each(|(place, file)| fold[*file] = place % FOLDS);
    }
    let width = columns.iter().flatten().max().map_or(0, |most| *most as usize + 1);
    let mut scores = vec![0.0; facts.len()];
    for left_out in 0..FOLDS {
        let seen: Vec<usize> = (0..facts.len()).filter(|file| fold[*file] != left_out).collect();
        let rows: Vec<&[u32]> = seen.iter().map(|file| &*columns[*file]).collect();
        let labels: Vec<bool> = seen.iter().map(|file| fake[*file]).collect();
        let weights = logistic::fit(&rows, &labels, width);
        for file in (0..facts.len()).filter(|file| fold[*file] == left_out) {
            scores[file] = logistic::predict(&weights, &columns[file]);
        }
    }
    Ok(NullScores { files: (0..facts.len()).collect(), scores, facts: names })
}

/// The bins that each file is in, numbered over all facts, and the facts that differ.
fn encode(facts: &[FileFacts]) -> (Vec<Vec<u32>>, Vec<String>) {
    let mut columns = vec![Vec::new(); facts.len()];
    let mut names = Vec::new();
    let mut next = 0;
    let mut add = |name: &str, bins: Vec<u32>| {
        let count = bins.iter().max().map_or(0, |most| most + 1);
        if count > 1 {
            names.push(name.to_owned());
            columns.iter_mut().zip(bins).for_each(|(column, bin)| column.push(next + bin));
            next += count;
        }
    };
    for (at, name) in FACTS.iter().enumerate() {
        add(name, binned(facts.iter().map(|file| file.numbers()[at])));
    }
    let mut codecs: Vec<&str> = facts.iter().map(|file| &*file.codec).collect();
    codecs.sort_unstable();
    codecs.dedup();
    let bin = |file: &FileFacts| codecs.binary_search(&&*file.codec).unwrap_or(0) as u32;
    add("codec", facts.iter().map(bin).collect());
    (columns, names)
}

/// The bin of each value; files without the value have one of their own.
fn binned(values: impl Iterator<Item = Option<f64>>) -> Vec<u32> {
    let values: Vec<Option<f64>> = values.collect();
    let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges = sorted.clone();
    edges.dedup();
    if edges.len() > BINS {
        edges = (0..BINS).map(|bin| sorted[bin * sorted.len() / BINS]).collect();
        edges.dedup();
    }
    let some_missing = u32::from(sorted.len() < values.len());
    let bin = |value: f64| edges.partition_point(|edge| *edge <= value) as u32 - 1 + some_missing;
    values.into_iter().map(|value| value.map_or(0, bin)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn auc(scores: &NullScores, fake: &[bool]) -> f64 {
        scade_metrics::Scores::new(&scores.scores, fake).unwrap().ranking().auc().unwrap()
    }

    fn files(width: impl Fn(usize) -> f64) -> (Vec<FileFacts>, Vec<bool>) {
        let facts = (0..200).map(|i| FileFacts {
            width: Some(width(i)),
            bytes: Some(((i / 2 * 7919) % 1009) as f64),
            ..FileFacts::default()
        });
        (facts.collect(), (0..200).map(|i| i % 2 == 1).collect())
    }

    #[test]
    fn facts_that_say_nothing_give_about_one_half() {
        let rng = std::cell::RefCell::new(ChaCha8Rng::seed_from_u64(3));
        let (facts, fake) = files(|_| rng.borrow_mut().random_range(100.0..900.0));
        let auc = auc(&null_scores(&facts, &fake, 1).unwrap(), &fake);
        assert!((0.3..0.65).contains(&auc), "{auc}");
    }

    #[test]
    fn a_fact_that_gives_the_label_away_is_found_also_where_it_is_not_monotone() {
        let (facts, fake) = files(|i| if i % 2 == 1 { 720.0 } else { [480.0, 1080.0][i / 2 % 2] });
        let null = null_scores(&facts, &fake, 1).unwrap();
        assert!(auc(&null, &fake) > 0.99);
        assert_eq!(null.facts, ["width", "bytes"]);
    }

    #[test]
    fn few_or_equal_files_are_a_reason() {
        let (facts, fake) = files(|_| 640.0);
        assert!(null_scores(&facts[..12], &fake[..12], 1).unwrap_err().contains("10 files"));
        let alike = vec![FileFacts::default(); 200];
        assert!(null_scores(&alike, &fake, 1).unwrap_err().contains("alike"));
    }
}
