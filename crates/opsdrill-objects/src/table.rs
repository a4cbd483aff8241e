//! Aligned columns, as Go's `text/tabwriter` makes them for `kubectl get` and `kubectl describe`.
//!
//! A cell ends with a tab; what follows the last tab of a line belongs to no column. A column is a
//! block of consecutive lines that have a cell there, and each block has a width of its own: that is
//! why the parts of a description are aligned one by one.

/// How wide columns are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Least width of a column, padding included.
    pub width_min: usize,
    /// Spaces after the widest cell.
    pub padding: usize,
}

/// The layout of `kubectl get` and of most other lists.
pub const LIST: Layout = Layout { width_min: 6, padding: 3 };
/// The layout of `kubectl describe`.
pub const DESCRIPTION: Layout = Layout { width_min: 0, padding: 2 };

/// Most columns of a line; what follows is written as it is.
const COLUMNS_MAX: usize = 256;

/// Aligns a whole text.
pub fn align(text: &str, layout: Layout) -> String {
    Aligner { layout, widths: Vec::new(), widths_max: None }.align(text)
}

/// Aligns a text piece by piece, columns never becoming narrower than they were: `kubectl get -w`.
#[derive(Debug, Clone)]
pub struct StreamAligner {
    layout: Layout,
    widths_max: Vec<usize>,
}

impl StreamAligner {
    /// No piece written yet.
    pub fn new(layout: Layout) -> Self {
        Self { layout, widths_max: Vec::new() }
    }

    /// Aligns the next piece.
    pub fn align(&mut self, text: &str) -> String {
        let widths_max = Some(std::mem::take(&mut self.widths_max));
        let mut piece = Aligner { layout: self.layout, widths: Vec::new(), widths_max };
        let aligned = piece.align(text);
        self.widths_max = piece.widths_max.unwrap_or_default();
        aligned
    }
}

struct Aligner {
    layout: Layout,
    /// Widths of the columns left of the one being laid out.
    widths: Vec<usize>,
    /// The widest each column has been, if that is to be remembered.
    widths_max: Option<Vec<usize>>,
}

impl Aligner {
    fn align(&mut self, text: &str) -> String {
        let ends_line = text.ends_with('\n');
        let body = text.strip_suffix('\n').unwrap_or(text);
        let lines: Vec<Vec<&str>> = body.split('\n').map(|it| it.split('\t').collect()).collect();
        let mut aligned = String::with_capacity(text.len() * 2);
        // A line without a tab ends all blocks, so that everything before it can be laid out.
        for chunk in lines.split_inclusive(|it| it.len() == 1) {
            self.lay_out(chunk, &mut aligned);
        }
        if !ends_line {
            aligned.pop();
        }
        aligned
    }

    /// Lays out the column right of those whose widths are known, then the columns right of it.
    fn lay_out(&mut self, lines: &[Vec<&str>], aligned: &mut String) {
        let column = self.widths.len();
        let has_cell = |line: &Vec<&str>| column < COLUMNS_MAX && column + 1 < line.len();
        let mut rest = lines;
        while let Some(start) = rest.iter().position(has_cell) {
            let (before, from_block) = rest.split_at(start);
            self.write(before, aligned);
            let length = from_block.iter().position(|it| !has_cell(it)).unwrap_or(from_block.len());
            let (block, after) = from_block.split_at(length);
            let cells = block.iter().map(|it| it[column].chars().count() + self.layout.padding);
            let width = cells.max().unwrap_or(0).max(self.layout.width_min);
            let width = self.remembered_width(column, width);
            self.widths.push(width);
            self.lay_out(block, aligned);
            self.widths.pop();
            rest = after;
        }
        self.write(rest, aligned);
    }

    fn remembered_width(&mut self, column: usize, width: usize) -> usize {
        let Some(widths_max) = &mut self.widths_max else { return width };
        if widths_max.len() <= column {
            widths_max.resize(column + 1, 0);
        }
        widths_max[column] = widths_max[column].max(width);
        widths_max[column]
    }

