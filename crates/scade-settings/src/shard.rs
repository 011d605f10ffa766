//! A shard of the inputs, so that several machines can work on one list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Shard `index`, from 1, of `count`. Written as `2/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: usize,
    count: usize,
}

/// A shard that does not exist, or variables that do not specify one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is `{got}`, expected {expected}")]
pub struct ShardError {
    /// "the shard", or the name of a variable.
    pub what: &'static str,
    /// The value.
    pub got: String,
    /// The accepted values.
    pub expected: &'static str,
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Shard {
    /// All inputs: shard 1 of 1.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Shard `index`, from 1, of `count`.
    ///
    /// # Errors
    /// When there is no such shard.
    pub fn new(index: usize, count: usize) -> Result<Self, ShardError> {
        if (1..=count).contains(&index) {
            return Ok(Self { index, count });
        }
        let got = format!("{index}/{count}");
        Err(ShardError { what: "the shard", got, expected: "i/n with i from 1 to n" })
    }

    /// The shard that a batch system assigns to this process: a SLURM job array, or an indexed job of
    /// Kubernetes whose manifest sets `JOB_COMPLETIONS`, which Kubernetes itself does not. `None`
    /// outside of both. `variable` reads the environment.
    ///
    /// # Errors
    /// One variable of a pair without the other, or a value out of range: with a fallback to all inputs,
    /// all processes would do the same work.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<(Self, &'static str)>, ShardError> {
        let number = |name: &'static str| {
            let text = variable(name).ok_or_else(|| absent(name))?;
            text.trim().parse::<usize>().map_err(|_| wrong(name, text))
        };
        let (id, first, step, count) = if variable("SLURM_ARRAY_TASK_ID").is_some() {
            let or =
                |name, default| if variable(name).is_some() { number(name) } else { Ok(default) };
            let first = or("SLURM_ARRAY_TASK_MIN", 0)?;
            let step = or("SLURM_ARRAY_TASK_STEP", 1)?.max(1);
            ("SLURM_ARRAY_TASK_ID", first, step, number("SLURM_ARRAY_TASK_COUNT")?)
        } else if variable("JOB_COMPLETION_INDEX").is_some() {
            ("JOB_COMPLETION_INDEX", 0, 1, number("JOB_COMPLETIONS")?)
        } else {
            return Ok(None);
        };
        let value = number(id)?;
        let index = value.checked_sub(first).map(|place| place / step + 1);
        let shard = index.and_then(|index| Self::new(index, count).ok());
        shard.map(|shard| Some((shard, id))).ok_or_else(|| wrong(id, value.to_string()))
    }

    /// Number of shards.
    #[must_use]
    pub fn count(self) -> usize {
        self.count
    }

    /// Whether it has all inputs.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Whether the input at index `place` of the list belongs to this shard. Every `count`-th does, so that long
    /// and short videos are spread over all shards.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        place % self.count == self.index - 1
    }

    /// The name of its folder: `2-of-8`.
    #[must_use]
    pub fn folder(self) -> String {
        format!("{}-of-{}", self.index, self.count)
    }
}

fn absent(what: &'static str) -> ShardError {
    let expected = "the number of shards, from the job array or the manifest; or pass --shard i/n";
    ShardError { what, got: String::new(), expected }
}

fn wrong(what: &'static str, got: String) -> ShardError {
    ShardError { what, got, expected: "a number within the job array" }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let numbers = text.split_once('/').and_then(|(index, count)| {
            Some((index.trim().parse().ok()?, count.trim().parse().ok()?))
        });
        let (index, count) = numbers.ok_or_else(|| ShardError {
            what: "the shard",
            got: text.to_owned(),
            expected: "i/n with i from 1 to n",
        })?;
        Self::new(index, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<String>, ShardError> {
        let read = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Ok(Shard::from_environment(read)?.map(|(shard, _)| shard.to_string()))
    }

    #[test]
    fn every_input_is_in_one_shard() {
        for count in 1..6 {
            let shards: Vec<_> = (1..=count).map(|i| Shard::new(i, count).unwrap()).collect();
            for place in 0..20 {
                assert_eq!(shards.iter().filter(|shard| shard.has(place)).count(), 1);
            }
        }
    }

    #[test]
    fn shards_are_parsed_as_they_are_displayed() {
        assert_eq!("2/8".parse::<Shard>().unwrap().to_string(), "2/8");
        for wrong in ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", ""] {
            let error = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("i from 1 to n"), "{error}");
        }
    }

    #[test]
    fn batch_systems_may_number_from_any_index() {
        assert_eq!(from(&[]), Ok(None));
        let slurm = |id, min| {
            let pairs = [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_COUNT", "4"),
                ("JOB_COMPLETION_INDEX", "9"),
            ];
            from(&pairs)
        };
        assert_eq!(slurm("0", "0"), Ok(Some("1/4".into())));
        assert_eq!(slurm("4", "1"), Ok(Some("4/4".into())));
        assert!(slurm("4", "0").is_err());
        let stepped = [
            ("SLURM_ARRAY_TASK_ID", "20"),
            ("SLURM_ARRAY_TASK_MIN", "0"),
            ("SLURM_ARRAY_TASK_STEP", "10"),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
        ];
        assert_eq!(from(&stepped), Ok(Some("3/3".into())));
        let indexed = [("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "5")];
        assert_eq!(from(&indexed), Ok(Some("1/5".into())));
    }

    #[test]
    fn one_variable_of_a_pair_is_an_error() {
        let error = from(&[("JOB_COMPLETION_INDEX", "0")]).unwrap_err().to_string();
        assert!(error.contains("JOB_COMPLETIONS") && error.contains("--shard"), "{error}");
        assert!(from(&[("SLURM_ARRAY_TASK_ID", "1")]).is_err());
        let odd = [("JOB_COMPLETION_INDEX", "x"), ("JOB_COMPLETIONS", "5")];
        assert!(from(&odd).unwrap_err().to_string().contains("`x`"));
    }
}
