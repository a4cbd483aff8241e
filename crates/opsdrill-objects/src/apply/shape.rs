//! Which fields are owned as a whole, which lists are sets or are merged by keys: `x-kubernetes-list-type`,
//! `x-kubernetes-list-map-keys` and `x-kubernetes-map-type` of the built-in kinds (Kubernetes 1.32).
//!
//! A type without a row, and a field without an entry, has maps whose fields are owned one by one and lists that are owned
//! as a whole.

use serde_json::Value;

use crate::custom::schema::Schema;

use super::Model;

/// The keys that tell the items of a list apart, each with what it is when it is left out.
type TableKeys = &'static [(&'static str, Option<&'static str>)];

/// The same, of a list of a built-in kind or of a custom one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'s> {
    Table(TableKeys),
    Schema(&'s Schema),
}

impl Keys<'_> {
    /// The keys of an item, with their values.
    pub(super) fn of(self, item: &Value) -> Value {
        let pair = |key: &str, default: Option<Value>| {
            Some((key.to_owned(), item.get(key).cloned().or(default)?))
        };
        match self {
            Self::Table(keys) => {
                let pairs = keys.iter().filter_map(|it| pair(it.0, it.1.map(Value::from)));
                Value::Object(pairs.collect())
            }
            Self::Schema(list) => {
                let default = |key: &str| list.items.as_ref()?.properties.get(key)?.default.clone();
                let pairs = list.list_keys.iter().filter_map(|it| pair(it, default(it)));
                Value::Object(pairs.collect())
            }
        }
    }
}

/// How a field is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// As a whole.
    Atomic,
    /// A list of scalars, each by itself.
    Set,
    /// A list of objects, told apart by keys; its items are of this type.
    Keyed(TableKeys, &'static str),
    /// Field by field; of this type.
    Nested(&'static str),
}

/// The shape of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'s> {
    /// As the table of the built-in kinds says.
    Table(Rule),
    /// Of a whole custom resource, as its schema says.
    Resource(&'s Schema),
    /// Of a part of a custom resource.
    Schema(&'s Schema),
}

/// Owned field by field, as far as anybody knows.
const UNKNOWN: Shape<'static> = Shape::Table(Rule::Nested(""));

impl<'s> Shape<'s> {
    /// The shape of a kind; one that the table does not know is owned field by field.
    pub(super) fn of(model: Model<'s>) -> Self {
        match model {
            Model::BuiltIn(kind) => {
                let known = TYPES.iter().find(|it| it.0 == kind);
                Self::Table(Rule::Nested(known.map_or("", |it| it.0)))
            }
            Model::Custom(schema) => Self::Resource(schema),
        }
    }

    /// The shape of a field.
    pub(super) fn field(self, name: &str) -> Self {
        let own = match self {
            Self::Table(Rule::Nested(own)) => own,
            Self::Table(_) => return UNKNOWN,
            Self::Resource(_) if name == "metadata" => "",
            Self::Resource(schema) | Self::Schema(schema) => {
                return schema.field(name).map_or(UNKNOWN, Self::Schema);
            }
        };
        if name == "metadata" {
            return Self::Table(Rule::Nested("ObjectMeta"));
        }
        let fields = TYPES.iter().find(|it| it.0 == own).map_or(&[][..], |it| it.1);
        let field = fields.iter().find(|it| it.0 == name);
        field.map_or(UNKNOWN, |it| Self::Table(it.1))
    }

    /// The shape of a list's items.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Table(Rule::Keyed(_, "=") | Rule::Set) => Self::Table(Rule::Atomic),
            Self::Table(Rule::Keyed(_, own)) => Self::Table(Rule::Nested(own)),
            Self::Table(_) => UNKNOWN,
            Self::Resource(schema) | Self::Schema(schema) => match &schema.items {
                _ if schema.list_type == "set" => Self::Table(Rule::Atomic),
                Some(items) => Self::Schema(items),
                None => UNKNOWN,
            },
        }
    }

    /// Whether the value is owned as a whole.
    pub(super) fn is_atomic(self) -> bool {
        match self {
            Self::Table(rule) => rule == Rule::Atomic,
            Self::Resource(schema) | Self::Schema(schema) => schema.is_atomic_map,
        }
    }

    /// Whether a list of this shape is owned as a whole.
    pub(super) fn is_whole_list(self) -> bool {
        match self {
            Self::Table(rule) => !matches!(rule, Rule::Set | Rule::Keyed(..)),
            Self::Resource(schema) | Self::Schema(schema) => {
                !matches!(schema.list_type.as_str(), "set" | "map")
            }
        }
    }

    /// The keys of a list's items.
    pub(super) fn keys(self) -> Option<Keys<'s>> {
        match self {
            Self::Table(Rule::Keyed(keys, _)) => Some(Keys::Table(keys)),
            Self::Schema(schema) if schema.list_type == "map" => Some(Keys::Schema(schema)),
            _ => None,
        }
    }
}

