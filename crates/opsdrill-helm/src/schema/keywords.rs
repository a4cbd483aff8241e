//! What a schema may ask for.

use opsdrill_sprig::functions::regular_expression;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

use super::complaint::{Complaint, grouped, quoted};
use super::format;
use super::numbers::{count, number};
use super::{DEPTH_MAX, STEPS_MAX};

pub(super) type Path = [String];
pub(super) type Schema = Map<String, Value>;

/// The dialects by a part of their address; the newest is meant where none is named.
const DRAFTS: &[(&str, u16)] =
    &[("draft-04", 4), ("draft-06", 6), ("draft-07", 7), ("2019-09", 2019)];

/// What of a value a schema has looked at, or one that stands beside it and holds.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) names: BTreeSet<String>,
    pub(super) places: BTreeSet<usize>,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.places.extend(other.places);
    }
}

/// A schema that is applied to values.
pub(super) struct Checker<'s> {
    root: &'s Value,
    /// The year of its dialect; before 2019 its number.
    pub(super) draft: u16,
    depth: usize,
    steps: usize,
    /// What is wrong with the schema itself.
    pub(super) broken: Option<String>,
}

pub(super) fn child(path: &Path, name: impl Into<String>) -> Vec<String> {
    [path, &[name.into()]].concat()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn float(schema: &Schema, key: &str) -> Option<f64> {
    schema.get(key).and_then(Value::as_f64)
}

pub(super) fn size(schema: &Schema, key: &str) -> Option<usize> {
    float(schema, key).map(|it| it as usize)
}

pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one
            .as_f64()
            .zip(other.as_f64())
            .is_some_and(|(one, other)| one.total_cmp(&other).is_eq()),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(key, it): (&String, &Value)| other.get(key).is_some_and(|b| is_same(it, b));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// A value that may be shown; lists and maps are not.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("<nil>".to_owned()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Number(it) => Some(opsdrill_objects::go_format::json_number(it)),
        Value::String(it) => Some(quoted(it)),
        _ => None,
    }
}

