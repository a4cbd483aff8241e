//! Reads a YAML file into its type and finds every mistake of shape in it, not only the first.
//!
//! The reader stops at the first mistake. So the block where it stands is blanked and the rest is read again, until
//! nothing is left to complain about; a field that is missing only because it was blanked is no mistake.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::load::ContentError;

/// The most mistakes that are told of one file.
const MISTAKES_MAX: usize = 20;
const HINT: &str = "`opsdrill check-content --schema` prints every field";

/// Reads `text`; `path` names the file in complaints.
pub(super) fn read<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, Vec<ContentError>> {
    let first = match serde_saphyr::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let mut blanked: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    let mut next = Some(first);
    while let Some(error) = next.filter(|_| found.len() < MISTAKES_MAX) {
        let place = error.location().map(|it| (it.line(), it.column()));
        let problem = plainly(&first_line(&error.to_string()));
        let missing =
            problem.split_once("missing field `").and_then(|(_, it)| it.split('`').next());
        if missing.is_none_or(|it| !blanked.contains(it)) {
            let hint = HINT.to_owned();
            found.push(ContentError {
                file: path.to_owned(),
                place,
                problem: problem.clone(),
                hint,
            });
        }
        let at_root = missing.is_some() && place.is_none_or(|(_, column)| column <= 1);
        let line = place.and_then(|(line, _)| usize::try_from(line).ok()?.checked_sub(1));
        let Some(line) = line.filter(|it| !at_root && *it < lines.len()) else { break };
        if !blank(&mut lines, line, &mut blanked) {
            break;
        }
        next = serde_saphyr::from_str::<T>(&lines.join("\n")).err();
    }
    Err(found)
}

/// The library says the place before the problem, and shows the lines around it below.
fn first_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let after_place = line.strip_prefix("line ").and_then(|it| it.split_once(": "));
    after_place.map_or(line, |(_, problem)| problem).to_owned()
}

/// The library's complaint in words for authors.
fn plainly(problem: &str) -> String {
    if let Some(word) = problem.strip_prefix("invalid ")
        && word.len() <= 5
    {
        return match word.as_bytes() {
            [b'u', ..] => "a whole number of at least 0 belongs here".to_owned(),
            [b'i', ..] => "a whole number belongs here".to_owned(),
            b"bool" => "true or false belongs here".to_owned(),
            _ => problem.to_owned(),
        };
    }
    if let Some(key) = problem.strip_prefix("duplicate mapping key: ") {
        return format!("the key {:?} is here twice", key.split(',').next().unwrap_or_default());
    }
    if problem.starts_with("budget breached") {
        return "the file is too large, too deep, or repeats too much by anchors".to_owned();
    }
    if problem.starts_with("unexpected end of input") {
        return "the file is empty, or ends too early".to_owned();
    }
    problem.to_owned()
}

/// Where a key of the file itself stands.
pub(super) fn place_of_key(text: &str, key: &str) -> Option<(u64, u64)> {
    let line = text.lines().position(|it| it.starts_with(&format!("{key}:")))?;
    Some((line as u64 + 1, 1))
}

/// Where the word that a problem quotes first stands, if only one line has it.
pub(super) fn place_of_quoted(text: &str, problem: &str) -> Option<(u64, u64)> {
    let word = problem.split(['`', '"']).nth(1).filter(|it| !it.is_empty())?;
    let mut lines = text.lines().enumerate().filter_map(|(line, it)| Some((line, it.find(word)?)));
    let (line, column) = lines.next()?;
    lines.next().is_none().then_some((line as u64 + 1, column as u64 + 1))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_blank(line: &str) -> bool {
    line.trim_start().is_empty() || line.trim_start().starts_with('#')
}

/// Blanks the block that begins on a line, and a key that nothing is left of; false if nothing was there.
fn blank(lines: &mut [&str], start: usize, blanked: &mut BTreeSet<String>) -> bool {
    if is_blank(lines[start]) {
        return false;
    }
    let own = indent(lines[start]);
    let mut line = start;
    loop {
        let key = lines[line].trim_start().trim_start_matches("- ");
        if let Some((key, _)) = key.split_once(':') {
            blanked.insert(key.trim().trim_matches(['"', '\'']).to_owned());
        }
        lines[line] = "";
        line += 1;
        if line >= lines.len() || !(is_blank(lines[line]) || indent(lines[line]) > own) {
            break;
        }
    }
    let above = (0..start).rev().find(|it| !is_blank(lines[*it]));
    let below = (line..lines.len()).find(|it| !is_blank(lines[*it]));
    match above {
        Some(above)
            if lines[above].trim_end().ends_with(':')
                && indent(lines[above]) < own
                && below.is_none_or(|it| {
                    indent(lines[it]) <= indent(lines[above])
                        && !lines[it].trim_start().starts_with("- ")
                }) =>
        {
            blank(lines, above, blanked)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct File {
        name: String,
        minutes: u32,
        nodes: Vec<Node>,
        #[serde(default)]
        labels: BTreeMap<String, String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct Node {
        name: String,
        cpu: String,
    }

    #[test]
    fn every_mistake_is_found_with_its_line() {
        let text = "nmae: x\nname: a\nminutes: many\nnodes:\n  - name: n1\n    cpu: \"2\"\n    memry: 3\n  \
                    - name: n2\nlabels:\n  a: [1]\n";
        let found = read::<File>(text, "x.yaml").unwrap_err();
        let lines: BTreeSet<u64> = found.iter().filter_map(|it| it.place).map(|it| it.0).collect();
        for (line, what) in [(1, "nmae"), (3, "many"), (7, "memry"), (8, "cpu"), (10, "labels")] {
            assert!(lines.contains(&line), "{what} in line {line}: {found:#?}");
        }
        assert!(read::<File>("name: a\nminutes: 1\nnodes: []\n", "x.yaml").is_ok());
    }

    #[test]
    fn what_is_large_or_deep_ends_soon() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (before, name) in ('a'..'i').zip('b'..'j') {
            let many = vec![format!("*{before}"); 9].join(",");
            bomb += &format!("{name}: &{name} [{many}]\n");
        }
        assert!(read::<File>(&bomb, "x.yaml").is_err());
        assert!(read::<File>(&"[".repeat(100_000), "x.yaml").is_err());
        assert!(read::<File>(&"nmae: 1\n".repeat(50_000), "x.yaml").is_err());
    }
}
