//! Several processes that train together over this machine's loopback.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

use super::{assert_same_runs, refused, run_in_batches, scade_train, store};

/// A free address of this machine.
fn rendezvous() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn spawn(arguments: &[OsString], rank: usize, world_size: usize, rendezvous: &str) -> Child {
    let place = ["--node-rank", &rank.to_string(), "--nnodes", &world_size.to_string()];
    Command::new(cargo_bin!("scade-train"))
        .args(arguments)
        .args(place)
        .args(["--rendezvous", rendezvous, "--rendezvous-timeout", "120"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn succeeded(child: Child) {
    let output = ended(child);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn history(output: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Three ranks with a batch each make the steps that one process makes of three batches.
#[test]
fn ranks_end_with_the_same_bytes_and_learn_what_one_process_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let outputs = ["first", "second", "third", "alone"].map(|name| folder.path().join(name));
    // 8 samples in batches of 2: a step of three batches, and one of a single batch, in which two ranks
    // have none.
    let arguments = |output: &Path| {
        let mut arguments = run_in_batches(&data, output, "3", "1", "2");
        arguments.extend(["--set", "network.dropout_rate=0"].map(Into::into));
        arguments
    };
    let rendezvous = rendezvous();
    let ranks = [0, 1, 2].map(|rank| spawn(&arguments(&outputs[rank]), rank, 3, &rendezvous));
    ranks.into_iter().for_each(succeeded);
    assert_same_runs(&outputs[0], &outputs[1]);
    assert_same_runs(&outputs[0], &outputs[2]);
    let mut alone = scade_train();
    alone.args(arguments(&outputs[3])).args(["--set", "optimizer.gradient_accumulation=3"]);
    alone.assert().success();
    let [together, alone] = [0, 3].map(|place| history(&outputs[place]));
    assert_eq!((together.len(), together[2]["steps"].as_u64()), (3, Some(6)));
    for (got, expected) in together.iter().zip(&alone) {
        for key in ["train_loss", "gradient_norm", "learning_rate"] {
            let [got, expected] = [got, expected].map(|record| record[key].as_f64().unwrap());
            let error = (got - expected).abs() / expected.abs();
            assert!(error < 2e-2, "{key}: {got}, alone {expected}");
        }
    }
    // The first step, before roundings have grown.
    let loss = |records: &[serde_json::Value]| records[0]["train_loss"].as_f64().unwrap();
    assert!((loss(&together) / loss(&alone) - 1.0).abs() < 1e-3);
}

/// A rank is killed: the other reports it at once, and both continue from their last epoch.
#[test]
fn a_rank_that_dies_ends_the_others_and_all_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let outputs = ["first", "second"].map(|name| folder.path().join(name));
    let arguments = |number: usize| {
        let mut arguments = run_in_batches(&data, &outputs[number], "500", "1", "2");
        arguments.extend(["--patience", "0"].map(Into::into));
        arguments
    };
    let place = rendezvous();
    let [first, mut second] = [0, 1].map(|number| spawn(&arguments(number), number, 2, &place));
    let started = Instant::now();
    while history(&outputs[1]).len() < 2 && started.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    second.kill().unwrap();
    second.wait().unwrap();
    let killed = Instant::now();
    let output = ended(first);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("rank 1") && stderr.contains("--resume"), "{stderr}");
    assert!(killed.elapsed() < Duration::from_secs(60), "it waited for the rank that was killed");
    // The one that was killed may be an epoch behind: it takes over the other's folder.
    let epochs = history(&outputs[0]).len();
    let run = outputs.each_ref().map(|output| output.join("run-1"));
    std::fs::remove_dir_all(&run[1]).unwrap();
    copy(&run[0], &run[1]);
    let resume = |number: usize| -> Vec<OsString> {
        let epochs = (epochs + 1).to_string();
        vec!["--resume".into(), run[number].clone().into(), "--epochs".into(), epochs.into()]
    };
    let place = rendezvous();
    let resumed = [0, 1].map(|number| spawn(&resume(number), number, 2, &place));
    resumed.into_iter().for_each(succeeded);
    assert_same_runs(&outputs[0], &outputs[1]);
    assert_eq!(history(&outputs[0]).len(), epochs + 1);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_rank_of_another_run_is_refused_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let place = rendezvous();
    let ranks = [0, 1].map(|number: usize| {
        let output = folder.path().join(number.to_string());
        let mut arguments = run_in_batches(&data, &output, "2", "1", "2");
        arguments.extend(["--seed".into(), number.to_string().into()]);
        spawn(&arguments, number, 2, &place)
    });
    for rank in ranks {
        let output = ended(rank);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("settings, samples"), "{stderr}");
    }
}

#[test]
fn impossible_ranks_are_refused() {
    for (flags, code, part) in [
        (&["--nnodes", "2"][..], 2, "--node-rank"),
        (&["--nnodes", "2", "--node-rank", "2", "--rendezvous", "a:1"], 1, "0 to 1, got 2"),
        (&["--nnodes", "2", "--node-rank", "0", "--rendezvous", "a"], 1, "expected HOST:PORT"),
        (&["--node-rank", "1"], 2, "--nnodes"),
        (&["--node", "1"], 2, "--nnodes"),
    ] {
        let stderr = refused(scade_train().args(flags), code);
        assert!(stderr.contains(part), "{flags:?}: {stderr}");
    }
}

/// Defect: a missing device left an empty run folder behind.
#[test]
fn a_missing_device_leaves_no_run_folder() {
    if cfg!(feature = "cuda") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    let mut command = scade_train();
    command.args(run_in_batches(&data, &output, "1", "1", "2")).args(["--device", "cuda"]);
    let stderr = refused(&mut command, 1);
    assert!(stderr.contains("--features cuda"), "{stderr}");
    assert!(!output.exists());
}
