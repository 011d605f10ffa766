//! Explanations by the built-in detector, of a synthetic face.

use burn::backend::Flex;
use scade::burn;
use scade::{
    Class, Detector, DetectorOptions, Error, ExplainOptions, FaithfulnessOptions, Label, RgbImage,
};
use scade_synth::{SetSettings, render_frame};

/// `None`, and a note that the test is skipped, without the weights of the face detector.
#[allow(clippy::print_stderr)]
fn detector() -> Option<Detector<Flex>> {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return None;
    }
    Some(Detector::builtin(&DetectorOptions::default(), &Default::default()).unwrap())
}

fn face() -> RgbImage {
    let settings = SetSettings { identities: 2, ..SetSettings::default() };
    render_frame(&settings.clips()[3].spec, 20)
}

#[test]
fn an_explanation_belongs_to_the_predicted_score_and_class() {
    let Some(detector) = detector() else { return };
    let scored = detector.score_image(&face()).unwrap();
    let explained = detector.explain(&face(), &ExplainOptions::default()).unwrap();
    let [one] = &explained[..] else { panic!("one face") };
    assert_eq!(one.prediction.face, scored.face);
    let explanation = &one.explanation;
    for score in [one.prediction.score, explanation.score] {
        assert!((score - scored.score).abs() < 1e-6, "{score}, {scored:?}");
    }
    assert_eq!(explanation.class == Class::Fake, scored.label == Label::Fake);
    assert_eq!(explanation.block, 4);
    assert!(explanation.cam.peak > 0.0 || explanation.opposite.peak > 0.0);
    assert_eq!(one.sheet().dimensions(), (816, 596));

    let other = explanation.class.opposite();
    let options = ExplainOptions { class: Some(other), ..ExplainOptions::default() };
    let turned = detector.explain_crop(&explanation.crop, None, &options).unwrap();
    assert_eq!((&turned.cam, &turned.opposite), (&explanation.opposite, &explanation.cam));
    assert!((turned.score - explanation.score).abs() < 1e-6);
}

#[test]
fn faithfulness_is_measured_where_asked_for() {
    let Some(detector) = detector() else { return };
    let settings = FaithfulnessOptions { steps: 4, random_maps: 2, ..Default::default() };
    let options = ExplainOptions { faithfulness: Some(settings), ..Default::default() };
    let explained = detector.explain(&face(), &options).unwrap().remove(0).explanation;
    let measured = explained.faithfulness.unwrap();
    assert_eq!((measured.class, measured.random.len()), (explained.class, 2));
    let whole = measured.map.deletion.probabilities[0];
    assert!((whole - explained.class.probability(explained.score)).abs() < 1e-6);
}

#[test]
fn what_cannot_be_explained_says_why() {
    let Some(detector) = detector() else { return };
    let options = ExplainOptions::default();
    let blank = RgbImage::from_pixel(320, 240, [90; 3].into());
    assert!(matches!(detector.explain(&blank, &options), Err(Error::NoFace { frames: 1 })));
    let message = detector.explain_crop(&blank, None, &options).unwrap_err().to_string();
    assert!(message.contains("256 × 256") && message.contains("320 × 240"), "{message}");
    let options = ExplainOptions { block: Some(9), ..options };
    let error = detector.explain(&face(), &options).unwrap_err();
    assert!(matches!(error, Error::Explain(_)) && error.to_string().contains("`block`"), "{error}");
}
