//! Deleting objects: at once, after a grace period, or when finalizers let go.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::NamespaceStatus;
use opsdrill_objects::meta::Deletion;
use opsdrill_objects::{Kind, Object, Status};

use opsdrill_objects::status::{StatusCause, StatusDetails};

use super::{Answer, Options, Propagation, Target, now_unix, read, stored, update};
use crate::controllers::{custom_resource_definition, disruption};
use crate::store;
use crate::view::View;

/// Finalizer that the garbage collector removes when all blocking dependents are gone.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// Finalizer that the garbage collector removes when all dependents are released.
pub(crate) const ORPHAN: &str = "orphan";

/// Namespaces that the server does not let go (`NamespaceLifecycle` admission).
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

pub(super) fn delete(
    world: &mut World,
    target: &Target,
    options: &Options,
) -> Result<Answer, Status> {
    let old = stored(world, target)?;
    check_preconditions(&old, options)?;
    if target.kind == Kind::Namespace && IMMORTAL.contains(&&*target.name) {
        return Err(Status::forbidden(
            Kind::Namespace,
            &target.name,
            "this namespace may not be deleted",
        ));
    }
    let mut next = (*old).clone();
    let now = now_unix(world);
    if target.kind == Kind::CustomResourceDefinition && !old.meta.is_terminating() {
        next.meta.deletion = Some(Deletion { at: now, grace_seconds: 0 });
        custom_resource_definition::mark_deleted(View::new(world), &mut next);
        let gone = if options.dry_run { Arc::new(next) } else { store::replace(world, next) };
        return Ok(Answer::Object(gone));
    }
    let grace = grace_seconds(&old, options);
    let shorter = old.meta.deletion.is_none_or(|it| grace < it.grace_seconds);
    if shorter {
        let since = old.meta.deletion.map_or(now, |it| it.at - it.grace_seconds);
        next.meta.deletion =
            Some(Deletion { at: since.max(now - grace) + grace, grace_seconds: grace });
        if next.kind.info().has_generation || next.kind == Kind::Pod {
            next.meta.generation += 1;
        }
    }
    mark_propagation(&mut next, options);
    if let Some(namespace) = next.namespace_mut() {
        namespace.status = Some(NamespaceStatus {
            phase: Some("Terminating".into()),
            ..namespace.status.clone().unwrap_or_default()
        });
    }
    if options.dry_run {
        return Ok(Answer::Deleted(old));
    }
    if update::is_finished(&next) {
        // What is removed at once was never seen with a deletion mark.
        return Ok(Answer::Deleted(store::remove(world, old.meta.uid)));
    }
    next.meta.resource_version = old.meta.resource_version;
    if next == *old {
        return Ok(Answer::Object(old));
    }
    Ok(Answer::Object(store::replace(world, next)))
}

fn check_preconditions(old: &Object, options: &Options) -> Result<(), Status> {
    if let Some(uid) = options.precondition_uid.filter(|it| *it != old.meta.uid) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            old.meta.uid
        );
        return Err(Status::conflict(old.kind, &old.meta.name, &why));
    }
    if options.resource_version != 0 && options.resource_version != old.meta.resource_version {
        return Err(Status::modified(old.kind, &old.meta.name));
    }
    Ok(())
}

/// The grace period of a deletion: only pods have one, and only while something of them may run.
fn grace_seconds(old: &Object, options: &Options) -> i64 {
    let Some(pod) = old.pod() else { return 0 };
    if pod.node_name.is_none() || pod.is_finished() {
        return 0;
    }
    options.grace_period_seconds.or(pod.spec.termination_grace_period_seconds).unwrap_or(30).max(0)
}

fn mark_propagation(next: &mut Object, options: &Options) {
    let finalizer = match options.propagation {
        Some(Propagation::Foreground) => FOREGROUND,
        Some(Propagation::Orphan) => ORPHAN,
        Some(Propagation::Background) | None => return,
    };
    if !next.meta.finalizers.iter().any(|it| it == finalizer) {
        next.meta.finalizers.push(finalizer.to_owned());
    }
}

pub(super) fn delete_collection(
    world: &mut World,
    target: &Target,
    options: &Options,
) -> Result<Answer, Status> {
    let list =
        read::list(world, target, &Options { limit: 0, resource_version: 0, ..options.clone() })?;
    let Answer::List { items, .. } = &list else { unreachable!("a list was asked for") };
    for item in items.iter().map(|it| Target::of(it)) {
        match delete(world, &item, options) {
            Ok(_) => {}
            Err(status) if status.code == 404 => {}
            Err(status) => return Err(status),
        }
    }
    Ok(list)
}

/// Evicts a pod, unless a disruption budget speaks against it (`pkg/registry/core/pod/storage/eviction.go`).
pub(super) fn evict(
    world: &mut World,
    target: &Target,
    options: &Options,
) -> Result<Answer, Status> {
    let pod = stored(world, target)?;
    if let Some(budget) = budget_of(world, &pod)? {
        spend(world, &pod, &budget, options.dry_run)?;
    }
    delete(world, target, options)?;
    Ok(Answer::Document(Status::new(201, "", "").to_value()))
}

/// The budget that is about a pod; none for pods that do not run, which may always go.
fn budget_of(world: &World, pod: &Object) -> Result<Option<Arc<Object>>, Status> {
    let phase = pod.pod().map_or("", |it| it.phase());
    if pod.meta.is_terminating() || matches!(phase, "Succeeded" | "Failed" | "Pending") {
        return Ok(None);
    }
    let view = View::new(world);
    let mut budgets = view
        .list(Kind::PodDisruptionBudget, pod.meta.namespace())
        .filter(|it| disruption::covers(it, pod));
    let first = budgets.next().cloned();
    if budgets.next().is_some() {
        let text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Status::new(500, "InternalError", text));
    }
    Ok(first)
}

/// Takes one disruption from a budget, or refuses.
fn spend(world: &mut World, pod: &Object, budget: &Object, dry_run: bool) -> Result<(), Status> {
    let Some(body) = budget.pod_disruption_budget() else { return Ok(()) };
    let status = body.status.clone().unwrap_or_default();
    if pod.pod().is_some_and(|it| !it.condition("Ready")) {
        let policy = body.spec.as_ref().and_then(|it| it.unhealthy_pod_eviction_policy.as_deref());
        let others_are_well =
            status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
        if policy == Some("AlwaysAllow") || others_are_well {
            return Ok(());
        }
    }
    let name = &budget.meta.name;
    let refuse = |why: String| {
        let text = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut refusal = Status::new(429, "TooManyRequests", text);
        let cause =
            StatusCause { reason: "DisruptionBudget".into(), message: why, field: String::new() };
        refusal.details =
            Some(Box::new(StatusDetails { causes: vec![cause], ..StatusDetails::default() }));
        Err(refusal)
    };
    if status.observed_generation.unwrap_or_default() < budget.meta.generation {
        return refuse(format!(
            "The disruption budget {name} is still being processed by the server."
        ));
    }
    if status.disruptions_allowed <= 0 {
        return refuse(format!(
            "The disruption budget {name} needs {} healthy pods and has {} currently",
            status.desired_healthy, status.current_healthy
        ));
    }
    if dry_run {
        return Ok(());
    }
    let mut next = budget.clone();
    if let Some(status) = next.pod_disruption_budget_mut().and_then(|it| it.status.as_mut()) {
        status.disruptions_allowed -= 1;
    }
    store::replace(world, next);
    Ok(())
}
