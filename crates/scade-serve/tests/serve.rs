//! The whole program with its real worker: page, API, a worker that is killed, and the end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin_cmd;
use scade::{Cpu, Detector, DetectorOptions};
use scade_serve::Sample;
use serde_json::Value;

struct Server {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// Waits until the address is printed; a note that the test is skipped without weights.
    #[allow(clippy::print_stderr)]
    fn start() -> Option<Self> {
        if scade_face::weights::locate_cached_only().is_none() {
            eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("scade-serve"));
        command.args(["--listen", "127.0.0.1:0", "--device", "cpu", "--folder"]);
        command.arg(folder.path().join("serve")).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_end_matches('/').to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{line}");
        Some(Self { process, address, folder })
    }

    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let agent = agent();
        let mut answer = agent.get(format!("{}{path}", self.address)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap())
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).1).unwrap()
    }

    fn post(&self, path: &str, body: &[u8]) -> Value {
        let mut answer = agent().post(format!("{}{path}", self.address)).send(body).unwrap();
        assert!(answer.status().is_success(), "{path}: {:?}", answer.body_mut().read_to_string());
        serde_json::from_slice(&answer.body_mut().read_to_vec().unwrap()).unwrap()
    }

    /// The job when it has ended.
    fn ended(&self, job: &Value) -> Value {
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        let start = Instant::now();
        loop {
            let job = self.json(&path);
            if !["queued", "running"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(start.elapsed() < Duration::from_secs(300), "{job}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn record(&self, job: &Value) -> Value {
        let job = self.ended(job);
        assert_eq!(job["state"], "done", "{job}");
        self.json(&format!("/api/v1/jobs/{}/result", job["id"].as_str().unwrap()))
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(60))).build().into()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The processes that a process started.
#[cfg(target_os = "linux")]
fn children(process: u32) -> Vec<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let lists =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

fn send(process: i32, signal: i32) {
    // SAFETY: it only sends a signal.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0);
}

#[test]
fn the_program_scores_as_the_library_survives_its_worker_and_ends_without_a_trace() {
    let Some(mut server) = Server::start() else { return };
    assert_eq!(server.get("/readyz").0, 200);
    assert!(server.get("/").1.starts_with(b"<!doctype html>"));

    let image = server.folder.path().join("portrait.png");
    Sample::Swap.render_image(&image).unwrap();
    let bytes = std::fs::read(&image).unwrap();
    let record = server.record(&server.post("/api/v1/jobs?name=portrait.png", &bytes));
    let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &Default::default());
    let detector = detector.unwrap();
    let own = detector.score_image(&scade::read_image(&image).unwrap()).unwrap();
    assert_eq!(record["score"].as_f64(), Some(own.score), "{record}");
    assert_eq!(record["threshold"].as_f64(), Some(own.threshold));
    assert_eq!((&record["media"]["width"], &record["kind"]), (&480.into(), &"image".into()));
    let id = record["id"].as_str().unwrap().to_owned();
    for picture in record["faces"][0]["pictures"].as_array().unwrap() {
        let ending = match picture.as_str().unwrap() {
            "crop" => String::new(),
            other => format!("-{other}"),
        };
        let (status, bytes) = server.get(&format!("/api/v1/jobs/{id}/faces/0{ending}.png"));
        assert_eq!(status, 200, "{picture}");
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 256, "{picture}");
    }
    assert!(record["faces"][0]["pictures"].as_array().unwrap().contains(&"fake".into()));
    assert_eq!(server.get(&format!("/api/v1/jobs/{id}/frames/0.jpg")).0, 200);

    for (content, reason) in [
        (&b"hello, this is no image"[..], "unsupported"),
        (&bytes[..bytes.len() / 2], "damaged"),
        (
            &include_bytes!("../../scade-image/fixtures/decode/three_scans_16x16.jpg")[..],
            "too-small",
        ),
    ] {
        let job = server.ended(&server.post("/api/v1/jobs", content));
        assert_eq!(job["reason"], reason, "{job}");
        let message = job["message"].as_str().unwrap();
        assert!(!message.contains(&*server.folder.path().to_string_lossy()), "{message}");
    }

    if cfg!(feature = "ffmpeg") {
        check_clip(&server);
    }
    check_killed_worker(&server, &bytes);

    send(server.process.id().try_into().unwrap(), libc::SIGTERM);
    assert!(server.process.wait().unwrap().success());
    let left = std::fs::read_dir(server.folder.path().join("serve")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
}

/// Two people are followed, and each frame with a face can be seen.
fn check_clip(server: &Server) {
    let record = server.record(&server.post("/api/v1/samples/clip", b""));
    assert_eq!((&record["kind"], &record["media"]["width"]), (&"video".into(), &960.into()));
    let faces = record["faces"].as_array().unwrap();
    let left = |face: &Value| face["face"]["bbox"]["x1"].as_f64().unwrap() < 480.0;
    assert!(faces.iter().any(left) && !faces.iter().all(left), "{record}");
    let id = record["id"].as_str().unwrap();
    for face in faces {
        let path = format!("/api/v1/jobs/{id}/frames/{}.jpg", face["frame"]);
        let (status, bytes) = server.get(&path);
        assert_eq!(
            (status, image::load_from_memory(&bytes).unwrap().width()),
            (200, 960),
            "{path}"
        );
    }
}

/// A worker that is killed fails at most the job that it has; the next one is scored.
#[cfg(target_os = "linux")]
fn check_killed_worker(server: &Server, bytes: &[u8]) {
    let workers = children(server.process.id());
    assert_eq!(workers.len(), 1);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", workers[0])).unwrap();
    let space = limits.lines().find(|line| line.starts_with("Max address space")).unwrap();
    assert!(!space.contains("unlimited"), "{space}");
    send(workers[0], libc::SIGKILL);
    let first = server.ended(&server.post("/api/v1/jobs", bytes));
    assert!(first["state"] == "done" || first["reason"] == "crashed", "{first}");
    server.record(&server.post("/api/v1/jobs", bytes));
    assert_ne!(children(server.process.id()), workers);
}

#[cfg(not(target_os = "linux"))]
fn check_killed_worker(_server: &Server, _bytes: &[u8]) {}

/// What a start that must fail says.
fn refused(arguments: &[&str], folder: &Path) -> String {
    let mut command = cargo_bin_cmd!("scade-serve");
    let folder = folder.join("serve");
    let output = command.args(arguments).arg("--folder").arg(folder).assert().code(1);
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}

#[test]
fn an_address_for_other_machines_needs_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(&["--listen", "0.0.0.0:0"], folder.path());
    assert!(stderr.contains("other machines") && stderr.contains("--token"), "{stderr}");
}

#[test]
fn a_folder_without_a_detector_ends_the_start_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(&["--listen", "127.0.0.1:0", "--model", "/no/such/folder"], folder.path());
    assert!(stderr.contains("no trained detector") && stderr.contains("--model"), "{stderr}");
    assert!(stderr.contains("its worker did not start"), "{stderr}");
}
