//! What a schema may ask of maps and lists.

use serde_json::{Map, Value};

use super::complaint::{Complaint, listed, quoted};
use super::keywords::{Checker, Path, Schema, Seen, child, is_same, size, sizes};

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn missing<'n>(wanted: &'n [String], fields: &Map<String, Value>) -> Vec<&'n str> {
    wanted.iter().map(String::as_str).filter(|it| !fields.contains_key(*it)).collect()
}

impl Checker<'_> {
    pub(super) fn object(
        &mut self,
        schema: &Schema,
        fields: &Map<String, Value>,
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        let has = fields.len();
        sizes(schema, ["minProperties", "maxProperties"], has, path, wrong);
        let required = schema.get("required").map(texts).unwrap_or_default();
        let missing = missing(&required, fields);
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
        self.properties(schema, fields, path, seen, wrong);
        if let Some(names) = schema.get("propertyNames").filter(|_| self.draft >= 6) {
            for name in fields.keys() {
                // The library tells no path here.
                let because = self.check(names, &name.as_str().into(), &[]);
                if !because.is_empty() {
                    let what = format!("invalid propertyName {}", quoted(name));
                    wrong.push(Complaint::new(&[], what).because(because));
                }
            }
        }
        self.dependencies(schema, fields, path, seen, wrong);
    }

    /// What some properties ask for if they are there.
    fn dependencies(
        &mut self,
        schema: &Schema,
        fields: &Map<String, Value>,
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        let keys: &[&str] = match self.draft {
            ..2019 => &["dependencies"],
            _ => &["dependencies", "dependentSchemas", "dependentRequired"],
        };
        for key in keys {
            for (name, wanted) in schema.get(*key).and_then(Value::as_object).into_iter().flatten()
            {
                if !fields.contains_key(name) {
                    continue;
                }
                if !wanted.is_array() {
                    let value = Value::Object(fields.clone());
                    wrong.extend(self.beside(wanted, &value, path, seen));
                    continue;
                }
                let wanted = texts(wanted);
                let missing = missing(&wanted, fields);
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
        seen: &mut Seen,
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
            match schema.get("additionalProperties").filter(|_| !is_known) {
                Some(Value::Bool(false)) => not_allowed.push(name.as_str()),
                Some(schema) => wrong.extend(self.check(schema, value, &inner)),
                None if !is_known => continue,
                None => {}
            }
            seen.names.insert(name.clone());
        }
        if !not_allowed.is_empty() {
            let what = format!("additional properties {} not allowed", listed(&not_allowed));
            wrong.push(Complaint::new(path, what));
        }
    }

    pub(super) fn array(
        &mut self,
        schema: &Schema,
        items: &[Value],
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        sizes(schema, ["minItems", "maxItems"], items.len(), path, wrong);
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let pairs = (1..items.len()).flat_map(|it| (0..it).map(move |other| (other, it)));
            let mut equal = pairs.filter(|(one, other)| is_same(&items[*one], &items[*other]));
            if let Some((one, other)) = equal.next() {
                wrong.push(Complaint::new(path, format!("items at {one} and {other} are equal")));
            }
        }
        let (first, rest) = if self.draft >= 2020 {
            (schema.get("prefixItems"), schema.get("items"))
        } else {
            match schema.get("items") {
                Some(Value::Array(_)) => (schema.get("items"), schema.get("additionalItems")),
                other => (None, other),
            }
        };
        let first = first.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let more = items.len().saturating_sub(first.len());
        let has_list = self.draft < 2020 && schema.get("items").is_some_and(Value::is_array);
        if has_list && rest == Some(&Value::Bool(false)) && more > 0 {
            wrong.push(Complaint::new(path, format!("last {more} additionalItem(s) not allowed")));
        }
        let rest = rest.filter(|it| !(has_list && it.is_boolean()));
        for (place, item) in items.iter().enumerate() {
            // The library counts those after the first ones anew.
            let (schema, told) = match first.get(place) {
                Some(schema) => (Some(schema), place),
                None => (rest, place - first.len()),
            };
            if let Some(schema) = schema {
                wrong.extend(self.check(schema, item, &child(path, told.to_string())));
                seen.places.insert(place);
            }
        }
        if self.draft >= 6 {
            self.contains(schema, items, path, seen, wrong);
        }
    }

    fn contains(
        &mut self,
        schema: &Schema,
        items: &[Value],
        path: &Path,
        seen: &mut Seen,
        wrong: &mut Vec<Complaint>,
    ) {
        let Some(wanted) = schema.get("contains") else { return };
        let mut because = Vec::new();
        let mut fitting = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let complaints = self.check(wanted, item, &child(path, place.to_string()));
            if complaints.is_empty() {
                fitting.push(place.to_string());
                if self.draft >= 2020 {
                    seen.places.insert(place);
                }
            }
            because.extend(complaints);
        }
        let counted = |key: &str| size(schema, key).filter(|_| self.draft >= 2019);
        let found = fitting.len();
        let told = |which: &str, wanted: usize| {
            if found == 0 {
                return format!(
                    "{which} {wanted} items required to match contains schema, but none matched"
                );
            }
            format!(
                "{which} {wanted} items required to match contains schema, but matched {found} items at {}",
                fitting.join(" ")
            )
        };
        match counted("minContains") {
            Some(least) if found < least => {
                wrong.push(Complaint::new(path, told("min", least)).because(because));
            }
            None if found == 0 => {
                let what = "no items match contains schema";
                wrong.push(Complaint::new(path, what).because(because));
            }
            _ => {}
        }
        if let Some(most) = counted("maxContains").filter(|it| found > *it) {
            wrong.push(Complaint::new(path, told("max", most)));
        }
    }
}
