//! The LimitRanger admission plugin: what containers get that ask for nothing, and what is too little or too much.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, LimitRangeItem, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, Object, Status};

use super::resource_quota;
use crate::view::View;

/// Says what the plugin has set.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

type List = BTreeMap<String, resource::Quantity>;

fn items(world: &World, namespace: &str) -> Vec<LimitRangeItem> {
    let ranges = View::new(world).list(Kind::LimitRange, namespace);
    let specs = ranges.filter_map(|it| it.limit_range()?.spec.as_ref());
    specs.flat_map(|it| it.limits.iter().cloned()).collect()
}

/// Fills in what a new pod's containers leave out; whether anything was.
pub(super) fn complete(world: &World, object: &mut Object) -> bool {
    let items = items(world, object.meta.namespace());
    let defaults = items.iter().filter(|it| it.type_ == "Container").collect::<Vec<_>>();
    if defaults.is_empty() {
        return false;
    }
    let Some(pod) = object.pod_mut() else { return false };
    let spec = Arc::make_mut(&mut pod.spec);
    let mut set = Vec::new();
    for (word, containers) in [
        ("container", &mut spec.containers),
        ("init container", spec.init_containers.get_or_insert_default()),
    ] {
        for container in containers {
            fill(container, word, &defaults, &mut set);
        }
    }
    if spec.init_containers.as_ref().is_some_and(Vec::is_empty) {
        spec.init_containers = None;
    }
    if set.is_empty() {
        return false;
    }
    let text = format!("LimitRanger plugin set: {}", set.join("; "));
    object.meta.set_annotation(ANNOTATION, Some(&text));
    true
}

fn fill(container: &mut Container, word: &str, items: &[&LimitRangeItem], set: &mut Vec<String>) {
    let resources = container.resources.get_or_insert_default();
    for side in ["request", "limit"] {
        let mut names = Vec::new();
        for item in items {
            let (defaults, list) = match side {
                "request" => (&item.default_request, &mut resources.requests),
                _ => (&item.default, &mut resources.limits),
            };
            for (name, amount) in defaults.iter().flatten() {
                let list: &mut List = list.get_or_insert_default();
                if !list.contains_key(name) {
                    list.insert(name.clone(), amount.clone());
                    names.push(name.clone());
                }
            }
        }
        if !names.is_empty() {
            names.sort();
            set.push(format!("{} {side} for {word} {}", names.join(", "), container.name));
        }
    }
}

/// Refuses a pod or a claim outside of the limits.
pub(super) fn check(world: &World, object: &Object) -> Result<(), Status> {
    let namespace = object.meta.namespace();
    if !matches!(object.kind, Kind::Pod | Kind::PersistentVolumeClaim) || namespace.is_empty() {
        return Ok(());
    }
    let mut errors = Vec::new();
    for item in items(world, namespace) {
        if let Some(pod) = object.pod() {
            check_pod(&item, &pod.spec, &mut errors);
        } else if item.type_ == "PersistentVolumeClaim" {
            let spec = object.persistent_volume_claim().and_then(|it| it.spec.as_ref());
            let requests = spec.and_then(|it| it.resources.as_ref()?.requests.clone());
            check_claim(&item, &requests.unwrap_or_default(), &mut errors);
        }
    }
    let why = match errors.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(Status::forbidden(object.kind, &object.meta.name, &why))
}

fn check_pod(item: &LimitRangeItem, spec: &PodSpec, errors: &mut Vec<String>) {
    if item.type_ == "Container" {
        for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
            let resources = container.resources.clone().unwrap_or_default();
            let list = |it: Option<List>| {
                let given = it.unwrap_or_default();
                given
                    .into_iter()
                    .filter_map(|(a, b)| Some((a, Quantity::parse(&b.0).ok()?)))
                    .collect()
            };
            bounds(item, &list(resources.requests), &list(resources.limits), errors);
        }
    }
    if item.type_ == "Pod" {
        let whole = Object::new(
            opsdrill_objects::Meta::default(),
            opsdrill_objects::pod::Pod { spec: spec.clone().into(), ..Default::default() },
        );
        let amounts = resource_quota::usage(&whole);
        let side = |prefix: &str| {
            let own = amounts
                .iter()
                .filter_map(|(name, it)| Some((name.strip_prefix(prefix)?.to_owned(), it.clone())));
            own.collect::<BTreeMap<_, _>>()
        };
        bounds(item, &side("requests."), &side("limits."), errors);
    }
}

/// As `minConstraint`, `maxConstraint` and `limitRequestRatioConstraint`.
fn bounds(
    item: &LimitRangeItem,
    requests: &BTreeMap<String, Quantity>,
    limits: &BTreeMap<String, Quantity>,
    errors: &mut Vec<String>,
) {
    let per = &item.type_;
    for (name, least) in item.min.iter().flatten() {
        let Ok(bound) = Quantity::parse(&least.0) else { continue };
        let opening = format!("minimum {name} usage per {per} is {bound}");
        match (requests.get(name), limits.get(name)) {
            (None, _) => errors.push(format!("{opening}.  No request is specified")),
            (Some(request), _) if *request < bound => {
                errors.push(format!("{opening}, but request is {request}"));
            }
            (_, Some(limit)) if *limit < bound => {
                errors.push(format!("{opening}, but limit is {limit}"));
            }
            _ => {}
        }
    }
    for (name, most) in item.max.iter().flatten() {
        let Ok(bound) = Quantity::parse(&most.0) else { continue };
        let opening = format!("maximum {name} usage per {per} is {bound}");
        match (requests.get(name), limits.get(name)) {
            (_, None) => errors.push(format!("{opening}.  No limit is specified")),
            (_, Some(limit)) if *limit > bound => {
                errors.push(format!("{opening}, but limit is {limit}"));
            }
            (Some(request), _) if *request > bound => {
                errors.push(format!("{opening}, but request is {request}"));
            }
            _ => {}
        }
    }
    for (name, ratio) in item.max_limit_request_ratio.iter().flatten() {
        let Ok(bound) = Quantity::parse(&ratio.0) else { continue };
        let (Some(request), Some(limit)) = (requests.get(name), limits.get(name)) else { continue };
        let request = request.milli_value().max(1);
        let millionths = i128::from(limit.milli_value()) * 1_000_000 / i128::from(request);
        if millionths > i128::from(bound.milli_value()) * 1000 {
            errors.push(format!(
                "{name} max limit to request ratio per {per} is {bound}, but provided ratio is {}.{:06}",
                millionths / 1_000_000,
                millionths % 1_000_000,
            ));
        }
    }
}

fn check_claim(item: &LimitRangeItem, requests: &List, errors: &mut Vec<String>) {
    let wanted = requests.get("storage").and_then(|it| Quantity::parse(&it.0).ok());
    let bound = |of: &Option<List>| Quantity::parse(&of.as_ref()?.get("storage")?.0).ok();
    let Some(wanted) = wanted else { return };
    if let Some(least) = bound(&item.min).filter(|it| wanted < *it) {
        errors.push(format!(
            "minimum storage usage per PersistentVolumeClaim is {least}, but request is {wanted}"
        ));
    }
    if let Some(most) = bound(&item.max).filter(|it| wanted > *it) {
        errors.push(format!(
            "maximum storage usage per PersistentVolumeClaim is {most}, but request is {wanted}"
        ));
    }
}
