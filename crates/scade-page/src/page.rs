//! A page that is filled from top to bottom.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use scade_viz::Figure;

use crate::{Footer, Headline, Image, Table, Tone, parts};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded, no script runs, nothing is sent.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";
/// Wider figures take a page's width to themselves.
const HALF: f64 = 520.0;
/// Pages with so many sections list them at the top.
const LISTED: usize = 4;

/// A report page. The same parts give the same bytes.
#[derive(Debug, Clone, Default)]
pub struct Page {
    title: String,
    subtitle: String,
    summary: Vec<String>,
    headline: Option<Headline>,
    sections: Vec<String>,
    parts: Vec<Markup>,
    footer: Option<Footer>,
}

impl Page {
    /// A page with a title alone.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The line below the title.
    pub fn subtitle(&mut self, text: impl Into<String>) -> &mut Self {
        self.subtitle = text.into();
        self
    }

    /// The box at the top: what the reader should know, in plain words, a paragraph each.
    pub fn summary(
        &mut self,
        paragraphs: impl IntoIterator<Item = impl Into<String>>,
    ) -> &mut Self {
        self.summary = paragraphs.into_iter().map(Into::into).collect();
        self
    }

    /// The band with the result, below the title.
    pub fn headline(&mut self, headline: Headline) -> &mut Self {
        self.headline = Some(headline);
        self
    }

    /// Begins a section. A page with four or more lists them below the summary.
    pub fn section(&mut self, title: impl Into<String>) -> &mut Self {
        let title = title.into();
        let id = section_id(self.sections.len());
        self.parts.push(html! { h2 id=(id) { (title) } });
        self.sections.push(title);
        self
    }

    /// A heading within a section.
    pub fn heading(&mut self, title: impl AsRef<str>) -> &mut Self {
        self.push(html! { h3 { (title.as_ref()) } })
    }

    /// A paragraph.
    pub fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.push(html! { p.text { (text.as_ref()) } })
    }

    /// A list of sentences.
    pub fn list(&mut self, items: impl IntoIterator<Item = impl AsRef<str>>) -> &mut Self {
        self.push(html! { ul.text { @for item in items { li { (item.as_ref()) } } } })
    }

    /// A note or warning.
    pub fn note(&mut self, tone: Tone, text: impl AsRef<str>) -> &mut Self {
        self.push(parts::note(tone, text.as_ref()))
    }

    /// A list of keys and values.
    pub fn facts(
        &mut self,
        pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> &mut Self {
        let pairs: Vec<_> =
            pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        self.push(parts::facts(&pairs))
    }

    /// A table; it scrolls where the screen is narrower.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.push(table.markup())
    }

    /// A figure with a caption that says how to read it; the caption may be empty.
    pub fn figure(&mut self, figure: &Figure, caption: impl AsRef<str>) -> &mut Self {
        self.push(html! { div.figures { (of_figure(figure, caption.as_ref())) } })
    }

    /// Figures with captions, two beside each other where the screen is wide enough.
    pub fn figures<'a>(
        &mut self,
        figures: impl IntoIterator<Item = (&'a Figure, impl AsRef<str>)>,
    ) -> &mut Self {
        self.push(html! {
            div.figures {
                @for (figure, caption) in figures { (of_figure(figure, caption.as_ref())) }
            }
        })
    }

    /// A strip of small images, such as faces of a track.
    pub fn images(&mut self, images: &[Image]) -> &mut Self {
        self.push(html! { div.strip { @for image in images { (image.markup()) } } })
    }

    /// One image, as large as the page allows.
    pub fn image(&mut self, image: &Image) -> &mut Self {
        self.push(html! { div.single { (image.markup()) } })
    }

    /// What follows begins on a new sheet when printed.
    pub fn page_break(&mut self) -> &mut Self {
        self.push(html! { div.break {} })
    }

    /// How the page was made.
    pub fn footer(&mut self, footer: Footer) -> &mut Self {
        self.footer = Some(footer);
        self
    }

    /// The text of the HTML file.
    #[must_use]
    pub fn html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body { main {
                    header {
                        h1 { (self.title) }
                        @if !self.subtitle.is_empty() { p.subtitle { (self.subtitle) } }
                    }
                    @if let Some(headline) = &self.headline { (headline.markup()) }
                    @if !self.summary.is_empty() {
                        section.summary {
                            h2 { "In short" }
                            @for paragraph in &self.summary { p { (paragraph) } }
                        }
                    }
                    @if self.sections.len() >= LISTED {
                        nav aria-label="Sections" { ul {
                            @for (index, title) in self.sections.iter().enumerate() {
                                li { a href={ "#" (section_id(index)) } { (title) } }
                            }
                        } }
                    }
                    @for part in &self.parts { (part) }
                    @if let Some(footer) = &self.footer { (footer.markup()) }
                } }
            }
        };
        page.into_string() + "\n"
    }

    fn push(&mut self, part: Markup) -> &mut Self {
        self.parts.push(part);
        self
    }
}

fn section_id(index: usize) -> String {
    format!("section-{}", index + 1)
}

/// The text of the figure is escaped by the crate that makes it.
fn of_figure(figure: &Figure, caption: &str) -> Markup {
    let class = if figure.size().0 > HALF { "figure wide" } else { "figure" };
    html! {
        figure class=(class) {
            div.scroll { (PreEscaped(figure.svg())) }
            @if !caption.is_empty() { figcaption { (caption) } }
        }
    }
}