impl<'s> Checker<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        let dialect = root.get("$schema").and_then(Value::as_str).unwrap_or_default();
        let known = DRAFTS.iter().find(|(part, _)| dialect.contains(part));
        let draft = known.map_or(2020, |(_, draft)| *draft);
        Self { root, draft, depth: 0, steps: 0, broken: None }
    }

    /// What is wrong with a value by a schema: nothing, or one complaint with its reasons.
    pub(super) fn check(&mut self, schema: &Value, value: &Value, path: &Path) -> Vec<Complaint> {
        self.look(schema, value, path).0
    }

    /// The same for a schema beside another one; what it has looked at counts if it holds.
    pub(super) fn beside(
        &mut self,
        schema: &Value,
        value: &Value,
        path: &Path,
        seen: &mut Seen,
    ) -> Vec<Complaint> {
        let (complaints, its) = self.look(schema, value, path);
        if complaints.is_empty() {
            seen.merge(its);
        }
        complaints
    }

    fn look(&mut self, schema: &Value, value: &Value, path: &Path) -> (Vec<Complaint>, Seen) {
        let mut seen = Seen::default();
        self.steps += 1;
        if self.depth > DEPTH_MAX || self.steps > STEPS_MAX {
            self.broken = Some("the schema is nested too deep, or refers to itself".to_owned());
        }
        if self.broken.is_some() {
            return (Vec::new(), seen);
        }
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(false) => return (vec![Complaint::new(path, "false schema")], seen),
            _ => return (Vec::new(), seen),
        };
        self.depth += 1;
        let complaints = self.keywords(schema, value, path, &mut seen);
        self.depth -= 1;
        (grouped(path, complaints), seen)
    }

    fn keywords(
        &mut self,
        schema: &Schema,
        value: &Value,
        path: &Path,
        seen: &mut Seen,
    ) -> Vec<Complaint> {
        // Before 2019 nothing else is heeded beside a reference.
        if let Some(Value::String(reference)) = schema.get("$ref")
            && self.draft < 2019
        {
            return self.reference(reference, value, path, seen);
        }
        let wrong = wrong_type(schema, value, path)
            .or_else(|| wrong_constant(schema, value, path, self.draft))
            .or_else(|| self.wrong_format(schema, value, path));
        if let Some(wrong) = wrong {
            return vec![wrong];
        }
        let mut wrong = Vec::new();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            wrong.extend(self.reference(reference, value, path, seen));
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, path, seen, &mut wrong),
            Value::Array(items) => self.array(schema, items, path, seen, &mut wrong),
            Value::String(text) => self.text(schema, text, path, &mut wrong),
            Value::Number(it) => {
                numbers(schema, it.as_f64().unwrap_or_default(), path, &mut wrong);
            }
            _ => {}
        }
        for key in ["$recursiveRef", "$dynamicRef"] {
            if let Some(Value::String(reference)) = schema.get(key)
                && self.draft >= 2019
            {
                wrong.extend(self.reference(reference, value, path, seen));
            }
        }
        self.conditions(schema, value, path, seen, &mut wrong);
        if self.draft >= 2019 {
            self.unevaluated(schema, value, path, seen, &mut wrong);
        }
        wrong
    }

    /// The newer dialects only note a format.
    fn wrong_format(&self, schema: &Schema, value: &Value, path: &Path) -> Option<Complaint> {
        let format = schema.get("format").and_then(Value::as_str).filter(|_| self.draft < 2019)?;
        let text = value.as_str()?;
        let why = format::check(format, text).err()?;
        let what = format!("{} is not valid {format}: {why}", quoted(text));
        Some(Complaint::new(path, what))
    }

    fn reference(
        &mut self,
        reference: &str,
        value: &Value,
        path: &Path,
        seen: &mut Seen,
    ) -> Vec<Complaint> {
        match self.referred(reference) {
            Ok(target) => {
                let complaints = self.beside(&target, value, path, seen);
                complaints.into_iter().map(|it| it.referred(path)).collect()
            }
            Err(why) => {
                self.broken = Some(why);
                Vec::new()
            }
        }
    }

    /// What nothing has looked at yet.
    fn unevaluated(
        &mut self,
        schema: &Schema,
        value: &Value,
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        if let (Value::Object(fields), Some(rest)) = (value, schema.get("unevaluatedProperties")) {
            for (name, value) in fields {
                if seen.names.insert(name.clone()) {
                    wrong.extend(self.check(rest, value, &child(path, name.as_str())));
                }
            }
        }
        if let (Value::Array(items), Some(rest)) = (value, schema.get("unevaluatedItems")) {
            for (place, item) in items.iter().enumerate() {
                if seen.places.insert(place) {
                    wrong.extend(self.check(rest, item, &child(path, place.to_string())));
                }
            }
        }
    }

    /// The schema that a reference leads to.
    fn referred(&self, reference: &str) -> Result<Value, String> {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(format!("opsdrill: not simulated: a schema from {reference}"));
        };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return anchored(self.root, pointer, 0).cloned().ok_or_else(|| {
                format!("anchor in \"file:///values.schema.json#{pointer}\" not found")
            });
        }
        let found = self.root.pointer(&pointer.replace("%25", "%"));
        found.cloned().ok_or_else(|| {
            format!("json-pointer in \"file:///values.schema.json#{pointer}\" not found")
        })
    }

    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> bool {
        match regular_expression(pattern) {
            Ok(expression) => expression.is_match(text),
            Err(why) => {
                let pattern = quoted(pattern);
                self.broken = Some(format!("{pattern} is not valid regex: {why}"));
                false
            }
        }
    }

    fn text(&mut self, schema: &Schema, text: &str, path: &Path, wrong: &mut Vec<Complaint>) {
        sizes(schema, ["minLength", "maxLength"], text.chars().count(), path, wrong);
        if let Some(Value::String(pattern)) = schema.get("pattern")
            && !self.matches(pattern, text)
            && self.broken.is_none()
        {
            let what = format!("{} does not match pattern {}", quoted(text), quoted(pattern));
            wrong.push(Complaint::new(path, what));
        }
    }

    fn conditions(
        &mut self,
        schema: &Schema,
        value: &Value,
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        if let Some(not) = schema.get("not")
            && self.beside(not, value, path, seen).is_empty()
        {
            wrong.push(Complaint::new(path, "'not' failed"));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let Some(Value::Array(schemas)) = schema.get(key) else { continue };
            let outcomes: Vec<Vec<Complaint>> =
                schemas.iter().map(|it| self.beside(it, value, path, seen)).collect();
            let fitting: Vec<String> = (0..outcomes.len())
                .filter(|it| outcomes[*it].is_empty())
                .map(|it| it.to_string())
                .collect();
            let what = match (key, fitting.len()) {
                ("allOf", all) if all < schemas.len() => "'allOf' failed".to_owned(),
                ("anyOf", 0) => "'anyOf' failed".to_owned(),
                ("oneOf", 0) => "'oneOf' failed, none matched".to_owned(),
                ("oneOf", 2..) => {
                    let fitting = fitting[..2].join(", ");
                    wrong.push(Complaint::new(
                        path,
                        format!("'oneOf' failed, subschemas {fitting} matched"),
                    ));
                    continue;
                }
                _ => continue,
            };
            wrong.push(Complaint::new(path, what).because(outcomes.concat()));
        }
        if let Some(condition) = schema.get("if").filter(|_| self.draft >= 7) {
            let holds = self.beside(condition, value, path, seen).is_empty();
            if let Some(schema) = schema.get(if holds { "then" } else { "else" }) {
                wrong.extend(self.beside(schema, value, path, seen));
            }
        }
    }
}

