//! Download of the files as part of a Python package, for machines that can reach a package index or
//! mirror but not GitHub. Nothing is installed and no Python code of the package runs.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use scade_settings::error_chain;
use zip::ZipArchive;

use super::Release;
use super::source::Source;

/// Commands that may run pip, tried in order.
const PROGRAMS: [&[&str]; 4] =
    [&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"]];

/// Timeout of pip.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Maximum bytes unpacked for one file.
const MOST_BYTES: u64 = 16 << 20;

/// `pip download` of a package, at the one version whose files are pinned.
pub(super) struct Pip {
    package: &'static str,
    /// Folder of the files inside the wheel.
    folder: &'static str,
}

impl Pip {
    pub(super) const MTCNN: Self =
        Self { package: "facenet-pytorch==2.6.0", folder: "facenet_pytorch/data" };
    pub(super) const CASCADE: Self =
        Self { package: "opencv-python-headless==4.10.0.84", folder: "cv2/data" };
}

impl Source for Pip {
    fn name(&self) -> String {
        format!("pip download {}", self.package)
    }

    fn fetch(&self, release: &Release, folder: &Path) -> Result<(), String> {
        download(self.package, folder)?;
        let wheel = find_wheel(folder)?;
        for file in release.files {
            let name = format!("{}/{}", self.folder, file.name);
            let bytes = unpack(&wheel, &name)
                .map_err(|e| format!("cannot unpack {name} of {}: {e}", wheel.display()))?;
            std::fs::write(folder.join(file.name), bytes).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

/// Runs the first pip that exists and succeeds.
fn download(package: &str, folder: &Path) -> Result<(), String> {
    let mut reasons = Vec::new();
    for words in PROGRAMS {
        match run(words, package, folder) {
            Ok(()) => return Ok(()),
            Err(reason) => reasons.push(format!("`{}` {reason}", words.join(" "))),
        }
    }
    Err(reasons.join(", "))
}

fn run(words: &[&str], package: &str, folder: &Path) -> Result<(), String> {
    // To a file: a pipe could fill up while waiting.
    let log = folder.join("pip.log");
    let stderr = File::create(&log).map_err(|e| format!("cannot create its log file: {e}"))?;
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .args(["download", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["--timeout", "10", "--retries", "1"])
        // The wheel alone: building or depending on anything would run code and take gigabytes.
        .args(["--no-deps", "--only-binary", ":all:", "--dest"])
        .arg(folder)
        .arg(package)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|e| format!("cannot run: {e}"))?;
    match wait(&mut child, TIMEOUT).map_err(|e| format!("cannot wait: {e}"))? {
        None => Err(format!("took longer than {} s", TIMEOUT.as_secs())),
        Some(status) if status.success() => Ok(()),
        Some(_) => Err(last_line(&std::fs::read(&log).unwrap_or_default())),
    }
}

/// How a program ended; `None` if it had to be stopped.
fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    while started.elapsed() < timeout {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// The last line that a failed program printed.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    format!("failed: {}", line.unwrap_or("it printed no reason").trim())
}

fn find_wheel(folder: &Path) -> Result<PathBuf, String> {
    let is_wheel = |path: &Path| path.extension().is_some_and(|extension| extension == "whl");
    let wheels = scade_fs::files_in(folder, is_wheel).map_err(|e| error_chain(&e))?;
    wheels.into_iter().next().ok_or_else(|| "pip succeeded but left no wheel".to_owned())
}

fn unpack(wheel: &Path, name: &str) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipArchive::new(File::open(wheel)?)?;
    let mut bytes = Vec::new();
    archive.by_name(name)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let reason = run(&["no-such-program-as-this"], "any", folder.path()).unwrap_err();
        assert!(reason.starts_with("cannot run: "), "{reason}");
    }

    #[test]
    fn the_last_line_of_a_failure_is_kept() {
        let text = b"WARNING: retrying\nERROR: no matching distribution\n\n";
        assert_eq!(last_line(text), "failed: ERROR: no matching distribution");
        assert_eq!(last_line(b""), "failed: it printed no reason");
    }

    #[test]
    fn only_wheels_are_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pip.log"), "").unwrap();
        assert!(find_wheel(folder.path()).is_err());
        let wheel = folder.path().join("some-1-py3-none-any.whl");
        std::fs::write(&wheel, "not a zip").unwrap();
        assert_eq!(find_wheel(folder.path()), Ok(wheel.clone()));
        assert!(unpack(&wheel, "any").is_err());
    }
}
