//! `scade-eval` as its users run it, on made score files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

fn scade_eval() -> Command {
    let mut command = cargo_bin_cmd!("scade-eval");
    command.args(["--draws", "200"]);
    command
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn report(command: &mut Command, code: i32) -> Value {
    let output = command.arg("--json").assert().code(code).get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A number from 0 to 1 that looks random.
fn hash(text: &str) -> f64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Two frames of each of `clips` clips: one real, and four methods that share their names.
fn four_methods(clips: usize, strength: f64) -> String {
    let mut text = String::from("path,label,score,dataset,method,video,frame\n");
    for clip in 0..clips {
        for (method, shift) in [("", 0.0), ("DF", 0.5), ("F2F", 0.4), ("FS", 0.3), ("NT", 0.05)] {
            for frame in 0..2 {
                let label = if method.is_empty() { "real" } else { "fake" };
                let path = format!("{label}/{method}/{clip:03}/{frame}.png");
                let score = 0.5 * hash(&path) + strength * shift;
                writeln!(text, "{path},{label},{score},FF,{method},{clip:03},{frame}").unwrap();
            }
        }
    }
    text
}

#[test]
fn four_methods_that_share_names_have_four_times_the_videos() {
    let folder = tempfile::tempdir().unwrap();
    let scores = file(folder.path(), "a.csv", &four_methods(60, 1.0));
    let report = report(scade_eval().arg("--scores").arg(&scores), 0);
    let dataset = &report["systems"][0]["datasets"][0];
    let videos = &dataset["units"][1];
    assert_eq!(
        (&videos["unit"], &videos["real"], &videos["fake"]),
        (&"video".into(), &60.into(), &240.into())
    );
    assert_eq!(dataset["units"][0]["fake"], 480);
    let methods = dataset["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 4);
    assert!(methods.iter().all(|method| method["fake"] == 60));
    // The weakest is the headline.
    assert_eq!(dataset["worst"]["method"], "NT");
    // By folder name alone the four would be one, and score otherwise.
    let by_name = &dataset["by_name_alone"];
    assert_eq!((&by_name["videos"], &by_name["videos_by_name"]), (&300.into(), &120.into()));
    let (own, merged) =
        (videos["auc"]["value"].as_f64().unwrap(), by_name["auc_by_name"].as_f64().unwrap());
    assert!(merged > own + 0.03, "{own} {merged}");
    let (low, high) =
        (videos["auc"]["low"].as_f64().unwrap(), videos["auc"]["high"].as_f64().unwrap());
    assert!(low < own && own < high && high - low < 0.2, "{low} {own} {high}");
}

#[test]
fn two_detectors_on_the_same_videos_are_compared_pairwise() {
    let folder = tempfile::tempdir().unwrap();
    let strong = file(folder.path(), "strong.csv", &four_methods(60, 1.0));
    let weak = file(folder.path(), "weak.csv", &four_methods(60, 0.3));
    let report = report(scade_eval().arg("--scores").args([&strong, &weak]), 0);
    let pair = &report["comparisons"][0];
    assert_eq!((&pair["a"], &pair["b"]), (&"strong".into(), &"weak".into()));
    assert_eq!((&pair["real"], &pair["fake"]), (&60.into(), &240.into()));
    let difference = &pair["difference"];
    assert!(difference["low"].as_f64().unwrap() > 0.0, "{difference}");
    assert!(pair["p"].as_f64().unwrap() < 0.01, "{pair}");
    let auc = |system: usize| &report["systems"][system]["datasets"][0]["units"][1]["auc"]["value"];
    assert_eq!((&pair["auc_a"], &pair["auc_b"]), (auc(0), auc(1)));
}

#[test]
fn runs_of_one_recipe_have_a_mean_and_a_deviation() {
    let folder = tempfile::tempdir().unwrap();
    let files = [0.4, 0.5, 0.6].map(|strength| {
        file(folder.path(), &format!("seed{strength}.csv"), &four_methods(30, strength))
    });
    let report = report(scade_eval().arg("--seeds").arg("--scores").args(&files), 0);
    let seeds = &report["matrix"]["seeds"][0];
    assert_eq!(seeds["runs"], 3);
    assert!(seeds["sd"].as_f64().unwrap() > 0.0 && report["comparisons"][0].is_null());
}

#[test]
fn missing_scores_are_coverage_and_never_one_half() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("path,label,score\n");
    for i in 0..100 {
        let label = i % 2;
        let score = match i {
            // A tenth of the fakes failed.
            1..=9 if label == 1 => String::new(),
            _ => format!("{}", 0.4 * hash(&i.to_string()) + 0.3 * f64::from(label)),
        };
        writeln!(text, "{i}.png,{label},{score}").unwrap();
    }
    let scores = file(folder.path(), "a.csv", &text);
    let run = |missing: &str, code| {
        report(scade_eval().args(["--missing", missing]).arg("--scores").arg(&scores), code)
    };
    let value = |report: &Value, name: &str| {
        let unit = &report["systems"][0]["datasets"][0]["units"][0];
        assert_eq!(
            (&unit["coverage"]["asked"], &unit["coverage"]["scored"]),
            (&100.into(), &95.into())
        );
        (unit["fake"].as_u64().unwrap(), unit[name]["value"].as_f64().unwrap())
    };
    let [left_out, as_real, as_fake] =
        ["exclude", "as-real", "as-fake"].map(|missing| value(&run(missing, 3), "auc"));
    assert_eq!((left_out.0, as_real.0, as_fake.0), (45, 50, 50));
    assert!(
        as_real.1 < left_out.1 && left_out.1 < as_fake.1,
        "{left_out:?} {as_real:?} {as_fake:?}"
    );
    // Enough is scored where less is asked for.
    report(scade_eval().args(["--min-coverage", "0.9"]).arg("--scores").arg(&scores), 0);
}

#[test]
fn unusable_files_end_with_code_2_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let good = file(folder.path(), "good.csv", &four_methods(3, 1.0));
    let cases = [
        ("missing.csv", "path,label\na,1\n", "a column `score`"),
        ("nan.csv", "path,label,score\na,1,NaN\n", "line 2: expected a score from 0 to 1"),
        ("range.csv", "path,label,score\na,1,2\n", "got `2`"),
        ("class.csv", "path,label,score\na,1,0.5\nb,1,0.5\n", "got 0 real and 2 fake"),
        ("twice.csv", "path,label,score\na,1,0.5\na,1,0.5\n", "a again, after "),
        ("empty.csv", "", "a column"),
    ];
    for (name, text, expected) in cases {
        let path = file(folder.path(), name, text);
        let output = folder.path().join("out");
        let mut command = scade_eval();
        command.arg("--output").arg(&output).arg("--scores").args([&good, &path]);
        let stderr = refused(&mut command, 2);
        assert!(stderr.contains(expected) && stderr.contains(name), "{name}: {stderr}");
        assert!(!output.exists());
    }
    // Two files that disagree about a label.
    let text = four_methods(3, 1.0).replace("real//000/0.png,real", "real//000/0.png,fake");
    let other = file(folder.path(), "other.csv", &text);
    let stderr = refused(scade_eval().arg("--scores").args([&good, &other]), 2);
    assert!(
        stderr.contains("other.csv, line 2") && stderr.contains("good.csv, line 2"),
        "{stderr}"
    );
    // No such file is a failure, no argument wrong usage.
    refused(scade_eval().args(["--scores", "/nowhere.csv"]), 1);
    refused(&mut scade_eval(), 2);
    refused(scade_eval().args(["--scores", "x", "--threshold", "1.5"]), 2);
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let scores = file(folder.path(), "good.csv", &four_methods(20, 1.0));
    let output = folder.path().join("out");
    std::fs::create_dir(&output).unwrap();
    std::fs::write(output.join("mine"), "precious").unwrap();
    let mut command = scade_eval();
    command.arg("--scores").arg(&scores).arg("--output").arg(&output);
    let stderr = refused(&mut command, 1);
    assert!(
        stderr.contains("not an empty or new folder") && stderr.contains("--output"),
        "{stderr}"
    );
    assert_eq!(std::fs::read_dir(&output).unwrap().count(), 1);
}

#[test]
fn a_report_has_scores_tables_figures_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let scores = file(folder.path(), "good.csv", &four_methods(40, 1.0));
    let output = folder.path().join("out");
    let mut command = scade_eval();
    command.arg("--scores").arg(&scores).arg("--output").arg(&output).arg("--workbench");
    let stdout = command.assert().success().get_output().stdout.clone();
    let table = String::from_utf8(stdout).unwrap();
    assert!(table.contains("AUC [95 %]") && table.contains("| good "), "{table}");
    for name in ["scores.csv", "good.scores.csv", "report.json", "report.md", "report.html"] {
        assert!(output.join(name).is_file(), "{name}");
    }
    let text = std::fs::read_to_string(output.join("report.md")).unwrap();
    for expected in [
        "# Evaluation of good",
        "40 real and 160 fake videos",
        "command: `scade-eval",
        "What the numbers do not say",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    for name in ["roc-FF", "det-FF", "risk-coverage-FF", "scores-good-FF", "reliability-good-FF"] {
        for ending in ["svg", "png"] {
            assert!(output.join(format!("figures/{name}.{ending}")).is_file(), "{name}.{ending}");
        }
    }
    let page = std::fs::read_to_string(output.join("report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("40 real and 160 fake videos"));
    assert!(!page.contains("http://") || !page.contains("src=\"http"), "nothing from elsewhere");
    // The written scores give the same evaluation.
    let again = report(scade_eval().arg("--scores").arg(output.join("scores.csv")), 0);
    let written: Value =
        serde_json::from_slice(&std::fs::read(output.join("report.json")).unwrap()).unwrap();
    assert_eq!(again["systems"][0]["datasets"], written["systems"][0]["datasets"]);
}

#[test]
fn files_of_one_label_need_to_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let text: String =
        (0..60).map(|i| format!("{i}.jpg,real,{}\n", hash(&i.to_string()))).collect();
    let scores = file(folder.path(), "photos.csv", &format!("path,label,score\n{text}"));
    refused(scade_eval().arg("--scores").arg(&scores), 2);
    let mut command = scade_eval();
    command.args(["--one-class", "--threshold", "0.9"]).arg("--scores").arg(&scores);
    let report = report(&mut command, 0);
    let unit = &report["systems"][0]["datasets"][0]["units"][0];
    assert!(unit["auc"]["undefined"].is_string(), "{unit}");
    let bpcer = unit["bpcer"]["value"].as_f64().unwrap();
    assert!(bpcer > 0.0 && bpcer < 0.3, "{bpcer}");
}
