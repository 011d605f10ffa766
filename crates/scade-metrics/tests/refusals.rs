//! Inputs without an answer give an error that says why.

mod common;

use scade_metrics::{
    AttackRates, AucScale, Bootstrap, Calibration, Confidence, Conformal, InputError, Metric,
    MetricError, Paired, Rate, Reason, Scores, Undefined,
};

/// Every function that needs both classes, by its reason.
fn reasons(scores: Scores<'_>) -> Vec<Reason> {
    let ranking = scores.ranking();
    let plan = Bootstrap::default();
    let kinds = vec!["a"; scores.n_samples()];
    let attacks = match AttackRates::new(scores, &kinds, 0.5, Confidence::default()) {
        Err(MetricError::Undefined(undefined)) => undefined,
        other => panic!("{other:?}"),
    };
    [
        ranking.roc().map(|_| ()),
        ranking.det().map(|_| ()),
        ranking.precision_recall().map(|_| ()),
        ranking.tpr_at_fpr(Rate::ONE_PERCENT).map(|_| ()),
        ranking.point_at_fpr(Rate::ONE_PERCENT).map(|_| ()),
        ranking.bpcer_at_apcer(Rate::ONE_PERCENT).map(|_| ()),
        ranking.point_at_apcer(Rate::ONE_PERCENT).map(|_| ()),
        ranking.equal_error_point().map(|_| ()),
        scores.confusion(0.5).unwrap().balanced_accuracy().map(|_| ()),
        scores.delong().map(|_| ()),
        scores.unclustered().auc(&plan).map(|_| ()),
        scores.unclustered().interval(&plan, |draw| draw.ranking().auc()).map(|_| ()),
        Calibration::temperature(scores).map(|_| ()),
        Calibration::platt(scores).map(|_| ()),
        Calibration::isotonic(scores).map(|_| ()),
        Err(attacks),
    ]
    .into_iter()
    .map(|result| result.unwrap_err().reason)
    .collect()
}

#[test]
fn one_class_is_named() {
    let real = reasons(Scores::new(&[0.2, 0.9, 0.4], &[false; 3]).unwrap());
    assert_eq!(real, [Reason::NoFakeSample; 16]);
    let fake = reasons(Scores::new(&[0.2, 0.9, 0.4], &[true; 3]).unwrap());
    assert_eq!(fake, [Reason::NoRealSample; 16]);
}

#[test]
fn a_low_rate_needs_enough_samples_and_the_message_says_how_many() {
    let set = |real: usize, fake: usize| {
        let labels: Vec<bool> = (0..real + fake).map(|index| index >= real).collect();
        let values: Vec<f64> =
            (0..real + fake).map(|index| index as f64 / (real + fake) as f64).collect();
        (values, labels)
    };
    let (values, labels) = set(299, 30);
    let ranking = Scores::new(&values, &labels).unwrap().ranking();
    let error = ranking.tpr_at_fpr(Rate::ONE_PERCENT).unwrap_err();
    assert_eq!(error.reason, Reason::TooFewReal { needed: 300, got: 299 });
    assert_eq!(
        error.to_string(),
        "TPR at FPR 1 % is undefined: it needs 300 real samples and there are 299 (rule of three: with n \
         and no error, a false positive rate of up to 3/n cannot be excluded)"
    );
    assert_eq!(ranking.bpcer_at_apcer(Rate::TEN_PERCENT), Ok(0.0));
    let error = ranking.bpcer_at_apcer(Rate::FIVE_PERCENT).unwrap_err();
    assert_eq!(error.reason, Reason::TooFewFake { needed: 60, got: 30 });
    let (values, labels) = set(3000, 2);
    let ranking = Scores::new(&values, &labels).unwrap().ranking();
    assert_eq!(ranking.tpr_at_fpr(Rate::ONE_PER_MILLE), Ok(1.0));
    let error = Scores::new(&values[..298], &labels[..298])
        .unwrap()
        .threshold_at_fpr(Rate::ONE_PERCENT, Confidence::default())
        .unwrap_err();
    assert_eq!(error.reason, Reason::TooFewReal { needed: 299, got: 298 });
    let conformal = |n: usize| {
        Conformal::new(Scores::new(&values[..n], &labels[..n]).unwrap(), Rate::ONE_PERCENT)
    };
    assert_eq!(conformal(98).unwrap_err().reason, Reason::TooFewReal { needed: 99, got: 98 });
    assert_eq!(conformal(99).unwrap().real_at_most(), values[98]);
}

