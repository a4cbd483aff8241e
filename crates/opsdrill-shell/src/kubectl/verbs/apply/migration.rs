//! What `kubectl apply --server-side` does afterwards with an object that was applied by the client before: the manifest that
//! it carries along gets an owner of its own, and the fields of the client's applier become those of the server's.

use std::collections::BTreeSet;

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::Status;
use serde_json::{Map, Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::writing::{LAST_APPLIED, Writer, text_at};

use super::server_side;

/// Who owns the remembered manifest afterwards.
const OWNER_OF_LAST_APPLIED: &str = "kubectl-last-applied";
/// What all warnings end with.
const NOT_FATAL: &str = "This is non-fatal and will be retried next time you apply. Error:";

/// Migrates an object that was applied just now; `config` is what was applied. Answers the object's document, as it is then.
pub(super) fn migrate(
    context: &mut Context,
    writer: &Writer,
    target: &Target,
    config: &Value,
    applied: Value,
) -> Value {
    let mut document = applied;
    let warn = |context: &mut Context, what: &str, why: &Status| {
        context.err(&format!("Warning: {what}. {NOT_FATAL} {}\n", why.message));
    };
    match keep_last_applied(context, writer, target, &document) {
        Ok(kept) => document = kept.unwrap_or(document),
        Err(why) => {
            let what = format!("failed to migrate {LAST_APPLIED} for Server-Side Apply");
            warn(context, &what, &why);
            return document;
        }
    }
    let Some(patch) = upgrade(&document, &writer.options.field_manager) else { return document };
    match writer.patch(context, target.clone(), PatchType::Json, patch) {
        Ok(object) => document = object.to_value(),
        Err(why) => {
            warn(context, "server rejected managed fields migration to Server-Side Apply", &why);
            return document;
        }
    }
    match writer.patch(context, target.clone(), PatchType::Apply, config.clone()) {
        Ok(object) => document = object.to_value(),
        Err(why) => {
            let what =
                "failed to re-apply configuration after performing Server-Side Apply migration";
            warn(context, what, &why);
        }
    }
    document
}

/// Applies the remembered manifest alone, so that it does not go when the client's applier does.
fn keep_last_applied(
    context: &mut Context,
    writer: &Writer,
    target: &Target,
    document: &Value,
) -> Result<Option<Value>, Status> {
    let remembered = document["metadata"]["annotations"].get(LAST_APPLIED);
    let is_default = writer.options.field_manager == server_side::MANAGER;
    let Some(remembered) = remembered.filter(|_| is_default) else { return Ok(None) };
    if owners_of_last_applied(document, "Apply").next().is_some() {
        return Ok(None);
    }
    let mut metadata = json!({
        "annotations": { LAST_APPLIED: remembered }, "name": document["metadata"]["name"],
    });
    if let Some(namespace) = document["metadata"].get("namespace") {
        metadata["namespace"] = namespace.clone();
    }
    let config = json!({
        "apiVersion": document["apiVersion"], "kind": document["kind"], "metadata": metadata,
    });
    let mut other = writer.clone();
    OWNER_OF_LAST_APPLIED.clone_into(&mut other.options.field_manager);
    other.options.force = false;
    let written = other.patch(context, target.clone(), PatchType::Apply, config)?;
    Ok(Some(written.to_value()))
}

fn managed_fields(document: &Value) -> impl Iterator<Item = &Value> {
    document["metadata"]["managedFields"].as_array().into_iter().flatten()
}

/// Those who own the remembered manifest by such operations.
fn owners_of_last_applied<'a>(
    document: &'a Value,
    operation: &'a str,
) -> impl Iterator<Item = &'a Value> {
    managed_fields(document).filter(move |it| {
        let annotations = &it["fieldsV1"]["f:metadata"]["f:annotations"];
        text_at(it, "/operation") == operation
            && annotations.get(format!("f:{LAST_APPLIED}")).is_some()
    })
}

