//! Which fields a strategic merge patch replaces, merges or merges by key, as Kubernetes 1.33 says
//! in its OpenAPI documents (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`).
//!
//! The table holds only types that have such a field or lead to one; for every other field maps are
//! merged and lists replaced.

/// How a field is patched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Maps are merged, lists replaced.
    Default,
    /// A list is merged; a list of objects by its merge key.
    Merge,
    /// A map is replaced.
    Replace,
}

/// What the table says of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The field's name in JSON.
    pub name: &'static str,
    /// How it is patched.
    pub strategy: Strategy,
    /// Whether a computed patch lists the fields to keep (`$retainKeys`): the type is a union.
    pub retain_keys: bool,
    /// The key by which objects of a list are told apart; empty for lists of scalars.
    pub merge_key: &'static str,
    /// The type of the field, or of its elements; empty if the table does not know it.
    pub type_name: &'static str,
}

/// A type of the table, by name. Types without a row have no special fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    type_name: &'static str,
}

impl Schema {
    /// The schema of a built-in kind. Custom resources have none: the API server refuses strategic
    /// merge patches for them.
    pub fn of_kind(kind: &str) -> Self {
        let row = TYPES.iter().find(|(type_name, _)| *type_name == kind);
        Self { type_name: row.map_or("", |(type_name, _)| type_name) }
    }

    /// The type's name, for messages.
    pub fn name(self) -> &'static str {
        self.type_name
    }

    /// The rule of a field.
    pub fn field(self, name: &str) -> FieldRule {
        if name == "metadata" {
            return nested("metadata", "ObjectMeta");
        }
        let row = TYPES.iter().find(|(type_name, _)| *type_name == self.type_name);
        let fields = row.map_or(&[][..], |(_, fields)| fields);
        fields.iter().find(|it| it.name == name).copied().unwrap_or(nested("", ""))
    }
}

impl FieldRule {
    /// The schema of the field's value, or of its elements.
    pub fn schema(self) -> Schema {
        Schema { type_name: self.type_name }
    }
}

const fn nested(name: &'static str, type_name: &'static str) -> FieldRule {
    FieldRule { name, strategy: Strategy::Default, retain_keys: false, merge_key: "", type_name }
}

const fn replaced(name: &'static str) -> FieldRule {
    FieldRule { strategy: Strategy::Replace, ..nested(name, "") }
}

const fn retaining(name: &'static str, type_name: &'static str) -> FieldRule {
    FieldRule { retain_keys: true, ..nested(name, type_name) }
}

const fn scalars(name: &'static str) -> FieldRule {
    FieldRule { strategy: Strategy::Merge, ..nested(name, "") }
}

const fn listed(name: &'static str, merge_key: &'static str, type_name: &'static str) -> FieldRule {
    FieldRule { strategy: Strategy::Merge, merge_key, ..nested(name, type_name) }
}

const fn listed_retaining(
    name: &'static str,
    merge_key: &'static str,
    type_name: &'static str,
) -> FieldRule {
    FieldRule { retain_keys: true, ..listed(name, merge_key, type_name) }
}

