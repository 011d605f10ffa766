//! Refusing a split that leaks: what is trained on must not be tested on.
//!
//! The subsets are compared anew, by the records: a stored audit may be older than the split, which is a
//! file that can be edited.

use std::path::Path;

use scade_data::{Audit, Splits, VideoRecord, audit};

use crate::{Config, Error};

/// What the subsets of `splits` share, if sharing is allowed.
///
/// # Errors
/// [`Error::Leaks`] when they share anything and `config.allow_leaks` is not set.
pub(crate) fn check(
    root: &Path,
    records: &[VideoRecord],
    splits: &Splits,
    config: &Config,
) -> Result<Audit, Error> {
    let audit = audit(records, splits);
    if audit.is_clean() || config.allow_leaks {
        return Ok(audit);
    }
    Err(Error::Leaks { root: root.to_owned(), audit: Box::new(audit) })
}
