//! How `ls` lays out names: long lines, or columns on a terminal.

use super::{Shown, Style};
use crate::applets::date::format_date;
use crate::workspace::Details;

/// The width of the terminal: a session must not depend on the window it is played in.
const WIDTH: usize = 80;
/// Half a year: older files, and those of the future, show their year instead of the time of day.
const RECENT_MS: i64 = 15_778_476_000;
/// Bytes of a block on disk.
const BLOCK: usize = 4096;

/// `-l`.
pub(super) fn long(shown: &[Shown], names: &[String], style: Style<'_>, total: bool) -> String {
    let rows: Vec<[String; 5]> = shown.iter().map(|it| cells(&it.details, style)).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    if style.busybox {
        widths = [4, 8, 8, 9, 12];
    }
    let mut text = String::new();
    if total {
        let blocks: usize = shown.iter().map(|it| it.details.size.div_ceil(BLOCK) * 4).sum();
        let blocks = if style.human { size(blocks * 1024, true) } else { blocks.to_string() };
        text += &format!("total {blocks}\n");
    }
    for ((row, name), shown) in rows.iter().zip(names).zip(shown) {
        let [links, owner, group, bytes, date] = row;
        let [w0, w1, w2, w3, _] = widths;
        let mode = mode_text(&shown.details);
        text +=
            &format!("{mode} {links:>w0$} {owner:<w1$} {group:<w2$} {bytes:>w3$} {date} {name}\n");
    }
    text
}

fn cells(details: &Details, style: Style<'_>) -> [String; 5] {
    let (name, id) = if details.is_system { ("root", 0) } else { (style.owner, style.owner_id) };
    let owner = if style.numeric { id.to_string() } else { name.to_owned() };
    let age = style.now_ms.saturating_sub(details.modified_ms);
    let format = if (0..RECENT_MS).contains(&age) { "%b %e %H:%M" } else { "%b %e  %Y" };
    [
        details.links.to_string(),
        owner.clone(),
        owner,
        size(details.size, style.human),
        format_date(format, details.modified_ms),
    ]
}

/// `drwxr-xr-x`.
pub(in crate::applets) fn mode_text(details: &Details) -> String {
    let mut text = String::from(details.letter);
    for shift in [6, 3, 0] {
        let bits = details.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(if bits & 1 != 0 { 'x' } else { '-' });
    }
    if details.mode & 0o1000 != 0 {
        text.pop();
        text.push(if details.mode & 1 != 0 { 't' } else { 'T' });
    }
    text
}

/// Bytes; for people rounded up to a unit, with one decimal below ten.
pub(in crate::applets) fn size(bytes: usize, human: bool) -> String {
    if !human || bytes < 1024 {
        return bytes.to_string();
    }
    let (mut unit, mut letters) = (1024, "KMGT".chars());
    let mut letter = letters.next().unwrap_or('K');
    while bytes.div_ceil(unit) >= 1024 {
        unit *= 1024;
        letter = letters.next().unwrap_or('T');
    }
    let tenths = (bytes * 10).div_ceil(unit);
    if tenths < 100 {
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    } else {
        format!("{}{letter}", bytes.div_ceil(unit))
    }
}

/// Names in as many columns as fit, down and then across.
pub(super) fn columns(names: &[String]) -> String {
    let lengths: Vec<usize> = names.iter().map(|it| it.chars().count()).collect();
    let widths = |rows: usize| -> Vec<usize> {
        lengths.chunks(rows).map(|it| it.iter().max().map_or(0, |most| most + 2)).collect()
    };
    let fits = |rows: &usize| widths(*rows).iter().sum::<usize>() <= WIDTH + 2;
    let rows = (1..=names.len()).find(fits).unwrap_or(names.len());
    let widths = widths(rows.max(1));
    let mut text = String::new();
    for row in 0..rows {
        let mut line = String::new();
        for (column, width) in widths.iter().enumerate() {
            if let Some(name) = names.get(column * rows + row) {
                let last = names.get((column + 1) * rows + row).is_none();
                let width = if last { 0 } else { *width };
                line += &format!("{name:<width$}");
            }
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A name as GNU shows it on a terminal: in quotes if a shell would need them.
pub(super) fn quoted(name: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "._-+/,:@%^#=~".contains(it);
    if !name.is_empty() && name.chars().all(plain) && !name.starts_with(['~', '#']) {
        name.to_owned()
    } else if name.contains('\'') {
        format!("\"{name}\"")
    } else {
        format!("'{name}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_down_the_columns() {
        let names: Vec<String> = (0..30).map(|it| format!("name-{it:02}")).collect();
        let text = columns(&names);
        assert_eq!(text.lines().count(), 4);
        assert!(text.starts_with("name-00  name-04  name-08"), "{text}");
        assert_eq!(columns(&["a".to_owned(), "b".to_owned()]), "a  b\n");
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn sizes_for_people_are_rounded_up() {
        let sizes = [0, 1023, 1024, 1025, 10_240, 10_241, 1 << 20, 16 << 20];
        let texts = sizes.map(|it| size(it, true));
        assert_eq!(texts, ["0", "1023", "1.0K", "1.1K", "10K", "11K", "1.0M", "16M"]);
    }

    #[test]
    fn names_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("a-b.yaml"), "a-b.yaml");
        assert_eq!(quoted("a b"), "'a b'");
    }
}
