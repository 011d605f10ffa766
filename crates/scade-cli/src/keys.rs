//! From a tree of keys to a program's configuration, with an error that names the full path of the key.
//!
//! Which keys there are, optional ones included, is known to Serde's derived code alone. It reports an
//! unknown one through [`serde::de::Error::unknown_field`], with the known ones as a list; the usual error
//! types turn that into English at once. This module reads a [`toml::Value`] with an error type that keeps
//! the parts, and notes the path on the way.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

/// Why a tree of keys is not a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key that no setting has.
    #[error("unknown key `{path}`{}", suggestion(near.as_deref()))]
    Unknown {
        /// The key with those of the tables around it, as `schedule.evry`.
        path: String,
        /// The path of the known key that looks most like it.
        near: Option<String>,
    },
    /// A value that its setting cannot have.
    #[error("{}{message}", prefix(path))]
    Value {
        /// The key with those of the tables around it; empty for the whole tree.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A key under its old name and under its new one at once.
    #[error("`{old}` is the old name of `{new}`, which is given, too")]
    Twice {
        /// The old path.
        old: String,
        /// The new path.
        new: String,
    },
}

pub(crate) fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("`{path}`: ") }
}

/// The configuration that `table` describes. Its type must refuse unknown fields.
///
/// # Errors
/// [`KeyError::Unknown`], [`KeyError::Value`].
pub(crate) fn read<T: DeserializeOwned>(table: &Table) -> Result<T, KeyError> {
    let tree = Value::Table(table.clone());
    T::deserialize(Node(tree.clone())).map_err(|raw| raw.located(&tree))
}

/// The known name that looks most like `got`, if any does at all.
pub(crate) fn nearest<'a>(got: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(got, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

/// What Serde reports, with the path so far, innermost key last.
#[derive(Debug)]
struct Raw {
    path: Vec<String>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Key { key: String, known: Vec<&'static str> },
    Name { name: String, known: Vec<&'static str> },
    Other(String),
}

impl Raw {
    fn new(problem: Problem) -> Self {
        Self { path: Vec::new(), problem }
    }

    fn within(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }

    fn located(self, tree: &Value) -> KeyError {
        let path = self.path.join(".");
        match self.problem {
            Problem::Key { key, known } => {
                // Serde reads a table whose variant is named in it as a whole first, so that the path may end
                // at such a table, above the key.
                let start = self.path.iter().try_fold(tree, |value, key| value.get(key));
                let above = start.and_then(|value| holder(value, &key)).unwrap_or_default();
                let folder = [self.path, above].concat();
                let full = |key: &str| [&folder[..], &[key.to_owned()]].concat().join(".");
                let near = nearest(&key, known.into_iter()).map(|near| full(&near));
                KeyError::Unknown { path: full(&key), near }
            }
            Problem::Name { name, known } => {
                let near = suggestion(nearest(&name, known.iter().copied()).as_deref());
                let known = known.join(", ");
                let message = format!("unknown name `{name}`, expected one of {known}{near}");
                KeyError::Value { path, message }
            }
            Problem::Other(message) => KeyError::Value { path, message },
        }
    }
}

/// The path from `value` to the nearest table that has `key`.
fn holder(value: &Value, key: &str) -> Option<Vec<String>> {
    let table = value.as_table()?;
    if table.contains_key(key) {
        return Some(Vec::new());
    }
    table.iter().find_map(|(name, inner)| {
        let below = holder(inner, key)?;
        Some([vec![name.clone()], below].concat())
    })
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for Raw {}

impl de::Error for Raw {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Other(message.to_string()))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Problem::Key { key: field.to_owned(), known: expected.to_vec() })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Problem::Name { name: variant.to_owned(), known: expected.to_vec() })
    }
}

/// A value of the tree, to be read.
struct Node(Value);

