//! The usual form of `kubectl explain`, from the schemas of version 3.

use std::collections::BTreeSet;

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;

use super::fields::Schema;
use super::wrapping::{indented, wrapped};
use super::{Described, no_field};

/// The width of the whole page.
const WIDTH: usize = 80;
/// How many values of a field are named before the rest is left out.
const CHOICES_MAX: usize = 4;

/// Prints the page of a kind or of one of its fields.
pub(super) fn print(
    context: &mut Context,
    described: &Described,
    path: &[String],
    recursive: bool,
) -> Outcome {
    let mut head = String::new();
    if !described.group.is_empty() {
        head.push_str(&format!("GROUP:      {}\n", described.group));
    }
    head.push_str(&format!(
        "KIND:       {}\nVERSION:    {}\n\n",
        described.kind, described.version
    ));
    context.out(&head);
    let page = Page { recursive };
    let text = page.text(described.root(), path, &BTreeSet::new());
    let missing = || no_field(path.last().map_or("", String::as_str));
    context.out(&format!("{}\n", text.ok_or_else(missing)?));
    Ok(0)
}

struct Page {
    recursive: bool,
}

/// The references that led to a place: a schema may contain itself.
type Seen<'a> = BTreeSet<&'a str>;

fn and<'a>(seen: &Seen<'a>, schema: Schema<'a>) -> Seen<'a> {
    seen.iter().copied().chain(schema.reference()).collect()
}

fn is_seen(seen: &Seen<'_>, schema: Schema<'_>) -> bool {
    schema.reference().is_some_and(|it| seen.contains(it))
}

impl Page {
    /// What there is to say of the place where a path leads; `None` if it leads nowhere.
    fn text<'a>(&self, schema: Schema<'a>, path: &[String], seen: &Seen<'a>) -> Option<String> {
        let resolved = schema.resolved();
        let Some((first, rest)) = path.split_first() else {
            let description = description(resolved);
            let description = if description.is_empty() { "<empty>" } else { &description };
            let mut text = "DESCRIPTION:\n".to_owned();
            text.push_str(&indented(&wrapped(description, WIDTH - 4), 4));
            text.push('\n');
            let fields = self.fields(resolved, 1, &BTreeSet::new());
            if !fields.is_empty() {
                text.push_str(&format!("FIELDS:\n{fields}"));
            }
            return Some(text);
        };
        if is_seen(seen, schema) {
            return None;
        }
        let seen = and(seen, schema);
        if let Some(property) = resolved.property(first) {
            let mut text = String::new();
            if rest.is_empty() {
                text.push_str(&format!("FIELD: {first} <{}>\n", type_of(property)));
                let choices = choices(property);
                if choices.is_empty() {
                    text.push('\n');
                } else {
                    text.push_str("ENUM:\n");
                    for choice in choices {
                        text.push_str(&format!("    {}\n", shown(choice)));
                    }
                }
                text.push('\n');
            }
            return Some(text + &self.text(property, rest, &BTreeSet::new())?);
        }
        if let Some(within) = resolved.items().or_else(|| resolved.values()) {
            return self.text(within, path, &seen);
        }
        resolved.all_of().find_map(|it| self.text(it, path, &seen))
    }

    fn fields<'a>(&self, schema: Schema<'a>, level: usize, seen: &Seen<'a>) -> String {
        if is_seen(seen, schema) {
            return String::new();
        }
        let seen = and(seen, schema);
        let resolved = schema.resolved();
        if let Some(properties) = resolved.properties() {
            let mut text = String::new();
            for (name, property) in properties {
                text.push_str(&self.field(resolved, name, Schema(property), level));
                if self.recursive {
                    text.push_str(&self.fields(Schema(property), level + 1, &seen));
                }
            }
            return text;
        }
        if let Some(within) = resolved.items().or_else(|| resolved.values()) {
            return self.fields(within, level, &seen);
        }
        let mut parts = resolved.all_of().map(|it| self.fields(it, level, &seen));
        parts.find(|it| !it.is_empty()).unwrap_or_default()
    }

    fn field(&self, of: Schema<'_>, name: &str, schema: Schema<'_>, level: usize) -> String {
        let indent = level * 2;
        let margin = " ".repeat(indent);
        let required = if of.requires(name) { " -required-" } else { "" };
        let mut text = format!("{margin}{name}\t<{}>{required}\n", type_of(schema));
        let choices = choices(schema);
        if !choices.is_empty() {
            let mut named: Vec<_> = choices.iter().take(CHOICES_MAX).map(|it| shown(it)).collect();
            if choices.len() > CHOICES_MAX {
                named.push("....");
            }
            text.push_str(&format!("{margin}enum: {}\n", named.join(", ")));
        }
        if !self.recursive {
            let description = match schema.own_description() {
                "" => "<no description>",
                description => description,
            };
            text.push_str(&indented(&wrapped(description, WIDTH - 2 - indent), indent + 2));
            text.push_str("\n\n");
        }
        text
    }
}

/// A value as it is listed.
fn shown(choice: &str) -> &str {
    if choice.is_empty() { "\"\"" } else { choice }
}

/// The values that a field may have.
fn choices(schema: Schema<'_>) -> Vec<&str> {
    schema.choices()
}

/// What a schema says of itself, with what its parts say of themselves.
fn description(schema: Schema<'_>) -> String {
    let schema = schema.resolved();
    let mut text = schema.own_description().to_owned();
    if !text.is_empty() {
        text.push('\n');
    }
    let parts = schema.all_of().chain(schema.items()).chain(schema.values());
    parts.for_each(|it| text.push_str(&description(it)));
    text
}

/// `[]Container`, `map[string]string`, `integer`.
fn type_of(schema: Schema<'_>) -> String {
    if let Some(items) = schema.items() {
        return format!("[]{}", type_of(items));
    }
    if let Some(values) = schema.values() {
        return format!("map[string]{}", type_of(values));
    }
    let mut all = schema.all_of();
    if let (Some(only), None, None) = (all.next(), all.next(), schema.properties()) {
        return type_of(only);
    }
    if let Some(name) = schema.reference() {
        let target = schema.resolved();
        return match target.own_type() {
            "" | "object" => name.rsplit('.').next().unwrap_or("Object").to_owned(),
            primitive => primitive.to_owned(),
        };
    }
    match schema.own_type() {
        "" | "object" => "Object".to_owned(),
        primitive => primitive.to_owned(),
    }
}
