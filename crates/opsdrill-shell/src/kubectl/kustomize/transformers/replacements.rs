//! `replacements`: values of one object's fields put into other objects' fields.

use serde_json::{Map, Value};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::kustomize::resource::{Resource, join, text_at};
use opsdrill_objects::yaml;

/// Makes all replacements; an entry with a `path` stands in a file.
pub(super) fn run(
    context: &mut Context,
    folder: &str,
    entries: &[Value],
    resources: &mut [Resource],
) -> Result<(), ToolError> {
    for entry in entries {
        let path = text_at(entry, "/path");
        if path.is_empty() {
            replace(entry, resources)?;
            continue;
        }
        let full = join(folder, path);
        let bytes = context
            .surroundings
            .read(&full)
            .map_err(|why| ToolError::plain(format!("open {full}: {}", why.0)))?;
        let document = yaml::parse_document(&String::from_utf8_lossy(&bytes))
            .map_err(|why| ToolError::plain(format!("{full}: {why}")))?;
        let several = document.value.as_array().cloned();
        for entry in several.unwrap_or_else(|| vec![document.value]) {
            replace(&entry, resources)?;
        }
    }
    Ok(())
}

fn replace(entry: &Value, resources: &mut [Resource]) -> Result<(), ToolError> {
    let source = &entry["source"];
    let value = source_value(source, resources)?;
    let targets = entry["targets"].as_array().cloned().unwrap_or_default();
    for target in &targets {
        if target.get("select").is_none() {
            return Err(ToolError::plain("target must specify resources to select"));
        }
        let paths: Vec<&str> = target["fieldPaths"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let paths = if paths.is_empty() { vec!["metadata.name"] } else { paths };
        let rejected = target["reject"].as_array().cloned().unwrap_or_default();
        for resource in resources.iter_mut().filter(|it| is_meant(it, &target["select"])) {
            if rejected.iter().any(|it| is_meant(resource, it)) {
                continue;
            }
            for path in &paths {
                put(&mut resource.document, path, &value, &target["options"])?;
            }
        }
    }
    Ok(())
}

/// Whether a selector of names, kinds and the like means an object; what it leaves out is not asked.
fn is_meant(resource: &Resource, selector: &Value) -> bool {
    let (group, version) = resource.group_version();
    let asked = |field: &str, is: &dyn Fn(&str) -> bool| {
        let wanted = text_at(selector, &format!("/{field}"));
        wanted.is_empty() || is(wanted)
    };
    asked("kind", &|it| it == resource.kind())
        && asked("name", &|it| it == resource.name() || it == resource.original_name)
        && asked("namespace", &|it| it == resource.namespace())
        && asked("group", &|it| it == group)
        && asked("version", &|it| it == version)
}

fn source_value(source: &Value, resources: &[Resource]) -> Result<Value, ToolError> {
    let found: Vec<&Resource> = resources.iter().filter(|it| is_meant(it, source)).collect();
    let [resource] = found.as_slice() else {
        let problem =
            if found.is_empty() { "nothing selected by" } else { "multiple matches for selector" };
        return Err(ToolError::plain(format!("{problem} {}", selector_text(source))));
    };
    let path = match text_at(source, "/fieldPath") {
        "" => "metadata.name",
        given => given,
    };
    let parts = parts_of(path);
    let mut places = Vec::new();
    find(&resource.document, &parts, &mut Vec::new(), &mut places);
    let value = places.first().and_then(|it| resource.document.pointer(it)).cloned();
    let value = value.ok_or_else(|| {
        ToolError::plain(format!(
            "fieldPath `{path}` is missing for replacement source {}",
            selector_text(source)
        ))
    })?;
    let delimiter = text_at(source, "/options/delimiter");
    if delimiter.is_empty() {
        return Ok(value);
    }
    let text = value.as_str().unwrap_or_default();
    let index = source.pointer("/options/index").and_then(Value::as_u64).unwrap_or_default();
    let part = usize::try_from(index).ok().and_then(|it| text.split(delimiter).nth(it));
    part.map(Value::from).ok_or_else(|| {
        ToolError::plain(format!("options.index {index} is out of bounds for value {text}"))
    })
}

/// `Deployment.v1.apps/web.default`, as far as a selector says it.
fn selector_text(selector: &Value) -> String {
    let or = |field: &str, instead: &str| match text_at(selector, &format!("/{field}")) {
        "" => instead.to_owned(),
        given => given.to_owned(),
    };
    format!(
        "{}.{}.{}/{}.{}",
        or("kind", "[noKind]"),
        or("version", "[noVer]"),
        or("group", "[noGrp]"),
        or("name", "[noName]"),
        or("namespace", "[noNs]")
    )
}

/// The parts of `spec.ports.0.port` and `spec.containers.[name=web].image`; a dot may be escaped or stand in brackets.
fn parts_of(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut in_brackets, mut letters) = (false, path.chars());
    while let Some(letter) = letters.next() {
        let open = parts.last_mut().expect("there is always one");
        match letter {
            '\\' => open.extend(letters.next()),
            '.' if !in_brackets => parts.push(String::new()),
            other => {
                in_brackets = (in_brackets || other == '[') && other != ']';
                open.push(other);
            }
        }
    }
    parts
}

