//! What is published of a field beside its type: how patches merge it, and how its owners are told apart
//! (`x-kubernetes-patch-strategy`, `-patch-merge-key`, `-list-type`, `-list-map-keys`, `-map-type`).

use std::collections::BTreeMap;

use opsdrill_objects::apply::published::Facts;
use opsdrill_openapi::REFERENCE;
use serde_json::{Map, Value};

/// Marks the schema of a kind and all that it leads to.
pub(super) fn mark(schemas: &mut Map<String, Value>, name: &str, kind: &str) {
    let mut seen: BTreeMap<String, Vec<Facts>> = BTreeMap::new();
    let mut open = vec![(name.to_owned(), Facts::of_kind(kind))];
    while let Some((name, facts)) = open.pop() {
        let known = seen.entry(name.clone()).or_default();
        if known.contains(&facts) {
            continue;
        }
        known.push(facts);
        let Some(properties) = schemas.get_mut(&name).and_then(|it| it.get_mut("properties"))
        else {
            continue;
        };
        let mut whole = Vec::new();
        for (field, schema) in properties.as_object_mut().into_iter().flatten() {
            let found = facts.field(field);
            let is_list = schema["type"] == "array";
            for (key, value) in found.extensions(is_list) {
                // What is owned as a whole wherever it stands says so itself.
                match reference(schema) {
                    Some(target) if key == "x-kubernetes-map-type" => whole.push(target),
                    // A list that is told apart by keys somewhere is so everywhere.
                    _ if value == "atomic" && schema.get(key).is_some() => {}
                    _ => schema[key] = value,
                }
            }
            let inner = if is_list { &schema["items"] } else { &*schema };
            let inner = reference(inner).or_else(|| reference(&schema["additionalProperties"]));
            let below = if is_list { facts.field(field).item() } else { facts.field(field) };
            open.extend(inner.map(|it| (it, below)));
        }
        for target in whole {
            if let Some(schema) = schemas.get_mut(&target) {
                schema["x-kubernetes-map-type"] = "atomic".into();
            }
        }
    }
}

/// The schema that another one stands for.
fn reference(schema: &Value) -> Option<String> {
    let direct = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"))?;
    direct.as_str()?.strip_prefix(REFERENCE).map(str::to_owned)
}