#[test]
fn scores_that_all_tie_have_no_variance_and_no_map() {
    let scores = Scores::new(&[0.3; 6], &[true, false, true, false, true, false]).unwrap();
    let delong = scores.delong().unwrap();
    assert_eq!((delong.auc(), delong.variance()), (0.5, 0.0));
    let interval = delong.interval(Confidence::default(), AucScale::Logit);
    assert_eq!(interval, Err(Undefined { metric: Metric::Delong, reason: Reason::NoVariance }));
    for fit in [Calibration::platt, Calibration::isotonic] {
        assert_eq!(fit(scores).unwrap_err().reason, Reason::NotIncreasing);
    }
    let paired =
        Paired::new(&[0.1, 0.6, 0.2, 0.9], &[0.1, 0.6, 0.2, 0.9], &[true, false, false, true]);
    let paired = paired.unwrap().delong(Confidence::default());
    assert_eq!(paired.unwrap_err().reason, Reason::NoVariance);
}

#[test]
fn a_perfect_detector_has_an_interval_all_the_same() {
    let values: Vec<f64> = (0..40).map(|index| f64::from(index) / 40.0).collect();
    for rising in [true, false] {
        let labels: Vec<bool> = (0..40).map(|index| (index >= 20) == rising).collect();
        let scores = Scores::new(&values, &labels).unwrap();
        let exact = 0.025_f64.powf(1.0 / 20.0);
        let delong = scores.delong().unwrap().interval(Confidence::default(), AucScale::Logit);
        let bootstrap = scores.unclustered().auc(&Bootstrap::default());
        for interval in [delong.unwrap(), bootstrap.unwrap()] {
            let (low, high) = if rising { (exact, 1.0) } else { (0.0, 1.0 - exact) };
            assert!((interval.low - low).abs() < 1e-12 && (interval.high - high).abs() < 1e-12);
        }
        let separable = Calibration::temperature(scores);
        let reason = if rising { Reason::Separable } else { Reason::NotIncreasing };
        assert_eq!(separable.unwrap_err().reason, reason);
        assert_eq!(Calibration::platt(scores).is_ok(), rising);
        assert_eq!(Calibration::isotonic(scores).is_ok(), rising);
    }
    // Two clusters make one pair.
    let labels: Vec<bool> = (0..40).map(|index| index >= 20).collect();
    let keys: Vec<i32> = (0..40).map(|index| index % 2).collect();
    let interval = Scores::new(&values, &labels).unwrap().clustered(&keys).unwrap();
    assert!((interval.auc(&Bootstrap::default()).unwrap().low - 0.025).abs() < 1e-12);
}

#[test]
fn one_sample_or_one_cluster_of_a_class_is_too_few() {
    let scores = Scores::new(&[0.5, 0.4, 0.3], &[true, false, false]).unwrap();
    assert_eq!(scores.delong().unwrap_err().reason, Reason::TooFewFake { needed: 2, got: 1 });
    let scores = Scores::new(&[0.5, 0.4, 0.6], &[true, false, true]).unwrap();
    assert_eq!(scores.delong().unwrap_err().reason, Reason::TooFewReal { needed: 2, got: 1 });
    let one = scores.clustered(&["a", "a", "a"]).unwrap();
    assert_eq!(one.auc(&Bootstrap::default()).unwrap_err().reason, Reason::OneCluster);
}