const NAME: TableKeys = &[("name", None)];
const TYPE: TableKeys = &[("type", None)];
const IP: TableKeys = &[("ip", None)];
/// The name of the type whose items are owned as a whole.
const WHOLE: &str = "=";

const CONDITIONS: (&str, Rule) = ("conditions", Rule::Keyed(TYPE, ""));
const SELECTOR: (&str, Rule) = ("selector", Rule::Atomic);

const fn by_name(name: &'static str, own: &'static str) -> (&'static str, Rule) {
    (name, Rule::Keyed(NAME, own))
}

const fn whole(name: &'static str) -> (&'static str, Rule) {
    (name, Rule::Atomic)
}

const fn below(name: &'static str, own: &'static str) -> (&'static str, Rule) {
    (name, Rule::Nested(own))
}

/// Types and those of their fields that are not owned field by field, or that lead to such.
const TYPES: &[(&str, &[(&str, Rule)])] = &[
    ("APIService", &[below("status", "Status")]),
    ("Affinity", &[below("nodeAffinity", "NodeAffinity")]),
    ("CertificateSigningRequest", &[below("status", "Status")]),
    ("ClusterRoleBinding", &[whole("roleRef")]),
    ("Container", CONTAINER),
    ("CronJob", &[below("spec", "CronJobSpec")]),
    ("CronJobSpec", &[below("jobTemplate", "JobTemplateSpec")]),
    ("CustomResourceDefinition", &[below("status", "Status")]),
    ("DaemonSet", WORKLOAD),
    ("Deployment", WORKLOAD),
    ("EnvVar", &[below("valueFrom", "EnvVarSource")]),
    (
        "EnvVarSource",
        &[
            whole("configMapKeyRef"),
            whole("fieldRef"),
            whole("resourceFieldRef"),
            whole("secretKeyRef"),
        ],
    ),
    ("EphemeralContainer", CONTAINER),
    ("EphemeralVolume", &[below("volumeClaimTemplate", "PersistentVolumeClaim")]),
    ("Event", &[whole("involvedObject"), whole("regarding"), whole("related")]),
    ("FlowSchema", &[below("status", "Status")]),
    ("HorizontalPodAutoscaler", &[below("status", "Status")]),
    ("Ingress", &[below("spec", "IngressSpec")]),
    ("IngressBackend", &[whole("resource")]),
    ("IngressSpec", &[below("defaultBackend", "IngressBackend")]),
    ("Job", &[below("spec", "JobSpec")]),
    ("JobSpec", &[SELECTOR, below("template", "PodTemplateSpec")]),
    ("JobTemplateSpec", &[below("spec", "JobSpec")]),
    ("MutatingWebhookConfiguration", &[by_name("webhooks", "Webhook")]),
    ("Namespace", &[below("status", "Status")]),
    ("NetworkPolicy", &[below("spec", "NetworkPolicySpec")]),
    ("NetworkPolicySpec", &[whole("podSelector")]),
    ("Node", &[below("spec", "NodeSpec"), below("status", "NodeStatus")]),
    ("NodeAffinity", &[whole("requiredDuringSchedulingIgnoredDuringExecution")]),
    ("NodeSpec", &[("podCIDRs", Rule::Set)]),
    ("NodeStatus", &[("addresses", Rule::Keyed(TYPE, "")), CONDITIONS]),
    (
        "ObjectMeta",
        &[("finalizers", Rule::Set), ("ownerReferences", Rule::Keyed(&[("uid", None)], WHOLE))],
    ),
    ("PersistentVolume", &[below("spec", "PersistentVolumeSpec")]),
    (
        "PersistentVolumeClaim",
        &[below("spec", "PersistentVolumeClaimSpec"), below("status", "Status")],
    ),
    ("PersistentVolumeClaimSpec", &[whole("dataSource"), SELECTOR]),
    ("PersistentVolumeSpec", &[below("nodeAffinity", "VolumeNodeAffinity")]),
    ("Pod", &[below("spec", "PodSpec"), below("status", "PodStatus")]),
    ("PodDisruptionBudget", &[below("spec", "SelectingSpec"), below("status", "Status")]),
    ("PodSpec", POD_SPEC),
    (
        "PodStatus",
        &[CONDITIONS, ("podIPs", Rule::Keyed(IP, "")), by_name("resourceClaimStatuses", "")],
    ),
    ("PodTemplate", &[below("template", "PodTemplateSpec")]),
    ("PodTemplateSpec", &[below("spec", "PodSpec")]),
    ("PriorityLevelConfiguration", &[below("status", "Status")]),
    ("ReplicaSet", WORKLOAD),
    (
        "ReplicationController",
        &[below("spec", "ReplicationControllerSpec"), below("status", "Status")],
    ),
    ("ReplicationControllerSpec", &[SELECTOR, below("template", "PodTemplateSpec")]),
    ("ResourceQuota", &[below("spec", "ResourceQuotaSpec")]),
    ("ResourceQuotaSpec", &[whole("scopeSelector")]),
    ("ResourceRequirements", &[by_name("claims", "")]),
    ("RoleBinding", &[whole("roleRef")]),
    ("SelectingSpec", &[SELECTOR]),
    ("Service", &[below("spec", "ServiceSpec"), below("status", "Status")]),
    ("ServiceAccount", &[by_name("secrets", WHOLE)]),
    (
        "ServiceSpec",
        &[("ports", Rule::Keyed(&[("port", None), ("protocol", Some("TCP"))], "")), SELECTOR],
    ),
    ("StatefulSet", WORKLOAD),
    ("Status", &[CONDITIONS]),
    ("TopologySpread", &[whole("labelSelector")]),
    ("ValidatingAdmissionPolicy", &[below("spec", "ValidatingAdmissionPolicySpec")]),
    (
        "ValidatingAdmissionPolicySpec",
        &[by_name("matchConditions", ""), whole("paramKind"), by_name("variables", WHOLE)],
    ),
    ("ValidatingWebhookConfiguration", &[by_name("webhooks", "Webhook")]),
    ("Volume", VOLUME),
    ("VolumeNodeAffinity", &[whole("required")]),
    (
        "Webhook",
        &[by_name("matchConditions", ""), whole("namespaceSelector"), whole("objectSelector")],
    ),
    ("WorkloadSpec", &[SELECTOR, below("template", "PodTemplateSpec")]),
];