impl<'de> Deserializer<'de> for Node {
    type Error = Raw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Raw> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(holds) => visitor.visit_bool(holds),
            // No setting is a date; the text makes a good error.
            Value::Datetime(date) => visitor.visit_string(date.to_string()),
            Value::Array(values) => {
                visitor.visit_seq(Elements { values: values.into_iter(), index: 0 })
            }
            Value::Table(table) => {
                visitor.visit_map(Entries { entries: table.into_iter(), value: None })
            }
        }
    }

    /// TOML has no null: what is there is not absent.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Raw> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Raw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Raw> {
        match self.0 {
            Value::String(text) => {
                let text: StringDeserializer<Raw> = text.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            Value::Table(table) => {
                let entries = Entries { entries: table.into_iter(), value: None };
                MapAccessDeserializer::new(entries).deserialize_enum(name, variants, visitor)
            }
            other => Err(de::Error::custom(format_args!(
                "invalid type: {}, expected one of {}",
                other.type_str(),
                variants.join(", ")
            ))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Elements {
    values: std::vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Raw;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Raw> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Node(value)).map(Some).map_err(|raw| raw.within(&index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len())
    }
}

struct Entries {
    entries: toml::map::IntoIter<String, Value>,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Raw;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Raw> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some((key.clone(), value));
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Raw> {
        let taken = self.value.take();
        let (key, value) = taken.ok_or_else(|| de::Error::custom("a value without a key"))?;
        seed.deserialize(Node(value)).map_err(|raw| raw.within(&key))
    }
}

/// Sets the value at a dotted path, `"schedule.min_lr"`, creating the tables on the way.
///
/// # Panics
/// When a part of the path is already a value that is no table: a mistake in the program's own
/// translation.
pub fn put(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| Value::Table(Table::new()));
            let inner = inner.as_table_mut();
            put(inner.unwrap_or_else(|| panic!("`{head}` of `{path}` is no table")), rest, value);
        }
    }
}

/// Puts every key of `places` that `flat` has at its dotted path.
pub fn put_all(table: &mut Table, flat: &Table, places: &[(&str, &str)]) {
    for (key, path) in places {
        if let Some(value) = flat.get(*key) {
            put(table, path, value.clone());
        }
    }
}

/// The value at a dotted path.
pub(crate) fn get<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => table.get(path),
        Some((head, rest)) => get(table.get(head)?.as_table()?, rest),
    }
}

/// Takes the value at a dotted path out, and tables that are empty without it.
fn take(table: &mut Table, path: &str) -> Option<Value> {
    let Some((head, rest)) = path.split_once('.') else { return table.remove(path) };
    let inner = table.get_mut(head)?.as_table_mut()?;
    let value = take(inner, rest)?;
    if inner.is_empty() {
        table.remove(head);
    }
    Some(value)
}

/// Moves each value that `keys` has under an old path to its new one, a whole table likewise. Returns the
/// paths that were met, old and new.
///
/// # Errors
/// [`KeyError::Twice`] when the new one is given, too.
pub(crate) fn rename(
    table: &mut Table,
    keys: &[(&'static str, &'static str)],
) -> Result<Vec<(&'static str, &'static str)>, KeyError> {
    let mut met = Vec::new();
    for &(old, new) in keys {
        if let Some(value) = take(table, old) {
            merge(table, new, value).map_err(|new| KeyError::Twice { old: old.to_owned(), new })?;
            met.push((old, new));
        }
    }
    Ok(met)
}

/// Puts `value` at `path`, entry by entry where both are tables. An error is the path of a value that is
/// there already.
fn merge(table: &mut Table, path: &str, value: Value) -> Result<(), String> {
    match (get(table, path), value) {
        (Some(Value::Table(_)), Value::Table(entries)) => entries
            .into_iter()
            .try_for_each(|(key, value)| merge(table, &format!("{path}.{key}"), value)),
        (Some(_), _) => Err(path.to_owned()),
        (None, value) if is_free(table, path).is_ok() => {
            put(table, path, value);
            Ok(())
        }
        (None, _) => Err(path.to_owned()),
    }
}

