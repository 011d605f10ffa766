//! Refusing a split whose figures would flatter: what is trained on must not be tested on.
//!
//! The parts are compared anew, by the records: a list of an earlier audit may be older than the
//! split, which anybody can edit.

use scade_data::{Audit, Splits, Store, audit};

use crate::{Config, Error};

/// What the parts of `splits` share, if it is allowed that they do.
///
/// # Errors
/// [`Error::Leaks`] when they share anything and `config.allow_leaks` is not set.
pub(crate) fn check(store: &Store, splits: &Splits, config: &Config) -> Result<Audit, Error> {
    let audit = audit(&store.records()?, splits);
    if audit.is_clean() || config.allow_leaks {
        return Ok(audit);
    }
    Err(Error::Leaks { root: store.root().to_owned(), audit: Box::new(audit) })
}
