//! JSON documents into typed objects, with the server's own complaints.

mod base64_text;
mod deserializer;
mod go_types;
mod parts;

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta_v1;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::apply::managers::Managers;
use crate::custom::CustomBody;
use crate::field_error::FieldError;
use crate::go_format::default_format;
use crate::meta::{Deletion, Meta, OwnerReference, Uid};
use crate::{Body, Kind, Object, Status};

pub use parts::{label_selector, pod_template, volume};

/// The bytes of a base64 text, as Go's `encoding/base64` reads it.
///
/// # Errors
/// Go's complaint.
pub fn base64(text: &str) -> Result<Vec<u8>, String> {
    base64_text::decode(text)
}

/// Bytes as base64.
pub fn to_base64(bytes: &[u8]) -> String {
    base64_text::encode(bytes)
}

/// Why a document is not an object of its kind; the texts are the API server's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What the JSON decoder says, as for POST and PUT.
    pub message: String,
    /// What the converter says when the same is found after a strategic merge patch.
    pub conversion: String,
}

impl DecodeError {
    /// A complaint that both decoders word the same.
    pub fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { conversion: message.clone(), message }
    }

    /// The server's whole refusal of a written document.
    pub fn refusal(&self, kind: Kind) -> Status {
        cannot_be_handled(kind, &self.message)
    }

    /// The server's whole refusal of a strategic merge patch that makes no object of its kind.
    pub fn patch_refusal(&self, patch: &Value) -> Status {
        let complaint = FieldError::invalid("patch", &default_format(patch), &self.conversion);
        Status::invalid_request(&[complaint])
    }
}

/// The refusal of a document with unknown fields under `fieldValidation=Strict`.
pub fn unknown_fields_refusal(kind: Kind, unknown: &[String]) -> Status {
    let list: Vec<String> = unknown.iter().map(|it| unknown_field_warning(it)).collect();
    cannot_be_handled(kind, &format!("strict decoding error: {}", list.join(", ")))
}

/// The warning about one unknown field under `fieldValidation=Warn`.
pub fn unknown_field_warning(path: &str) -> String {
    format!("unknown field {path:?}")
}

fn cannot_be_handled(kind: Kind, why: &str) -> Status {
    let info = kind.info();
    Status::bad_request(format!(
        "{} in version {:?} cannot be handled as a {}: {why}",
        info.name, info.version, info.name,
    ))
}

/// A typed value and the paths of fields that its type does not know.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// Unknown fields, such as `spec.replica`, in the order in which the server names them.
    pub unknown: Vec<String>,
}

/// Decodes a document into a typed value; `type_name` is Go's name of the type.
pub fn decode<T: DeserializeOwned>(
    document: &Value,
    type_name: &'static str,
) -> Result<Decoded<T>, DecodeError> {
    deserializer::decode_at(document, type_name, None)
}

/// Decodes a whole document of a known kind: metadata and body.
pub fn decode_object(kind: Kind, mut document: Value) -> Result<Decoded<Object>, DecodeError> {
    let metadata =
        document.as_object_mut().and_then(|it| it.remove("metadata")).unwrap_or(Value::Null);
    let meta = deserializer::decode_at(&metadata, kind.info().name, Some("metadata"))?;
    let api_version = document.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let body = match kind.info().served_version(api_version) {
        _ if matches!(kind, Kind::Custom(_)) => custom_body(kind, &document),
        Some(version) => (version.decode)(&document)?,
        None => (kind.info().decode)(&document)?,
    };
    let object = Object { kind, meta: compact_meta(meta.value, &metadata)?, body: body.value };
    // The server reads the fields in the order of their names; `metadata` stands between the body's.
    let mut unknown = body.unknown;
    let place = unknown.partition_point(|it| it.as_str() < "metadata");
    unknown.splice(place..place, meta.unknown);
    Ok(Decoded { value: object, unknown })
}

