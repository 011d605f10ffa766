//! Flags that take the names which configuration files have for a setting.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// The setting of this name; for clap's `value_parser`.
///
/// # Errors
/// Lists the names there are.
pub fn named<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(text.into_deserializer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Fruit {
        RedApple,
        Pear,
    }

    #[test]
    fn a_name_is_that_of_files_and_others_are_refused_with_those_there_are() {
        assert_eq!(named::<Fruit>("red-apple").unwrap(), Fruit::RedApple);
        assert_eq!(named::<Fruit>("pear").unwrap(), Fruit::Pear);
        let error = named::<Fruit>("plum").unwrap_err().to_string();
        assert!(error.contains("red-apple") && error.contains("pear"), "{error}");
    }
}