    fn write(&self, lines: &[Vec<&str>], aligned: &mut String) {
        for line in lines {
            for (column, cell) in line.iter().enumerate() {
                aligned.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    let spaces = width.saturating_sub(cell.chars().count());
                    aligned.extend(std::iter::repeat_n(' ', spaces));
                }
            }
            aligned.push('\n');
        }
    }
}

/// A header and rows as the text that [`align`] takes: one line each, cells separated by tabs.
/// Without `header` there are only rows.
pub fn tabbed(header: Option<&[String]>, rows: &[Vec<String>]) -> String {
    let header = header.map(|it| it.iter().map(|it| it.to_uppercase()).collect::<Vec<_>>());
    let mut text = String::new();
    for cells in header.iter().chain(rows) {
        let cells: Vec<String> = cells.iter().map(|it| one_line(it)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// A cell cut at its first line break, with what a terminal would obey made visible.
fn one_line(cell: &str) -> String {
    let (line, cut) = match cell.find(['\x0c', '\n', '\r']) {
        Some(end) => (&cell[..end], "..."),
        None => (cell, ""),
    };
    format!("{}{cut}", line.replace('\x1b', "^["))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn aligns_lists_as_kubectl_get() {
        let header = strings(&["Name", "Ready", "Status", "Restarts", "Age"]);
        let rows = vec![
            strings(&["agent-4rrhw", "1/1", "Running", "0", "37s"]),
            strings(&["f-crash", "0/1", "CrashLoopBackOff", "2 (12s ago)", "33s"]),
        ];
        let expected = "\
NAME          READY   STATUS             RESTARTS      AGE
agent-4rrhw   1/1     Running            0             37s
f-crash       0/1     CrashLoopBackOff   2 (12s ago)   33s
";
        assert_eq!(align(&tabbed(Some(&header), &rows), LIST), expected);
    }

    #[test]
    fn columns_have_a_least_width() {
        assert_eq!(align("A\tB\nc\td\n", LIST), "A     B\nc     d\n");
        assert_eq!(align("A\tB\nc\td\n", DESCRIPTION), "A  B\nc  d\n");
    }

    #[test]
    fn a_column_ends_at_a_line_without_that_cell() {
        let text = "Name:\tweb\nLabels:\ta=b\nContainers:\n  nginx:\n    Container ID:\tx\n    Ready:\ttrue\n";
        let expected = "\
Name:    web
Labels:  a=b
Containers:
  nginx:
    Container ID:  x
    Ready:         true
";
        assert_eq!(align(text, DESCRIPTION), expected);
    }

    #[test]
    fn a_short_line_ends_only_the_columns_it_lacks() {
        let text = "Type\tReason\n----\t------\nA\tB\tC\nAvailable\tTrue\tx\n";
        let expected = "\
Type       Reason
----       ------
A          B     C
Available  True  x
";
        assert_eq!(align(text, DESCRIPTION), expected);
    }

    #[test]
    fn a_cell_that_ends_a_line_is_padded() {
        assert_eq!(align("a\tb\t\nlong\tc\t\n", DESCRIPTION), "a     b  \nlong  c  \n");
        assert_eq!(align("a\t\n", DESCRIPTION), "a  \n");
        assert_eq!(align("a\tb", DESCRIPTION), "a  b");
        assert_eq!(align("", DESCRIPTION), "");
    }

    #[test]
    fn columns_are_bounded() {
        let text = "\t".repeat(100_000);
        assert_eq!(align(&text, DESCRIPTION).len(), COLUMNS_MAX * DESCRIPTION.padding);
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert_eq!(align("é\tx\nab\ty\n", DESCRIPTION), "é   x\nab  y\n");
    }

    #[test]
    fn a_stream_remembers_widths() {
        let mut aligner = StreamAligner::new(LIST);
        assert_eq!(aligner.align("NAME\tREADY\n"), "NAME   READY\n");
        assert_eq!(aligner.align("longer-name\t1/1\n"), "longer-name   1/1\n");
        assert_eq!(aligner.align("web\t1/1\n"), "web           1/1\n");
    }

    #[test]
    fn cells_stay_on_one_line() {
        let rows = [strings(&["a\nb", "\x1b[31m"])];
        assert_eq!(tabbed(None, &rows), "a...\t^[[31m\n");
    }
}