/// What a custom resource holds beside metadata; its schema is no business of decoding.
fn custom_body(kind: Kind, document: &Value) -> Decoded<Body> {
    let body = Body::Custom(Arc::new(CustomBody::of(kind, document)));
    Decoded { value: body, unknown: Vec::new() }
}

/// Decodes `metadata`.
pub fn decode_meta(metadata: &Value) -> Result<Decoded<Meta>, DecodeError> {
    let Decoded { value, unknown } = deserializer::decode_at(metadata, "", Some("metadata"))?;
    Ok(Decoded { value: compact_meta(value, metadata)?, unknown })
}

/// The compact form of typed metadata.
fn compact_meta(typed: meta_v1::ObjectMeta, document: &Value) -> Result<Meta, DecodeError> {
    let present = |text: Option<String>| text.filter(|it| !it.is_empty());
    let seconds = |time: meta_v1::Time| time.0.as_second();
    let grace_seconds = typed.deletion_grace_period_seconds.unwrap_or_default();
    let owners = typed.owner_references.into_iter().flatten().map(compact_owner);
    Ok(Meta {
        name: typed.name.unwrap_or_default().into(),
        namespace: present(typed.namespace).map(Into::into),
        generate_name: present(typed.generate_name).map(Into::into),
        uid: typed.uid.as_deref().and_then(Uid::parse).unwrap_or_default(),
        resource_version: typed.resource_version.and_then(|it| it.parse().ok()).unwrap_or_default(),
        generation: typed.generation.unwrap_or_default(),
        created: typed.creation_timestamp.map(seconds).unwrap_or_default(),
        deletion: typed.deletion_timestamp.map(|at| Deletion { at: seconds(at), grace_seconds }),
        labels: Arc::new(typed.labels.unwrap_or_default()),
        annotations: Arc::new(typed.annotations.unwrap_or_default()),
        owners: owners.collect::<Result<_, _>>()?,
        finalizers: typed.finalizers.unwrap_or_default(),
        managed_fields: document.get("managedFields").and_then(Managers::sent).map(Arc::new),
    })
}

