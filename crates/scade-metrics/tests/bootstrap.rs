//! The bootstrap: exact against the slow way, the same for any number of threads.

mod common;

use std::num::NonZeroUsize;

use scade_metrics::{Bootstrap, Paired, Scores, Undefined};

fn plan(draws: usize) -> Bootstrap {
    Bootstrap { draws: NonZeroUsize::new(draws).unwrap(), ..Bootstrap::default() }
}

fn keys(n: usize) -> Vec<usize> {
    (0..n).map(|index| index * index % 23).collect()
}

#[test]
fn the_fast_way_of_the_auc_is_the_ranking_of_each_draw() {
    for seed in 200..220 {
        let set = common::set(seed);
        let scores = Scores::new(&set.a, &set.labels).unwrap();
        let clustered = scores.clustered(&keys(set.a.len())).unwrap();
        let fast = clustered.auc(&plan(100)).unwrap();
        let slow = clustered.interval(&plan(100), |draw| draw.ranking().auc()).unwrap();
        for (fast, slow) in [(fast.value, slow.value), (fast.low, slow.low), (fast.high, slow.high)]
        {
            assert!((fast - slow).abs() < 1e-12, "{seed}: {slow}, {fast}");
        }
    }
}

#[test]
fn a_draw_has_the_metrics_of_its_samples_copied() {
    for seed in 220..230 {
        let set = common::set(seed);
        let scores = Scores::new(&set.a, &set.labels).unwrap();
        let check = |draw: &scade_metrics::Draw<'_>| -> Result<f64, Undefined> {
            let (mut values, mut labels) = (Vec::new(), Vec::new());
            for (score, fake, copies) in draw.samples() {
                for _ in 0..copies {
                    values.push(score);
                    labels.push(fake);
                }
            }
            let copied = Scores::new(&values, &labels).unwrap();
            assert_eq!(draw.ranking().roc(), copied.ranking().roc());
            assert_eq!(draw.confusion(0.5), copied.confusion(0.5).unwrap());
            assert!((draw.brier() - copied.brier()).abs() < 1e-12);
            assert!((draw.log_loss() - copied.log_loss()).abs() < 1e-12);
            draw.ranking().average_precision()
        };
        scores.clustered(&keys(set.a.len())).unwrap().interval(&plan(30), check).unwrap();
    }
}

#[test]
fn strata_keep_the_numbers_of_their_clusters() {
    let set = common::set(5);
    let scores = Scores::new(&set.a, &set.labels).unwrap();
    let methods: Vec<usize> = (0..set.a.len()).map(|index| index % 3).collect();
    // The score tells which method a sample has.
    let method = |score: f64, fake: bool| {
        let at = (0..set.a.len()).find(|&i| (set.a[i], set.labels[i]) == (score, fake));
        methods[at.unwrap()]
    };
    let marked: Vec<usize> = (0..set.a.len()).map(|i| method(set.a[i], set.labels[i])).collect();
    let count = |draw: &scade_metrics::Draw<'_>| {
        let mut counts = [[0; 2]; 3];
        for (score, fake, copies) in draw.samples() {
            counts[method(score, fake)][usize::from(fake)] += copies;
        }
        counts
    };
    let mut expected = [[0; 2]; 3];
    for (index, method) in marked.iter().enumerate() {
        expected[*method][usize::from(set.labels[index])] += 1;
    }
    let stratified = scores.unclustered().stratified(&marked).unwrap();
    let interval = stratified.interval(&plan(50), |draw| {
        assert_eq!(count(draw), expected);
        draw.ranking().auc()
    });
    assert!(interval.is_ok());
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    let set = common::set(31);
    let scores = Scores::new(&set.a, &set.labels).unwrap();
    let with = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let clustered = scores.clustered(&keys(set.a.len())).unwrap();
        pool.install(|| clustered.auc(&Bootstrap { seed, ..plan(333) })).unwrap()
    };
    assert_eq!(with(1, 4), with(3, 4));
    assert_ne!(with(1, 4), with(1, 5));
}

#[test]
fn a_difference_is_seen_between_detectors_and_not_between_equals() {
    let set = common::set(35);
    let paired = Paired::new(&set.b, &set.a, &set.labels).unwrap();
    let singles: Vec<usize> = (0..set.a.len()).collect();
    let clustered = paired.clustered(&singles).unwrap();
    let fast = clustered.auc(&Bootstrap::default()).unwrap();
    let slow = clustered.difference(&Bootstrap::default(), |draw| draw.ranking().auc()).unwrap();
    assert!((fast.difference.low - slow.difference.low).abs() < 1e-12);
    assert!((fast.difference.high - slow.difference.high).abs() < 1e-12);
    assert_eq!(fast.p_value, slow.p_value);
    assert_eq!(fast.difference.value, fast.a - fast.b);
    // Much the same as the test of DeLong.
    let delong = paired.delong(Bootstrap::default().confidence).unwrap();
    assert!((fast.a - delong.a).abs() < 1e-12 && (fast.b - delong.b).abs() < 1e-12);
    assert!((fast.difference.low - delong.difference.low).abs() < 0.01, "{fast:?} {delong:?}");
    assert!((fast.difference.high - delong.difference.high).abs() < 0.01, "{fast:?} {delong:?}");
    let equal = Paired::new(&set.a, &set.a, &set.labels).unwrap().clustered(&singles).unwrap();
    let equal = equal.auc(&Bootstrap::default()).unwrap();
    assert_eq!((equal.difference.low, equal.difference.high, equal.p_value), (0.0, 0.0, 1.0));
}