const WORKLOAD: &[(&str, Rule)] = &[below("spec", "WorkloadSpec"), below("status", "Status")];

const CONTAINER: &[(&str, Rule)] = &[
    by_name("env", "EnvVar"),
    ("ports", Rule::Keyed(&[("containerPort", None), ("protocol", Some("TCP"))], "")),
    below("resources", "ResourceRequirements"),
    ("volumeDevices", Rule::Keyed(&[("devicePath", None)], "")),
    ("volumeMounts", Rule::Keyed(&[("mountPath", None)], "")),
];

const POD_SPEC: &[(&str, Rule)] = &[
    below("affinity", "Affinity"),
    by_name("containers", "Container"),
    by_name("ephemeralContainers", "EphemeralContainer"),
    ("hostAliases", Rule::Keyed(IP, "")),
    by_name("imagePullSecrets", WHOLE),
    by_name("initContainers", "Container"),
    whole("nodeSelector"),
    by_name("resourceClaims", ""),
    by_name("schedulingGates", ""),
    (
        "topologySpreadConstraints",
        Rule::Keyed(&[("topologyKey", None), ("whenUnsatisfiable", None)], "TopologySpread"),
    ),
    by_name("volumes", "Volume"),
];

/// The references in volumes are owned as a whole; each stands below the name of its sort of volume.
const VOLUME: &[(&str, Rule)] = &[below("ephemeral", "EphemeralVolume")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_and_known() {
        assert!(TYPES.is_sorted_by_key(|it| it.0));
        let known = |own: &str| ["", WHOLE].contains(&own) || TYPES.iter().any(|it| it.0 == own);
        for (name, fields) in TYPES {
            assert!(fields.is_sorted_by_key(|it| it.0), "{name}");
            for (field, rule) in *fields {
                if let Rule::Keyed(_, own) | Rule::Nested(own) = rule {
                    assert!(known(own), "{name}.{field}: {own}");
                }
            }
        }
    }
}
