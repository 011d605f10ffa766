//! JSON files of a prepared dataset: read if they are there, written in one step.

use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::{Error, Result};

/// `None` when there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    expected: &'static str,
) -> Result<Option<T>> {
    let bytes = match scade_fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| Error::Json { path: path.to_owned(), expected, source })
}

/// Indented, but a list within a list, such as the landmarks of a face, is on one line.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let failed = |source| Error::Json { path: path.to_owned(), expected: "writable", source };
    let mut text = to_text(value).map_err(failed)?;
    text.push(b'\n');
    Ok(scade_fs::write(path, text)?)
}

fn to_text(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    let lists = ListsOnOneLine { pretty: PrettyFormatter::new(), open: Vec::new(), flat: 0 };
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, lists))?;
    Ok(text)
}

/// As [`PrettyFormatter`], except within a list that is an element of a list.
struct ListsOnOneLine {
    pretty: PrettyFormatter<'static>,
    /// Whether each of the open lists and objects is a list.
    open: Vec<bool>,
    /// How many of them, the innermost, are on one line.
    flat: usize,
}

impl ListsOnOneLine {
    fn begin(&mut self, is_list: bool) {
        let is_nested = is_list && self.open.last() == Some(&true);
        self.flat += usize::from(self.flat > 0 || is_nested);
        self.open.push(is_list);
    }

    /// Whether what ends was on one line.
    fn end(&mut self) -> bool {
        self.open.pop();
        let was_flat = self.flat > 0;
        self.flat = self.flat.saturating_sub(1);
        was_flat
    }
}

/// What separates the elements and members of a list or object on one line.
fn comma<W: Write + ?Sized>(writer: &mut W, first: bool) -> std::io::Result<()> {
    if first { Ok(()) } else { writer.write_all(b",") }
}

impl Formatter for ListsOnOneLine {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.begin(true);
        if self.flat > 0 { writer.write_all(b"[") } else { self.pretty.begin_array(writer) }
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        if self.end() { writer.write_all(b"]") } else { self.pretty.end_array(writer) }
    }

    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if self.flat > 0 {
            comma(writer, first)
        } else {
            self.pretty.begin_array_value(writer, first)
        }
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.begin(false);
        if self.flat > 0 { writer.write_all(b"{") } else { self.pretty.begin_object(writer) }
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        if self.end() { writer.write_all(b"}") } else { self.pretty.end_object(writer) }
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if self.flat > 0 {
            comma(writer, first)
        } else {
            self.pretty.begin_object_key(writer, first)
        }
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(value: &serde_json::Value) -> String {
        String::from_utf8(to_text(value).unwrap()).unwrap()
    }

    #[test]
    fn a_list_in_a_list_is_on_one_line_and_all_else_is_as_before() {
        let value = json!({"a": [1, {"b": [2, []], "c": []}], "d": {}, "e": []});
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(text(&value), expected);
        let value = json!({"frames": [[[1, 2], [{"x": 3, "y": [4]}]], null], "z": [5]});
        let expected = r#"{
  "frames": [
    [[1,2],[{"x": 3,"y": [4]}]],
    null
  ],
  "z": [
    5
  ]
}"#;
        assert_eq!(text(&value), expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text(&value)).unwrap(), value);
    }
}
