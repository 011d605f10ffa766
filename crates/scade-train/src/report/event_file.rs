//! Scalars for TensorBoard: event files, which its readers take from a folder.
//!
//! A file is a chain of records: length, checksum of the length, content, checksum of the content,
//! all little-endian; a checksum is a rotated CRC-32C (TensorFlow, `core/lib/io/record_writer.h`).
//! The content is a Protobuf message `Event` (`core/util/event.proto`), of which five fields are
//! used here. No maintained crate writes them without a Protobuf compiler on the machine.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc};

/// An event file that is open for more.
#[derive(Debug)]
pub(crate) struct EventFile {
    file: File,
    path: PathBuf,
    /// Records that are not in the file yet.
    pending: Vec<u8>,
}

impl EventFile {
    /// Starts a new file in `folder`, which is made if it is missing. Readers drop what older files
    /// of the folder hold for `step` and later: a run that continues from an older state repeats
    /// those steps.
    pub(crate) fn create(folder: &Path, step: u64) -> Result<Self, scade_fs::Error> {
        let now = since_epoch();
        // Readers take the files of a folder in the order of their names.
        let name = format!(
            "events.out.tfevents.{:010}.{:09}.{}",
            now.as_secs(),
            now.subsec_nanos(),
            std::process::id()
        );
        let path = folder.join(name);
        let failed = |action| {
            let path = path.clone();
            move |source| scade_fs::Error { action, path, source }
        };
        std::fs::create_dir_all(folder).map_err(failed("create"))?;
        let file = File::create_new(&path).map_err(failed("create"))?;
        let mut events = Self { file, path, pending: Vec::new() };
        events.push(0, |event| string(event, FILE_VERSION, b"brain.Event:2"));
        // Where the run continues. At the first step there is nothing to drop.
        events.push(step, |event| {
            let mut log = Vec::new();
            varint_field(&mut log, SESSION_STATUS, SESSION_START);
            string(event, SESSION_LOG, &log);
        });
        events.flush()?;
        Ok(events)
    }

    /// Adds the values of a step; they are written by [`EventFile::flush`].
    pub(crate) fn scalars<T: AsRef<str>>(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = (T, f64)>,
    ) {
        let mut summary = Vec::new();
        for (tag, number) in values {
            let mut value = Vec::new();
            string(&mut value, VALUE_TAG, tag.as_ref().as_bytes());
            key(&mut value, VALUE_SIMPLE, FIXED_32);
            value.extend((number as f32).to_le_bytes());
            string(&mut summary, SUMMARY_VALUE, &value);
        }
        if !summary.is_empty() {
            self.push(step, |event| string(event, SUMMARY, &summary));
        }
    }

    /// Hands everything to the operating system, so that a reader sees it.
    pub(crate) fn flush(&mut self) -> Result<(), scade_fs::Error> {
        let written: io::Result<()> = self.file.write_all(&self.pending);
        self.pending.clear();
        written.map_err(|source| scade_fs::Error {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }

    fn push(&mut self, step: u64, content: impl FnOnce(&mut Vec<u8>)) {
        let event = event(since_epoch().as_secs_f64(), step, content);
        self.pending.extend(record(&event));
    }
}

fn since_epoch() -> Duration {
    // A clock before 1970 shows in the plots; it is no reason to stop.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

// Numbers of the fields in `Event`, `SessionLog`, `Summary` and `Summary.Value`.
const WALL_TIME: u8 = 1;
const STEP: u8 = 2;
const FILE_VERSION: u8 = 3;
const SUMMARY: u8 = 5;
const SESSION_LOG: u8 = 7;
const SESSION_STATUS: u8 = 1;
const SUMMARY_VALUE: u8 = 1;
const VALUE_TAG: u8 = 1;
const VALUE_SIMPLE: u8 = 2;
/// `SessionLog.START`.
const SESSION_START: u64 = 1;

// How Protobuf writes the types that occur here.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// The message `Event`; `content` adds the one field that makes its kind.
fn event(seconds: f64, step: u64, content: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut event = Vec::new();
    key(&mut event, WALL_TIME, FIXED_64);
    event.extend(seconds.to_le_bytes());
    if step != 0 {
        varint_field(&mut event, STEP, step);
    }
    content(&mut event);
    event
}

/// A message as a record of the file.
fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(message.len() + 16);
    record.extend(length);
    record.extend(masked_crc(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked_crc(message).to_le_bytes());
    record
}

fn masked_crc(bytes: &[u8]) -> u32 {
    static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    CRC.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn key(message: &mut Vec<u8>, field: u8, kind: u8) {
    message.push(field << 3 | kind);
}

fn varint_field(message: &mut Vec<u8>, field: u8, value: u64) {
    key(message, field, VARINT);
    varint(message, value);
}

fn string(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    key(message, field, BYTES);
    varint(message, bytes.len() as u64);
    message.extend(bytes);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests;
