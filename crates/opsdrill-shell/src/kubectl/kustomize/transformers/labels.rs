//! `labels`, `commonLabels` and `commonAnnotations`.

use serde_json::{Map, Value};

use crate::kubectl::kustomize::kustomization::Kustomization;
use crate::kubectl::kustomize::resource::Resource;

use super::names::visit;

/// A map in documents of some kinds.
struct Place {
    kinds: &'static [&'static str],
    /// The way to what holds the map.
    path: &'static [&'static str],
    /// The names of the maps, the last being the one with the pairs.
    maps: &'static [&'static str],
    /// Whether the maps are made where they are missing.
    made: bool,
}

const WORKLOADS: &[&str] =
    &["ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"];
const SPREAD: &[&str] = &["Deployment", "StatefulSet"];
const AFFINITY: &[&str] = &["spec", "template", "spec", "affinity"];
const METADATA: &[&str] = &["metadata", "labels"];
const MATCHED: &[&str] = &["matchLabels"];

const fn place(
    kinds: &'static [&'static str],
    path: &'static [&'static str],
    maps: &'static [&'static str],
    made: bool,
) -> Place {
    Place { kinds, path, maps, made }
}

/// The labels of pods.
const TEMPLATES: &[Place] = &[
    place(WORKLOADS, &["spec", "template"], METADATA, true),
    place(&["CronJob"], &["spec", "jobTemplate"], METADATA, true),
    place(&["CronJob"], &["spec", "jobTemplate", "spec", "template"], METADATA, true),
    place(&["StatefulSet"], &["spec", "volumeClaimTemplates", "*"], METADATA, true),
];

/// What selects pods by their labels.
const SELECTORS: &[Place] = &[
    place(&["Service", "ReplicationController"], &["spec"], &["selector"], true),
    place(
        &["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"],
        &["spec"],
        &["selector", "matchLabels"],
        true,
    ),
    place(&["Job", "PodDisruptionBudget"], &["spec", "selector"], MATCHED, false),
    place(&["CronJob"], &["spec", "jobTemplate", "spec", "selector"], MATCHED, false),
    place(&["NetworkPolicy"], &["spec", "podSelector"], MATCHED, false),
    place(
        &["NetworkPolicy"],
        &["spec", "ingress", "*", "from", "*", "podSelector"],
        MATCHED,
        false,
    ),
    place(&["NetworkPolicy"], &["spec", "egress", "*", "to", "*", "podSelector"], MATCHED, false),
    place(
        SPREAD,
        &["spec", "template", "spec", "topologySpreadConstraints", "*", "labelSelector"],
        MATCHED,
        false,
    ),
];

/// Runs them.
pub(super) fn run(kustomization: &Kustomization, resources: &mut [Resource]) {
    for resource in resources {
        for labels in &kustomization.labels {
            put(&mut resource.document, METADATA, true, &labels.pairs);
            if labels.in_templates || labels.in_selectors {
                put_all(resource, TEMPLATES, &labels.pairs);
            }
            if labels.in_selectors {
                put_all(resource, SELECTORS, &labels.pairs);
                put_in_affinities(resource, &labels.pairs);
            }
        }
        let annotations = &kustomization.annotations;
        if annotations.is_empty() {
            continue;
        }
        put(&mut resource.document, &["metadata", "annotations"], true, annotations);
        let kind = resource.kind().to_owned();
        let templates = TEMPLATES.iter().filter(|it| it.path.last() != Some(&"*"));
        for place in templates.filter(|it| it.kinds.contains(&kind.as_str())) {
            visit(&mut resource.document, place.path, &mut |it| {
                put(it, &["metadata", "annotations"], true, annotations);
            });
        }
    }
}

fn put_all(resource: &mut Resource, places: &[Place], pairs: &Map<String, Value>) {
    let kind = resource.kind().to_owned();
    for place in places.iter().filter(|it| it.kinds.contains(&kind.as_str())) {
        visit(&mut resource.document, place.path, &mut |it| put(it, place.maps, place.made, pairs));
    }
}

/// The ways through an affinity to what selects pods.
const PREFERRED: &[&str] =
    &["preferredDuringSchedulingIgnoredDuringExecution", "*", "podAffinityTerm", "labelSelector"];
const REQUIRED: &[&str] = &["requiredDuringSchedulingIgnoredDuringExecution", "*", "labelSelector"];

fn put_in_affinities(resource: &mut Resource, pairs: &Map<String, Value>) {
    if !SPREAD.contains(&resource.kind()) {
        return;
    }
    for sort in ["podAffinity", "podAntiAffinity"] {
        for rest in [PREFERRED, REQUIRED] {
            let path: Vec<&str> =
                AFFINITY.iter().copied().chain([sort]).chain(rest.iter().copied()).collect();
            visit(&mut resource.document, &path, &mut |it| put(it, MATCHED, false, pairs));
        }
    }
}

/// Puts pairs into the map behind some names.
fn put(value: &mut Value, maps: &[&str], made: bool, pairs: &Map<String, Value>) {
    let mut inner = value;
    for name in maps {
        if !made && inner.get(*name).is_none() {
            return;
        }
        if !inner.is_object() {
            return;
        }
        inner = &mut inner[*name];
        if inner.is_null() {
            *inner = Value::Object(Map::new());
        }
    }
    for (key, text) in pairs {
        inner[key] = text.clone();
    }
}
