//! `/openapi/v2`: all groups in one document, as clients read it before there was version 3.

use opsdrill_objects::Status;
use opsdrill_openapi::REFERENCE;
use serde_json::{Map, Value, json};

use super::{add_paths, gnostic, schemas};
use crate::answer::{Answer, JSON};
use crate::discovery::resources::Resource;
use crate::health::VERSION;

/// What stands before the name of a definition.
const DEFINITION: &str = "#/definitions/";

/// In which form a client takes the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Protobuf,
}

impl Form {
    /// Chooses the form.
    ///
    /// # Errors
    /// 406 if it is neither.
    pub(crate) fn of(accept: &str) -> Result<Self, Status> {
        let clauses = accept.split(',').map(str::trim);
        for clause in clauses {
            if clause == gnostic::ASKED || clause == gnostic::ANSWERED {
                return Ok(Self::Protobuf);
            }
            if matches!(
                crate::media::bare(clause),
                "" | "application/json" | "*/*" | "application/*"
            ) {
                return Ok(Self::Json);
            }
        }
        Err(Status::new(
            406,
            "NotAcceptable",
            format!("only the following media types are accepted: {JSON}, {}", gnostic::ASKED),
        ))
    }
}

/// The document.
pub(crate) fn answer(all: &[Resource], form: Form) -> Answer {
    let document = document(all);
    match form {
        Form::Json => Answer::bytes(200, JSON, document.to_string()),
        Form::Protobuf => Answer::bytes(200, gnostic::ANSWERED, gnostic::write(&document)),
    }
}

fn document(all: &[Resource]) -> Value {
    let own: Vec<&Resource> = all.iter().collect();
    let definitions: Map<String, Value> =
        schemas(&own).into_iter().map(|(name, schema)| (name, of_version_2(schema))).collect();
    let mut paths = Map::new();
    for resource in &own {
        add_paths(resource, &mut paths);
    }
    let operations = paths.values_mut().filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|it| it.values_mut()).filter_map(Value::as_object_mut) {
        operation.remove("requestBody");
        operation.insert("responses".into(), json!({ "200": { "description": "OK" } }));
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            *parameter = json!({ "name": parameter["name"], "in": "query", "type": "string" });
        }
    }
    json!({
        "swagger": "2.0",
        "info": { "title": "Kubernetes", "version": VERSION },
        "paths": paths,
        "definitions": definitions,
    })
}

/// A schema of version 3 in the words of version 2.
fn of_version_2(schema: Value) -> Value {
    let Value::Object(fields) = schema else { return schema };
    let mut out = Map::new();
    for (name, value) in fields {
        match name.as_str() {
            "allOf" => {
                let target = value.pointer("/0/$ref").and_then(Value::as_str).unwrap_or_default();
                out.insert("$ref".into(), target.replace(REFERENCE, DEFINITION).into());
            }
            "oneOf" => {
                out.insert("type".into(), "string".into());
                out.insert("format".into(), "int-or-string".into());
            }
            "$ref" => {
                let target = value.as_str().unwrap_or_default();
                out.insert(name, target.replace(REFERENCE, DEFINITION).into());
            }
            "properties" => {
                let properties = value.as_object().cloned().unwrap_or_default().into_iter();
                let properties = properties.map(|(name, it)| (name, of_version_2(it)));
                out.insert(name, Value::Object(properties.collect()));
            }
            "items" | "additionalProperties" => {
                out.insert(name, of_version_2(value));
            }
            _ => {
                out.insert(name, value);
            }
        }
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use opsdrill_objects::custom::kinds::Kinds;

    use super::*;
    use crate::discovery::resources;

    #[test]
    fn a_definition_refers_to_others_in_the_manner_of_version_2() {
        let document = document(&resources::all(&Kinds::default()));
        let name = "io.k8s.api.apps.v1.DeploymentSpec";
        let spec = &document["definitions"][name]["properties"];
        assert_eq!(spec["template"]["$ref"], "#/definitions/io.k8s.api.core.v1.PodTemplateSpec");
        assert!(spec["template"]["description"].is_string());
        let text = document.to_string();
        assert!(!text.contains(REFERENCE));
        let pods =
            &document["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
        assert_eq!(pods["x-kubernetes-patch-merge-key"], "name");
        assert_eq!(pods["x-kubernetes-list-map-keys"], json!(["name"]));
    }

    #[test]
    fn old_clients_are_given_protobuf() {
        assert_eq!(Form::of(gnostic::ASKED), Ok(Form::Protobuf));
        assert_eq!(Form::of(""), Ok(Form::Json));
        assert_eq!(Form::of("text/html,application/json"), Ok(Form::Json));
        assert_eq!(Form::of("text/html").unwrap_err().code, 406);
    }
}
