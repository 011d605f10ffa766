//! Single settings on the command line: `--set network.eca=false`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::{Format, PLAIN};
use crate::keys::{self, KeyError};

/// An assignment that was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("`--set {assignment}`: {source}")]
pub struct SetError {
    /// As it was given.
    pub assignment: String,
    /// What is wrong with it.
    pub source: SetProblem,
}

/// What is wrong with an assignment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetProblem {
    /// There is no `=` in it.
    #[error("expected KEY=VALUE")]
    NoValue,
    /// The key leads through a value.
    #[error("`{0}` holds a value and no further settings")]
    NotATable(String),
    /// No setting has the key, or it cannot have the value.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The configuration that it is to change cannot be written as TOML.
    #[error("the configuration cannot be written as TOML")]
    Unwritable(#[from] toml::ser::Error),
}

impl Format {
    /// Gives settings of `config` new values: each assignment is `KEY=VALUE`, with the key as in a
    /// configuration file (`network.eca`) and the value in TOML. A word without quotes is a string, and
    /// a table (`{ name = "cosine" }`) replaces what is there.
    ///
    /// # Errors
    /// [`SetError`] names the first assignment that has no `=`, no such key, or a value of a wrong type.
    pub fn set<T: Serialize + DeserializeOwned>(
        &self,
        config: T,
        assignments: &[String],
    ) -> Result<T, SetError> {
        assignments.iter().try_fold(config, |config, assignment| {
            self.assign(&config, assignment)
                .map_err(|source| SetError { assignment: assignment.clone(), source })
        })
    }

    fn assign<T: Serialize + DeserializeOwned>(
        &self,
        config: &T,
        assignment: &str,
    ) -> Result<T, SetProblem> {
        let (key, text) = assignment.split_once('=').ok_or(SetProblem::NoValue)?;
        let key = self.modern_key(key.trim());
        let mut table = Table::try_from(config)?;
        keys::is_free(&table, &key).map_err(|at| SetProblem::NotATable(at.to_owned()))?;
        // By itself first: an old name beside the new one of the configuration is no contradiction.
        let mut alone = Table::new();
        keys::put(&mut alone, &key, value(text.trim()));
        self.modernize(&mut alone, PLACE)?;
        if let Some(value) = keys::get(&alone, &key) {
            keys::put(&mut table, &key, value.clone());
        }
        Ok(keys::read(&table)?)
    }

    /// The key by its new name, with a warning if it was given by an old one.
    fn modern_key(&self, key: &str) -> String {
        let mut modern = key.to_owned();
        for (old, new) in self.renamed {
            match modern.strip_prefix(old) {
                Some(below) if below.is_empty() || below.starts_with('.') => {
                    modern = format!("{new}{below}");
                    tracing::warn!("{PLACE}: `{old}` is now called `{new}`");
                }
                _ => {}
            }
        }
        modern
    }
}

/// What warnings about an assignment begin with.
const PLACE: &str = "--set";

/// [`Format::set`] for a program without old names.
///
/// # Errors
/// As [`Format::set`].
pub fn set<T: Serialize + DeserializeOwned>(
    config: T,
    assignments: &[String],
) -> Result<T, SetError> {
    PLAIN.set(config, assignments)
}

fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let single =
        parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    single.unwrap_or_else(|| Value::String(text.to_owned()))
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
    fn old_names_of_keys_tables_and_values_still_work() {
        const FORMAT: Format = Format {
            translate: |_| Table::new(),
            renamed: &[
                ("size", "batch_size"),
                ("plan", "schedule"),
                ("schedule.each", "schedule.every"),
            ],
            renamed_values: &[("schedule.name", "stairs", "step")],
        };
        for assignment in ["size=5", "plan.each=7", "plan={ name = \"stairs\", each = 7 }"] {
            let got = FORMAT.set(Settings::default(), &[assignment.to_owned()]).unwrap();
            assert_ne!(got, Settings::default(), "{assignment}");
        }
        let got = FORMAT.set(Settings::default(), &["plan.name=stairs".to_owned()]).unwrap();
        assert_eq!(got, Settings::default());
        // A longer key that only begins alike is another one.
        let error = FORMAT.set(Settings::default(), &["size2=5".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("unknown key `size2`"), "{error}");
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (assignment, reason) in [
            ("batch_size", "expected KEY=VALUE"),
            ("batchsize=5", "unknown key `batchsize`, did you mean `batch_size`?"),
            ("batch_size=many", "invalid type"),
            ("batch_size.inner=1", "`batch_size` holds a value"),
            ("schedule.evry=1", "unknown key `schedule.evry`, did you mean `schedule.every`?"),
            ("moost=1", "unknown key `moost`, did you mean `most`?"),
            ("batch_size=1\nmost=2", "invalid type"),
        ] {
            let error = with(&[assignment]).unwrap_err();
            assert!(error.contains(reason) && error.contains(assignment), "{assignment}: {error}");
        }
    }
}
