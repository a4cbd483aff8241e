//! `kubectl describe deployment`.

use std::sync::Arc;

use opsdrill_objects::k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::selector::format_label_selector;
use opsdrill_objects::{Kind, Object, Status, timestamp};

use crate::kubectl::context::Context;

use super::writer::or_none;
use super::{Description, events, pod_template};

/// The label that the Deployment controller adds to a template.
const HASH: &str = "pod-template-hash";

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let deployment = object.deployment().expect("the table calls this for deployments");
    let spec = deployment.spec.clone().unwrap_or_default();
    let status = deployment.status.clone().unwrap_or_default();
    out.name(&object.meta);
    out.field(0, "CreationTimestamp", timestamp::format_describe(object.meta.created));
    out.labels_and_annotations(&object.meta);
    out.field(0, "Selector", format_label_selector(Some(&spec.selector)));
    let count = |it: Option<i32>| it.unwrap_or_default();
    out.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas.unwrap_or(1),
            count(status.updated_replicas),
            count(status.replicas),
            count(status.available_replicas),
            count(status.unavailable_replicas),
        ),
    );
    let strategy = spec.strategy.unwrap_or_default();
    out.field(0, "StrategyType", strategy.type_.unwrap_or_default());
    out.field(0, "MinReadySeconds", count(spec.min_ready_seconds));
    if let Some(rolling) = &strategy.rolling_update {
        let text = |it: &Option<IntOrString>| match it {
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(text)) => text.clone(),
            None => "<nil>".to_owned(),
        };
        out.field(
            0,
            "RollingUpdateStrategy",
            format!(
                "{} max unavailable, {} max surge",
                text(&rolling.max_unavailable),
                text(&rolling.max_surge)
            ),
        );
    }
    pod_template::describe(&spec.template, out);
    let conditions = status.conditions.iter().flatten();
    out.conditions(conditions.map(|it| (&*it.type_, &*it.status, it.reason.as_deref())));
    let selector = format_label_selector(Some(&spec.selector));
    let (sets, _) = context.list(Kind::ReplicaSet, object.meta.namespace(), &selector, "")?;
    replica_sets(object, &spec.template, sets, out);
    events::describe(context, object, out);
    Ok(())
}

/// The ReplicaSets of older templates and that of the present one.
fn replica_sets(
    object: &Object,
    template: &PodTemplateSpec,
    mut sets: Vec<Arc<Object>>,
    out: &mut Description,
) {
    sets.retain(|it| it.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid));
    sets.sort_by(|one, other| {
        (one.meta.created, &one.meta.name).cmp(&(other.meta.created, &other.meta.name))
    });
    let newest = sets.iter().position(|it| has_template(it, template));
    let old = sets.iter().enumerate().filter(|(place, _)| Some(*place) != newest);
    let old: Vec<String> = old.map(|(_, it)| summary(it)).collect();
    let new = newest.map(|place| summary(&sets[place])).unwrap_or_default();
    out.field(0, "OldReplicaSets", or_none(&old.join(", ")));
    out.field(0, "NewReplicaSet", or_none(&new));
}

fn has_template(set: &Object, template: &PodTemplateSpec) -> bool {
    let own = set.replica_set().and_then(|it| it.spec.as_ref()).and_then(|it| it.template.clone());
    let Some(mut own) = own else { return false };
    if let Some(labels) = own.metadata.as_mut().and_then(|it| it.labels.as_mut()) {
        labels.remove(HASH);
    }
    own == *template
}

/// `web-5689bb79b9 (3/3 replicas created)`.
fn summary(set: &Arc<Object>) -> String {
    let body = set.replica_set().expect("a list of replica sets");
    let created = body.status.as_ref().map(|it| it.replicas).unwrap_or_default();
    let desired = body.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1);
    format!("{} ({created}/{desired} replicas created)", set.meta.name)
}
