//! The kinds the API knows: one file each, one row each.

mod api_service;
mod cells;
mod certificate_signing_request;
mod cluster_role;
mod cluster_role_binding;
mod component_status;
mod config_map;
mod controller_revision;
mod cron_job;
mod csi_driver;
mod csi_node;
mod csi_storage_capacity;
mod custom_resource_definition;
pub mod daemon_set;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod event;
mod flow_schema;
mod horizontal_pod_autoscaler;
mod ingress;
mod ingress_class;
mod job;
mod lease;
mod limit_range;
mod mutating_webhook_configuration;
mod namespace;
mod network_policy;
mod node;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod pod_disruption_budget;
mod pod_template;
mod priority_class;
mod priority_level_configuration;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod reviews;
mod role;
mod role_binding;
mod row;
mod runtime_class;
mod secret;
mod service;
mod service_account;
mod stateful_set;
mod storage_class;
mod validating_admission_policy;
mod validating_admission_policy_binding;
mod validating_webhook_configuration;
mod volume_attachment;

pub use row::{Column, ColumnType, KindInfo, ServedVersion, SubresourceInfo};

use k8s_openapi::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::custom::{self, CustomKind};
use crate::decode::{self, DecodeError, Decoded};
use crate::object::Body;

/// Declares [`Kind`] and [`KINDS`], one line for each kind and its row.
macro_rules! kinds {
    ($($kind:ident = $row:path;)*) => {
        /// A kind that the API knows. The order is that of `kubectl get all` nowhere: use it for indexes only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are Kubernetes' own")]
        pub enum Kind {
            $($kind,)*
            /// A kind that a CustomResourceDefinition has made.
            Custom(&'static CustomKind),
        }

        /// Every built-in kind, in the order of the names.
        // Not a constant: each crate that reads one compiles the decoders of all kinds once more.
        pub static KINDS: &[KindInfo] = &[$($row,)*];

        impl Kind {
            /// The kind's row.
            pub fn info(self) -> &'static KindInfo {
                match self {
                    $(Self::$kind => const { &$row },)*
                    Self::Custom(custom) => custom.info(),
                }
            }
        }
    };
}

kinds! {
    APIService = api_service::KIND;
    Binding = reviews::BINDING;
    CertificateSigningRequest = certificate_signing_request::KIND;
    ClusterRole = cluster_role::KIND;
    ClusterRoleBinding = cluster_role_binding::KIND;
    ComponentStatus = component_status::KIND;
    ConfigMap = config_map::KIND;
    ControllerRevision = controller_revision::KIND;
    CronJob = cron_job::KIND;
    CSIDriver = csi_driver::KIND;
    CSINode = csi_node::KIND;
    CSIStorageCapacity = csi_storage_capacity::KIND;
    CustomResourceDefinition = custom_resource_definition::KIND;
    DaemonSet = daemon_set::KIND;
    Deployment = deployment::KIND;
    EndpointSlice = endpoint_slice::KIND;
    Endpoints = endpoints::KIND;
    Event = event::KIND;
    FlowSchema = flow_schema::KIND;
    HorizontalPodAutoscaler = horizontal_pod_autoscaler::KIND;
    Ingress = ingress::KIND;
    IngressClass = ingress_class::KIND;
    Job = job::KIND;
    Lease = lease::KIND;
    LimitRange = limit_range::KIND;
    LocalSubjectAccessReview = reviews::LOCAL_SUBJECT_ACCESS;
    MutatingWebhookConfiguration = mutating_webhook_configuration::KIND;
    Namespace = namespace::KIND;
    NetworkPolicy = network_policy::KIND;
    Node = node::KIND;
    PersistentVolume = persistent_volume::KIND;
    PersistentVolumeClaim = persistent_volume_claim::KIND;
    Pod = pod::KIND;
    PodDisruptionBudget = pod_disruption_budget::KIND;
    PodTemplate = pod_template::KIND;
    PriorityClass = priority_class::KIND;
    PriorityLevelConfiguration = priority_level_configuration::KIND;
    ReplicaSet = replica_set::KIND;
    ReplicationController = replication_controller::KIND;
    ResourceQuota = resource_quota::KIND;
    Role = role::KIND;
    RoleBinding = role_binding::KIND;
    RuntimeClass = runtime_class::KIND;
    Secret = secret::KIND;
    SelfSubjectAccessReview = reviews::SELF_SUBJECT_ACCESS;
    SelfSubjectReview = reviews::SELF_SUBJECT;
    SelfSubjectRulesReview = reviews::SELF_SUBJECT_RULES;
    Service = service::KIND;
    ServiceAccount = service_account::KIND;
    StatefulSet = stateful_set::KIND;
    StorageClass = storage_class::KIND;
    SubjectAccessReview = reviews::SUBJECT_ACCESS;
    TokenReview = reviews::TOKEN;
    ValidatingAdmissionPolicy = validating_admission_policy::KIND;
    ValidatingAdmissionPolicyBinding = validating_admission_policy_binding::KIND;
    ValidatingWebhookConfiguration = validating_webhook_configuration::KIND;
    VolumeAttachment = volume_attachment::KIND;
}

impl Kind {
    /// The kind that an object says it is of, whether anybody serves it or not: an owner's, or what an event is about.
    pub fn named(api_version: &str, name: &str) -> Self {
        Self::by_name(api_version, name).unwrap_or_else(|| custom::stub(api_version, name))
    }

    /// Finds a built-in kind by `apiVersion` and `kind`.
    pub fn by_name(api_version: &str, name: &str) -> Option<Self> {
        let serves = |it: &&KindInfo| {
            it.api_version() == api_version || it.served_version(api_version).is_some()
        };
        KINDS.iter().filter(|it| it.name == name).find(serves).map(|it| it.kind)
    }

    /// Finds a built-in kind by what a user may type: plural, singular, short name, kind (any case), each with an
    /// optional `.group` or `.version.group`.
    pub fn by_resource(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        let is_meant = |own: &str, version: &str| {
            group.is_empty() || group == own || group == format!("{version}.{own}")
        };
        let group_matches = |it: &KindInfo| {
            is_meant(it.group, it.version)
                || it.other_versions.iter().any(|it| is_meant(it.group, it.version))
        };
        let name_matches = |it: &KindInfo| {
            it.plural == name
                || it.singular == name
                || it.short_names.contains(&name)
                || it.name.eq_ignore_ascii_case(name)
        };
        KINDS.iter().find(|it| name_matches(it) && group_matches(it)).map(|it| it.kind)
    }
}

/// Decodes a document into the typed body of a kind.
fn decode_body<T: DeserializeOwned + Resource + Into<Body>>(
    document: &Value,
) -> Result<Decoded<Body>, DecodeError> {
    let Decoded { value, unknown } = decode::decode::<T>(document, T::KIND)?;
    Ok(Decoded { value: value.into(), unknown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_its_kind() {
        for row in KINDS {
            assert_eq!(row.kind.info().name, row.name);
        }
        assert!(KINDS.is_sorted_by_key(|it| it.kind));
    }

    #[test]
    fn resources_are_found_as_users_type_them() {
        for word in [
            "deploy",
            "deployment",
            "deployments",
            "Deployment",
            "deployments.apps",
            "deployments.v1.apps",
        ] {
            assert_eq!(Kind::by_resource(word), Some(Kind::Deployment), "{word}");
        }
        assert_eq!(Kind::by_resource("deployments.batch"), None);
    }
}
