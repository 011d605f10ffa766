//! Event files, byte by byte beside TensorBoard's own writer, and read back by a parser that shares
//! nothing with the code under test.
//!
//! ```python
//! # tensorboard 2.21.0
//! from tensorboard.compat.proto.event_pb2 import Event
//! from tensorboard.summary.writer.record_writer import RecordWriter
//!
//! scalar = Event(wall_time=1.5, step=300)
//! scalar.summary.value.add(tag="loss/total", simple_value=0.25)
//! start = Event(wall_time=2.0, step=7)
//! start.session_log.status = 1
//! version = Event(wall_time=2.0, file_version="brain.Event:2")
//! for event in scalar, start, version:
//!     file = io.BytesIO()
//!     RecordWriter(file).write(event.SerializeToString())
//!     print(file.getvalue().hex())
//! ```

use super::*;

const SCALAR: &str = "2100000000000000017becf609000000000000f83f10ac022a130a110a0a6c6f73732f746f7461\
                      6c150000803e4342b85f";
const START: &str = "0f000000000000006d532b0909000000000000004010073a020801d1715dcb";
const VERSION: &str =
    "1800000000000000a37f4b220900000000000000401a0d627261696e2e4576656e743a32ff2ee0e7";

#[test]
fn records_are_those_of_tensorboards_writer() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = EventFile::create(folder.path(), 7).unwrap();
    file.scalars(300, [("loss/total", 0.25)]);
    // All but the times, which the golden bytes fix.
    for (record, golden) in records(&file.pending).zip([SCALAR]) {
        assert_eq!(fields(&record)[1..], fields(&records(&hex(golden)).next().unwrap())[1..]);
    }
    let mut summary = Vec::new();
    string(&mut summary, VALUE_TAG, b"loss/total");
    key(&mut summary, VALUE_SIMPLE, FIXED_32);
    summary.extend(0.25f32.to_le_bytes());
    let mut values = Vec::new();
    string(&mut values, SUMMARY_VALUE, &summary);
    assert_eq!(record(&event(1.5, 300, |e| string(e, SUMMARY, &values))), hex(SCALAR));
    let start = event(2.0, 7, |e| string(e, SESSION_LOG, &[SESSION_STATUS << 3, 1]));
    assert_eq!(record(&start), hex(START));
    let version = event(2.0, 0, |e| string(e, FILE_VERSION, b"brain.Event:2"));
    assert_eq!(record(&version), hex(VERSION));
}

#[test]
fn a_file_reads_back_and_a_continued_run_says_from_where() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = EventFile::create(folder.path(), 0).unwrap();
    first.scalars(1, [("a", 0.5), ("b", f64::NAN)]);
    first.scalars(2, [] as [(&str, f64); 0]);
    first.scalars(1 << 40, [("a", -1e30)]);
    first.flush().unwrap();
    let mut second = EventFile::create(folder.path(), 2).unwrap();
    second.scalars(3, [("a", 4.0)]);
    second.flush().unwrap();

    let [first, second] = [first, second].map(|file| read(&file.path));
    assert_eq!(first.starts, [0]);
    assert_eq!(first.scalars.len(), 3);
    assert_eq!(first.scalars[0], (1, "a".into(), 0.5));
    assert!(first.scalars[1].2.is_nan());
    assert_eq!(first.scalars[2], (1 << 40, "a".into(), -1e30));
    assert_eq!(second.starts, [2]);
    assert_eq!(second.scalars, [(3, "a".into(), 4.0)]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = EventFile::create(&file, 0).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

/// What a reader makes of a file.
#[derive(Default)]
struct Content {
    /// Steps at which sessions start.
    starts: Vec<u64>,
    scalars: Vec<(u64, String, f32)>,
}

fn read(path: &Path) -> Content {
    let bytes = std::fs::read(path).unwrap();
    let mut content = Content::default();
    for (index, record) in records(&bytes).enumerate() {
        let fields = fields(&record);
        if index == 0 {
            assert_eq!(fields[1], (3, Value::Bytes(b"brain.Event:2".to_vec())));
            continue;
        }
        let step = fields.iter().find_map(|field| match field {
            (2, Value::Number(step)) => Some(*step),
            _ => None,
        });
        let step = step.unwrap_or(0);
        match fields.last().unwrap() {
            (7, Value::Bytes(log)) => {
                assert_eq!(self::fields(log), [(1, Value::Number(1))]);
                content.starts.push(step);
            }
            (5, Value::Bytes(summary)) => {
                for value in self::fields(summary) {
                    let (1, Value::Bytes(value)) = value else { panic!("{value:?}") };
                    let value = self::fields(&value);
                    let [(1, Value::Bytes(tag)), (2, Value::Float(number))] = &value[..] else {
                        panic!("{value:?}")
                    };
                    let tag = String::from_utf8(tag.clone()).unwrap();
                    content.scalars.push((step, tag, f32::from_bits(*number)));
                }
            }
            other => panic!("an event of an unknown kind: {other:?}"),
        }
    }
    content
}

/// The contents of the records, their checksums compared.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let length = number(0) as usize;
        assert_eq!(number(4), 0, "a record of more than 4 GiB");
        assert_eq!(number(8), slow_masked_crc(&bytes[..8]));
        let content = bytes[12..12 + length].to_vec();
        assert_eq!(number(12 + length), slow_masked_crc(&content));
        bytes = &bytes[16 + length..];
        Some(content)
    })
}

/// A field's value; a float as its bits, so that values can be compared.
#[derive(Debug, PartialEq)]
enum Value {
    Number(u64),
    Double(u64),
    Bytes(Vec<u8>),
    Float(u32),
}

/// The fields of a Protobuf message, in order.
fn fields(mut message: &[u8]) -> Vec<(u64, Value)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = number(&mut message);
        let mut take = |count: usize| {
            let (taken, rest) = message.split_at(count);
            message = rest;
            taken.to_vec()
        };
        let value = match key & 7 {
            0 => Value::Number(number(&mut message)),
            1 => Value::Double(u64::from_le_bytes(take(8).try_into().unwrap())),
            5 => Value::Float(u32::from_le_bytes(take(4).try_into().unwrap())),
            2 => {
                let length = number(&mut message) as usize;
                let (taken, rest) = message.split_at(length);
                message = rest;
                Value::Bytes(taken.to_vec())
            }
            kind => panic!("wire type {kind}"),
        };
        fields.push((key >> 3, value));
    }
    fields
}

/// A variable-length number at the start of `bytes`, which it is taken from.
fn number(bytes: &mut &[u8]) -> u64 {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let value = bytes[..=end].iter().rev().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
    *bytes = &bytes[end + 1..];
    value
}

/// CRC-32C by its definition, a bit at a time, then rotated and shifted as records want it.
fn slow_masked_crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    let crc = !crc;
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
