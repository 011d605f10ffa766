//! Formatting of failures as one line of text.

use std::any::Any;
use std::error::Error;

/// An error and its causes on one line, outermost first.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    joined(causes.map(ToString::to_string))
}

/// Causes on one line, outermost first. A cause that the preceding one already ends with, because its
/// message includes its source, is not repeated.
#[must_use]
pub fn joined(causes: impl IntoIterator<Item = String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for text in causes {
        if !kept.last().is_some_and(|last| last.ends_with(&text)) {
            kept.push(text);
        }
    }
    kept.join(": ")
}

/// The message of a panic, from the result of [`std::panic::catch_unwind`] or a thread's `join`; `None` if it
/// has no text.
#[must_use]
pub fn panic_message(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] std::io::Error);

    #[test]
    fn causes_are_joined_and_not_repeated() {
        let denied = || std::io::Error::other("permission denied");
        assert_eq!(error_chain(&denied()), "permission denied");
        let error = Outer("cannot open a.mp4", denied());
        assert_eq!(error_chain(&error), "cannot open a.mp4: permission denied");
        let error = Outer("cannot open a.mp4: permission denied", denied());
        assert_eq!(error_chain(&error), "cannot open a.mp4: permission denied");
    }

    #[test]
    fn the_text_of_a_panic_is_found_for_every_type_of_text() {
        let said = |payload: Box<dyn Any + Send>| panic_message(&*payload).map(str::to_owned);
        assert_eq!(said(Box::new("no driver")), Some("no driver".to_owned()));
        assert_eq!(said(Box::new("no driver".to_owned())), Some("no driver".to_owned()));
        assert_eq!(said(Box::new(7)), None);
    }
}
