//! The end of a page: how it was made, so that it can be made again.

use maud::{Markup, html};

use crate::parts::facts;

/// Command, versions and hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footer {
    command: String,
    versions: Vec<(String, String)>,
    hashes: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Footer {
    /// A footer with the command line that made the page; it may be empty.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), ..Self::default() }
    }

    /// Adds the version of a program, library or model.
    #[must_use]
    pub fn version(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.versions.push((name.into(), version.into()));
        self
    }

    /// Adds the hash of a file, as its name and hexadecimal digits.
    #[must_use]
    pub fn hash(mut self, name: impl Into<String>, digits: impl Into<String>) -> Self {
        self.hashes.push((name.into(), digits.into()));
        self
    }

    /// Adds a sentence, such as how the page may be used.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(crate) fn markup(&self) -> Markup {
        html! {
            footer {
                h2 { "How this page was made" }
                @if !self.command.is_empty() { pre { code { (self.command) } } }
                @if !self.versions.is_empty() { h3 { "Versions" } (facts(&self.versions)) }
                @if !self.hashes.is_empty() {
                    h3 { "SHA-256" }
                    div.hashes { (facts(&self.hashes)) }
                }
                @for note in &self.notes { p { (note) } }
            }
        }
    }
}
