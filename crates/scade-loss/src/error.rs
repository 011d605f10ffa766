//! A setting that no loss can work with.

/// A value outside the range its loss is defined for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{field}` of the {loss} loss must be {expected}, got {got}")]
pub struct Error {
    /// The loss, as it is named in a configuration file.
    pub loss: &'static str,
    /// The setting.
    pub field: &'static str,
    /// The range, in words.
    pub expected: &'static str,
    /// What was given.
    pub got: f64,
}

/// `Ok` when `holds`, else the error about `field`.
pub(crate) fn require(
    holds: bool,
    loss: &'static str,
    field: &'static str,
    expected: &'static str,
    got: f64,
) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error { loss, field, expected, got }) }
}
