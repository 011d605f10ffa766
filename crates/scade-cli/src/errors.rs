//! How a program ends: one error chain, one hint, an exit code that means something.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// How far a program that did not fail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for is done: exit code 0.
    Complete,
    /// Done, but some inputs failed and were reported one by one: exit code 3.
    Partial,
}

/// Runs a program's body and turns its end into an exit code.
///
/// | code | meaning |
/// |---|---|
/// | 0 | done |
/// | 1 | failed; the reason and, where there is one, a hint stand on stderr |
/// | 2 | wrong usage (from the argument parser) |
/// | 3 | done, except for inputs that were reported one by one |
pub fn run(body: impl FnOnce() -> anyhow::Result<Outcome>) -> ExitCode {
    match body() {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::from(3),
        Err(error) => {
            // When nobody reads stderr any more, the exit code has to do.
            let _ = std::io::stderr().write_all(report(&error).as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// What the user could do about an error; kept apart from the chain of causes.
#[derive(Debug)]
struct Hint(String);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error, with what the user can do about it: as [`HintExt::hint`].
pub fn with_hint(error: impl Into<anyhow::Error>, hint: impl Into<String>) -> anyhow::Error {
    error.into().context(Hint(hint.into()))
}

/// Attaches hints to results.
pub trait HintExt<T> {
    /// Adds what the user can do about the error, naming the flag or command: printed on a line of
    /// its own after the chain of causes.
    ///
    /// # Errors
    /// The same error, with the hint.
    fn hint(self, text: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E> HintExt<T> for Result<T, E>
where
    Result<T, E>: anyhow::Context<T, E>,
{
    fn hint(self, text: impl Into<String>) -> anyhow::Result<T> {
        anyhow::Context::with_context(self, || Hint(text.into()))
    }
}

/// The chain of causes on one line, each cause once, and the hint on the next.
fn report(error: &anyhow::Error) -> String {
    let hint = error.downcast_ref::<Hint>().map(|hint| hint.0.as_str());
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // A wrapper that prints its own source would say the same thing twice.
        let said = causes.last().is_some_and(|last| last.ends_with(&text));
        if Some(text.as_str()) != hint && !said {
            causes.push(text);
        }
    }
    let mut text = format!("error: {}\n", causes.join(": "));
    if let Some(hint) = hint {
        text += &format!("hint: {hint}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn the_chain_is_one_line_and_the_hint_another() {
        let result: anyhow::Result<()> = Err(anyhow!("permission denied"));
        let error =
            result.context("cannot write /nowhere").hint("choose another --output").unwrap_err();
        assert_eq!(
            report(&error.context("training")),
            "error: training: cannot write /nowhere: permission denied\n\
             hint: choose another --output\n"
        );
    }

    #[test]
    fn a_cause_that_its_wrapper_already_printed_is_not_repeated() {
        let error = anyhow!("no such file").context("cannot open clip.mp4: no such file");
        assert_eq!(report(&error), "error: cannot open clip.mp4: no such file\n");
    }
}
