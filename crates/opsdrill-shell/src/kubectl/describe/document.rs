//! Kinds without a layout of their own: every field of the document, its name spelled out.

use opsdrill_objects::{Object, Status};
use serde_json::{Map, Value};

use crate::kubectl::context::Context;

use super::{Description, events};

/// What the head of the description shows already, or nobody wants to read.
const SKIPPED: &[&str] = &["annotations", "labels", "managedFields", "name", "namespace"];
/// Words of a field's name that stay in capitals.
const ACRONYMS: &[&str] = &["API", "GUID", "UID", "URL"];

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    out.field(0, "Name", &object.meta.name);
    out.field(0, "Namespace", object.meta.namespace());
    out.labels_and_annotations(&object.meta);
    let mut document = object.to_value();
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !SKIPPED.contains(&key.as_str()));
    }
    if let Value::Object(fields) = &document {
        describe_fields(fields, 0, out);
    }
    events::describe(context, object, out);
    Ok(())
}

fn describe_fields(fields: &Map<String, Value>, level: usize, out: &mut Description) {
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    for name in names {
        let title = title_of(name);
        match &fields[name] {
            Value::Object(inner) => {
                out.line(level, format!("{title}:"));
                describe_fields(inner, level + 1, out);
            }
            Value::Array(items) => {
                out.line(level, format!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(inner) => describe_fields(inner, level + 1, out),
                        other => out.line(level + 1, text_of(other)),
                    }
                }
            }
            other => out.field(level, &title, text_of(other)),
        }
    }
}

/// A plain value as Go prints it.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `involvedObject` as `Involved Object`, `apiVersion` as `API Version`.
fn title_of(name: &str) -> String {
    if !name.chars().all(|it| it.is_alphabetic() || it == '-') {
        return name.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut after_capital = false;
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() || after_capital => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        after_capital = letter.is_uppercase();
    }
    let spelled = words.into_iter().map(|word| {
        let capitals = word.to_uppercase();
        if ACRONYMS.contains(&capitals.as_str()) {
            return capitals;
        }
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
    });
    spelled.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_become_titles() {
        for (name, title) in [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("involvedObject", "Involved Object"),
            ("count", "Count"),
            ("some.key", "some.key"),
        ] {
            assert_eq!(title_of(name), title);
        }
    }
}