/// Types and their fields, sorted by name. `metadata` is an `ObjectMeta` everywhere and left out.
const TYPES: &[(&str, &[FieldRule])] = &[
    ("APIService", &[nested("status", "APIServiceStatus")]),
    ("APIServiceStatus", &[listed("conditions", "type", "")]),
    ("CSINode", &[nested("spec", "CSINodeSpec")]),
    ("CSINodeSpec", &[listed("drivers", "name", "")]),
    ("ComponentStatus", &[listed("conditions", "type", "")]),
    (
        "Container",
        &[
            listed("env", "name", ""),
            listed("ports", "containerPort", ""),
            listed("volumeDevices", "devicePath", ""),
            listed("volumeMounts", "mountPath", ""),
        ],
    ),
    (
        "ContainerStatus",
        &[listed("allocatedResourcesStatus", "name", ""), listed("volumeMounts", "mountPath", "")],
    ),
    ("CronJob", &[nested("spec", "CronJobSpec")]),
    ("CronJobSpec", &[nested("jobTemplate", "JobTemplateSpec")]),
    ("DaemonSet", &[nested("spec", "DaemonSetSpec"), nested("status", "DaemonSetStatus")]),
    ("DaemonSetSpec", &[nested("template", "PodTemplateSpec")]),
    ("DaemonSetStatus", &[listed("conditions", "type", "")]),
    ("Deployment", &[nested("spec", "DeploymentSpec"), nested("status", "DeploymentStatus")]),
    ("DeploymentSpec", &[retaining("strategy", ""), nested("template", "PodTemplateSpec")]),
    ("DeploymentStatus", &[listed("conditions", "type", "")]),
    (
        "EphemeralContainer",
        &[
            listed("env", "name", ""),
            listed("ports", "containerPort", ""),
            listed("volumeDevices", "devicePath", ""),
            listed("volumeMounts", "mountPath", ""),
        ],
    ),
    ("FlowSchema", &[nested("status", "FlowSchemaStatus")]),
    ("FlowSchemaStatus", &[listed("conditions", "type", "")]),
    ("HorizontalPodAutoscaler", &[nested("status", "HorizontalPodAutoscalerStatus")]),
    ("HorizontalPodAutoscalerStatus", &[listed("conditions", "type", "")]),
    ("Job", &[nested("spec", "JobSpec"), nested("status", "JobStatus")]),
    ("JobSpec", &[nested("template", "PodTemplateSpec")]),
    ("JobStatus", &[listed("conditions", "type", "")]),
    ("JobTemplateSpec", &[nested("spec", "JobSpec")]),
    ("MutatingWebhook", &[listed("matchConditions", "name", "")]),
    ("MutatingWebhookConfiguration", &[listed("webhooks", "name", "MutatingWebhook")]),
    ("Namespace", &[nested("status", "NamespaceStatus")]),
    ("NamespaceStatus", &[listed("conditions", "type", "")]),
    ("Node", &[nested("spec", "NodeSpec"), nested("status", "NodeStatus")]),
    ("NodeSpec", &[scalars("podCIDRs")]),
    ("NodeStatus", &[listed("addresses", "type", ""), listed("conditions", "type", "")]),
    ("ObjectMeta", &[scalars("finalizers"), listed("ownerReferences", "uid", "")]),
    ("PersistentVolumeClaim", &[nested("status", "PersistentVolumeClaimStatus")]),
    ("PersistentVolumeClaimStatus", &[listed("conditions", "type", "")]),
    ("Pod", &[nested("spec", "PodSpec"), nested("status", "PodStatus")]),
    (
        "PodDisruptionBudget",
        &[nested("spec", "PodDisruptionBudgetSpec"), nested("status", "PodDisruptionBudgetStatus")],
    ),
    ("PodDisruptionBudgetSpec", &[replaced("selector")]),
    ("PodDisruptionBudgetStatus", &[listed("conditions", "type", "")]),
    (
        "PodSpec",
        &[
            listed("containers", "name", "Container"),
            listed("ephemeralContainers", "name", "EphemeralContainer"),
            listed("hostAliases", "ip", ""),
            listed("imagePullSecrets", "name", ""),
            listed("initContainers", "name", "Container"),
            listed_retaining("resourceClaims", "name", ""),
            listed("schedulingGates", "name", ""),
            listed("topologySpreadConstraints", "topologyKey", ""),
            listed_retaining("volumes", "name", ""),
        ],
    ),
    (
        "PodStatus",
        &[
            listed("conditions", "type", ""),
            nested("containerStatuses", "ContainerStatus"),
            nested("ephemeralContainerStatuses", "ContainerStatus"),
            listed("hostIPs", "ip", ""),
            nested("initContainerStatuses", "ContainerStatus"),
            listed("podIPs", "ip", ""),
            listed_retaining("resourceClaimStatuses", "name", ""),
        ],
    ),
    ("PodTemplate", &[nested("template", "PodTemplateSpec")]),
    ("PodTemplateSpec", &[nested("spec", "PodSpec")]),
    ("PriorityLevelConfiguration", &[nested("status", "PriorityLevelConfigurationStatus")]),
    ("PriorityLevelConfigurationStatus", &[listed("conditions", "type", "")]),
    ("ReplicaSet", &[nested("spec", "ReplicaSetSpec"), nested("status", "ReplicaSetStatus")]),
    ("ReplicaSetSpec", &[nested("template", "PodTemplateSpec")]),
    ("ReplicaSetStatus", &[listed("conditions", "type", "")]),
    (
        "ReplicationController",
        &[
            nested("spec", "ReplicationControllerSpec"),
            nested("status", "ReplicationControllerStatus"),
        ],
    ),
    ("ReplicationControllerSpec", &[nested("template", "PodTemplateSpec")]),
    ("ReplicationControllerStatus", &[listed("conditions", "type", "")]),
    ("Service", &[nested("spec", "ServiceSpec"), nested("status", "ServiceStatus")]),
    ("ServiceAccount", &[listed("secrets", "name", "")]),
    ("ServiceCIDR", &[nested("status", "ServiceCIDRStatus")]),
    ("ServiceCIDRStatus", &[listed("conditions", "type", "")]),
    ("ServiceSpec", &[listed("ports", "port", "")]),
    ("ServiceStatus", &[listed("conditions", "type", "")]),
    ("StatefulSet", &[nested("spec", "StatefulSetSpec"), nested("status", "StatefulSetStatus")]),
    (
        "StatefulSetSpec",
        &[
            nested("template", "PodTemplateSpec"),
            nested("volumeClaimTemplates", "PersistentVolumeClaim"),
        ],
    ),
    ("StatefulSetStatus", &[listed("conditions", "type", "")]),
    ("ValidatingAdmissionPolicy", &[nested("spec", "ValidatingAdmissionPolicySpec")]),
    (
        "ValidatingAdmissionPolicySpec",
        &[listed("matchConditions", "name", ""), listed("variables", "name", "")],
    ),
    ("ValidatingWebhook", &[listed("matchConditions", "name", "")]),
    ("ValidatingWebhookConfiguration", &[listed("webhooks", "name", "ValidatingWebhook")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_and_known() {
        assert!(TYPES.is_sorted_by_key(|(type_name, _)| *type_name));
        for (_, fields) in TYPES {
            for field in *fields {
                let known = TYPES.iter().any(|(type_name, _)| *type_name == field.type_name);
                assert!(field.type_name.is_empty() || known, "{}", field.type_name);
            }
        }
    }

    #[test]
    fn containers_are_found_from_every_workload() {
        let template = |path: &[&str], kind: &str| {
            path.iter().fold(Schema::of_kind(kind), |schema, name| schema.field(name).schema())
        };
        for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"] {
            let pod_spec = template(&["spec", "template", "spec"], kind);
            assert_eq!(pod_spec.field("containers").merge_key, "name", "{kind}");
            assert_eq!(template(&["metadata"], kind).field("finalizers").strategy, Strategy::Merge);
        }
        let cron = template(&["spec", "jobTemplate", "spec", "template", "spec"], "CronJob");
        assert_eq!(cron.field("volumes").merge_key, "name");
        assert_eq!(Schema::of_kind("Widget").field("spec").strategy, Strategy::Default);
    }
}
