//! The stack machine: one step per instruction, all values in one list.

use std::collections::HashMap;

use super::MAX_NAME;
use super::reader::{PickleError, Reader};

/// Rank above which a shape is rejected as implausible.
const MAX_RANK: usize = 8;

/// The classes and functions that a file may name, as `module name`, besides storages: those of tensors and
/// dictionaries, and NumPy numbers, since metrics often are.
const EXPECTED: [&str; 7] = [
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "numpy dtype",
    "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
    "_codecs encode",
];

/// `torch FloatStorage` and similar classes.
fn is_storage(name: &str) -> bool {
    name.strip_prefix("torch ").is_some_and(|class| class.ends_with("Storage"))
}

/// An index into [`Machine::values`].
pub(super) type Index = usize;

pub(super) enum Value {
    /// A value irrelevant to the tensors.
    Opaque,
    Bool(bool),
    Int(usize),
    Text(String),
    /// A Python name, `module name`.
    Global(String),
    Tuple(Vec<Index>),
    List(Vec<Index>),
    Dict(Vec<(Index, Index)>),
    Storage {
        key: Index,
        kind: Index,
        len: usize,
    },
    Tensor {
        storage: Index,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    },
}

pub(super) struct Machine<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) values: Vec<Value>,
    stack: Vec<Index>,
    marks: Vec<usize>,
    memo: HashMap<usize, Index>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        let (values, stack, marks) = (Vec::new(), Vec::new(), Vec::new());
        Self { reader, values, stack, marks, memo: HashMap::new() }
    }

    /// Runs to the end and returns the value on top of the stack.
    pub(super) fn run(&mut self) -> Result<Index, PickleError> {
        loop {
            match self.reader.byte()? {
                b'.' => return self.pop(),
                instruction => self.step(instruction)?,
            }
        }
    }

    fn step(&mut self, instruction: u8) -> Result<(), PickleError> {
        match instruction {
            // Protocol version and frame length are not needed.
            0x80 => self.reader.take(1).map(|_| ()),
            0x95 => self.reader.take(8).map(|_| ()),
            b'N' => self.push(Value::Opaque),
            0x88 | 0x89 => self.push(Value::Bool(instruction == 0x88)),
            b'G' => self.skip(8),
            b'U' | b'C' => self.skip_counted(1),
            b'T' | b'B' => self.skip_counted(4),
            b'K' => self.int(1),
            b'M' => self.int(2),
            b'J' => self.int(4),
            0x8a => match self.reader.number(1)? {
                width @ 0..=7 => self.int(width),
                width => self.skip(width),
            },
            b'X' => self.text(4),
            0x8c => self.text(1),
            b'c' => {
                let name = [self.reader.line()?, self.reader.line()?].join(" ");
                self.push_global(name)
            }
            0x93 => self.global(),
            b'q' => self.remember(1),
            b'r' => self.remember(4),
            0x94 => {
                self.memo.insert(self.memo.len(), self.top()?);
                Ok(())
            }
            b'h' => self.recall(1),
            b'j' => self.recall(4),
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b')' => self.push(Value::Tuple(Vec::new())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items))
            }
            0x85..=0x87 => self.short_tuple(usize::from(instruction - 0x84)),
            b']' => self.push(Value::List(Vec::new())),
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(&items)
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)
            }
            b'Q' => self.storage(),
            b'R' => self.call(),
            0x81 => {
                self.pop()?;
                self.pop()?;
                self.push(Value::Opaque)
            }
            // The state of an object; a dictionary is complete without its attributes.
            b'b' => self.pop().map(|_| ()),
            other => {
                let sign = char::from(other).escape_default();
                Err(self.reader.error(format!("unexpected instruction {other:#04x}, `{sign}`")))
            }
        }
    }

    /// A call of the function below the arguments on the stack.
    fn call(&mut self) -> Result<(), PickleError> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let (Value::Global(name), Value::Tuple(items)) =
            (&self.values[function], &self.values[arguments])
        else {
            return self.push(Value::Opaque);
        };
        match (name.as_str(), items.as_slice()) {
            ("collections OrderedDict", []) => self.push(Value::Dict(Vec::new())),
            ("torch._utils _rebuild_tensor_v2", &[storage, offset, shape, strides, ..]) => {
                self.tensor(storage, offset, shape, strides)
            }
            ("torch._utils _rebuild_parameter", &[data, ..]) => {
                self.stack.push(data);
                Ok(())
            }
            _ => self.push(Value::Opaque),
        }
    }

    fn tensor(
        &mut self,
        storage: Index,
        offset: Index,
        shape: Index,
        strides: Index,
    ) -> Result<(), PickleError> {
        let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
        if shape.len() != strides.len() {
            return Err(self.reader.error("a tensor must have as many strides as axes"));
        }
        let offset = self.size(offset)?;
        self.push(Value::Tensor { storage, offset, shape, strides })
    }

    /// `('storage', type, key, device, length)` becomes a storage.
    fn storage(&mut self) -> Result<(), PickleError> {
        let id = self.pop()?;
        match &self.values[id] {
            Value::Tuple(items) => match items.as_slice() {
                &[_, kind, key, _, len, ..] => {
                    let len = self.size(len)?;
                    self.push(Value::Storage { key, kind, len })
                }
                _ => Err(self.reader.error("a storage must have five properties")),
            },
            _ => self.push(Value::Opaque),
        }
    }

    fn append(&mut self, items: &[Index]) -> Result<(), PickleError> {
        let target = self.top()?;
        if let Value::List(list) = &mut self.values[target] {
            list.extend(items);
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Index]) -> Result<(), PickleError> {
        let target = self.top()?;
        if let Value::Dict(entries) = &mut self.values[target] {
            entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        }
        Ok(())
    }

    fn global(&mut self) -> Result<(), PickleError> {
        let (name, module) = (self.pop()?, self.pop()?);
        match (&self.values[module], &self.values[name]) {
            (Value::Text(module), Value::Text(name)) if module.len() + name.len() < MAX_NAME => {
                let name = format!("{module} {name}");
                self.push_global(name)
            }
            _ => Err(self.reader.error("a name must be two short texts")),
        }
    }

    /// These names are never called; a file with any other is not a plain checkpoint and is rejected.
    fn push_global(&mut self, name: String) -> Result<(), PickleError> {
        if EXPECTED.contains(&name.as_str()) || is_storage(&name) {
            return self.push(Value::Global(name));
        }
        let name: String = name.chars().take(MAX_NAME).collect();
        let name = name.escape_debug();
        Err(self.reader.error(format!("unexpected class or function `{name}`")))
    }

    fn sizes(&self, value: Index) -> Result<Vec<usize>, PickleError> {
        match &self.values[value] {
            Value::Tuple(items) if items.len() <= MAX_RANK => {
                items.iter().map(|item| self.size(*item)).collect()
            }
            _ => Err(self.reader.error("a shape must be a short tuple")),
        }
    }

    fn size(&self, value: Index) -> Result<usize, PickleError> {
        match self.values[value] {
            Value::Int(number) => Ok(number),
            _ => Err(self.reader.error("a size must be a whole number")),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Index, PickleError> {
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    fn top(&self) -> Result<Index, PickleError> {
        self.stack.last().copied().ok_or_else(|| self.underflow())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Index>, PickleError> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => Err(self.underflow()),
        }
    }

    fn short_tuple(&mut self, len: usize) -> Result<(), PickleError> {
        match self.stack.len().checked_sub(len) {
            Some(from) => {
                let items = self.stack.split_off(from);
                self.push(Value::Tuple(items))
            }
            None => Err(self.underflow()),
        }
    }

    fn remember(&mut self, width: usize) -> Result<(), PickleError> {
        let (slot, top) = (self.reader.number(width)?, self.top()?);
        self.memo.insert(slot, top);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Result<(), PickleError> {
        let slot = self.reader.number(width)?;
        match self.memo.get(&slot) {
            Some(value) => {
                self.stack.push(*value);
                Ok(())
            }
            None => Err(self.reader.error("the memo has no such entry")),
        }
    }

    /// The sign is ignored: a negative number is not a valid size and becomes one that is far too large.
    fn int(&mut self, width: usize) -> Result<(), PickleError> {
        let number = self.reader.number(width)?;
        self.push(Value::Int(number))
    }

    fn text(&mut self, width: usize) -> Result<(), PickleError> {
        let text = self.reader.text(width)?;
        self.push(Value::Text(text))
    }

    fn skip(&mut self, len: usize) -> Result<(), PickleError> {
        self.reader.take(len)?;
        self.push(Value::Opaque)
    }

    fn skip_counted(&mut self, width: usize) -> Result<(), PickleError> {
        let len = self.reader.number(width)?;
        self.skip(len)
    }

    fn underflow(&self) -> PickleError {
        self.reader.error("a value is missing")
    }
}
