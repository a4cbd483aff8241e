//! Pod specifications, in pods and in templates (`ValidatePodSpec`).

use k8s_openapi::api::core::v1::{Affinity, PodSpec};

use super::{
    Errors, Path, container, ephemeral_container, invalid_each, label_selector, names, one_of,
    toleration, volume,
};
use crate::field_error::FieldError;

/// What is wrong with a name of some sort.
type Rule = fn(&str) -> Vec<String>;

/// Complaints about a specification at `path`.
///
/// Security contexts, topology spread constraints, overhead and Windows options are taken as they are.
pub fn validate(errors: &mut Errors, path: &Path, spec: &PodSpec) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    let volumes = volume::volumes(errors, &path.child("volumes"), volumes);
    container::containers(errors, &path.child("containers"), &spec.containers, &volumes);
    let init_containers = spec.init_containers.as_deref().unwrap_or_default();
    let init_path = path.child("initContainers");
    container::init_containers(errors, &init_path, init_containers, &spec.containers, &volumes);
    let path_of_ephemeral = path.child("ephemeralContainers");
    ephemeral_container::ephemeral_containers(errors, &path_of_ephemeral, spec, &volumes);
    one_of(
        errors,
        &path.child("restartPolicy"),
        spec.restart_policy.as_deref(),
        &["Always", "OnFailure", "Never"],
    );
    one_of(
        errors,
        &path.child("dnsPolicy"),
        spec.dns_policy.as_deref(),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    );
    if let Some(selector) = &spec.node_selector {
        label_selector::labels(errors, &path.child("nodeSelector"), selector);
    }
    if let Some(affinity) = &spec.affinity {
        validate_affinity(errors, &path.child("affinity"), affinity);
    }
    let named: [(&str, &Option<String>, Rule); 5] = [
        ("serviceAccountName", &spec.service_account_name, names::is_dns1123_subdomain),
        ("nodeName", &spec.node_name, names::is_dns1123_subdomain),
        ("hostname", &spec.hostname, names::is_dns1123_label),
        ("subdomain", &spec.subdomain, names::is_dns1123_label),
        ("priorityClassName", &spec.priority_class_name, names::is_dns1123_subdomain),
    ];
    for (field, value, rule) in named {
        if let Some(value) = value.as_deref().filter(|it| !it.is_empty()) {
            invalid_each(errors, &path.child(field), value, rule(value));
        }
    }
    if let Some(seconds) = spec.active_deadline_seconds
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        let why = "must be between 1 and 2147483647, inclusive";
        errors.push(FieldError::invalid_raw(path.child("activeDeadlineSeconds"), seconds, why));
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    toleration::tolerations(errors, &path.child("tolerations"), tolerations);
}

/// The terms of required node affinity; selectors of pods are checked where they are used.
fn validate_affinity(errors: &mut Errors, path: &Path, affinity: &Affinity) {
    let Some(node) = &affinity.node_affinity else { return };
    let Some(required) = &node.required_during_scheduling_ignored_during_execution else { return };
    let path = path
        .child("nodeAffinity")
        .child("requiredDuringSchedulingIgnoredDuringExecution")
        .child("nodeSelectorTerms");
    if required.node_selector_terms.is_empty() {
        errors.push(FieldError::required(&path, "must have at least one node selector term"));
    }
    for (place, term) in required.node_selector_terms.iter().enumerate() {
        let path = path.index(place).child("matchExpressions");
        for (place, expression) in term.match_expressions.iter().flatten().enumerate() {
            let path = path.index(place);
            let values = expression.values.as_ref().map_or(0, Vec::len);
            let complaint = match (expression.operator.as_str(), values) {
                ("In" | "NotIn", 0) => Some("must be specified when `operator` is 'In' or 'NotIn'"),
                ("Gt" | "Lt", 1) | ("In" | "NotIn", _) | ("Exists" | "DoesNotExist", 0) => None,
                ("Gt" | "Lt", _) => {
                    Some("must be specified single value when `operator` is 'Lt' or 'Gt'")
                }
                ("Exists" | "DoesNotExist", _) => {
                    let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    errors.push(FieldError::forbidden(path.child("values"), why));
                    None
                }
                (other, _) => {
                    let why = "not a valid selector operator";
                    errors.push(FieldError::invalid(path.child("operator"), other, why));
                    None
                }
            };
            if let Some(why) = complaint {
                errors.push(FieldError::required(path.child("values"), why));
            }
            let key = &expression.key;
            invalid_each(errors, &path.child("key"), key, names::is_qualified_name(key));
        }
    }
}
