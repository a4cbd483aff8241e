//! `kubectl explain -o plaintext-openapiv2`: the form of earlier times.

use std::collections::BTreeSet;

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;

use super::fields::Schema;
use super::wrapping::filled;
use super::{Described, no_field};

/// The width of the page.
const WIDTH: usize = 80;
const DESCRIPTION_INDENT: usize = 5;
const FIELD_INDENT: usize = 3;

/// Prints the page of a kind or of one of its fields.
pub(super) fn print(
    context: &mut Context,
    described: &Described,
    path: &[String],
    recursive: bool,
) -> Outcome {
    let mut place = described.root();
    for name in path {
        place = structure(place).property(name).ok_or_else(|| no_field(name))?;
    }
    let mut text =
        format!("KIND:     {}\nVERSION:  {}\n\n", described.kind, described.group_version());
    let whole = structure(place);
    if let Some(name) = path.last() {
        let word = if whole.properties().is_some() { "RESOURCE: " } else { "FIELD:    " };
        text.push_str(&format!("{word}{name} <{}>\n\n", type_of(place)));
    }
    text.push_str("DESCRIPTION:\n");
    let mut described = Vec::new();
    descriptions(place, &mut described);
    described.retain(|it| !it.is_empty());
    if described.is_empty() {
        described.push("<empty>");
    }
    for (index, description) in described.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        write(&mut text, description, DESCRIPTION_INDENT);
    }
    if whole.properties().is_some() {
        text.push_str("\nFIELDS:\n");
        if recursive {
            names(&mut text, whole, FIELD_INDENT, &BTreeSet::new());
        } else {
            fields(&mut text, whole);
        }
    }
    context.out(&text);
    Ok(0)
}

/// The schema that holds the fields: behind references, lists and maps.
fn structure(schema: Schema<'_>) -> Schema<'_> {
    let schema = behind(schema);
    match schema.items().or_else(|| schema.values()) {
        Some(within) => structure(within),
        None => schema,
    }
}

/// The schema behind references.
fn behind(schema: Schema<'_>) -> Schema<'_> {
    match schema.all_of().next() {
        Some(only) => behind(only),
        None => schema.resolved(),
    }
}

/// What is said on the way to the fields: of a list and then of its items.
fn descriptions<'a>(schema: Schema<'a>, found: &mut Vec<&'a str>) {
    found.push(schema.own_description());
    if let Some(next) = schema.all_of().next() {
        descriptions(next, found);
    } else if schema.reference().is_some() {
        descriptions(schema.resolved(), found);
    } else if let Some(within) = schema.items().or_else(|| schema.values()) {
        descriptions(within, found);
    }
}

fn write(text: &mut String, description: &str, indent: usize) {
    for line in filled(description, WIDTH - indent) {
        let margin = if line.is_empty() { 0 } else { indent };
        text.push_str(&format!("{}{line}\n", " ".repeat(margin)));
    }
}

fn head(of: Schema<'_>, name: &str, property: Schema<'_>) -> String {
    let required = if of.requires(name) { " -required-" } else { "" };
    format!("{name}\t<{}>{required}\n", type_of(property))
}

fn fields(text: &mut String, schema: Schema<'_>) {
    for (name, property) in schema.properties().into_iter().flatten() {
        let property = Schema(property);
        text.push_str(&" ".repeat(FIELD_INDENT));
        text.push_str(&head(schema, name, property));
        write(text, property.own_description(), DESCRIPTION_INDENT);
        text.push('\n');
    }
}

/// The names of all fields below a schema; one that contains itself is not opened again.
fn names<'a>(text: &mut String, schema: Schema<'a>, indent: usize, seen: &BTreeSet<&'a str>) {
    for (name, property) in schema.properties().into_iter().flatten() {
        let property = Schema(property);
        // What is required is not said here.
        text.push_str(&format!("{}{name}\t<{}>\n", " ".repeat(indent), type_of(property)));
        let reference = named(property);
        if reference.is_some_and(|it| seen.contains(it)) {
            continue;
        }
        let seen = seen.iter().copied().chain(reference).collect();
        names(text, structure(property), indent + FIELD_INDENT, &seen);
    }
}

/// The schema that a field refers to, perhaps as a list or map of it.
fn named(schema: Schema<'_>) -> Option<&str> {
    let within = schema.items().or_else(|| schema.values());
    match within.or_else(|| schema.all_of().next()) {
        Some(next) => named(next),
        None => schema.reference(),
    }
}

/// `[]Object`, `map[string]string`, `integer`.
fn type_of(schema: Schema<'_>) -> String {
    let schema = behind(schema);
    if let Some(items) = schema.items() {
        return format!("[]{}", type_of(items));
    }
    if let Some(values) = schema.values() {
        return format!("map[string]{}", type_of(values));
    }
    match schema.own_type() {
        "object" if schema.properties().is_some() => "Object".to_owned(),
        "object" => "map[string]".to_owned(),
        "" => "string".to_owned(),
        primitive => primitive.to_owned(),
    }
}
