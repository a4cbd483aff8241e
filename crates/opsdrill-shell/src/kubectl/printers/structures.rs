//! Documents in the order of Go's structures: so the real kubectl prints as JSON what it holds as a typed object, and not
//! as a map that it got from the server.
//!
//! `structures.txt` holds the structures of Kubernetes 1.32, one a line: `NAME: FIELD …`, those of whole documents under
//! `APIVERSION KIND`. A field is followed by what it holds, if that has an order of its own, and by what is printed where
//! it holds nothing:
//!
//! - `FIELD=NAME`: a structure, printed always
//! - `FIELD:NAME`, `FIELD:{NAME`: a structure or a list of them, or a map of them
//! - `!s`, `!i`, `!b`, `!n` at the end: printed as `""`, `0`, `false` or `null` when empty

use std::collections::BTreeMap;
use std::sync::LazyLock;

use opsdrill_objects::go_format;
use serde_json::{Map, Value};

/// What a place in a document holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A scalar, or a map in the order of its keys.
    Plain,
    /// A structure of that name, or a list of them.
    Structure(&'static str),
    /// A map whose values are structures of that name.
    MapOf(&'static str),
}

#[derive(Clone, Debug)]
struct Field {
    name: &'static str,
    shape: Shape,
    /// Whether the structure is printed even when it is empty.
    always: bool,
    /// What is printed when the field is empty.
    empty: Option<Value>,
}

static STRUCTURES: LazyLock<BTreeMap<&'static str, Vec<Field>>> = LazyLock::new(|| {
    let lines = include_str!("structures.txt").lines();
    let read = |line: &'static str| {
        let (name, fields) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        (name, fields.split_whitespace().map(Field::read).collect())
    };
    lines.map(read).collect()
});

impl Field {
    fn read(word: &'static str) -> Self {
        let (word, empty) = word.split_once('!').unwrap_or((word, ""));
        let empty = match empty {
            "" => None,
            "s" => Some("".into()),
            "i" => Some(0.into()),
            "b" => Some(false.into()),
            "n" => Some(Value::Null),
            other => panic!("structures.txt knows no !{other}"),
        };
        let of_field = |name, shape, always| Self { name, shape, always, empty };
        if let Some((name, structure)) = word.split_once('=') {
            of_field(name, Shape::Structure(structure), true)
        } else if let Some((name, structure)) = word.split_once(":{") {
            of_field(name, Shape::MapOf(structure), false)
        } else if let Some((name, structure)) = word.split_once(':') {
            of_field(name, Shape::Structure(structure), false)
        } else {
            of_field(word, Shape::Plain, false)
        }
    }
}

fn fields_of(structure: &str) -> &'static [Field] {
    STRUCTURES.get(structure).map_or(&[], Vec::as_slice)
}

/// The shape of a whole document.
fn shape_of(document: &Value) -> Shape {
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{} {}", text("apiVersion"), text("kind"));
    STRUCTURES.get_key_value(name.as_str()).map_or(Shape::Plain, |it| Shape::Structure(it.0))
}

/// A document as `json.MarshalIndent` writes the structure.
pub(in crate::kubectl) fn json_indented(document: &Value, indent: &str) -> String {
    go_format::json_in_order(document, shape_of(document), Some(indent), &in_order)
}

/// A document as `json.Marshal` writes the structure.
pub(in crate::kubectl) fn json(document: &Value) -> String {
    go_format::json_in_order(document, shape_of(document), None, &in_order)
}

/// The entries of an object in the order of its shape; what the structure does not know comes last.
fn in_order(map: &Map<String, Value>, shape: Shape) -> Vec<(&String, &Value, Shape)> {
    let fields = match shape {
        Shape::Structure(name) => fields_of(name),
        Shape::Plain | Shape::MapOf(_) => &[],
    };
    let rest = if let Shape::MapOf(name) = shape { Shape::Structure(name) } else { Shape::Plain };
    let known = fields.iter().filter_map(|field| {
        let (key, value) = map.get_key_value(field.name)?;
        Some((key, value, field.shape))
    });
    let others = map.iter().filter(|it| fields.iter().all(|field| field.name != it.0));
    known.chain(others.map(|(key, value)| (key, value, rest))).collect()
}

/// A document from a file as kubectl holds it once it is a structure: with the fields that are printed even when empty.
pub(in crate::kubectl) fn typed(mut document: Value) -> Value {
    let shape = shape_of(&document);
    fill(&mut document, shape);
    document
}

fn fill(value: &mut Value, shape: Shape) {
    match (value, shape) {
        (Value::Array(items), _) => items.iter_mut().for_each(|it| fill(it, shape)),
        (Value::Object(map), Shape::MapOf(name)) => {
            map.values_mut().for_each(|it| fill(it, Shape::Structure(name)));
        }
        (Value::Object(map), Shape::Structure(name)) => {
            for field in fields_of(name) {
                if field.always && map.get(field.name).is_none_or(Value::is_null) {
                    map.insert(field.name.to_owned(), Value::Object(Map::new()));
                }
                if let (Some(empty), None) = (&field.empty, map.get(field.name)) {
                    map.insert(field.name.to_owned(), empty.clone());
                }
                if let Some(inner) = map.get_mut(field.name) {
                    fill(inner, field.shape);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_structure_that_is_named_is_there() {
        for (name, fields) in &*STRUCTURES {
            for field in fields {
                if let Shape::Structure(of) | Shape::MapOf(of) = field.shape {
                    assert!(STRUCTURES.contains_key(of), "{name}.{} is a {of}", field.name);
                }
            }
        }
    }

    #[test]
    fn fields_stand_in_the_order_of_the_structure_and_keys_of_maps_in_their_own() {
        let document = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "labels": { "b": "2", "a": "1" }, "name": "x", "creationTimestamp": null },
            "spec": {}, "unknown": 1,
        });
        assert_eq!(
            json(&document),
            r#"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"x","creationTimestamp":null,"labels":{"a":"1","b":"2"}},"spec":{},"unknown":1}"#
        );
        assert!(json_indented(&document, "    ").starts_with("{\n    \"kind\": \"Namespace\",\n"));
    }

    #[test]
    fn a_structure_shows_its_empty_parts() {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
            "spec": { "template": { "spec": { "containers": [{ "name": "web" }] } } },
        });
        let typed = typed(deployment);
        assert_eq!(typed["status"], json!({}));
        assert_eq!(typed["metadata"]["creationTimestamp"], Value::Null);
        assert_eq!(typed["spec"]["strategy"], json!({}));
        assert_eq!(typed["spec"]["selector"], Value::Null);
        assert_eq!(typed["spec"]["template"]["metadata"], json!({ "creationTimestamp": null }));
        let container = &typed["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container, &json!({ "name": "web", "resources": {} }));
    }
}
