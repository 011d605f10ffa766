//! Identifiers that cannot be guessed: whoever has one may see the job.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// 128 random bits, as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id(u128);

impl Id {
    /// A new one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Id {
    type Err = ();

    /// The form of `Display` alone, so that each job has one address.
    fn from_str(text: &str) -> Result<Self, ()> {
        let is_form =
            text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_form {
            return Err(());
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| ())
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_one_form_and_differ() {
        let [a, b] = [Id::random().unwrap(), Id::random().unwrap()];
        assert_ne!(a, b);
        assert_eq!(a.to_string().parse(), Ok(a));
        let upper = "A".repeat(32);
        for wrong in ["", "0", "../../etc/passwd", upper.as_str(), &"0".repeat(33)] {
            assert_eq!(wrong.parse::<Id>(), Err(()), "{wrong}");
        }
    }
}
