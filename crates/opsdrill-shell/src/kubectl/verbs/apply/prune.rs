//! `kubectl apply --prune`: what was applied once and is in no manifest any more is deleted.

use std::collections::BTreeSet;
use std::sync::Arc;

use opsdrill_engine::api::{Propagation, Request};
use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::writing::{Writer, text_at};

use super::Comparison;
use super::configuration::last_applied;

/// The kinds that are looked at unless `--prune-allowlist` names others, in kubectl's order.
const KINDS: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
];

/// What kubectl's log says when the line names a namespace.
const DEPRECATED: &str = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.";

/// Whether it is clear what may be pruned.
///
/// # Errors
/// kubectl's complaint when it is not.
pub(super) fn check(context: &Context, arguments: &Arguments) -> Result<(), ToolError> {
    if !arguments.switch("prune") {
        return Ok(());
    }
    if arguments.text("selector").is_empty() && !arguments.switch("all") {
        return Err(ToolError::plain(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ));
    }
    kinds(context, arguments).map(drop)
}

/// Deletes what carries a manifest and was not applied now; `applied` are the documents of what was.
pub(super) fn run(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    applied: &[Value],
) -> Result<(), ToolError> {
    let uids: BTreeSet<&str> = applied.iter().map(|it| text_at(it, "/metadata/uid")).collect();
    for (kind, namespace) in places(context, arguments, applied)? {
        for object in prunable(context, arguments, (kind, &namespace), &uids)? {
            if !writer.pretends() {
                let mut request = Request::delete(kind, &namespace, &object.meta.name);
                request.options.dry_run = writer.options.dry_run;
                request.options.propagation = Some(Propagation::Background);
                context.ask(request)?;
            }
            writer.say(context, arguments, &object.to_value(), "pruned")?;
        }
    }
    Ok(())
}

/// What would be deleted after these were applied, for `kubectl diff --prune`.
pub(in crate::kubectl::verbs) fn would_be_pruned(
    context: &mut Context,
    arguments: &Arguments,
    applied: &[Value],
) -> Result<Vec<Comparison>, ToolError> {
    let uids: BTreeSet<&str> = applied.iter().map(|it| text_at(it, "/metadata/uid")).collect();
    let mut pruned = Vec::new();
    for (kind, namespace) in places(context, arguments, applied)? {
        let objects = prunable(context, arguments, (kind, &namespace), &uids)?;
        pruned.extend(objects.iter().map(|it| Comparison::pruned(it)));
    }
    Ok(pruned)
}

/// Where is looked: each kind in each namespace in which something was applied, then those outside of namespaces.
fn places(
    context: &mut Context,
    arguments: &Arguments,
    applied: &[Value],
) -> Result<Vec<(Kind, String)>, ToolError> {
    let kinds = kinds(context, arguments)?;
    // Some namespace is always given: kubectl asks no further.
    if arguments.list("prune-allowlist").is_empty() {
        context.log_warning("prune.go:71", DEPRECATED);
    }
    let namespaces: BTreeSet<&str> =
        applied.iter().map(|it| text_at(it, "/metadata/namespace")).collect();
    let mut places = Vec::new();
    for namespace in namespaces.into_iter().filter(|it| !it.is_empty()) {
        let within = kinds.iter().filter(|it| it.info().namespaced);
        places.extend(within.map(|it| (*it, namespace.to_owned())));
    }
    let others = kinds.iter().filter(|it| !it.info().namespaced);
    places.extend(others.map(|it| (*it, String::new())));
    Ok(places)
}

fn kinds(context: &Context, arguments: &Arguments) -> Result<Vec<Kind>, ToolError> {
    let named = arguments.list("prune-allowlist");
    if named.is_empty() {
        return Ok(KINDS
            .iter()
            .filter_map(|(version, kind)| Kind::by_name(version, kind))
            .collect());
    }
    let kind = |text: &String| {
        let parts: Vec<&str> = text.split('/').collect();
        let [group, version, kind] = parts[..] else {
            return Err(ToolError::plain(format!(
                "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
            )));
        };
        let api_version =
            if group == "core" { version.to_owned() } else { format!("{group}/{version}") };
        context.door.kinds().by_name(&api_version, kind).ok_or_else(|| {
            ToolError::plain(format!("no matches for kind {kind:?} in version {api_version:?}"))
        })
    };
    named.iter().map(kind).collect()
}

/// The objects of a place that carry a manifest and were not applied now.
fn prunable(
    context: &mut Context,
    arguments: &Arguments,
    (kind, namespace): (Kind, &str),
    uids: &BTreeSet<&str>,
) -> Result<Vec<Arc<Object>>, ToolError> {
    let (mut objects, _) = context.list(kind, namespace, arguments.text("selector"), "")?;
    objects.retain(|it| {
        last_applied(it).is_some()
            && !uids.contains(it.meta.uid.to_string().as_str())
            && it.meta.deletion.is_none()
    });
    Ok(objects)
}