/// Collects JSON pointers of all places where a path leads; of its last part, only those that are there.
fn find(value: &Value, parts: &[String], at: &mut Vec<String>, found: &mut Vec<String>) {
    let Some((part, rest)) = parts.split_first() else {
        found.push(at.iter().map(|it| format!("/{it}")).collect());
        return;
    };
    for key in keys(value, part) {
        let Some(next) = child(value, &key) else { continue };
        at.push(key.replace('~', "~0").replace('/', "~1"));
        find(next, rest, at, found);
        at.pop();
    }
}

fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The keys or indices that a part of a path means in a value.
fn keys(value: &Value, part: &str) -> Vec<String> {
    match value {
        Value::Object(fields) if part == "*" => fields.keys().cloned().collect(),
        Value::Array(items) if part == "*" => (0..items.len()).map(|it| it.to_string()).collect(),
        Value::Array(items) => {
            let Some((field, wanted)) =
                part.strip_prefix('[').and_then(|it| it.strip_suffix(']')?.split_once('='))
            else {
                return vec![part.to_owned()];
            };
            let is = |it: &Value| match it.get(field) {
                Some(Value::String(text)) => text == wanted,
                Some(other) => *other.to_string() == *wanted,
                None => false,
            };
            let places = items.iter().enumerate().filter(|(_, it)| is(it));
            places.map(|(place, _)| place.to_string()).collect()
        }
        _ => vec![part.to_owned()],
    }
}

fn put(document: &mut Value, path: &str, value: &Value, options: &Value) -> Result<(), ToolError> {
    let parts = parts_of(path);
    if options["create"] == true {
        make_way(document, &parts);
    }
    let mut places = Vec::new();
    find(document, &parts, &mut Vec::new(), &mut places);
    if places.is_empty() {
        return Err(ToolError::plain(format!(
            "unable to find field {path:?} in replacement target"
        )));
    }
    for place in places {
        let Some(target) = document.pointer_mut(&place) else { continue };
        *target = laid_over(target, value, options);
    }
    Ok(())
}

/// The new value, or the old text with one part of it new.
fn laid_over(old: &Value, value: &Value, options: &Value) -> Value {
    let delimiter = text_at(options, "/delimiter");
    if delimiter.is_empty() {
        // A text stays a text, whatever the source is.
        return match (old, value) {
            (Value::String(_), Value::Number(_) | Value::Bool(_)) => value.to_string().into(),
            _ => value.clone(),
        };
    }
    let text = old.as_str().unwrap_or_default();
    let new = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut parts: Vec<String> = text.split(delimiter).map(str::to_owned).collect();
    let index = options["index"].as_i64().unwrap_or_default();
    match usize::try_from(index) {
        Err(_) => parts.insert(0, new),
        Ok(index) if index >= parts.len() => parts.push(new),
        Ok(index) => parts[index] = new,
    }
    parts.join(delimiter).into()
}

/// Makes the fields of a path that are missing; in lists only an index at their end.
fn make_way(value: &mut Value, parts: &[String]) {
    let Some((part, rest)) = parts.split_first() else { return };
    let found = keys(value, part);
    for key in found {
        let is_list = rest.first().is_some_and(|it| it == "0" || it == "-");
        let empty = || {
            if rest.is_empty() {
                Value::Null
            } else if is_list {
                Value::Array(Vec::new())
            } else {
                Value::Object(Map::new())
            }
        };
        match value {
            Value::Object(fields) => make_way(fields.entry(key).or_insert_with(empty), rest),
            Value::Array(items) => {
                let Ok(index) = key.parse::<usize>() else { continue };
                if index == items.len() {
                    items.push(empty());
                }
                if let Some(item) = items.get_mut(index) {
                    make_way(item, rest);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_have_brackets_and_escapes() {
        assert_eq!(parts_of("a.[n=b.c].d"), ["a", "[n=b.c]", "d"]);
        assert_eq!(parts_of(r"metadata.annotations.x\.y"), ["metadata", "annotations", "x.y"]);
    }

    #[test]
    fn a_field_is_made_where_it_is_asked_for() {
        let mut document = json!({ "l": [{ "n": "a" }] });
        let options = json!({ "create": true });
        put(&mut document, "l.[n=a].p.0.q", &json!(80), &options).unwrap();
        assert_eq!(document, json!({ "l": [{ "n": "a", "p": [{ "q": 80 }] }] }));
        assert!(put(&mut document, "x.y", &json!(1), &Value::Null).is_err());
    }
}
