//! Flags that take one of the names that configuration files have for a setting.

use clap::builder::{PossibleValuesParser, TypedValueParser};
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    #[derive(Debug, Clone, PartialEq, strum::EnumString, strum::VariantNames)]
    #[strum(serialize_all = "kebab-case")]
    enum Fruit {
        RedApple,
        Pear,
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
