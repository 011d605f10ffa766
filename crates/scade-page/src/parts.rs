//! Small parts of a page: the band with the result, notes, key-value lists.

use maud::{Markup, html};

/// What a result or note means for the reader; its color, sign and word say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Neutral,
    /// As hoped.
    Good,
    /// Needs care.
    Warning,
    /// Needs action.
    Alarm,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }

    /// Seen without color too.
    fn sign(self) -> &'static str {
        match self {
            Self::Neutral => "i",
            Self::Good => "✓",
            Self::Warning => "!",
            Self::Alarm => "✕",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Neutral => "Note",
            Self::Good => "Good",
            Self::Warning => "Warning",
            Self::Alarm => "Attention",
        }
    }
}

/// The band with the result of a page: one line, what it rests on, and a few numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headline {
    tone: Tone,
    text: String,
    detail: String,
    numbers: Vec<(String, String)>,
}

impl Headline {
    /// A band with one line, in a few words.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), ..Self::default() }
    }

    /// A sentence below the line.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds a number with what it is: `("score, 0..1", "0.93")`.
    #[must_use]
    pub fn number(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.numbers.push((label.into(), value.into()));
        self
    }

    pub(crate) fn markup(&self) -> Markup {
        html! {
            section class={ "headline " (self.tone.class()) } {
                span.sign aria-hidden="true" { (self.tone.sign()) }
                div.words {
                    p.line { (self.text) }
                    @if !self.detail.is_empty() { p { (self.detail) } }
                }
                @if !self.numbers.is_empty() {
                    dl.numbers {
                        @for (label, value) in &self.numbers {
                            div { dt { (label) } dd { (value) } }
                        }
                    }
                }
            }
        }
    }
}

pub(crate) fn note(tone: Tone, text: &str) -> Markup {
    html! {
        aside class={ "note " (tone.class()) } {
            span.sign aria-hidden="true" { (tone.sign()) }
            p { strong { (tone.word()) ": " } (text) }
        }
    }
}

pub(crate) fn facts(pairs: &[(String, String)]) -> Markup {
    html! {
        dl.facts {
            @for (key, value) in pairs {
                dt { (key) } dd { (value) }
            }
        }
    }
}
