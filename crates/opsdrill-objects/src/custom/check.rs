//! A value against a schema: `k8s.io/kube-openapi/pkg/validation/validate`, its order, its words.

use serde_json::{Map, Number, Value};

use crate::field_error::{FieldError, FieldErrorKind};
use crate::go_format::go_syntax;

use super::schema::Schema;
use super::{format, number};

/// How Go prints the path of the whole document.
const NOWHERE: &str = "<nil>";

/// Complaints about a value, and how much of the schema it met: that decides which of several alternatives came nearest.
#[derive(Debug, Default)]
struct Findings {
    errors: Vec<FieldError>,
    matches: usize,
}

impl Findings {
    fn add(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.matches += other.matches;
    }

    fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Complaints about a value.
pub(super) fn check(schema: &Schema, value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    // What is reached in two ways is complained about once.
    for error in findings(schema, value, "").errors {
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

/// Complaints about a value that stands at a path; only the fields' names say so, as the server has it.
pub(super) fn check_at(schema: &Schema, value: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = check(schema, value);
    for error in &mut errors {
        error.field = match error.field.as_str() {
            NOWHERE => path.to_owned(),
            below => format!("{path}.{below}"),
        };
    }
    errors
}

fn findings(schema: &Schema, value: &Value, path: &str) -> Findings {
    let mut found = Findings::default();
    found.errors.extend(type_error(schema, value, path));
    found.matches += 1;
    if value.is_null() {
        found.errors.extend(value_error(schema, value, path));
        return found;
    }
    found.add(alternatives(schema, value, path));
    match value {
        Value::String(text) => {
            found.errors.extend(text_error(schema, text, path));
            let is_text = schema.kind == "string" || schema.kind.is_empty();
            if is_text && !format::fits(&schema.allows.format, text) {
                let why = format!("must be of type {}: {text:?}", schema.allows.format);
                found.errors.push(type_invalid(path, &go_syntax(value), &why));
            }
        }
        Value::Number(it) => number_errors(schema, it, path, &mut found.errors),
        Value::Array(items) => found.add(list(schema, items, path)),
        _ => {}
    }
    found.errors.extend(value_error(schema, value, path));
    if let Value::Object(fields) = value {
        found.add(object(schema, fields, path));
    }
    found.matches += 1;
    found
}

/// `spec.size in body`, or `in body` for the whole document.
fn place(path: &str) -> String {
    if path.is_empty() { " in body".to_owned() } else { format!("{path} in body") }
}

fn invalid(path: &str, value: &str, why: &str) -> FieldError {
    FieldError::invalid_raw(named(path), value, format!("{} {why}", place(path)))
}

fn type_invalid(path: &str, value: &str, why: &str) -> FieldError {
    FieldError { kind: FieldErrorKind::TypeInvalid, ..invalid(path, value, why) }
}

/// A path as a complaint names it.
fn named(path: &str) -> String {
    if path.is_empty() { NOWHERE.to_owned() } else { path.to_owned() }
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn type_error(schema: &Schema, value: &Value, path: &str) -> Option<FieldError> {
    let wanted: &[&str] = match (schema.kind.as_str(), schema.int_or_string) {
        (_, true) => &["integer", "string"],
        ("", false) => return None,
        (kind, false) => &[kind],
    };
    let actual = match value {
        Value::Null if schema.nullable => return None,
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(it) if it.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = wanted.contains(&actual)
        || match value {
            Value::Number(_) if wanted.contains(&"number") => true,
            Value::Number(it) => wanted.contains(&"integer") && number::is_whole(it),
            _ => false,
        };
    if fits {
        return None;
    }
    let why = format!("must be of type {}: {actual:?}", wanted.join(","));
    Some(type_invalid(path, &format!("{actual:?}"), &why))
}

fn value_error(schema: &Schema, value: &Value, path: &str) -> Option<FieldError> {
    let allowed = &schema.allows.one_of_values;
    if allowed.is_empty() || allowed.iter().any(|it| same(it, value)) {
        return None;
    }
    let shown = allowed.iter().map(|it| match it {
        Value::String(text) => format!("{text:?}"),
        other => format!("{:?}", other.to_string()),
    });
    Some(FieldError {
        kind: FieldErrorKind::NotSupported,
        field: named(path),
        value: go_syntax(value),
        detail: format!("supported values: {}", shown.collect::<Vec<_>>().join(", ")),
    })
}

/// `1` and `1.0` are the same value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => number::compare(one, other).is_eq(),
        _ => one == other,
    }
}

/// The first complaint about a text.
fn text_error(schema: &Schema, text: &str, path: &str) -> Option<FieldError> {
    let limits = &schema.allows;
    let length = text.chars().count() as i64;
    let shown = format!("{text:?}");
    if let Some(max) = limits.length.1.filter(|max| length > *max) {
        return Some(FieldError::too_long(named(path), max.unsigned_abs() as usize));
    }
    if let Some(min) = limits.length.0.filter(|min| length < *min) {
        return Some(invalid(path, &shown, &format!("should be at least {min} chars long")));
    }
    let pattern = limits.pattern.as_ref()?;
    if pattern.0.is_match(text) {
        return None;
    }
    Some(invalid(path, &shown, &format!("should match '{}'", pattern.1)))
}

fn number_errors(schema: &Schema, value: &Number, path: &str, errors: &mut Vec<FieldError>) {
    let limits = &schema.allows;
    let shown = crate::go_format::number(value);
    let mut complain = |why: String| errors.push(invalid(path, &shown, &why));
    if let Some(factor) = &limits.multiple_of
        && number::is_multiple(value, factor) == Some(false)
    {
        complain(format!("should be a multiple of {}", number::shown(factor)));
    }
    if let Some((bound, exclusive)) = &limits.minimum {
        let order = number::compare(value, bound);
        if order.is_lt() || *exclusive && order.is_eq() {
            let words = if *exclusive { "greater than" } else { "greater than or equal to" };
            complain(format!("should be {words} {}", number::shown(bound)));
        }
    }
    if let Some((bound, exclusive)) = &limits.maximum {
        let order = number::compare(value, bound);
        if order.is_gt() || *exclusive && order.is_eq() {
            let words = if *exclusive { "less than" } else { "less than or equal to" };
            complain(format!("should be {words} {}", number::shown(bound)));
        }
    }
}

fn list(schema: &Schema, items: &[Value], path: &str) -> Findings {
    let mut found = Findings::default();
    if let Some(item) = &schema.items {
        for (place, value) in items.iter().enumerate() {
            found.add(findings(item, value, &format!("{path}[{place}]")));
        }
    }
    let (count, (min, max)) = (items.len() as i64, schema.allows.items);
    if let Some(min) = min.filter(|min| count < *min) {
        let why = format!("should have at least {min} items");
        found.errors.push(invalid(path, &count.to_string(), &why));
    }
    if let Some(max) = max.filter(|max| count > *max) {
        found.errors.push(FieldError::too_many(named(path), count, max));
    }
    found.matches += 1;
    found
}

fn object(schema: &Schema, fields: &Map<String, Value>, path: &str) -> Findings {
    let mut found = Findings::default();
    let (count, (min, max)) = (fields.len() as i64, schema.allows.properties);
    if let Some(min) = min.filter(|min| count < *min) {
        let why = format!("should have at least {min} properties");
        found.errors.push(invalid(path, &count.to_string(), &why));
    }
    if let Some(max) = max.filter(|max| count > *max) {
        found.errors.push(FieldError::too_many(named(path), count, max));
    }
    if let Some(Some(other)) = &schema.additional {
        let further = fields.iter().filter(|it| !schema.properties.contains_key(it.0));
        for (name, value) in further {
            found.add(findings(other, value, &format!("{path}.{name}")));
        }
    }
    for (name, property) in &schema.properties {
        if let Some(value) = fields.get(name) {
            found.add(findings(property, value, &child(path, name)));
        }
    }
    let missing = schema.allows.required.iter().filter(|it| !fields.contains_key(*it));
    found.errors.extend(missing.map(|it| FieldError::required(child(path, it), "")));
    found
}

/// `anyOf`, `oneOf`, `allOf` and `not`: the complaint about the whole, and those about the nearest alternative.
fn alternatives(schema: &Schema, value: &Value, path: &str) -> Findings {
    let limits = &schema.allows;
    let mut found = Findings::default();
    let composite = |why: String| FieldError::invalid(NOWHERE, "", why);
    if !limits.any_of.is_empty() {
        let tried = limits.any_of.iter().map(|it| findings(it, value, path));
        let (valid, best) = nearest(tried);
        if valid == 0 {
            let why = format!("{path:?} must validate at least one schema (anyOf)");
            found.errors.push(composite(why));
        }
        found.add(best);
    }
    if !limits.one_of.is_empty() {
        let tried = limits.one_of.iter().map(|it| findings(it, value, path));
        let (valid, best) = nearest(tried);
        if valid != 1 {
            let how = match valid {
                0 => "Found none valid".to_owned(),
                many => format!("Found {many} valid alternatives"),
            };
            let why = format!("{path:?} must validate one and only one schema (oneOf). {how}");
            found.errors.push(composite(why));
        }
        found.add(best);
    }
    let all: Vec<Findings> = limits.all_of.iter().map(|it| findings(it, value, path)).collect();
    let valid = all.iter().filter(|it| it.is_valid()).count();
    let wanted = all.len();
    for it in all {
        found.add(it);
    }
    if valid != wanted {
        let how = if valid == 0 { ". None validated" } else { "" };
        found
            .errors
            .push(composite(format!("{path:?} must validate all the schemas (allOf){how}")));
    }
    if limits.not.as_ref().is_some_and(|it| findings(it, value, path).is_valid()) {
        found.errors.push(composite(format!("{path:?} must not validate the schema (not)")));
    }
    found.matches += 1;
    found
}

/// How many alternatives a value meets, and what was found of the first of them, or else of the nearest.
fn nearest(tried: impl Iterator<Item = Findings>) -> (usize, Findings) {
    let mut valid = 0;
    let mut best: Option<Findings> = None;
    for found in tried {
        if found.is_valid() {
            valid += 1;
            if valid == 1 {
                best = Some(found);
            }
        } else if valid == 0 && best.as_ref().is_none_or(|it| found.matches > it.matches) {
            best = Some(found);
        }
    }
    (valid, best.unwrap_or_default())
}
