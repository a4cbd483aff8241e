//! A DaemonSet's rolling update: old pods go a few at a time, or new ones come beside them first.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSetSpec, RollingUpdateDaemonSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::Object;
use opsdrill_objects::pod::Pod;

use super::Turn;
use super::placement::Placement;
use crate::controllers::{Change, pods};

/// A number of pods that is given as such or as a share of all, rounded up.
fn scaled(value: Option<&IntOrString>, of: usize) -> usize {
    match value {
        Some(IntOrString::Int(count)) => usize::try_from(*count).unwrap_or(0),
        Some(IntOrString::String(text)) => {
            let percent: usize = text.trim_end_matches('%').parse().unwrap_or(0);
            (of * percent).div_ceil(100)
        }
        None => 0,
    }
}

fn settings(spec: &DaemonSetSpec) -> Option<&RollingUpdateDaemonSet> {
    spec.update_strategy.as_ref()?.rolling_update.as_ref()
}

/// How many nodes may have a new pod beside the old one.
pub(super) fn surge(spec: &DaemonSetSpec, wanted: usize) -> usize {
    scaled(settings(spec).and_then(|it| it.max_surge.as_ref()), wanted)
}

/// Chooses the pods that make room for the new template, or the nodes that get a new pod beside the old one.
pub(super) fn update(turn: &mut Turn<'_>, placement: &Placement<'_>) {
    let wanted = placement.wanted();
    let surge = surge(turn.spec, wanted);
    if surge > 0 {
        return surging(turn, surge);
    }
    let unavailable =
        scaled(settings(turn.spec).and_then(|it| it.max_unavailable.as_ref()), wanted);
    let (mut missing, mut at_once, mut candidates) = (0, Vec::new(), Vec::new());
    for (node, fit) in &placement.nodes {
        if !fit.should_run {
            continue;
        }
        let (new, old) = pair(turn, node);
        match (new, old) {
            // Both or none: a pod comes or goes already.
            (None, None) | (Some(_), Some(_)) => missing += 1,
            (Some(new), None) => missing += usize::from(!is_available(turn, &new)),
            (None, Some(old)) if old.meta.is_terminating() => missing += 1,
            (None, Some(old)) if is_available(turn, &old) => candidates.push(old),
            // It serves nobody: its end costs nothing.
            (None, Some(old)) => {
                missing += 1;
                at_once.push(old);
            }
        }
    }
    let more = unavailable.saturating_sub(missing);
    turn.delete.extend(at_once);
    turn.delete.extend(candidates.into_iter().take(more));
}

fn surging(turn: &mut Turn<'_>, surge: usize) {
    let (mut beside, mut at_once, mut candidates) = (0, Vec::new(), Vec::new());
    let nodes: Vec<String> = turn.by_node.keys().filter(|it| !it.is_empty()).cloned().collect();
    for node in nodes {
        match pair(turn, &node) {
            (_, None) => {}
            (None, Some(old)) if is_available(turn, &old) => candidates.push(node),
            (None, Some(_)) => at_once.push(node),
            (Some(new), Some(old)) if is_available(turn, &new) => {
                if !old.meta.is_terminating() {
                    turn.delete.push(old);
                }
            }
            (Some(_), Some(_)) => beside += 1,
        }
    }
    let more = surge.saturating_sub(beside);
    turn.create.extend(at_once);
    turn.create.extend(candidates.into_iter().take(more));
}

/// The new and the old pod of a node (`findUpdatedPodsOnNode`).
fn pair(turn: &Turn<'_>, node: &str) -> (Option<Arc<Object>>, Option<Arc<Object>>) {
    let (mut new, mut old) = (None, None);
    for pod in turn.by_node.get(node).into_iter().flatten() {
        if turn.is_new(pod) {
            if !pod.meta.is_terminating() {
                new = Some(pod.clone());
            }
        } else {
            old = Some(pod.clone());
        }
    }
    (new, old)
}

/// Whether a pod has been ready for long enough; asks for another turn when it will have been.
fn is_available(turn: &mut Turn<'_>, object: &Object) -> bool {
    let since = object.pod().and_then(Pod::ready_since);
    let seconds = turn.spec.min_ready_seconds.unwrap_or_default();
    let Some(from) = pods::available_from(turn.view, since, seconds) else { return false };
    if from > turn.view.now() {
        turn.changes.push(Change::Again(from));
        return false;
    }
    true
}
