//! Which lines two texts have in common, found in the order in which the diff plugin finds them, so that equally good
//! answers come out alike.

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in both.
    Kept,
    /// It is in the first only.
    Gone,
    /// It is in the second only.
    New,
}

/// A line and what became of it.
pub(super) type Line<'a> = (Fate, &'a str);

/// The lines of both texts in one row; nothing if more pairs of lines would have to be compared than are left.
pub(super) fn compare<'a>(
    before: &'a str,
    after: &'a str,
    pairs: &mut usize,
) -> Option<Vec<Line<'a>>> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split('\n').collect(), after.split('\n').collect());
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    // At the end the plugin leaves the line at which the beginning stopped alone.
    let most = before.len().min(after.len()).saturating_sub(start + 1);
    let ends = before.iter().rev().zip(after.iter().rev());
    let end = ends.take(most).take_while(|(a, b)| a == b).count();
    let own = before[start..before.len() - end].len() * after[start..after.len() - end].len();
    *pairs = pairs.checked_sub(own)?;
    let mut lines: Vec<Line<'a>> = before[..start].iter().map(|it| (Fate::Kept, *it)).collect();
    divide(&before[start..before.len() - end], &after[start..after.len() - end], &mut lines);
    lines.extend(before[before.len() - end..].iter().map(|it| (Fate::Kept, *it)));
    Some(lines)
}

/// Hirschberg's way: the first half of one text fits best onto some beginning of the other; so both fall into two.
fn divide<'a>(before: &[&'a str], after: &[&'a str], lines: &mut Vec<Line<'a>>) {
    match before {
        [] => lines.extend(after.iter().map(|it| (Fate::New, *it))),
        _ if after.is_empty() => lines.extend(before.iter().map(|it| (Fate::Gone, *it))),
        [only] => {
            let same = after.iter().rposition(|it| it == only);
            if same.is_none() {
                lines.push((Fate::Gone, only));
            }
            let fate = |place| if Some(place) == same { Fate::Kept } else { Fate::New };
            lines.extend(after.iter().enumerate().map(|(place, it)| (fate(place), *it)));
        }
        _ => {
            let (first, second) = before.split_at(before.len() / 2);
            let forward = common(first.iter(), &after.iter().collect::<Vec<_>>());
            let backward = common(second.iter().rev(), &after.iter().rev().collect::<Vec<_>>());
            let score = |at: &usize| forward[*at] + backward[after.len() - at];
            // The first of the best.
            let at = (0..=after.len()).rev().max_by_key(score).unwrap_or_default();
            divide(first, &after[..at], lines);
            divide(second, &after[at..], lines);
        }
    }
}

/// How many lines a text has in common with each beginning of another.
fn common<'s, 'a: 's>(text: impl Iterator<Item = &'s &'a str>, other: &[&&str]) -> Vec<usize> {
    let mut row = vec![0; other.len() + 1];
    for line in text {
        let mut diagonal = 0;
        for (place, there) in other.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if line == *there { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row
}

/// How far each line is from the next one that changes, before or after it.
pub(super) fn distances(lines: &[Line<'_>]) -> Vec<usize> {
    let mut distances = vec![usize::MAX; lines.len()];
    let mut pass = |places: &mut dyn Iterator<Item = usize>| {
        let mut change: Option<usize> = None;
        for place in places {
            if lines[place].0 != Fate::Kept {
                change = Some(place);
            }
            if let Some(change) = change {
                distances[place] = distances[place].min(place.abs_diff(change));
            }
        }
    };
    pass(&mut (0..lines.len()));
    pass(&mut (0..lines.len()).rev());
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
        super::compare(before, after, &mut 1_000).unwrap()
    }

    fn shown(before: &str, after: &str) -> String {
        let sign = |fate| match fate {
            Fate::Kept => ' ',
            Fate::Gone => '-',
            Fate::New => '+',
        };
        compare(before, after).iter().map(|(fate, it)| format!("{}{it};", sign(*fate))).collect()
    }

    // The plugin's own tests have these pairs.
    #[test]
    fn changed_lines_come_before_what_they_became() {
        assert_eq!(shown("1\n2\n3\n8\n9", "1x\n2x\n3\n8x\n9"), "-1;-2;+1x;+2x; 3;-8;+8x; 9;");
        assert_eq!(shown("", "a\nb"), "-;+a;+b;");
        assert_eq!(shown("a", "a"), " a;");
        assert_eq!(shown("a\nb\nc", "a\nc"), " a;-b; c;");
    }

    #[test]
    fn pairs_of_lines_are_counted_where_texts_differ() {
        let long = "x\n".repeat(1_000);
        let mut left = 4;
        let text = |it: &str| format!("{long}{it}\n{long}");
        assert!(super::compare(&text("a"), &text("b"), &mut left).is_some());
        // The one line that differs.
        assert_eq!(left, 3);
        assert_eq!(super::compare("a\nb", "c\nd", &mut left), None);
    }

    #[test]
    fn distances_are_counted_both_ways() {
        let lines = compare("a\nb\nc\nd\ne", "a\nb\nX\nd\ne");
        assert_eq!(distances(&lines), [2, 1, 0, 0, 1, 2]);
        assert_eq!(distances(&compare("a", "a")), [usize::MAX]);
    }
}
