//! A report as Markdown, and tables as aligned text.

use super::{Block, Table};

/// The report as Markdown; figures are links to their files in `figures/`.
#[must_use]
pub fn markdown(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        let piece = match block {
            Block::Heading(level, title) => {
                format!("{} {title}", "#".repeat(usize::from(*level)))
            }
            Block::Text(text) => text.clone(),
            Block::List(items) => {
                items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
            }
            Block::Table(table) => format!("{}:\n\n{}", table.caption, table.markdown()),
            Block::Figure(figure) => {
                format!("![{}](figures/{}.svg)", figure.caption, figure.name)
            }
        };
        text += &piece;
        text += "\n\n";
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

impl Table {
    /// The table in Markdown, its columns aligned so that it reads as plain text too.
    #[must_use]
    pub fn markdown(&self) -> String {
        let clean = |cell: &String| cell.replace('|', "\\|").replace(['\n', '\r'], " ");
        let rows: Vec<Vec<String>> = std::iter::once(&self.header)
            .chain(&self.rows)
            .map(|row| row.iter().map(clean).collect())
            .collect();
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                if column < self.names {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
            format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
        };
        let rule = widths.iter().enumerate().map(|(column, width)| {
            let dashes = "-".repeat(width + 1);
            if column < self.names { format!("{dashes}-") } else { format!("{dashes}:") }
        });
        let rule = format!("|{}|", rule.collect::<Vec<_>>().join("|"));
        let mut lines: Vec<String> = rows.iter().map(line).collect();
        lines.insert(1, rule);
        lines.join("\n")
    }

    /// The table as CSV.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            // Writing to memory cannot fail.
            let _ = writer.write_record(row);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_bars_escaped() {
        let mut table = Table::new("x", 1, &["name", "n"]);
        table.rows.push(vec!["a|b".into(), "1".into()]);
        table.rows.push(vec!["c".into(), "100".into()]);
        let expected = "| name |   n |\n|------|----:|\n| a\\|b |   1 |\n| c    | 100 |";
        assert_eq!(table.markdown(), expected);
        assert_eq!(table.csv(), "name,n\na|b,1\nc,100\n");
    }
}
