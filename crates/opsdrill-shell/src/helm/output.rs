//! Tables, YAML and JSON as Helm prints them.

use opsdrill_objects::yaml::to_yaml;
use serde_json::Value;

use crate::kubectl::flags::Arguments;

use super::failure::{Failure, Outcome};

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Table,
    /// JSON on one line.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// What `-o` asks for.
    ///
    /// # Errors
    /// When that is none.
    pub(super) fn of(arguments: &Arguments) -> Outcome<Self> {
        match arguments.text("output") {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            other => Err(Failure::Plain(format!(
                "invalid argument {other:?} for \"-o, --output\" flag: invalid format type"
            ))),
        }
    }
}

/// A document, given as JSON whose fields are in order, as `-o json` and `-o yaml` print it.
pub(super) fn document(json: &str, format: Format) -> String {
    match format {
        Format::Yaml => {
            let value: Value = serde_json::from_str(json).expect("it was written as JSON");
            yaml(&value)
        }
        Format::Json | Format::Table => format!("{json}\n"),
    }
}

/// YAML of a value.
pub(super) fn yaml(value: &Value) -> String {
    to_yaml(value)
}

/// The most columns of letters that are worth a look; what is longer is cut.
const TOO_WIDE: usize = 100_000;

/// Rows as the library prints them that Helm uses: columns parted by tabs, each filled up with spaces.
pub(super) fn table(rows: &[Vec<String>], width_max: Option<usize>) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            let widest = cell.split('\n').map(width).max().unwrap_or_default();
            let widest = widest.min(width_max.unwrap_or(TOO_WIDE));
            if place == widths.len() {
                widths.push(0);
            }
            widths[place] = widths[place].max(widest);
        }
    }
    let lines = rows.iter().map(|row| {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| resized(cell, *width).split('\n').map(str::to_owned).collect())
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        let line = |at: usize| {
            let parts = cells.iter().zip(&widths).map(|(cell, width)| match cell.get(at) {
                Some(part) => resized(part, *width),
                None => " ".repeat((*width).max(1)),
            });
            parts.collect::<Vec<_>>().join("\t")
        };
        (0..height).map(line).collect::<Vec<_>>().join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How many columns a text takes; what cannot be seen takes none.
fn width(text: &str) -> usize {
    text.chars().filter(|it| !it.is_control()).count()
}

fn resized(text: &str, to: usize) -> String {
    let is = width(text);
    if to == 0 || is == to {
        return text.to_owned();
    }
    if is < to {
        return text.to_owned() + &" ".repeat(to - is);
    }
    let mut cut = String::new();
    let mut done = 0;
    for letter in text.chars() {
        cut.push(letter);
        let wide = usize::from(!letter.is_control());
        if done + wide >= to.saturating_sub(3) {
            break;
        }
        done += wide;
    }
    cut + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_several_lines_makes_a_row_of_several_lines() {
        let rows = |cells: &[&str]| cells.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let table = table(&[rows(&["A", "B"]), rows(&["1", "x\n\tlonger"])], None);
        // The cell is cut as a whole to its widest line, then its lines are filled up.
        assert_eq!(table, "A\tB     \n1\tx     \n \t\tlo... ");
    }
}
