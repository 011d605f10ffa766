//! Reads tensors from PyTorch files without executing code.
//!
//! A pickle is a program for a small stack machine whose dangerous part is that it may call any
//! Python function. This reader calls nothing: the three functions that rebuild a tensor or a dictionary
//! are recognized by name and imitated, a NumPy number becomes an opaque value, and a file that names
//! any other class or function is rejected, as is one with an unknown instruction. Values are kept in
//! one list and refer to each other by index: memory grows at most with the length of the pickle, and
//! nothing recurses.
//!
//! [`model_tensors`] reads the pickle of a checkpoint (a zip archive since PyTorch 1.6, which the
//! caller opens), [`legacy_tensors`] a whole file of an older PyTorch.
//!
//! `burn-store` has a similar reader; it replaces missing storages with zeros, ignores strides,
//! rejects a checkpoint for a NumPy number beside the weights, and compiles every decompressor of
//! the crate `zip`.

mod legacy;
mod machine;
mod reader;

pub use legacy::{LegacyTensor, legacy_tensors};
pub use reader::PickleError;

use machine::{Index, Machine, Value};
use reader::Reader;

/// Number of tensors above which a dictionary is rejected as implausible.
const MAX_TENSORS: usize = 512;
/// Length of a name above which it is rejected as implausible, bytes.
const MAX_NAME: usize = 256;
/// Elements above which a tensor is rejected as implausible; the largest one of the networks here
/// has 294,912.
const MAX_ELEMENTS: usize = 1 << 20;

/// A view into a storage, the flat array that holds a tensor's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorView {
    /// Key of the storage; in an archive the name of its file.
    pub storage: String,
    /// Element type, as in `FloatStorage`.
    pub storage_type: String,
    /// Number of elements of the storage.
    pub storage_len: usize,
    /// First element.
    pub offset: usize,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Elements from one to the next along each axis.
    pub strides: Vec<usize>,
}

impl TensorView {
    /// The index in the storage of each element, in row-major order. `None` for an implausibly large
    /// tensor, whose indices are never allocated.
    #[must_use]
    pub fn indices(&self) -> Option<Vec<usize>> {
        let mut indices = vec![self.offset];
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            if indices.len().checked_mul(size)? > MAX_ELEMENTS {
                return None;
            }
            let steps: Vec<usize> =
                (0..size).map(|i| i.checked_mul(stride)).collect::<Option<_>>()?;
            let spread =
                indices.iter().flat_map(|start| steps.iter().map(|s| start.checked_add(*s)));
            indices = spread.collect::<Option<_>>()?;
        }
        Some(indices)
    }
}

/// The tensors of the dictionary under `model`, or of the top dictionary if it has no such key.
///
/// # Errors
/// When the pickle is broken, has an instruction, class or function that no checkpoint needs, or
/// contains no tensors.
pub fn model_tensors(bytes: &[u8]) -> Result<Vec<(String, TensorView)>, PickleError> {
    tensors_of(&mut Machine::new(Reader::new(bytes)))
}

/// Runs the machine to its end, and lists the tensors of its result.
fn tensors_of(machine: &mut Machine<'_>) -> Result<Vec<(String, TensorView)>, PickleError> {
    let top = machine.run()?;
    let values = &machine.values;
    let model = entry(values, top, "model").unwrap_or(top);
    let Value::Dict(entries) = &values[model] else {
        return Err(machine.reader.error("expected a state dictionary"));
    };
    let mut tensors = Vec::new();
    for (key, value) in entries {
        if let (Value::Text(name), Some(view)) = (&values[*key], view(values, *value)) {
            if tensors.len() == MAX_TENSORS || name.len() > MAX_NAME {
                return Err(machine.reader.error("too many tensors, or too long a name"));
            }
            tensors.push((name.clone(), view));
        }
    }
    if tensors.is_empty() {
        return Err(machine.reader.error("the state dictionary holds no tensors"));
    }
    Ok(tensors)
}

/// The value of a text key; of duplicates the last one.
fn entry(values: &[Value], dict: Index, key: &str) -> Option<Index> {
    let Value::Dict(entries) = &values[dict] else { return None };
    let found = |index: Index| matches!(&values[index], Value::Text(text) if text == key);
    entries.iter().rev().find(|(key, _)| found(*key)).map(|(_, value)| *value)
}