fn compact_owner(typed: meta_v1::OwnerReference) -> Result<OwnerReference, DecodeError> {
    let not_simulated = |what: &str| {
        DecodeError::new(format!("opsdrill: not simulated: owner reference with {what}"))
    };
    Ok(OwnerReference {
        kind: Kind::named(&typed.api_version, &typed.kind),
        name: typed.name.into(),
        uid: Uid::parse(&typed.uid).ok_or_else(|| not_simulated("a uid that is no UUID"))?,
        controller: typed.controller.unwrap_or_default(),
        block_owner_deletion: typed.block_owner_deletion.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn complaint(kind: Kind, document: Value) -> DecodeError {
        decode_object(kind, document).expect_err("the document is bad")
    }

    /// Recordings 273, 281, 282 and 287.
    #[test]
    fn complaints_are_those_recorded() {
        let pod = json!({ "metadata": { "name": "norway" }, "spec": { "containers": [{ "name": false, "image": "nginx" }] } });
        assert_eq!(
            complaint(Kind::Pod, pod).refusal(Kind::Pod).message,
            "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field Container.spec.containers.name of type string"
        );
        let config_map = json!({ "data": { "a": 1, "b": true } });
        assert_eq!(
            complaint(Kind::ConfigMap, config_map).message,
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
        );
        let secret = json!({ "data": { "a": "not base64!" } });
        assert_eq!(complaint(Kind::Secret, secret).message, "illegal base64 data at input byte 3");
        let pod = json!({ "spec": { "containers": [{ "name": "c", "resources": { "requests": { "memory": "2XB" } } }] } });
        assert_eq!(
            complaint(Kind::Pod, pod).message,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        );
    }

    /// Recording 226: a patch that gives replicas as a text.
    #[test]
    fn after_a_patch_the_converter_speaks() {
        let deployment = json!({ "spec": { "replicas": "three" } });
        let error = complaint(Kind::Deployment, deployment);
        assert_eq!(error.conversion, "unrecognized type: int32");
        assert_eq!(
            error.message,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        );
    }

    #[test]
    fn the_first_wrong_type_is_told_unless_a_quantity_ends_the_decoding() {
        let error = complaint(
            Kind::Pod,
            json!({ "spec": { "containers": [
                { "image": 1, "name": "c", "command": "sh" },
                { "resources": { "limits": { "cpu": "x" } } },
            ] } }),
        );
        assert!(error.message.starts_with("quantities must match"), "{error}");
        let error = complaint(
            Kind::Pod,
            json!({ "spec": { "containers": [{ "command": "sh", "image": 1 }] } }),
        );
        assert_eq!(
            error.message,
            "json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string"
        );
    }

    #[test]
    fn wrong_types_are_named_as_in_go() {
        for (document, expected) in [
            (
                json!({ "metadata": { "labels": { "a": 1 } } }),
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            (
                json!({ "spec": [] }),
                "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec",
            ),
            (
                json!({ "spec": { "containers": {} } }),
                "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
            (
                json!({ "spec": { "containers": [{ "ports": [{ "containerPort": 1.5 }] }] } }),
                "json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
            ),
            (
                json!({ "spec": { "restartPolicy": true } }),
                "json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
            ),
            (
                json!({ "spec": { "containers": [{ "livenessProbe": { "httpGet": { "port": true } } }] } }),
                "json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
            ),
        ] {
            assert_eq!(complaint(Kind::Pod, document).message, expected);
        }
    }

    /// Two of the texts are in recording 254 and the notes to it.
    #[test]
    fn unknown_fields_are_written_down() {
        let document = json!({
            "metadata": { "lables": {} },
            "data": 1,
            "spec": {
                "replica": 3,
                "template": { "spec": { "containers": [{ "name": "c", "imagePullPolcy": "Never" }] } },
            },
        });
        let decoded =
            decode_object(Kind::Deployment, document).expect("unknown fields are no error");
        assert_eq!(
            decoded.unknown,
            [
                "data",
                "metadata.lables",
                "spec.replica",
                "spec.template.spec.containers[0].imagePullPolcy"
            ]
        );
        assert_eq!(
            unknown_fields_refusal(Kind::Deployment, &decoded.unknown[2..]).message,
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\", unknown field \"spec.template.spec.containers[0].imagePullPolcy\""
        );
    }

    #[test]
    fn null_is_absence() {
        let document = json!({ "metadata": { "name": "p", "labels": null }, "spec": { "containers": null, "nodeName": null } });
        let decoded = decode_object(Kind::Pod, document).expect("nulls are fine");
        assert!(decoded.value.pod().expect("a pod").spec.containers.is_empty());
    }

    #[test]
    fn quantities_are_kept_in_canonical_form() {
        let document = json!({ "spec": { "containers": [{ "name": "c", "resources": { "limits": { "memory": "1024Mi", "cpu": 0.5 } } }] } });
        let decoded = decode_object(Kind::Pod, document).expect("a pod");
        let resources = decoded.value.pod().expect("a pod").spec.containers[0].resources.clone();
        let limits = resources.and_then(|it| it.limits).expect("limits");
        assert_eq!((limits["memory"].0.as_str(), limits["cpu"].0.as_str()), ("1Gi", "500m"));
    }

    #[test]
    fn what_go_omits_when_empty_is_not_kept() {
        let document = json!({ "spec": { "nodeSelector": {}, "securityContext": {}, "hostNetwork": false,
            "containers": [{ "name": "c", "command": [], "env": [{ "name": "A", "value": "" }] }] } });
        let decoded = decode_object(Kind::Pod, document).expect("a pod");
        assert_eq!(
            decoded.value.to_value()["spec"],
            json!({ "securityContext": {}, "containers": [{ "name": "c", "env": [{ "name": "A" }] }] })
        );
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..200).fold(json!({}), |inner, _| json!({ "not": inner }));
        let document = json!({ "spec": { "affinity": deep } });
        // Unknown fields are skipped without recursion; nothing here overflows the stack.
        assert!(decode_object(Kind::Pod, document).is_ok());
    }
}