#[test]
fn draws_without_a_value_are_refused_when_they_are_many() {
    let set = common::set(2);
    let scores = Scores::new(&set.a, &set.labels).unwrap().unclustered();
    let undefined = Undefined { metric: Metric::Precision, reason: Reason::NothingCalledFake };
    let rarely = |below: f64| {
        scores.interval(&Bootstrap::default(), |draw| {
            let auc = draw.ranking().auc()?;
            if auc < below { Err(undefined) } else { Ok(auc) }
        })
    };
    let all = rarely(0.0).unwrap();
    assert!(rarely(all.low - 0.001).is_ok());
    assert!(matches!(rarely(all.value - 0.001).unwrap_err().reason, Reason::UndefinedDraws { .. }));
    assert_eq!(rarely(1.0).unwrap_err(), undefined);
}

#[test]
fn bad_input_and_lists_of_other_lengths_are_errors() {
    let scores = Scores::new(&[0.5, 0.4], &[true, false]).unwrap();
    let mismatch = InputError::KeyMismatch { scores: 2, keys: 3 };
    assert_eq!(scores.clustered(&[1, 2, 3]).err(), Some(mismatch.clone()));
    assert_eq!(scores.unclustered().stratified(&[1, 2, 3]).err(), Some(mismatch.clone()));
    let attacks = AttackRates::new(scores, &["a"; 3], 0.5, Confidence::default());
    assert_eq!(attacks, Err(MetricError::Input(mismatch)));
    let attacks = AttackRates::new(scores, &["a"; 2], f64::NAN, Confidence::default());
    assert!(matches!(attacks, Err(MetricError::Input(InputError::Threshold { .. }))));
    assert!(matches!(scores.risk_coverage(1.5), Err(InputError::Threshold { .. })));
    let nan = Paired::new(&[0.5, 0.4], &[0.5, f64::NAN], &[true, false]);
    assert!(matches!(nan, Err(InputError::NotAProbability { index: 1, .. })));
    assert!(matches!(Paired::new(&[], &[], &[]), Err(InputError::Empty)));
}

#[test]
fn files_with_parameters_that_no_fit_gives_are_refused() {
    let read = |map: &str| {
        let text = format!("{{{map}, \"n_fake\": 3, \"n_real\": 4}}");
        serde_json::from_str::<Calibration>(&text).map_err(|error| error.to_string())
    };
    let good = read(r#""method": "platt", "slope": 0.9, "intercept": -0.3"#).unwrap();
    assert_eq!((good.n_fake(), good.n_real()), (3, 4));
    for bad in [
        r#""method": "temperature", "temperature": 0.0"#,
        r#""method": "temperature", "temperature": -1"#,
        r#""method": "platt", "slope": -0.9, "intercept": 0"#,
        r#""method": "isotonic", "scores": [], "probabilities": []"#,
        r#""method": "isotonic", "scores": [0.5], "probabilities": [0.1, 0.2]"#,
        r#""method": "isotonic", "scores": [0.5, 0.5], "probabilities": [0.1, 0.2]"#,
        r#""method": "isotonic", "scores": [0.1, 0.5], "probabilities": [0.3, 0.2]"#,
        r#""method": "isotonic", "scores": [0.1, 1.5], "probabilities": [0.1, 0.2]"#,
    ] {
        assert!(read(bad).unwrap_err().contains("expected"), "{bad}");
    }
    let conformal = |limits: &str| {
        let text = format!("{{\"error\": 0.1, {limits}, \"n_fake\": 30, \"n_real\": 40}}");
        serde_json::from_str::<Conformal>(&text)
    };
    assert!(conformal(r#""real_at_most": 0.5"#).is_ok());
    assert!(conformal(r#""real_at_most": 1.5"#).is_err());
    assert!(conformal(r#""real_at_most": 0.5, "fake_at_least": -0.5"#).is_err());
}