/// The patch that hands the fields of the client's appliers to the server's; `None` if there is nothing to hand over.
fn upgrade(document: &Value, manager: &str) -> Option<Value> {
    let appliers: BTreeSet<&str> =
        owners_of_last_applied(document, "Update").map(|it| text_at(it, "/manager")).collect();
    let before: Vec<Value> = managed_fields(document).cloned().collect();
    let after = appliers.iter().fold(before.clone(), |fields, it| upgraded(fields, it, manager));
    if after == before {
        return None;
    }
    Some(json!([
        { "op": "replace", "path": "/metadata/managedFields", "value": after },
        {
            "op": "replace", "path": "/metadata/resourceVersion",
            "value": document["metadata"]["resourceVersion"],
        },
    ]))
}

/// The owners of fields once `applier` has handed its own to `manager`.
fn upgraded(mut fields: Vec<Value>, applier: &str, manager: &str) -> Vec<Value> {
    let is = |it: &Value, name: &str, operation: &str| {
        text_at(it, "/manager") == name
            && text_at(it, "/operation") == operation
            && text_at(it, "/subresource").is_empty()
    };
    let place = fields.iter().position(|it| is(it, manager, "Apply"));
    let place = place.or_else(|| {
        let place = fields.iter().position(|it| is(it, applier, "Update"))?;
        fields[place]["manager"] = manager.into();
        fields[place]["operation"] = "Apply".into();
        Some(place)
    });
    let Some(place) = place else { return fields };
    let version = fields[place]["apiVersion"].clone();
    let mut others = fields.iter().filter(|it| is(it, applier, "Update"));
    if let Some(other) = others.find(|it| it["apiVersion"] == version) {
        let union = union(&fields[place]["fieldsV1"], &other["fieldsV1"]);
        fields[place]["fieldsV1"] = union;
    }
    fields.retain(|it| !is(it, applier, "Update"));
    fields
}

/// All fields of two sets. An empty map is a field without any below it; `.` says that one with some is itself owned.
fn union(one: &Value, other: &Value) -> Value {
    let empty = Map::new();
    let (one, other) = (one.as_object().unwrap_or(&empty), other.as_object().unwrap_or(&empty));
    if one.is_empty() || other.is_empty() {
        let mut all = if one.is_empty() { other.clone() } else { one.clone() };
        if !all.is_empty() {
            all.insert(".".to_owned(), json!({}));
        }
        return Value::Object(all);
    }
    let mut all = one.clone();
    for (key, below) in other {
        let merged = match all.get(key) {
            Some(own) if key != "." => union(own, below),
            _ => below.clone(),
        };
        all.insert(key.clone(), merged);
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(manager: &str, operation: &str, fields: Value) -> Value {
        json!({
            "manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        })
    }

    #[test]
    fn what_the_client_applied_becomes_what_the_server_applied() {
        let last_applied = format!("f:{LAST_APPLIED}");
        let client = json!({
            "f:metadata": { "f:annotations": { last_applied: {} } }, "f:data": { "f:b": {} },
        });
        let document = json!({ "metadata": { "resourceVersion": "5", "managedFields": [
            owner("kubectl", "Apply", json!({ "f:data": { "f:a": {} } })),
            owner("kubectl-client-side-apply", "Update", client),
            owner("kubelet", "Update", json!({ "f:status": {} })),
        ] } });
        let patch = upgrade(&document, "kubectl").unwrap();
        let owners = patch[0]["value"].as_array().unwrap();
        assert_eq!(owners.len(), 2);
        assert_eq!(owners[0]["fieldsV1"]["f:data"], json!({ "f:a": {}, "f:b": {} }));
        assert_eq!(owners[1]["manager"], "kubelet");
        assert_eq!(patch[1]["value"], "5");
        let again = json!({ "metadata": { "managedFields": owners } });
        assert_eq!(upgrade(&again, "kubectl"), None);
    }

    #[test]
    fn a_field_that_is_owned_as_a_whole_stays_so() {
        assert_eq!(union(&json!({}), &json!({ "f:a": {} })), json!({ ".": {}, "f:a": {} }));
        assert_eq!(union(&json!({}), &json!({})), json!({}));
    }
}
