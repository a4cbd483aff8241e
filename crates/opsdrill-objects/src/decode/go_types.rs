//! The names of Go's types and of JSON's, as the server's complaints tell them.

use serde_json::Value;

/// What a value should have been.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A text, or a type made of one such as `v1.Protocol`.
    Text(&'static str),
    /// An integer of this type.
    Number(&'static str),
    /// A truth value.
    Bool,
    /// A list of this type.
    Sequence(String),
    /// A map of this type.
    Map(String),
    /// A struct of this type.
    Struct(String),
}

impl Target {
    /// The type as Go prints it.
    pub(super) fn go_name(&self) -> &str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
            Self::Bool => "bool",
            Self::Sequence(name) | Self::Map(name) | Self::Struct(name) => name,
        }
    }

    /// What the converter of patched documents says instead of the JSON decoder
    /// (apimachinery's `runtime.FromUnstructured`).
    pub(super) fn conversion_complaint(&self, found: &Value) -> String {
        match self {
            Self::Text(_) if found.is_i64() => "cannot convert int64 to string".into(),
            Self::Text(_) => "unrecognized type: string".into(),
            Self::Number(name) if found.is_f64() => format!("cannot convert float64 to {name}"),
            Self::Number(name) => format!("unrecognized type: {name}"),
            Self::Bool => "unrecognized type: bool".into(),
            Self::Sequence(_) => format!("cannot restore slice from {}", reflect_kind(found)),
            Self::Map(_) => format!("cannot restore map from {}", reflect_kind(found)),
            Self::Struct(_) => format!("cannot restore struct from: {}", reflect_kind(found)),
        }
    }
}

fn reflect_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

/// Whether a Rust type name ends in this type.
pub(super) fn is(rust_name: &str, wanted: &str) -> bool {
    rust_name.rsplit("::").next() == Some(wanted)
}

/// Go's name of a list or map, out of the Rust name of the same type.
///
/// serde does not tell what the elements are; the compiler's name of the visitor's value does. All API types
/// live in packages called `v1`.
pub(super) fn of_type_name(rust_name: &str) -> String {
    if let Some(element) = inside(rust_name, "Vec<") {
        return format!("[]{}", of_type_name(element));
    }
    if let Some(entry) = inside(rust_name, "BTreeMap<") {
        let element = entry.split_once(", ").map_or(entry, |it| it.1);
        if is(element, "Quantity") {
            return "v1.ResourceList".into();
        }
        return format!("map[string]{}", of_type_name(element));
    }
    match rust_name.rsplit("::").next().unwrap_or(rust_name) {
        "String" => "string".into(),
        "ByteString" => "[]uint8".into(),
        "i32" => "int32".into(),
        "i64" => "int64".into(),
        "bool" => "bool".into(),
        name => format!("v1.{name}"),
    }
}

/// The arguments of a generic type, if the outermost one is `opening`.
fn inside<'a>(rust_name: &'a str, opening: &str) -> Option<&'a str> {
    let place = rust_name.find(opening)?;
    let outermost = !rust_name[..place].contains('<');
    outermost.then(|| rust_name[place + opening.len()..].strip_suffix('>')).flatten()
}

/// Whether Go forgets that an optional field was given: the field is no pointer and the value is the zero of
/// its type, so the server neither stores nor answers it.
pub(super) fn is_dropped(owner: &str, field: &str, value: &Value, rust_name: &str) -> bool {
    let is_optional =
        |of: &str| inside(rust_name, "Option<").is_some_and(|it| inside(it, of).is_some());
    match value {
        Value::Array(items) => items.is_empty() && is_optional("Vec<"),
        Value::Object(entries) => entries.is_empty() && is_optional("BTreeMap<"),
        Value::String(text) => {
            // These types have pointers to texts; an empty port name is told, for example.
            let pointers = matches!(
                (owner, field),
                ("Endpoint" | "EndpointPort" | "Probe" | "GRPCAction", _)
                    | ("HostPathVolumeSource", "type")
                    | ("IngressSpec", "ingressClassName")
                    | (
                        "PersistentVolumeClaimSpec",
                        "storageClassName" | "volumeAttributesClassName"
                    )
                    | ("CronJobSpec", "timeZone")
            );
            text.is_empty() && !pointers && is(rust_name.trim_end_matches('>'), "String")
        }
        Value::Bool(false) => matches!(
            field,
            "hostIPC"
                | "globalDefault"
                | "hostNetwork"
                | "hostPID"
                | "nullable"
                | "paused"
                | "publishNotReadyAddresses"
                | "readOnly"
                | "stdin"
                | "stdinOnce"
                | "tty"
                | "uniqueItems"
                | "unschedulable"
        ),
        Value::Number(number) if number.as_i64() == Some(0) => matches!(
            field,
            "failureThreshold"
                | "hostPort"
                | "initialDelaySeconds"
                | "minReadySeconds"
                | "nodePort"
                | "periodSeconds"
                | "successThreshold"
                | "timeoutSeconds"
        ),
        _ => false,
    }
}

