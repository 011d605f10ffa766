//! The evaluation as tables and words, for terminals, Markdown and HTML alike.

mod compose;
mod figures;
mod markdown;
mod page;
mod summary;
mod tables;

pub use compose::document;
pub use figures::figures;
pub use markdown::markdown;
pub use page::page;
pub use summary::summary;
pub use tables::{matrix_table, methods_table, others, overview};

/// A piece of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading; level 1 is the title.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A figure.
    Figure(Figure),
}

/// A table; every row has as many cells as the header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows, with the unit.
    pub caption: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// Columns on the left that hold names; the others hold numbers.
    pub names: usize,
}

/// A figure with its place in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its files, without ending.
    pub name: String,
    /// How to read it.
    pub caption: String,
    /// The figure.
    pub figure: scade_viz::Figure,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, names: usize, header: &[&str]) -> Self {
        let header = header.iter().map(|name| (*name).to_owned()).collect();
        Self { caption: caption.into(), header, rows: Vec::new(), names }
    }
}