fn view(values: &[Value], tensor: Index) -> Option<TensorView> {
    let Value::Tensor { storage, offset, shape, strides } = &values[tensor] else { return None };
    let Value::Storage { key, kind, len } = values[*storage] else { return None };
    let (Value::Text(key), Value::Global(kind)) = (&values[key], &values[kind]) else {
        return None;
    };
    let known = key.len() <= MAX_NAME && kind.len() <= MAX_NAME;
    known.then(|| TensorView {
        storage: key.clone(),
        storage_type: kind.strip_prefix("torch ").unwrap_or(kind).to_owned(),
        storage_len: len,
        offset: *offset,
        shape: shape.clone(),
        strides: strides.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"model": {"w": tensor}, "best": numpy.float64(0.5)}` as protocol 2 writes it, with the
    /// pieces of a tensor of 2 × 3 floats, transposed, that starts at the fourth element.
    fn checkpoint() -> Vec<u8> {
        let text =
            |text: &str| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
        let storage = [
            b"(".to_vec(),
            text("storage"),
            b"ctorch\nFloatStorage\n".to_vec(),
            text("7"),
            text("cpu"),
            b"K\x0atQ".to_vec(),
        ];
        let tensor = [
            b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(),
            storage.concat(),
            b"K\x03K\x02K\x03\x86K\x01K\x02\x86\x89ccollections\nOrderedDict\n)RtR".to_vec(),
        ];
        let number = [
            b"cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n".to_vec(),
            text("f8"),
            b"\x85Rc_codecs\nencode\n".to_vec(),
            text("\0\0"),
            text("latin1"),
            b"\x86R\x86R".to_vec(),
        ];
        let model = [b"}q\x01".to_vec(), text("w"), tensor.concat(), b"s".to_vec()];
        [
            b"\x80\x02}(".to_vec(),
            [text("model"), model.concat(), text("best"), number.concat()].concat(),
            b"u.".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn a_view_has_its_storage_offset_and_strides() {
        let tensors = model_tensors(&checkpoint()).unwrap();
        let view = TensorView {
            storage: "7".to_owned(),
            storage_type: "FloatStorage".to_owned(),
            storage_len: 10,
            offset: 3,
            shape: vec![2, 3],
            strides: vec![1, 2],
        };
        assert_eq!(tensors, [("w".to_owned(), view)]);
    }

    /// Every prefix, and every byte replaced by every other: a result or an error, never a panic.
    #[test]
    fn broken_pickles_are_rejected_or_read_but_never_crash() {
        let whole = checkpoint();
        for len in 0..whole.len() {
            model_tensors(&whole[..len]).unwrap_err();
        }
        for at in 0..whole.len() {
            for byte in 0..=u8::MAX {
                let mut broken = whole.clone();
                broken[at] = byte;
                let _ = model_tensors(&broken);
            }
        }
    }

    /// The classic attack: a call of `os.system("…")` during loading. It is not executed, and the error
    /// names it, in both encodings of a name in a pickle.
    #[test]
    fn a_class_or_function_that_no_checkpoint_needs_is_named() {
        let old = b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.";
        let new = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.";
        for attack in [&old[..], &new[..]] {
            let error = model_tensors(attack).unwrap_err().to_string();
            assert!(error.starts_with("unexpected class or function `posix system`"), "{error}");
        }
    }

    /// `INST`, which calls a class without naming it first.
    #[test]
    fn an_unknown_instruction_is_named() {
        let error = model_tensors(b"\x80\x02(iposix\nsystem\n.").unwrap_err().to_string();
        assert!(error.starts_with("unexpected instruction 0x69, `i`"), "{error}");
    }

    fn strided(offset: usize, shape: &[usize], strides: &[usize]) -> TensorView {
        TensorView {
            storage: "0".to_owned(),
            storage_type: "FloatStorage".to_owned(),
            storage_len: 100,
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        }
    }

    #[test]
    fn strides_are_followed() {
        assert_eq!(strided(10, &[2, 3], &[3, 1]).indices().unwrap(), [10, 11, 12, 13, 14, 15]);
        assert_eq!(strided(10, &[2, 3], &[1, 2]).indices().unwrap(), [10, 12, 14, 11, 13, 15]);
        assert_eq!(strided(7, &[], &[]).indices().unwrap(), [7]);
        assert!(strided(7, &[0, 5], &[5, 1]).indices().unwrap().is_empty());
    }

    #[test]
    fn absurd_sizes_are_rejected_before_they_are_allocated() {
        assert!(strided(0, &[usize::MAX, 2], &[1, 1]).indices().is_none());
        assert!(strided(0, &[1 << 10, 1 << 11], &[0, 0]).indices().is_none());
        assert!(strided(1, &[2], &[usize::MAX]).indices().is_none());
    }
}