/// The order in which types are told.
const ORDER: &[&str] = &["null", "boolean", "number", "integer", "string", "array", "object"];

fn wrong_type(schema: &Schema, value: &Value, path: &Path) -> Option<Complaint> {
    let mut wanted: Vec<&str> = match schema.get("type")? {
        Value::String(it) => vec![it],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is_whole = value.as_f64().is_some_and(|it| it.fract() == 0.0);
    let found = kind(value);
    if wanted.contains(&found) || (is_whole && wanted.contains(&"integer")) {
        return None;
    }
    wanted.sort_by_key(|it| ORDER.iter().position(|known| known == it));
    Some(Complaint::new(path, format!("got {found}, want {}", wanted.join(" or "))))
}

fn wrong_constant(schema: &Schema, value: &Value, path: &Path, draft: u16) -> Option<Complaint> {
    if let Some(wanted) = schema.get("const").filter(|_| draft >= 6)
        && !is_same(wanted, value)
    {
        let what =
            shown(wanted).map_or("'const' failed".to_owned(), |it| format!("value must be {it}"));
        return Some(Complaint::new(path, what));
    }
    let wanted = schema.get("enum")?.as_array()?;
    if wanted.iter().any(|it| is_same(it, value)) {
        return None;
    }
    let texts: Option<Vec<String>> = wanted.iter().map(shown).collect();
    let what = match texts.as_deref() {
        None => "'enum' failed".to_owned(),
        Some([only]) => format!("value must be {only}"),
        Some(several) => format!("value must be one of {}", several.join(", ")),
    };
    Some(Complaint::new(path, what))
}

/// The schema that has a name of its own (`$anchor`).
fn anchored<'v>(schema: &'v Value, name: &str, depth: usize) -> Option<&'v Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    let deeper = |it: &'v Value| anchored(it, name, depth + 1);
    match schema {
        Value::Object(fields) => {
            let named = |key: &str| fields.get(key).and_then(Value::as_str);
            let is_it = named("$anchor") == Some(name)
                || named("$dynamicAnchor") == Some(name)
                || named("$id").and_then(|it| it.strip_prefix('#')) == Some(name);
            if is_it { Some(schema) } else { fields.values().find_map(deeper) }
        }
        Value::Array(items) => items.iter().find_map(deeper),
        _ => None,
    }
}

/// A smallest and a largest size.
pub(super) fn sizes(
    schema: &Schema,
    [least, most]: [&str; 2],
    found: usize,
    path: &Path,
    wrong: &mut Vec<Complaint>,
) {
    let mut told = |key: &str, wanted: usize| {
        let what = format!("{key}: got {}, want {}", count(found), count(wanted));
        wrong.push(Complaint::new(path, what));
    };
    if let Some(wanted) = size(schema, least).filter(|it| found < *it) {
        told(least, wanted);
    }
    if let Some(wanted) = size(schema, most).filter(|it| found > *it) {
        told(most, wanted);
    }
}

#[expect(clippy::float_arithmetic, reason = "numbers of JSON are what they are")]
fn is_multiple(value: f64, of: f64) -> bool {
    let quotient = value / of;
    (quotient - quotient.round()).abs() < 1e-9
}

/// A rule about a number: its keyword, the limit, and whether a number is within it.
type NumberRule = (&'static str, Option<f64>, fn(f64, f64) -> bool);

fn numbers(schema: &Schema, value: f64, path: &Path, wrong: &mut Vec<Complaint>) {
    // In draft 4 `exclusiveMinimum` says how `minimum` is meant.
    let limit_of = |key: &str, limit: &str, is_exclusive: bool| {
        let alone = schema.get(key) == Some(&Value::Bool(true));
        match (alone, is_exclusive) {
            (true, true) | (false, false) => float(schema, limit),
            (true, false) => None,
            (false, true) => float(schema, key),
        }
    };
    let lower = |is_exclusive| limit_of("exclusiveMinimum", "minimum", is_exclusive);
    let upper = |is_exclusive| limit_of("exclusiveMaximum", "maximum", is_exclusive);
    let rules: [NumberRule; 5] = [
        ("minimum", lower(false), |value, limit| value >= limit),
        ("maximum", upper(false), |value, limit| value <= limit),
        ("exclusiveMinimum", lower(true), |value, limit| value > limit),
        ("exclusiveMaximum", upper(true), |value, limit| value < limit),
        ("multipleOf", float(schema, "multipleOf"), is_multiple),
    ];
    for (key, limit, holds) in rules {
        if let Some(limit) = limit.filter(|it| !holds(value, *it)) {
            let what = format!("{key}: got {}, want {}", number(value), number(limit));
            wrong.push(Complaint::new(path, what));
        }
    }
}
