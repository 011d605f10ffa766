//! Tables: numbers at the right, units in the header.

use maud::{Markup, html};

/// A column of a [`Table`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    name: String,
    unit: String,
    number: bool,
}

impl Column {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A column of numbers, which are aligned at the right.
    pub fn number(name: impl Into<String>) -> Self {
        Self { number: true, ..Self::text(name) }
    }

    /// The unit of the column, shown in the header.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }
}

/// A table. Cells are text as it is to be shown; the caller rounds numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. The caption may be empty.
    pub fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self { caption: caption.into(), columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row. Cells that are missing or empty are shown as `–`; those beyond the last column get a
    /// column without a name.
    #[must_use]
    pub fn row(mut self, cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.push(cells);
        self
    }

    /// Adds a row to a table that is filled in a loop, as [`Table::row`] does.
    pub fn push(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        while self.columns.len() < cells.len() {
            self.columns.push(Column::default());
        }
        self.rows.push(cells);
    }

    pub(crate) fn markup(&self) -> Markup {
        let class = |column: &Column| column.number.then_some("number");
        html! {
            // A wide table scrolls within its own frame, also by keys.
            div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                table {
                    @if !self.caption.is_empty() { caption { (self.caption) } }
                    thead { tr {
                        @for column in &self.columns {
                            th scope="col" class=[class(column)] {
                                (column.name)
                                @if !column.unit.is_empty() { " " span.unit { "(" (column.unit) ")" } }
                            }
                        }
                    } }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (index, column) in self.columns.iter().enumerate() {
                                    td class=[class(column)] {
                                        (row.get(index).filter(|cell| !cell.is_empty()).map_or("–", |cell| cell))
                                    }
                                }
                            }
                        }
                        @if self.rows.is_empty() {
                            tr { td colspan=(self.columns.len().max(1)) { "no data" } }
                        }
                    }
                }
            }
        }
    }
}
