//! The format of `torch.save` before PyTorch 1.6: five pickles, then the storages.

use std::collections::HashMap;

use super::machine::{Machine, Value};
use super::reader::{PickleError, Reader};
use super::{TensorView, entry, tensors_of};

/// The first pickle: the magic number.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// The second one: the version of the format.
const VERSION: usize = 1001;

/// A tensor of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyTensor {
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Its elements in row-major order.
    pub values: Vec<f32>,
}

/// The tensors of the state dictionary in a file of PyTorch before 1.6, in the order of the file.
///
/// # Errors
/// When the file has another format, is corrupt, contains numbers other than little-endian 32-bit floats, or
/// a tensor extends beyond its storage.
pub fn legacy_tensors(bytes: &[u8]) -> Result<Vec<(String, LegacyTensor)>, PickleError> {
    let mut reader = Reader::new(bytes);
    if !bytes.starts_with(MAGIC) {
        return Err(reader.error("not a file of PyTorch before 1.6"));
    }
    reader.take(MAGIC.len())?;
    let reader = check_version(reader)?;
    let reader = check_byte_order(reader)?;
    let mut machine = Machine::new(reader);
    let views = tensors_of(&mut machine)?;
    let (keys, mut reader) = storage_keys(machine.reader)?;
    let storages = storages(&keys, &views, &mut reader)?;
    let tensor = |(name, view): (String, TensorView)| {
        let values = values(&view, &storages)
            .ok_or_else(|| reader.error(format!("`{name}` extends beyond its storage")))?;
        Ok((name, LegacyTensor { shape: view.shape, values }))
    };
    views.into_iter().map(tensor).collect()
}

fn check_version(reader: Reader<'_>) -> Result<Reader<'_>, PickleError> {
    let mut machine = Machine::new(reader);
    let version = machine.run()?;
    match machine.values[version] {
        Value::Int(VERSION) => Ok(machine.reader),
        _ => Err(machine.reader.error(format!("expected version {VERSION} of the format"))),
    }
}

fn check_byte_order(reader: Reader<'_>) -> Result<Reader<'_>, PickleError> {
    let mut machine = Machine::new(reader);
    let system = machine.run()?;
    let little_endian = entry(&machine.values, system, "little_endian");
    match little_endian.map(|index| &machine.values[index]) {
        Some(Value::Bool(true)) => Ok(machine.reader),
        _ => Err(machine.reader.error("expected little-endian numbers")),
    }
}

/// The keys of the storages, in file order.
fn storage_keys(reader: Reader<'_>) -> Result<(Vec<String>, Reader<'_>), PickleError> {
    let mut machine = Machine::new(reader);
    let list = machine.run()?;
    let Value::List(items) = &machine.values[list] else {
        return Err(machine.reader.error("expected the list of storages"));
    };
    let key = |index: &usize| match &machine.values[*index] {
        Value::Text(key) => Ok(key.clone()),
        _ => Err(machine.reader.error("the key of a storage must be a text")),
    };
    let keys = items.iter().map(key).collect::<Result<_, _>>()?;
    Ok((keys, machine.reader))
}

/// Each storage consists of its number of elements in eight bytes, followed by the elements.
fn storages(
    keys: &[String],
    views: &[(String, TensorView)],
    reader: &mut Reader<'_>,
) -> Result<HashMap<String, Vec<f32>>, PickleError> {
    let mut storages = HashMap::new();
    for key in keys {
        let user = views.iter().map(|(_, view)| view).find(|view| view.storage == *key);
        // An unused storage has an unknown element type, so the next one could not be located.
        let view = user.ok_or_else(|| reader.error(format!("no tensor uses storage `{key}`")))?;
        if view.storage_type != "FloatStorage" {
            let got = &view.storage_type;
            return Err(reader.error(format!("storage `{key}` is {got}, expected FloatStorage")));
        }
        let length = reader.number(7)?;
        let high = reader.byte()?;
        if high != 0 || length != view.storage_len || length > reader.remaining() / 4 {
            return Err(reader.error(format!("storage `{key}` has another length than stated")));
        }
        storages.insert(key.clone(), floats(reader.take(4 * length)?));
    }
    Ok(storages)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks::<4>();
    chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()
}

fn values(view: &TensorView, storages: &HashMap<String, Vec<f32>>) -> Option<Vec<f32>> {
    let storage = storages.get(&view.storage)?;
    view.indices()?.into_iter().map(|index| storage.get(index).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `torch.save({"w": w}, ..., _use_new_zipfile_serialization=False)` of PyTorch 1.0 for
    /// `w = torch.arange(6.).reshape(3, 2).t()`, its addresses shortened to `7`.
    fn file() -> Vec<u8> {
        let text =
            |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
        let system = [b"\x80\x02}q\0".to_vec(), text("little_endian"), b"\x88s.".to_vec()];
        let storage = [
            b"(".to_vec(),
            text("storage"),
            b"ctorch\nFloatStorage\n".to_vec(),
            text("7"),
            text("cpu"),
            b"K\x06NtQ".to_vec(),
        ];
        let state = [
            b"\x80\x02}".to_vec(),
            text("w"),
            b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(),
            storage.concat(),
            b"K\0K\x02K\x03\x86K\x01K\x02\x86\x89ccollections\nOrderedDict\n)RtRs.".to_vec(),
        ];
        let keys = [b"\x80\x02]q\0(".to_vec(), text("7"), b"e.".to_vec()];
        let numbers: Vec<u8> = (0..6_u8).flat_map(|i| f32::from(i).to_le_bytes()).collect();
        let version = b"\x80\x02M\xe9\x03.".to_vec();
        let storages = [6_u64.to_le_bytes().to_vec(), numbers];
        [MAGIC.to_vec(), version, system.concat(), state.concat(), keys.concat(), storages.concat()]
            .concat()
    }

    #[test]
    fn a_transposed_tensor_comes_in_row_major_order() {
        let tensors = legacy_tensors(&file()).unwrap();
        let tensor = LegacyTensor { shape: vec![2, 3], values: vec![0.0, 2.0, 4.0, 1.0, 3.0, 5.0] };
        assert_eq!(tensors, [("w".to_owned(), tensor)]);
    }

    /// Every prefix, and every byte replaced by every other: a result or an error, never a panic.
    #[test]
    fn broken_files_are_rejected_or_read_but_never_crash() {
        let whole = file();
        for len in 0..whole.len() {
            legacy_tensors(&whole[..len]).unwrap_err();
        }
        for at in 0..whole.len() {
            for byte in 0..=u8::MAX {
                let mut broken = whole.clone();
                broken[at] = byte;
                let _ = legacy_tensors(&broken);
            }
        }
    }

    #[test]
    fn another_format_or_byte_order_is_rejected_with_a_reason() {
        let error = legacy_tensors(b"PK\x03\x04").unwrap_err().to_string();
        assert!(error.starts_with("not a file of PyTorch before 1.6"), "{error}");
        let mut big = file();
        let order = big.iter().position(|byte| *byte == 0x88).unwrap();
        big[order] = 0x89;
        let error = legacy_tensors(&big).unwrap_err().to_string();
        assert!(error.starts_with("expected little-endian numbers"), "{error}");
    }
}
