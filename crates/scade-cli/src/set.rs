//! Single settings on the command line: `--set network.eca=false`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::{nearest, put};

/// An assignment that was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("`--set {assignment}`: {reason}")]
pub struct SetError {
    /// As it was given.
    pub assignment: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Gives settings of `config` new values: each assignment is `KEY=VALUE`, with the key as in a
/// configuration file (`network.eca`) and the value in TOML. A word without quotes is a string, and
/// a table (`{ name = "cosine" }`) replaces what is there.
///
/// # Errors
/// [`SetError`] names the first assignment that has no `=`, no such key, or a value of a wrong type.
pub fn set<T: Serialize + DeserializeOwned>(
    config: T,
    assignments: &[String],
) -> Result<T, SetError> {
    assignments.iter().try_fold(config, |config, assignment| {
        assign(&config, assignment)
            .map_err(|reason| SetError { assignment: assignment.clone(), reason })
    })
}

fn assign<T: Serialize + DeserializeOwned>(config: &T, assignment: &str) -> Result<T, String> {
    let (key, text) = assignment.split_once('=').ok_or("expected KEY=VALUE")?;
    let (key, text) = (key.trim(), text.trim());
    let mut table = Table::try_from(config).map_err(|error| error.to_string())?;
    is_free_of_values(&table, key)?;
    put(&mut table, key, value(text));
    table.try_into().map_err(|error: toml::de::Error| in_words(error.message()))
}

/// Every part of the path but the last must be a table, or absent.
fn is_free_of_values(table: &Table, path: &str) -> Result<(), String> {
    let Some((head, rest)) = path.split_once('.') else { return Ok(()) };
    match table.get(head) {
        Some(Value::Table(inner)) => is_free_of_values(inner, rest),
        Some(_) => Err(format!("`{head}` holds a value and no further settings")),
        None => Ok(()),
    }
}

fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let single =
        parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    single.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Serde's message, with a suggestion where a key is unknown.
fn in_words(message: &str) -> String {
    let Some(rest) = message.strip_prefix("unknown field ") else {
        return message.trim().to_owned();
    };
    let mut names = rest.split('`').skip(1).step_by(2);
    let key = names.next().unwrap_or_default();
    let near = nearest(key, names).map_or_else(String::new, |n| format!(", did you mean `{n}`?"));
    format!("unknown key `{key}`{near}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        batch_size: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
        schedule: Schedule,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
    enum Schedule {
        Step { every: u64 },
        Cosine { floor: f64 },
    }

    impl Default for Schedule {
        fn default() -> Self {
            Self::Step { every: 3 }
        }
    }

    fn with(assignments: &[&str]) -> Result<Settings, String> {
        let assignments: Vec<_> = assignments.iter().map(ToString::to_string).collect();
        set(Settings::default(), &assignments).map_err(|error| error.to_string())
    }

    #[test]
    fn values_reach_their_place_and_the_rest_stays() {
        let got = with(&["batch_size=5", "schedule.every = 7", "most=9"]).unwrap();
        let schedule = Schedule::Step { every: 7 };
        assert_eq!(got, Settings { batch_size: 5, most: Some(9), schedule });
        let got = with(&["schedule={ name = \"cosine\", floor = 0.5 }"]).unwrap();
        assert_eq!(got.schedule, Schedule::Cosine { floor: 0.5 });
        assert_eq!(with(&["schedule.name=step"]).unwrap(), Settings::default());
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (assignment, reason) in [
            ("batch_size", "expected KEY=VALUE"),
            ("batchsize=5", "unknown key `batchsize`, did you mean `batch_size`?"),
            ("batch_size=many", "invalid type"),
            ("batch_size.inner=1", "`batch_size` holds a value"),
            ("schedule.evry=1", "unknown key `evry`"),
            ("batch_size=1\nmost=2", "invalid type"),
        ] {
            let error = with(&[assignment]).unwrap_err();
            assert!(error.contains(reason) && error.contains(assignment), "{assignment}: {error}");
        }
    }
}
