//! Tables as the clients of databases print them.

use std::fmt::Write as _;

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) columns: Vec<(String, bool)>,
    /// A cell may have several lines.
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a column; numbers stand on the right.
    pub(super) fn column(&mut self, name: &str, is_number: bool) {
        self.columns.push((name.to_owned(), is_number));
    }

    fn widths(&self) -> Vec<usize> {
        let of = |(place, (name, _)): (usize, &(String, bool))| {
            let cells = self.rows.iter().filter_map(|it| it.get(place));
            cells.flat_map(|it| it.lines()).map(str::len).max().unwrap_or(0).max(name.len())
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    /// psql's own layout.
    pub(super) fn aligned(&self, rows_only: bool) -> String {
        let widths = self.widths();
        let mut text = String::new();
        if !rows_only {
            if !self.title.is_empty() {
                let whole = widths.iter().sum::<usize>() + 3 * widths.len() - 1;
                let before = whole.saturating_sub(self.title.len()) / 2;
                let _ = writeln!(text, "{:before$}{}", "", self.title);
            }
            let head = self.columns.iter().zip(&widths).map(|((name, _), width)| {
                let left = (width - name.len()) / 2;
                format!(" {:left$}{name:<rest$} ", "", rest = width - left)
            });
            let _ = writeln!(text, "{}", head.collect::<Vec<_>>().join("|"));
            let lines = widths.iter().map(|it| "-".repeat(it + 2));
            let _ = writeln!(text, "{}", lines.collect::<Vec<_>>().join("+"));
        }
        for row in &self.rows {
            self.row(row, &widths, &mut text);
        }
        if !rows_only {
            let _ = writeln!(
                text,
                "({} row{})",
                self.rows.len(),
                if self.rows.len() == 1 { "" } else { "s" }
            );
        }
        text + "\n"
    }

    fn row(&self, row: &[String], widths: &[usize], text: &mut String) {
        let lines = row.iter().map(|it| it.lines().count()).max().unwrap_or(1).max(1);
        for line in 0..lines {
            let mut parts = Vec::new();
            for (place, width) in widths.iter().enumerate() {
                let cell = row.get(place).map_or("", String::as_str);
                let part = cell.lines().nth(line).unwrap_or("");
                let goes_on = cell.lines().count() > line + 1;
                let is_last = place + 1 == widths.len();
                let end = if goes_on {
                    "+"
                } else if is_last {
                    ""
                } else {
                    " "
                };
                let is_number = self.columns[place].1;
                // Nothing stands after the last column.
                let width = if is_last && !is_number && !goes_on { 0 } else { *width };
                parts.push(if is_number {
                    format!(" {part:>width$}{end}")
                } else {
                    format!(" {part:<width$}{end}")
                });
            }
            let _ = writeln!(text, "{}", parts.join("|"));
        }
    }

    /// psql's `-A`.
    pub(super) fn unaligned(&self, rows_only: bool) -> String {
        let mut text = String::new();
        if !rows_only {
            if !self.title.is_empty() {
                let _ = writeln!(text, "{}", self.title);
            }
            let names: Vec<&str> = self.columns.iter().map(|it| it.0.as_str()).collect();
            let _ = writeln!(text, "{}", names.join("|"));
        }
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.join("|"));
        }
        if !rows_only {
            let _ = writeln!(
                text,
                "({} row{})",
                self.rows.len(),
                if self.rows.len() == 1 { "" } else { "s" }
            );
        }
        text
    }

    /// mysql's table on a terminal.
    pub(super) fn boxed(&self) -> String {
        let widths = self.widths();
        let rule: String = widths.iter().map(|it| format!("+{}", "-".repeat(it + 2))).collect();
        let line = |cells: Vec<(&str, bool)>| {
            let cells = cells.iter().zip(&widths).map(|((cell, is_number), width)| {
                if *is_number { format!("| {cell:>width$} ") } else { format!("| {cell:<width$} ") }
            });
            format!("{}|\n", cells.collect::<String>())
        };
        let mut text = format!("{rule}+\n");
        text += &line(self.columns.iter().map(|it| (it.0.as_str(), it.1)).collect());
        text += &format!("{rule}+\n");
        for row in &self.rows {
            let cells =
                row.iter().zip(&self.columns).map(|(cell, column)| (cell.as_str(), column.1));
            text += &line(cells.collect());
        }
        text + &rule + "+\n"
    }

    /// mysql's output into a pipe.
    pub(super) fn tabbed(&self, names: bool) -> String {
        let mut text = String::new();
        if names {
            let names: Vec<&str> = self.columns.iter().map(|it| it.0.as_str()).collect();
            let _ = writeln!(text, "{}", names.join("\t"));
        }
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.join("\t"));
        }
        text
    }
}
