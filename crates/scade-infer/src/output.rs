//! Where records go: stdout, and the file of `--output`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, anyhow};
use scade::Call;
use scade_cli::HintExt;
use scade_fs::has_ending;
use serde::Deserialize;

use crate::Counts;
use crate::args::Args;
use crate::inputs::Input;
use crate::record::{Record, head, not_scored, printable};
use crate::results::{Known, Lines};

pub(crate) const OUTPUT_HINT: &str = "name a file that can be written with --output";

const LINES: [&str; 2] = ["jsonl", "ndjson"];

/// An input that is done.
#[derive(Debug)]
pub(crate) enum Scored {
    Record(Box<Record>),
    /// The line of another file with the same content.
    Line {
        line: String,
        sha256: Option<String>,
    },
    /// An earlier run did it.
    Before,
}

/// Takes records in order, from one thread; lines are found from all.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    colors: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: OutputFile,
    counts: Counts,
}

#[derive(Debug)]
enum OutputFile {
    None,
    Lines(Lines),
    /// A list or table, written at the end.
    Whole {
        path: PathBuf,
        records: Vec<Record>,
    },
}

/// Before hours of work end with it: the file can be written and is not one of the inputs.
pub(crate) fn check(path: &Path, resume: bool, inputs: &[Input]) -> anyhow::Result<()> {
    let same = |input: &Input| match (input.path.canonicalize(), path.canonicalize()) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if inputs.iter().any(same) {
        let error = anyhow!("{} would be overwritten: it is one of the inputs", path.display());
        return Err(error).hint("name another file with --output");
    }
    if resume && !has_ending(path, &LINES) {
        let error =
            anyhow!("{} cannot be continued: its name does not end in .jsonl", path.display());
        return Err(error).hint("name a file that ends in .jsonl with --output");
    }
    scade_fs::check_writable(path).hint(OUTPUT_HINT)
}

impl Output {
    pub(crate) fn open(args: &Args, settings: &str) -> anyhow::Result<Self> {
        let terminal = std::io::stdout().is_terminal();
        let file = match &args.output {
            None => OutputFile::None,
            Some(path) if has_ending(path, &LINES) => {
                let lines = Lines::open(path, args.resume, settings)?;
                if lines.num_done() > 0 {
                    tracing::info!("{} has {} files already", path.display(), lines.num_done());
                }
                OutputFile::Lines(lines)
            }
            Some(path) => OutputFile::Whole { path: path.clone(), records: Vec::new() },
        };
        Ok(Self {
            json: args.json || !terminal,
            colors: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            state: Mutex::new(State { file, counts: Counts::default() }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line that is there for an input.
    pub(crate) fn find(&self, path: &str, sha256: Option<&str>) -> anyhow::Result<Option<Known>> {
        match &self.state().file {
            OutputFile::Lines(lines) => lines.find(path, sha256),
            OutputFile::None | OutputFile::Whole { .. } => Ok(None),
        }
    }

    pub(crate) fn put(&self, scored: Scored) -> anyhow::Result<()> {
        let mut state = self.state();
        let State { file, counts } = &mut *state;
        match scored {
            Scored::Before => {}
            Scored::Record(record) => {
                counts.all += 1;
                counts.failed += usize::from(record.is_error());
                let line = serde_json::to_string(&record)?;
                let shown = if self.json { &line } else { &record.text(self.colors) };
                scade_cli::print(shown)?;
                match file {
                    OutputFile::None => {}
                    OutputFile::Lines(lines) => lines.append(&line, record.sha256.as_deref())?,
                    OutputFile::Whole { records, .. } => records.push(*record),
                }
            }
            Scored::Line { line, sha256 } => {
                let (text, failed) = text_of(&line)?;
                counts.all += 1;
                counts.failed += usize::from(failed);
                scade_cli::print(if self.json { &line } else { &text })?;
                if let OutputFile::Lines(lines) = file {
                    lines.append(&line, sha256.as_deref())?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is written at the end.
    pub(crate) fn finish(self) -> anyhow::Result<Counts> {
        let State { file, counts } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let OutputFile::Whole { path, records } = file {
            let bytes = if has_ending(&path, &["csv"]) {
                table(&records)?
            } else {
                let mut bytes = serde_json::to_vec_pretty(&records)?;
                bytes.push(b'\n');
                bytes
            };
            scade_fs::write(&path, bytes).hint(OUTPUT_HINT)?;
        }
        Ok(counts)
    }
}

fn table(records: &[Record]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.serialize(record.row())?;
    }
    writer.into_inner().context("cannot write the table")
}

/// What is shown of a line that was written for another file.
#[derive(Deserialize)]
struct Shown {
    path: String,
    call: Option<Call>,
    score: Option<f64>,
    error: Option<String>,
}

/// A line of results for people, and whether it is an error.
fn text_of(line: &str) -> anyhow::Result<(String, bool)> {
    let Shown { path, call, score, error } = serde_json::from_str(line)?;
    let path = printable(&path);
    Ok(match (call, score) {
        (Some(call), Some(score)) => {
            (head(call, score, &path, false) + "  (a copy of a file above)", false)
        }
        _ => (not_scored(&path, error.as_deref()), true),
    })
}
