//! Makes the schemas of all built-in kinds from those of k8s-openapi, and keeps them compressed.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by the environment where its results belong"
)]

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use k8s_openapi::api::{
    admissionregistration::v1 as admissionregistration, apps::v1 as apps,
    authentication::v1 as authentication, authorization::v1 as authorization, autoscaling,
    batch::v1 as batch, certificates::v1 as certificates, coordination::v1 as coordination,
    core::v1 as core, discovery::v1 as discovery, events::v1 as events,
    flowcontrol::v1 as flowcontrol, networking::v1 as networking, node::v1 as node,
    policy::v1 as policy, rbac::v1 as rbac, scheduling::v1 as scheduling, storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Asks for the schemas of types and of all that they refer to.
macro_rules! roots {
    ($generator:expr, $($kind:ty),* $(,)?) => { $($generator.subschema_for::<$kind>();)* };
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=enums.txt");
    let mut settings = SchemaSettings::draft07();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    workloads(&mut generator);
    others(&mut generator);
    let definitions = generator.take_definitions(false);
    let mut schemas: Map<String, Value> =
        definitions.into_iter().map(|(name, schema)| (name, published(schema))).collect();
    list_choices(&mut schemas);
    assert!(schemas.len() > 400, "only {} schemas", schemas.len());
    let text = serde_json::to_vec(&schemas).expect("schemas are JSON");
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&text).expect("memory takes everything");
    let folder = std::env::var("OUT_DIR").expect("cargo names the folder");
    let compressed = encoder.finish().expect("memory takes everything");
    std::fs::write(Path::new(&folder).join("schemas.json.zlib"), compressed)
        .expect("the folder of cargo can be written");
}

fn workloads(generator: &mut SchemaGenerator) {
    roots!(
        generator,
        core::Binding,
        core::ComponentStatus,
        core::ConfigMap,
        core::Endpoints,
        core::Event,
        core::LimitRange,
        core::Namespace,
        core::Node,
        core::PersistentVolume,
        core::PersistentVolumeClaim,
        core::Pod,
        core::PodTemplate,
        core::ReplicationController,
        core::ResourceQuota,
        core::Secret,
        core::Service,
        core::ServiceAccount,
        apps::ControllerRevision,
        apps::DaemonSet,
        apps::Deployment,
        apps::ReplicaSet,
        apps::StatefulSet,
        batch::CronJob,
        batch::Job,
        autoscaling::v1::HorizontalPodAutoscaler,
        autoscaling::v1::Scale,
        autoscaling::v2::HorizontalPodAutoscaler,
        policy::Eviction,
        policy::PodDisruptionBudget,
        meta::DeleteOptions,
        meta::Status,
    );
}

fn others(generator: &mut SchemaGenerator) {
    roots!(
        generator,
        admissionregistration::MutatingWebhookConfiguration,
        admissionregistration::ValidatingAdmissionPolicy,
        admissionregistration::ValidatingAdmissionPolicyBinding,
        admissionregistration::ValidatingWebhookConfiguration,
        apiextensions::CustomResourceDefinition,
        apiregistration::APIService,
        authentication::SelfSubjectReview,
        authentication::TokenRequest,
        authentication::TokenReview,
        authorization::LocalSubjectAccessReview,
        authorization::SelfSubjectAccessReview,
        authorization::SelfSubjectRulesReview,
        authorization::SubjectAccessReview,
        certificates::CertificateSigningRequest,
        coordination::Lease,
        discovery::EndpointSlice,
        events::Event,
        flowcontrol::FlowSchema,
        flowcontrol::PriorityLevelConfiguration,
        networking::Ingress,
        networking::IngressClass,
        networking::NetworkPolicy,
        node::RuntimeClass,
        rbac::ClusterRole,
        rbac::ClusterRoleBinding,
        rbac::Role,
        rbac::RoleBinding,
        scheduling::PriorityClass,
        storage::CSIDriver,
        storage::CSINode,
        storage::CSIStorageCapacity,
        storage::StorageClass,
        storage::VolumeAttachment,
    );
}

/// Adds the values that a field may have: `enums.txt` holds a line for each such field, with its structure, its name and the
/// values (`""` is the empty one). They are facts of Kubernetes' types that k8s-openapi's schemas leave out.
fn list_choices(schemas: &mut Map<String, Value>) {
    for line in include_str!("enums.txt").lines() {
        let mut words = line.split(' ');
        let (structure, field) =
            (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let choices: Vec<&str> = words.map(|it| it.trim_matches('"')).collect();
        let schema = schemas.get_mut(&format!("io.k8s.api.{structure}"));
        let property = schema.and_then(|it| it.get_mut("properties")?.get_mut(field));
        let property =
            property.unwrap_or_else(|| panic!("enums.txt: there is no {structure}.{field}"));
        property["enum"] = json!(choices);
    }
}

/// A schema in the form in which the API server publishes it: what refers to another and says something beside it
/// stands apart in `allOf`, and every type is one word.
fn published(mut schema: Value) -> Value {
    if let Value::Object(fields) = &mut schema {
        for value in fields.values_mut() {
            *value = published(value.take());
        }
        // The library's structures always have metadata; the server asks for none.
        if let Some(required) = fields.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|it| it != "metadata");
            if required.is_empty() {
                fields.remove("required");
            }
        }
        if fields.len() > 1 && fields.contains_key("$ref") {
            let target = fields.remove("$ref").expect("it is there");
            fields.insert("allOf".into(), json!([{ "$ref": target }]));
        }
        if fields.remove("x-kubernetes-int-or-string").is_some() {
            fields.insert("oneOf".into(), json!([{ "type": "string" }, { "type": "integer" }]));
        }
    } else if let Value::Array(items) = &mut schema {
        for item in items {
            *item = published(item.take());
        }
    }
    schema
}
