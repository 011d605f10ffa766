//! Flags that take one of the names that configuration files have for a setting.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::str::FromStr;
use strum::VariantNames;

/// The value of a flag that is one of the variants of an enumerated setting; for clap's `value_parser`, as in
/// `#[arg(long, value_parser = one_of::<Method>())]`. `--help` and errors list the names.
///
/// An enum of a library derives [`strum::EnumString`] and [`strum::VariantNames`] with the same
/// `serialize_all` as Serde's `rename_all`; a variant with settings of its own gets their defaults. One that is
/// private to a program derives [`clap::ValueEnum`], which lists the names likewise.
pub fn one_of<T>() -> impl TypedValueParser<Value = T>
where
    T: VariantNames + FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS.iter().copied()).try_map(|name| T::from_str(&name))
}

/// The setting of this name; for clap's `value_parser`.
///
/// # Errors
/// Lists the names there are.
// Of an earlier version: goes when its users call `one_of`.
#[doc(hidden)]
pub fn named<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(text.into_deserializer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    #[derive(
        Debug, Clone, PartialEq, serde::Deserialize, strum::EnumString, strum::VariantNames,
    )]
    #[serde(rename_all = "kebab-case")]
    #[strum(serialize_all = "kebab-case")]
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

    #[test]
    fn a_flag_takes_the_names_lists_them_and_refuses_others() {
        let mut command =
            Command::new("p").arg(Arg::new("fruit").long("fruit").value_parser(one_of::<Fruit>()));
        let parsed = |name: &str| {
            let matches = command.clone().try_get_matches_from(["p", "--fruit", name])?;
            Ok::<_, clap::Error>(matches.get_one::<Fruit>("fruit").cloned())
        };
        assert_eq!(parsed("red-apple").unwrap(), Some(Fruit::RedApple));
        let error = parsed("peer").unwrap_err().to_string();
        assert!(error.contains("[possible values: red-apple, pear]"), "{error}");
        let help = command.render_help().to_string();
        assert!(help.contains("[possible values: red-apple, pear]"), "{help}");
    }
}
