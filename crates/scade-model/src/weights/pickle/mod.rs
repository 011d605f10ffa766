//! The few pickle instructions that `torch.save` writes, read without executing anything.
//!
//! A pickle is a program for a small stack machine whose dangerous part is that it may call any
//! Python function. Here nothing is called: the three functions that rebuild a tensor or a dictionary
//! are recognised by name and imitated, a NumPy number becomes an opaque value, and a file that names
//! any other class or function is refused, as is one with an unknown instruction. Values live in one
//! list and refer to each other by index: memory grows at most with the length of the pickle, and
//! nothing recurses.
//!
//! `burn-store` has such a reader, too; it takes storages that are missing for zeros, ignores
//! strides, and refuses a checkpoint for a NumPy number beside the weights.

mod machine;
mod reader;

pub use reader::PickleError;

use machine::{Index, Machine, Value};

/// Number of tensors above which a dictionary is taken for nonsense.
const MAX_TENSORS: usize = 512;
/// Length of a name above which it is taken for nonsense, bytes.
const MAX_NAME: usize = 256;

/// A view into a storage, which is a file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorView {
    /// Name of the storage's file.
    pub(super) storage: String,
    /// Element type, as in `FloatStorage`.
    pub(super) storage_type: String,
    /// Number of elements of the storage.
    pub(super) storage_len: usize,
    /// First element.
    pub(super) offset: usize,
    /// Sizes of the axes.
    pub(super) shape: Vec<usize>,
    /// Elements from one to the next along each axis.
    pub(super) strides: Vec<usize>,
}

/// The tensors of the dictionary under `model`, or of the top dictionary if it has no such key.
pub(super) fn model_tensors(bytes: &[u8]) -> Result<Vec<(String, TensorView)>, PickleError> {
    let mut machine = Machine::new(bytes);
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

/// The value under a text key; the last one counts.
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

    /// Every prefix, and every byte turned into every other: an answer or an error, never a panic.
    #[test]
    fn broken_pickles_are_refused_or_read_but_never_crash() {
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

    /// The classic attack: `os.system("…")` called while the file is read. It is not called, and
    /// the file is refused with its name, in both forms that a pickle has for one.
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
}