/// Whether every part of the path but the last is a table, or absent; else the part that is a value.
pub(crate) fn is_free<'a>(table: &Table, path: &'a str) -> Result<(), &'a str> {
    let Some((head, rest)) = path.split_once('.') else { return Ok(()) };
    match table.get(head) {
        Some(Value::Table(inner)) => is_free(inner, rest),
        Some(_) => Err(head),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        batch_size: usize,
        most: Option<u64>,
        rate: f32,
        sizes: [u32; 2],
        place: std::path::PathBuf,
        kind: Kind,
        schedule: Schedule,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        #[default]
        RedApple,
        Pear,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
    enum Schedule {
        Step { every: u64, warm: Option<Warm> },
        Cosine { floor: f64 },
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Warm {
        epochs: u64,
    }

    impl Default for Schedule {
        fn default() -> Self {
            Self::Step { every: 3, warm: None }
        }
    }

    fn parsed(text: &str) -> Result<Settings, String> {
        let table: Table = toml::from_str(text).unwrap();
        read(&table).map_err(|error| error.to_string())
    }

    #[test]
    fn what_toml_reads_is_read_alike() {
        let text = "batch_size = 75\nmost = 9\nrate = 1\nsizes = [1, 2]\nplace = \"a/b\"\n\
                    kind = \"pear\"\n[schedule]\nname = \"cosine\"\nfloor = 2";
        let expected: Settings = toml::from_str(text).unwrap();
        assert_eq!(expected.schedule, Schedule::Cosine { floor: 2.0 });
        assert_eq!(parsed(text).unwrap(), expected);
        assert_eq!(parsed("").unwrap(), Settings::default());
    }

    #[test]
    fn unknown_keys_are_named_with_their_path_and_the_nearest_known_one() {
        for (text, message) in [
            ("batchsize = 1", "unknown key `batchsize`, did you mean `batch_size`?"),
            // Optional ones that are absent by default are known, too.
            ("mosst = 1", "unknown key `mosst`, did you mean `most`?"),
            ("zzz = 1", "unknown key `zzz`"),
            (
                "[schedule]\nname = \"step\"\nevry = 1",
                "unknown key `schedule.evry`, did you mean `schedule.every`?",
            ),
            (
                "[schedule]\nname = \"step\"\nevery = 1\n[schedule.warm]\nepoch = 1",
                "unknown key `schedule.warm.epoch`, did you mean `schedule.warm.epochs`?",
            ),
        ] {
            assert_eq!(parsed(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn wrong_values_are_named_with_their_path() {
        for (text, message) in [
            (
                "batch_size = \"many\"",
                "`batch_size`: invalid type: string \"many\", expected usize",
            ),
            ("batch_size = -1", "`batch_size`: invalid value: integer `-1`, expected usize"),
            ("sizes = [1, true]", "`sizes.1`: invalid type: boolean `true`, expected u32"),
            (
                "kind = \"peer\"",
                "`kind`: unknown name `peer`, expected one of red-apple, pear, did you mean `pear`?",
            ),
            ("kind = 3", "`kind`: invalid type: integer, expected one of red-apple, pear"),
        ] {
            assert_eq!(parsed(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn old_names_lead_to_new_ones_whole_tables_included() {
        // A key of a renamed table is met under the new name of the table.
        let keys =
            [("size", "batch_size"), ("plan", "schedule"), ("schedule.each", "schedule.every")];
        let mut table: Table =
            toml::from_str("size = 5\n[plan]\nname = \"step\"\neach = 7\n").unwrap();
        assert_eq!(rename(&mut table, &keys).unwrap(), keys);
        let got: Settings = read(&table).unwrap();
        assert_eq!((got.batch_size, got.schedule), (5, Schedule::Step { every: 7, warm: None }));
        assert_eq!(rename(&mut table, &keys).unwrap(), []);
        let mut both: Table = toml::from_str("size = 5\nbatch_size = 6").unwrap();
        let error = rename(&mut both, &keys).unwrap_err().to_string();
        assert_eq!(error, "`size` is the old name of `batch_size`, which is given, too");
    }
}
