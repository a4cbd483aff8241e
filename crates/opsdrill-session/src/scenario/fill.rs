//! The parameters of a variant in the texts of a scenario.

use std::collections::BTreeMap;

use super::library::Folder;
use super::load::ContentError;

/// Puts the parameters' values where `${name}` stands. `$${` is a plain `${`.
pub(super) fn fill(
    text: &str,
    parameters: &BTreeMap<String, String>,
    path: &str,
) -> Result<String, ContentError> {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mut rest = line;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            let Some(end) = after.find('}') else { break };
            if let Some(escaped) = before.strip_suffix('$') {
                out.push_str(escaped);
                out.push_str(&after[..=end]);
            } else {
                let name = &after[2..end];
                let value = parameters.get(name).ok_or_else(|| ContentError {
                    file: path.to_owned(),
                    place: Some((number as u64 + 1, start as u64 + 1)),
                    problem: format!("no parameter is called {name:?} in this variant"),
                    hint: "add it to every entry of `variants`, or write $${ for a plain ${".into(),
                })?;
                out.push_str(before);
                out.push_str(value);
            }
            rest = &after[end + 1..];
        }
        out.push_str(rest);
    }
    Ok(out)
}

/// The files below a folder, without its name in front, with parameters filled in (in their paths, too).
pub(super) fn filled(
    files: &Folder,
    start: &str,
    parameters: &BTreeMap<String, String>,
    place_of: &dyn Fn(&str) -> String,
) -> Result<Folder, Vec<ContentError>> {
    let mut out = Folder::new();
    let mut errors = Vec::new();
    for (path, contents) in files {
        let Some(below) = path.strip_prefix(start) else { continue };
        let full = place_of(path);
        let Ok(text) = std::str::from_utf8(contents) else {
            out.insert(below.to_owned(), contents.clone());
            continue;
        };
        match (fill(below, parameters, &full), fill(text, parameters, &full)) {
            (Ok(path), Ok(text)) => {
                out.insert(path, text.into_bytes());
            }
            (path, text) => errors.extend([path.err(), text.err()].into_iter().flatten()),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}
