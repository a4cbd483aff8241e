//! What a schema may ask for.

use opsdrill_sprig::functions::regular_expression;
use serde_json::{Map, Value};

use super::complaint::{Complaint, grouped, listed, quoted};
use super::numbers::{count, number};
use super::{DEPTH_MAX, STEPS_MAX};

type Path = [String];
type Schema = Map<String, Value>;

/// A schema that is applied to values.
pub(super) struct Checker<'s> {
    root: &'s Value,
    depth: usize,
    steps: usize,
    /// What is wrong with the schema itself.
    pub(super) broken: Option<String>,
}

fn child(path: &Path, name: impl Into<String>) -> Vec<String> {
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

fn size(schema: &Schema, key: &str) -> Option<usize> {
    float(schema, key).map(|it| it as usize)
}

fn is_same(one: &Value, other: &Value) -> bool {
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
        Self { root, depth: 0, steps: 0, broken: None }
    }

    /// What is wrong with a value by a schema: nothing, or one complaint with its reasons.
    pub(super) fn check(&mut self, schema: &Value, value: &Value, path: &Path) -> Vec<Complaint> {
        self.steps += 1;
        if self.depth > DEPTH_MAX || self.steps > STEPS_MAX {
            self.broken = Some("the schema is nested too deep, or refers to itself".to_owned());
        }
        if self.broken.is_some() {
            return Vec::new();
        }
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(false) => return vec![Complaint::new(path, "false schema")],
            _ => return Vec::new(),
        };
        self.depth += 1;
        let complaints = self.keywords(schema, value, path);
        self.depth -= 1;
        grouped(path, complaints)
    }

    fn keywords(&mut self, schema: &Schema, value: &Value, path: &Path) -> Vec<Complaint> {
        if let Some(wrong) = wrong_type(schema, value, path).or(wrong_constant(schema, value, path))
        {
            return vec![wrong];
        }
        let mut wrong = Vec::new();
        if let Some(Value::String(reference)) = schema.get("$ref") {
            match self.referred(reference) {
                Ok(target) => {
                    let complaints = self.check(&target, value, path);
                    wrong.extend(complaints.into_iter().map(|it| it.referred(path)));
                }
                Err(why) => self.broken = Some(why),
            }
            let is_old = self.root.get("$schema").and_then(Value::as_str).is_some_and(|it| {
                ["draft-04", "draft-06", "draft-07"].iter().any(|draft| it.contains(draft))
            });
            if is_old {
                return wrong;
            }
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, path, &mut wrong),
            Value::Array(items) => self.array(schema, items, path, &mut wrong),
            Value::String(text) => self.text(schema, text, path, &mut wrong),
            Value::Number(it) => {
                numbers(schema, it.as_f64().unwrap_or_default(), path, &mut wrong);
            }
            _ => {}
        }
        self.conditions(schema, value, path, &mut wrong);
        wrong
    }

    /// The schema that a reference leads to.
    fn referred(&self, reference: &str) -> Result<Value, String> {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(format!("opsdrill: not simulated: a schema from {reference}"));
        };
        let found = self.root.pointer(&pointer.replace("%25", "%"));
        found.cloned().ok_or_else(|| {
            format!("json-pointer in \"file:///values.schema.json#{pointer}\" not found")
        })
    }

    fn matches(&mut self, pattern: &str, text: &str) -> bool {
        match regular_expression(pattern) {
            Ok(expression) => expression.is_match(text),
            Err(why) => {
                let pattern = quoted(pattern);
                self.broken = Some(format!("{pattern} is not valid regex: {why}"));
                false
            }
        }
    }

    fn object(
        &mut self,
        schema: &Schema,
        fields: &Map<String, Value>,
        path: &Path,
        wrong: &mut Vec<Complaint>,
    ) {
        let has = fields.len();
        sizes(schema, ["minProperties", "maxProperties"], has, path, wrong);
        let texts = |it: &Value| -> Vec<String> {
            let items = it.as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let required = schema.get("required").map(texts).unwrap_or_default();
        let missing: Vec<&str> =
            required.iter().map(String::as_str).filter(|it| !fields.contains_key(*it)).collect();
        match missing[..] {
            [] => {}
            [_] => {
                wrong.push(Complaint::new(path, format!("missing property {}", listed(&missing))));
            }
            _ => {
                wrong
                    .push(Complaint::new(path, format!("missing properties {}", listed(&missing))));
            }
        }
        self.properties(schema, fields, path, wrong);
        if let Some(names) = schema.get("propertyNames") {
            for name in fields.keys() {
                // The library tells no path here.
                let because = self.check(names, &name.as_str().into(), &[]);
                if !because.is_empty() {
                    let what = format!("invalid propertyName {}", quoted(name));
                    wrong.push(Complaint::new(&[], what).because(because));
                }
            }
        }
        for key in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for (name, wanted) in schema.get(key).and_then(Value::as_object).into_iter().flatten() {
                if !fields.contains_key(name) {
                    continue;
                }
                if !wanted.is_array() {
                    wrong.extend(self.check(wanted, &Value::Object(fields.clone()), path));
                    continue;
                }
                let wanted = texts(wanted);
                let missing: Vec<&str> = wanted
                    .iter()
                    .map(String::as_str)
                    .filter(|it| !fields.contains_key(*it))
                    .collect();
                if !missing.is_empty() {
                    let what = format!(
                        "properties {} required, if {} exists",
                        listed(&missing),
                        quoted(name)
                    );
                    wrong.push(Complaint::new(path, what));
                }
            }
        }
    }

    /// Properties by name, by pattern, and all others.
    fn properties(
        &mut self,
        schema: &Schema,
        fields: &Map<String, Value>,
        path: &Path,
        wrong: &mut Vec<Complaint>,
    ) {
        let mut not_allowed = Vec::new();
        for (name, value) in fields {
            let inner = child(path, name.as_str());
            let mut is_known = false;
            if let Some(schema) = schema.get("properties").and_then(|it| it.get(name)) {
                is_known = true;
                wrong.extend(self.check(schema, value, &inner));
            }
            let patterns = schema.get("patternProperties").and_then(Value::as_object);
            for (pattern, schema) in patterns.into_iter().flatten() {
                if self.matches(pattern, name) {
                    is_known = true;
                    wrong.extend(self.check(schema, value, &inner));
                }
            }
            match schema.get("additionalProperties") {
                Some(Value::Bool(false)) if !is_known => not_allowed.push(name.as_str()),
                Some(schema) if !is_known => wrong.extend(self.check(schema, value, &inner)),
                _ => {}
            }
        }
        if !not_allowed.is_empty() {
            let what = format!("additional properties {} not allowed", listed(&not_allowed));
            wrong.push(Complaint::new(path, what));
        }
    }

    fn array(&mut self, schema: &Schema, items: &[Value], path: &Path, wrong: &mut Vec<Complaint>) {
        sizes(schema, ["minItems", "maxItems"], items.len(), path, wrong);
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let pairs = (1..items.len()).flat_map(|it| (0..it).map(move |other| (other, it)));
            let mut equal = pairs.filter(|(one, other)| is_same(&items[*one], &items[*other]));
            if let Some((one, other)) = equal.next() {
                wrong.push(Complaint::new(path, format!("items at {one} and {other} are equal")));
            }
        }
        let first = schema.get("prefixItems").or(schema.get("items").filter(|it| it.is_array()));
        let first = first.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let rest = match schema.get("items") {
            Some(Value::Array(_)) => schema.get("additionalItems"),
            other => other,
        };
        if let (Some(Value::Bool(false)), Some(Value::Array(_))) = (rest, schema.get("items"))
            && items.len() > first.len()
        {
            let more = items.len() - first.len();
            wrong.push(Complaint::new(path, format!("last {more} additionalItem(s) not allowed")));
        }
        for (place, item) in items.iter().enumerate() {
            let is_list = matches!(schema.get("items"), Some(Value::Array(_)));
            let schema = first.get(place).or(rest.filter(|it| !(is_list && it.is_boolean())));
            if let Some(schema) = schema {
                wrong.extend(self.check(schema, item, &child(path, place.to_string())));
            }
        }
        self.contains(schema, items, path, wrong);
    }

    fn contains(
        &mut self,
        schema: &Schema,
        items: &[Value],
        path: &Path,
        wrong: &mut Vec<Complaint>,
    ) {
        let Some(wanted) = schema.get("contains") else { return };
        let mut because = Vec::new();
        let mut fitting = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let complaints = self.check(wanted, item, &child(path, place.to_string()));
            if complaints.is_empty() {
                fitting.push(place.to_string());
            }
            because.extend(complaints);
        }
        let least = size(schema, "minContains").unwrap_or(1);
        if fitting.len() >= least {
            return;
        }
        let what = if fitting.is_empty() {
            "no items match contains schema".to_owned()
        } else {
            because.clear();
            let (found, at) = (fitting.len(), fitting.join(", "));
            format!(
                "min {least} items required to match contains schema, but matched {found} items at {at}"
            )
        };
        wrong.push(Complaint::new(path, what).because(because));
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
        wrong: &mut Vec<Complaint>,
    ) {
        if let Some(not) = schema.get("not")
            && self.check(not, value, path).is_empty()
        {
            wrong.push(Complaint::new(path, "'not' failed"));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let Some(Value::Array(schemas)) = schema.get(key) else { continue };
            let outcomes: Vec<Vec<Complaint>> =
                schemas.iter().map(|it| self.check(it, value, path)).collect();
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
        if let Some(condition) = schema.get("if") {
            let branch =
                if self.check(condition, value, path).is_empty() { "then" } else { "else" };
            if let Some(schema) = schema.get(branch) {
                wrong.extend(self.check(schema, value, path));
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

fn wrong_constant(schema: &Schema, value: &Value, path: &Path) -> Option<Complaint> {
    if let Some(wanted) = schema.get("const")
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

/// A smallest and a largest size.
fn sizes(
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

/// A rule about a number: its keyword, and whether a number is within a limit.
type NumberRule = (&'static str, fn(f64, f64) -> bool);

fn numbers(schema: &Schema, value: f64, path: &Path, wrong: &mut Vec<Complaint>) {
    let rules: [NumberRule; 5] = [
        ("minimum", |value, limit| value >= limit),
        ("maximum", |value, limit| value <= limit),
        ("exclusiveMinimum", |value, limit| value > limit),
        ("exclusiveMaximum", |value, limit| value < limit),
        ("multipleOf", is_multiple),
    ];
    for (key, holds) in rules {
        if let Some(limit) = float(schema, key).filter(|it| !holds(value, *it)) {
            let what = format!("{key}: got {}, want {}", number(value), number(limit));
            wrong.push(Complaint::new(path, what));
        }
    }
}
