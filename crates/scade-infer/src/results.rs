//! The file of `--output FILE.jsonl`: a line for each input, found again by a later run.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use scade_cli::HintExt;
use serde::Deserialize;

/// Results that are appended line by line, in the order of the inputs.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// Where the first line of each content is, by the first half of its digest.
    places: HashMap<u128, (u64, u32)>,
    /// Inputs that an earlier run has lines of.
    done: HashSet<(String, Option<u128>)>,
}

/// What is read back of a line.
#[derive(Debug, Deserialize)]
struct Head {
    path: String,
    sha256: Option<String>,
    settings: String,
}

/// A line that is there already.
#[derive(Debug)]
pub(crate) enum Known {
    /// Of this input.
    Done,
    /// Of another file with the same content: the line as this input's.
    Same(String),
}

impl Lines {
    /// Starts a file, or continues one whose lines have these `settings`.
    ///
    /// # Errors
    /// A file that is there and not to be continued; lines of other settings, or that are not results.
    pub(crate) fn open(path: &Path, resume: bool, settings: &str) -> anyhow::Result<Self> {
        let shown = path.display();
        if !resume && std::fs::metadata(path).is_ok_and(|there| there.len() > 0) {
            return Err(anyhow::anyhow!("{shown} exists"))
                .hint("continue it with --resume, or name another file with --output");
        }
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let file = file.with_context(|| format!("cannot open {shown}")).hint(crate::OUTPUT_HINT)?;
        let mut lines = Self {
            path: path.to_owned(),
            file,
            length: 0,
            places: HashMap::new(),
            done: HashSet::new(),
        };
        lines.read(settings)?;
        // The half of a line of a process that was killed.
        lines
            .file
            .set_len(lines.length)
            .and_then(|()| lines.file.seek(SeekFrom::End(0)))
            .with_context(|| format!("cannot write {shown}"))?;
        Ok(lines)
    }

    fn read(&mut self, settings: &str) -> anyhow::Result<()> {
        let shown = self.path.display().to_string();
        let mut reader = BufReader::new(&self.file);
        let (mut places, mut done, mut length) = (HashMap::new(), HashSet::new(), 0_u64);
        for number in 1.. {
            let mut line = Vec::new();
            let count = reader.read_until(b'\n', &mut line);
            let count = count.with_context(|| format!("cannot read {shown}"))?;
            if count == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let head: Head = serde_json::from_slice(&line)
                .with_context(|| format!("line {number} of {shown} is not a result of scade-infer"))
                .hint("name another file with --output")?;
            if head.settings != settings {
                return Err(anyhow::anyhow!(
                    "line {number} of {shown} was made with another detector or other options"
                ))
                .hint("repeat the options of that run, or name another file with --output");
            }
            let key = head.sha256.as_deref().and_then(key);
            if let Some(key) = key {
                places.entry(key).or_insert((length, count as u32));
            }
            done.insert((head.path, key));
            length += count as u64;
        }
        (self.places, self.done, self.length) = (places, done, length);
        Ok(())
    }

    /// Number of lines of earlier runs.
    pub(crate) fn num_done(&self) -> usize {
        self.done.len()
    }

    /// Whether there is a line for an input of this content already.
    pub(crate) fn find(&self, path: &str, sha256: Option<&str>) -> anyhow::Result<Option<Known>> {
        let key = sha256.and_then(key);
        if self.done.contains(&(path.to_owned(), key)) {
            return Ok(Some(Known::Done));
        }
        let Some((place, count)) = key.and_then(|key| self.places.get(&key)) else {
            return Ok(None);
        };
        let line = self
            .line(*place, *count)
            .with_context(|| format!("cannot read back a line of {}", self.path.display()))?;
        let head: Head = serde_json::from_str(&line)?;
        if head.sha256.as_deref() != sha256 {
            return Ok(None);
        }
        let old = format!("{{\"path\":{},", serde_json::to_string(&head.path)?);
        let Some(rest) = line.strip_prefix(&old) else {
            bail!("{} was written by another version", self.path.display());
        };
        Ok(Some(Known::Same(format!("{{\"path\":{},{rest}", serde_json::to_string(path)?))))
    }

    fn line(&self, place: u64, count: u32) -> anyhow::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(place))?;
        let mut bytes = vec![0; count.saturating_sub(1) as usize];
        file.read_exact(&mut bytes)?;
        Ok(String::from_utf8(bytes)?)
    }

    /// Appends a line, whole.
    pub(crate) fn append(&mut self, line: &str, sha256: Option<&str>) -> anyhow::Result<()> {
        let bytes = [line.as_bytes(), b"\n"].concat();
        self.file
            .write_all(&bytes)
            .with_context(|| format!("cannot write {}", self.path.display()))
            .hint("make room and continue with --resume")?;
        if let Some(key) = sha256.and_then(key) {
            self.places.entry(key).or_insert((self.length, bytes.len() as u32));
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// Half of a digest in hexadecimal: enough to tell files apart, and small.
fn key(sha256: &str) -> Option<u128> {
    u128::from_str_radix(sha256.get(..32)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, digest: char, settings: &str) -> String {
        let sha256 = digest.to_string().repeat(64);
        format!(r#"{{"path":"{path}","sha256":"{sha256}","settings":"{settings}","score":0.5}}"#)
    }

    fn sha(digest: char) -> String {
        digest.to_string().repeat(64)
    }

    #[test]
    fn lines_are_found_again_after_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let mut lines = Lines::open(&path, false, "s").unwrap();
        lines.append(&line("a", '1', "s"), Some(&sha('1'))).unwrap();
        lines.append(r#"{"path":"gone","settings":"s","error":"x"}"#, None).unwrap();
        drop(lines);
        // The half of a line.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"path\":\"half").unwrap();
        let error = format!("{:#}", Lines::open(&path, false, "s").unwrap_err());
        assert!(error.contains("exists"), "{error}");
        let mut lines = Lines::open(&path, true, "s").unwrap();
        assert_eq!(lines.num_done(), 2);
        assert!(matches!(lines.find("a", Some(&sha('1'))).unwrap(), Some(Known::Done)));
        assert!(matches!(lines.find("gone", None).unwrap(), Some(Known::Done)));
        // Another content under the name, and another name of the content.
        assert!(lines.find("a", Some(&sha('2'))).unwrap().is_none());
        let Some(Known::Same(same)) = lines.find("b\"", Some(&sha('1'))).unwrap() else { panic!() };
        assert_eq!(same, line("a", '1', "s").replace("\"a\"", r#""b\"""#));
        lines.append(&line("c", '3', "s"), Some(&sha('3'))).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("half") && text.lines().count() == 3 && text.ends_with('\n'));
        assert!(matches!(lines.find("d", Some(&sha('3'))).unwrap(), Some(Known::Same(_))));
    }

    #[test]
    fn results_of_other_settings_or_other_files_are_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        std::fs::write(&path, line("a", '1', "s") + "\n").unwrap();
        let error = format!("{:#}", Lines::open(&path, true, "t").unwrap_err());
        assert!(error.contains("line 1") && error.contains("other options"), "{error}");
        std::fs::write(&path, "precious\n").unwrap();
        let error = format!("{:#}", Lines::open(&path, true, "s").unwrap_err());
        assert!(error.contains("not a result"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious\n");
    }
}
