//! `kubectl set env --list --resolve`: what variables hold that refer to something else.

use std::collections::BTreeMap;

use opsdrill_engine::api::Request;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, go_format};
use serde_json::{Map, Value};

use crate::kubectl::context::Context;
use crate::kubectl::writing::text_at;

/// The value that a `valueFrom` of a container stands for, or why there is none. `metadata` is that of the object that holds
/// the container.
pub(super) fn value_of(
    context: &mut Context,
    metadata: &Value,
    container: &Value,
    source: &Value,
) -> Result<String, String> {
    if let Some(reference) = source.get("secretKeyRef") {
        return value_in(context, Kind::Secret, reference);
    }
    if let Some(reference) = source.get("configMapKeyRef") {
        return value_in(context, Kind::ConfigMap, reference);
    }
    if let Some(reference) = source.get("fieldRef") {
        return field(metadata, text_at(reference, "/fieldPath"));
    }
    match source.get("resourceFieldRef") {
        Some(reference) => resource(container, reference),
        None => Err("invalid valueFrom".to_owned()),
    }
}

/// The value under a key of a secret or config map in the namespace of the call.
fn value_in(context: &mut Context, kind: Kind, reference: &Value) -> Result<String, String> {
    let (name, key) = (text_at(reference, "/name"), text_at(reference, "/key"));
    let namespace = context.namespace.clone();
    let read = context.ask_object(Request::get(kind, &namespace, name));
    let object = read.map_err(|refusal| refusal.message)?;
    let (what, value) = match (object.secret(), object.config_map()) {
        (Some(secret), _) => {
            let bytes = secret.data.as_ref().and_then(|it| it.get(key));
            ("secret", bytes.map(|it| String::from_utf8_lossy(&it.0).into_owned()))
        }
        (_, map) => {
            ("config map", map.and_then(|it| it.data.as_ref()).and_then(|it| it.get(key).cloned()))
        }
    };
    value.ok_or_else(|| format!("key {key} not found in {what} {name}"))
}

/// `metadata.name`, `metadata.labels['app']` and the like: what kubectl alone can tell.
fn field(metadata: &Value, path: &str) -> Result<String, String> {
    let subscript = path.strip_suffix("']").and_then(|it| it.split_once("['"));
    if let Some((map, key)) = subscript.filter(|it| !it.0.is_empty()) {
        return match map {
            "metadata.annotations" | "metadata.labels" => {
                let map = map.trim_start_matches("metadata.");
                let value = metadata.get(map).and_then(|it| it.get(key)).and_then(Value::as_str);
                Ok(value.unwrap_or_default().to_owned())
            }
            _ => Err(format!("fieldPath {path:?} does not support subscript")),
        };
    }
    match path {
        "metadata.annotations" | "metadata.labels" => {
            let map = metadata.get(path.trim_start_matches("metadata."));
            Ok(lines_of(map.and_then(Value::as_object)))
        }
        "metadata.name" | "metadata.namespace" | "metadata.uid" => {
            Ok(text_at(metadata, &path.trim_start_matches("metadata").replace('.', "/")).to_owned())
        }
        _ => Err(format!("unsupported fieldPath: {path}")),
    }
}

/// `app="web"`, one a line.
fn lines_of(map: Option<&Map<String, Value>>) -> String {
    let entries = map.into_iter().flatten();
    let lines = entries.map(|(key, value)| {
        format!("{key}={}", go_format::quote(value.as_str().unwrap_or_default()))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A request or limit of the container itself, in multiples of the divisor, rounded up.
fn resource(container: &Value, reference: &Value) -> Result<String, String> {
    let wanted = text_at(reference, "/resource");
    let known = ["cpu", "memory", "ephemeral-storage"];
    let (list, name) = wanted.split_once('.').unwrap_or((wanted, ""));
    let is_known = known.contains(&name) || name.starts_with("hugepages-");
    if !matches!(list, "limits" | "requests") || !is_known {
        return Err(format!("Unsupported container resource : {wanted}"));
    }
    let amounts: BTreeMap<&str, i128> = [
        ("whole", text_at(container, &format!("/resources/{list}/{name}"))),
        ("divisor", text_at(reference, "/divisor")),
    ]
    .into_iter()
    .filter_map(|(what, text)| Some((what, i128::from(Quantity::parse(text).ok()?.milli_value()))))
    .collect();
    let whole = amounts.get("whole").copied().unwrap_or_default();
    let divisor = amounts.get("divisor").copied().filter(|it| *it > 0).unwrap_or(1000);
    Ok(((whole + divisor - 1) / divisor).to_string())
}

/// What could not be told, as kubectl lists it: the variables of each reason.
pub(super) fn complaints(failed: &BTreeMap<String, Vec<String>>) -> String {
    let mut lines: Vec<String> = failed
        .iter()
        .map(|(why, names)| {
            let mut names = names.clone();
            names.sort_unstable();
            format!("error retrieving reference for {}: {why}\n", names.join(", "))
        })
        .collect();
    lines.sort_unstable();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_the_object_are_told_as_far_as_kubectl_knows_them() {
        let metadata = json!({ "name": "web", "labels": { "tier": "front", "app": "web" } });
        assert_eq!(field(&metadata, "metadata.name").unwrap(), "web");
        assert_eq!(field(&metadata, "metadata.labels").unwrap(), "app=\"web\"\ntier=\"front\"");
        assert_eq!(field(&metadata, "metadata.labels['app']").unwrap(), "web");
        assert_eq!(
            field(&metadata, "spec.nodeName").unwrap_err(),
            "unsupported fieldPath: spec.nodeName"
        );
    }

    #[test]
    fn amounts_are_rounded_up() {
        let container = json!({ "resources": { "limits": { "cpu": "1500m", "memory": "64Mi" } } });
        let of = |resource: &str, divisor: &str| {
            super::resource(&container, &json!({ "resource": resource, "divisor": divisor }))
        };
        assert_eq!(of("limits.cpu", "").unwrap(), "2");
        assert_eq!(of("limits.memory", "1Mi").unwrap(), "64");
        assert_eq!(of("requests.cpu", "0").unwrap(), "0");
        assert!(of("limits.gpu", "").is_err());
    }
}
