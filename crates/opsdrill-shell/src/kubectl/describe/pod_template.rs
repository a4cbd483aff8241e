//! Pod templates, and what they share with pods: tolerations, spread constraints.

use opsdrill_objects::k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec, Toleration};
use opsdrill_objects::selector::format_label_selector;

use super::containers::{self, Owner};
use super::{Description, volumes};

const INDENT: &str = "  ";

/// Writes a template.
pub(super) fn describe(template: &PodTemplateSpec, out: &mut Description) {
    out.line(0, "Pod Template:");
    let meta = template.metadata.clone().unwrap_or_default();
    out.pairs(INDENT, "Labels", &meta.labels.unwrap_or_default());
    let annotations = meta.annotations.unwrap_or_default();
    if !annotations.is_empty() {
        out.annotations(INDENT, "Annotations", &annotations);
    }
    let Some(spec) = &template.spec else { return };
    if let Some(name) = spec.service_account_name.as_deref().filter(|it| !it.is_empty()) {
        out.line(0, format!("{INDENT}Service Account:\t{name}"));
    }
    let owner = Owner { statuses: &[], pod: None, indent: INDENT };
    if let Some(init) = spec.init_containers.as_deref().filter(|it| !it.is_empty()) {
        containers::describe("Init Containers", init, owner, out);
    }
    containers::describe("Containers", &spec.containers, owner, out);
    volumes::describe(spec.volumes.as_deref().unwrap_or_default(), INDENT, out);
    spread(spec, INDENT, out);
    if let Some(name) = spec.priority_class_name.as_deref().filter(|it| !it.is_empty()) {
        out.line(0, format!("{INDENT}Priority Class Name:\t{name}"));
    }
    placement(spec, INDENT, out);
}

/// Node selectors and tolerations.
pub(super) fn placement(spec: &PodSpec, indent: &str, out: &mut Description) {
    out.pairs(indent, "Node-Selectors", &spec.node_selector.clone().unwrap_or_default());
    let mut tolerations = spec.tolerations.clone().unwrap_or_default();
    tolerations.sort_by(|one, other| one.key.cmp(&other.key));
    if tolerations.is_empty() {
        return out.line(0, format!("{indent}Tolerations:\t<none>"));
    }
    for (place, toleration) in tolerations.iter().enumerate() {
        let head = if place == 0 { "Tolerations:" } else { "" };
        out.line(0, format!("{indent}{head}\t{}", toleration_text(toleration)));
    }
}

/// `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`.
fn toleration_text(toleration: &Toleration) -> String {
    let part = |it: &Option<String>| it.clone().unwrap_or_default();
    let (key, value, effect) =
        (part(&toleration.key), part(&toleration.value), part(&toleration.effect));
    let mut text = key;
    if !value.is_empty() {
        text.push_str(&format!("={value}"));
    }
    if !effect.is_empty() {
        text.push_str(&format!(":{effect}"));
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_empty() {
        text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.toleration_seconds {
        text.push_str(&format!(" for {seconds}s"));
    }
    text
}

/// Topology spread constraints, if there are any.
pub(super) fn spread(spec: &PodSpec, indent: &str, out: &mut Description) {
    let mut constraints = spec.topology_spread_constraints.clone().unwrap_or_default();
    constraints.sort_by(|one, other| one.topology_key.cmp(&other.topology_key));
    for (place, it) in constraints.iter().enumerate() {
        let head = if place == 0 { "Topology Spread Constraints:" } else { "" };
        let mut text = format!(
            "{}:{} when max skew {} is exceeded",
            it.topology_key, it.when_unsatisfiable, it.max_skew
        );
        if it.label_selector.is_some() {
            let selector = format_label_selector(it.label_selector.as_ref());
            text.push_str(&format!(" for selector {selector}"));
        }
        out.line(0, format!("{indent}{head}\t{text}"));
    }
}
