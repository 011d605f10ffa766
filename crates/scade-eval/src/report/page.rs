//! A report as one HTML page.

use scade_page::{Column, Footer, Headline, Page, Table as PageTable, Tone};

use super::{Block, Table, summary, tables};
use crate::evaluation::{Evaluation, Null};

/// The report as an HTML page that needs nothing else: `blocks` are those of
/// [`document`](super::document), whose title and summary become the head of the page.
#[must_use]
pub fn page(evaluation: &Evaluation, blocks: &[Block]) -> String {
    let title = blocks.iter().find_map(|block| match block {
        Block::Heading(1, title) => Some(title.clone()),
        _ => None,
    });
    let mut page = Page::new(title.unwrap_or_default());
    page.summary(summary::summary(evaluation));
    if let Some(headline) = headline(evaluation) {
        page.headline(headline);
    }
    page.section("What the numbers do not say");
    page.list(summary::limits(&evaluation.systems));
    let body = blocks.iter().skip_while(|block| !matches!(block, Block::Heading(2, _)));
    for block in body {
        match block {
            Block::Heading(_, title) => page.section(title),
            Block::Text(text) => page.text(text),
            Block::List(items) => page.list(items),
            Block::Table(table) => page.table(columns(table)),
            Block::Figure(figure) => page.figure(&figure.figure, &figure.caption),
        };
    }
    let mut footer = Footer::new(evaluation.command.clone().unwrap_or_default())
        .version("scade-eval", &evaluation.version);
    for source in evaluation.systems.iter().flat_map(|system| &system.sources) {
        footer = footer.hash(source.path.display().to_string(), &source.sha256);
    }
    page.footer(footer);
    page.html()
}

/// The AUC of the first detector on the first dataset.
fn headline(evaluation: &Evaluation) -> Option<Headline> {
    let system = evaluation.systems.first()?;
    let dataset = system.datasets.first()?;
    let videos = tables::videos(dataset)?;
    let tone = if dataset.null.leaks() { Tone::Warning } else { Tone::Neutral };
    let text = format!("AUC {} by video", videos.auc.text(3));
    let (low, high) = videos.auc.ends()?;
    let headline = Headline::new(tone, text).detail(format!(
        "{} on {}: 95 % interval {low:.3} to {high:.3}",
        system.name, dataset.name
    ));
    Some(match &dataset.null {
        Null::Measured { auc, .. } => headline.number("zero-pixel null, AUC", auc.text(3)),
        Null::Unknown(_) => headline,
    })
}

fn columns(table: &Table) -> PageTable {
    let columns =
        table.header.iter().enumerate().map(|(at, name)| {
            if at < table.names { Column::text(name) } else { Column::number(name) }
        });
    let mut shown = PageTable::new(&table.caption, columns);
    table.rows.iter().for_each(|row| shown.push(row));
    shown
}