/// Go's name of a text field that has a type of its own.
pub(super) fn text(owner: &str, field: &str) -> Option<&'static str> {
    let name = match (owner, field) {
        ("Container", "imagePullPolicy") => "v1.PullPolicy",
        ("Container", "terminationMessagePolicy") => "v1.TerminationMessagePolicy",
        ("ContainerPort" | "ServicePort" | "EndpointPort", "protocol") => "v1.Protocol",
        ("DeploymentStrategy", "type") => "v1.DeploymentStrategyType",
        ("EmptyDirVolumeSource", "medium") => "v1.StorageMedium",
        ("HTTPGetAction", "scheme") => "v1.URIScheme",
        ("LabelSelectorRequirement", "operator") => "v1.LabelSelectorOperator",
        ("NodeSelectorRequirement", "operator") => "v1.NodeSelectorOperator",
        ("ObjectMeta" | "OwnerReference" | "ObjectReference", "uid") => "types.UID",
        ("PodSpec", "dnsPolicy") => "v1.DNSPolicy",
        ("PodSpec", "restartPolicy") => "v1.RestartPolicy",
        ("PodStatus", "phase") => "v1.PodPhase",
        ("Secret", "type") => "v1.SecretType",
        ("ServiceSpec", "externalTrafficPolicy") => "v1.ServiceExternalTrafficPolicy",
        ("ServiceSpec", "internalTrafficPolicy") => "v1.ServiceInternalTrafficPolicy",
        ("ServiceSpec", "sessionAffinity") => "v1.ServiceAffinity",
        ("ServiceSpec", "type") => "v1.ServiceType",
        ("Taint" | "Toleration", "effect") => "v1.TaintEffect",
        ("Toleration", "operator") => "v1.TolerationOperator",
        _ => return None,
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::collections::BTreeMap;

    use k8s_openapi::ByteString;
    use k8s_openapi::api::core::v1::EnvVar;
    use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

    use super::*;

    #[test]
    fn zeros_of_plain_fields_are_dropped() {
        let texts = type_name::<Option<Vec<String>>>();
        assert!(is_dropped("Container", "command", &Value::Array(Vec::new()), texts));
        let text = type_name::<Option<String>>();
        assert!(is_dropped("EnvVar", "value", &Value::from(""), text));
        assert!(!is_dropped("EndpointPort", "name", &Value::from(""), text));
        assert!(is_dropped("ServicePort", "nodePort", &Value::from(0), type_name::<Option<i32>>()));
        assert!(!is_dropped(
            "DeploymentSpec",
            "replicas",
            &Value::from(0),
            type_name::<Option<i32>>()
        ));
    }

    #[test]
    fn collections_are_named_as_in_go() {
        assert_eq!(of_type_name(type_name::<Vec<EnvVar>>()), "[]v1.EnvVar");
        assert_eq!(of_type_name(type_name::<Vec<String>>()), "[]string");
        assert_eq!(of_type_name(type_name::<BTreeMap<String, String>>()), "map[string]string");
        assert_eq!(of_type_name(type_name::<BTreeMap<String, Quantity>>()), "v1.ResourceList");
        assert_eq!(of_type_name(type_name::<BTreeMap<String, ByteString>>()), "map[string][]uint8");
    }
}
