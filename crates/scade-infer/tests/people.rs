//! Clips with two people: the metrics of training are those of the scores that inference prints.

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use burn::backend::{Autodiff, Flex};
use scade_data::{Label, VideoKey};
use scade_image::RgbImage;
use scade_metrics::{FrameScore, Pooling, Report, VideoKey as EvalKey};
use scade_preprocess::{Split, preprocess};
use scade_sample::{FaceSelection, FrameSampling, SampleSpec};
use scade_settings::NoProgress;
use scade_synth::{PlannedClip, Scene, SetSettings};
use scade_train::{Run, RunFolder, RunOptions, train};
use scade_video::{Writer, WriterOptions};
use serde_json::Value;

const FRAMES: u32 = 12;

/// Width and height of one half of a clip.
const HALF: (u32, u32) = (320, 240);

/// Two people side by side; of a fake the left one is forged.
fn write(path: &Path, left: &Scene, right: &Scene) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = Writer::create(path, &WriterOptions::new(2 * HALF.0, HALF.1)).unwrap();
    for number in 0..FRAMES {
        let mut both = RgbImage::new(2 * HALF.0, HALF.1);
        image::imageops::replace(&mut both, &left.frame(number), 0, 0);
        image::imageops::replace(&mut both, &right.frame(number), i64::from(HALF.0), 0);
        writer.write(&both).unwrap();
    }
    writer.finish().unwrap();
}

/// Two real and two fake videos in each subset.
fn dataset(root: &Path) {
    let (width, height) = HALF;
    let settings =
        SetSettings { identities: 12, frames: FRAMES, width, height, ..SetSettings::default() };
    let scenes: Vec<_> =
        settings.clips().into_iter().map(|PlannedClip { spec, .. }| Scene::new(spec)).collect();
    // Real clips of all identities, then their forgeries.
    for pair in 0..6 {
        let (left, right) = (2 * pair, 2 * pair + 1);
        let name = format!("clip{pair}.mp4");
        write(&root.join("real").join(&name), &scenes[left], &scenes[right]);
        write(&root.join("fake").join(&name), &scenes[12 + left], &scenes[right]);
    }
}

/// All metrics of a report as (path, number), where there is one.
fn numbers(value: &Value, path: &str, into: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| numbers(value, &format!("{path}/{key}"), into));
        }
        _ => into.extend(value.as_f64().map(|number| (path.to_owned(), number))),
    }
}

#[test]
#[allow(clippy::print_stderr)]
fn metrics_of_training_are_those_of_the_scores_of_inference() {
    let Some(weights) = scade_face::weights::locate_cached_only() else {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [clips, prepared, runs] =
        ["clips", "prepared", "runs"].map(|name| folder.path().join(name));
    dataset(&clips);
    let config = scade_preprocess::Config {
        dataset: clips.clone(),
        output: prepared.clone(),
        frames: FrameSampling { every: 3, max: 4, min: 1 },
        preparation: SampleSpec { faces: FaceSelection::All, ..SampleSpec::default() },
        ..scade_preprocess::Config::default()
    };
    let device = Default::default();
    let (store, _) =
        preprocess::<Flex>(&config, &(&*weights).into(), &device, &NoProgress).unwrap();
    let split = Split { rule: scade_data::SplitRule::Video, val: 0.34, test: 0.34, seed: 1 };
    scade_preprocess::split_dataset(&store, &split).unwrap().unwrap();
    let config = scade_train::Config {
        data: prepared,
        output: runs,
        epochs: 2,
        batch_size: 4,
        allow_leaks: true,
        ..scade_train::Config::default()
    };
    let run = Run::<Autodiff<Flex>>::open(config, vec![device], None).unwrap();
    let run_folder = RunFolder::create(run.config()).unwrap();
    let mut quiet = scade_train::Reporters::new();
    let trained = train(&run, &run_folder, RunOptions::default(), &mut quiet).unwrap();
    let reported = trained.test.unwrap();

    let tested = store.splits().unwrap().unwrap().test;
    let mut scores: Vec<(VideoKey, Option<usize>, f64)> = Vec::new();
    for key in tested.keys().unwrap() {
        let path = clips.join(key.label().name()).join(format!("{}.mp4", key.name()));
        let mut command = cargo_bin_cmd!("scade-infer");
        command.arg("--model").arg(run_folder.path()).args([
            "--max-frames",
            "4",
            "--gate",
            "off",
            "--json",
        ]);
        let assert = command.arg("--video").arg(&path).assert().success();
        let record: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        assert_eq!(record["tracks"].as_array().unwrap().len(), 2, "{record}");
        for face in record["faces"].as_array().unwrap() {
            let track = face["track"].as_u64().map(|track| track as usize);
            scores.push((key.clone(), track, face["score"].as_f64().unwrap()));
        }
        // The score of the video itself is that of the rule.
        let own =
            scores.iter().filter(|(of, ..)| *of == key).map(|(_, track, score)| (*track, *score));
        let pooled = Pooling::default().pool(own).unwrap();
        assert!((record["score"].as_f64().unwrap() - pooled).abs() < 1e-12, "{record}");
    }
    let frames: Vec<_> = scores
        .iter()
        .map(|(key, track, score)| FrameScore {
            key: EvalKey { group: key.label().name(), video: key.name() },
            fake: key.label() == Label::Fake,
            track: *track,
            score: *score,
        })
        .collect();
    let recomputed = Report::new(&frames, reported.threshold, &Pooling::default()).unwrap();
    assert_eq!((recomputed.frames.n_real, recomputed.videos.n_real), (16, 2));
    let [mut own, mut expected] = [Vec::new(), Vec::new()];
    numbers(&serde_json::to_value(&recomputed).unwrap(), "", &mut own);
    numbers(&serde_json::to_value(&reported).unwrap(), "", &mut expected);
    assert!(own.iter().any(|(path, _)| path.starts_with("/tracks/")), "{own:?}");
    assert_eq!(own.len(), expected.len());
    for ((path, own), (_, expected)) in own.iter().zip(&expected) {
        assert!(
            (own - expected).abs() < 1e-6,
            "{path}: {own} from inference, {expected} in training"
        );
    }
}
