//! The ResourceQuota admission plugin, and what objects count for in a quota (`pkg/quota/v1/evaluator/core`).

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{PodSpec, ResourceQuota, ResourceQuotaStatus};
use k8s_openapi::apimachinery::pkg::api::resource;
use opsdrill_objects::quantity::{Format, Quantity};
use opsdrill_objects::{Kind, Object, Status};

use crate::store;
use crate::view::View;

/// Amounts by resource, such as `pods` and `requests.cpu`.
pub(crate) type Amounts = BTreeMap<String, Quantity>;

/// What one object counts for.
pub(crate) fn usage(object: &Object) -> Amounts {
    let info = object.kind.info();
    let one = || Quantity::from_value(1, Format::Decimal);
    let mut amounts = Amounts::new();
    if object.pod().is_some_and(opsdrill_objects::pod::Pod::is_finished) {
        return amounts;
    }
    let dot = if info.group.is_empty() { "" } else { "." };
    amounts.insert(format!("count/{}{dot}{}", info.plural, info.group), one());
    match object.kind {
        Kind::Pod => {
            amounts.insert("pods".into(), one());
            if let Some(pod) = object.pod() {
                pod_amounts(&pod.spec, &mut amounts);
            }
        }
        Kind::Service => {
            amounts.insert("services".into(), one());
            let spec = object.service().and_then(|it| it.spec.as_ref());
            let ports = spec.and_then(|it| it.ports.as_ref()).map_or(0, Vec::len) as i64;
            let ports = Quantity::from_value(ports, Format::Decimal);
            match spec.and_then(|it| it.type_.as_deref()) {
                Some("NodePort") => {
                    amounts.insert("services.nodeports".into(), ports);
                }
                Some("LoadBalancer") => {
                    amounts.insert("services.nodeports".into(), ports);
                    amounts.insert("services.loadbalancers".into(), one());
                }
                _ => {}
            }
        }
        Kind::PersistentVolumeClaim => {
            amounts.insert("persistentvolumeclaims".into(), one());
            let spec = object.persistent_volume_claim().and_then(|it| it.spec.as_ref());
            let requests = spec.and_then(|it| it.resources.as_ref()?.requests.as_ref());
            if let Some(storage) = requests.and_then(|it| it.get("storage")).and_then(parsed) {
                amounts.insert("requests.storage".into(), storage);
            }
        }
        Kind::ConfigMap | Kind::Secret | Kind::ReplicationController | Kind::ResourceQuota => {
            amounts.insert(info.plural.into(), one());
        }
        _ => {}
    }
    amounts
}

fn parsed(amount: &resource::Quantity) -> Option<Quantity> {
    Quantity::parse(&amount.0).ok()
}

/// Requests and limits of a pod: the sum of its containers, or the largest init container if that is more.
fn pod_amounts(spec: &PodSpec, amounts: &mut Amounts) {
    let mut start = Amounts::new();
    let mut note = |side: &str, list: Option<&BTreeMap<String, resource::Quantity>>, init: bool| {
        for (name, amount) in list.into_iter().flatten() {
            let Some(amount) = parsed(amount) else { continue };
            let key = format!("{side}.{name}");
            if init {
                let largest = start.entry(key).or_insert(Quantity::ZERO);
                if amount > *largest {
                    *largest = amount;
                }
            } else {
                let sum = amounts.entry(key).or_insert(Quantity::ZERO);
                *sum = sum.add(&amount);
            }
        }
    };
    let ordinary = spec.containers.iter().map(|it| (it, false));
    let init = spec.init_containers.iter().flatten().map(|it| (it, true));
    for (container, is_init) in ordinary.chain(init) {
        let resources = container.resources.as_ref();
        note("requests", resources.and_then(|it| it.requests.as_ref()), is_init);
        note("limits", resources.and_then(|it| it.limits.as_ref()), is_init);
    }
    for (key, largest) in start {
        let sum = amounts.entry(key).or_insert(Quantity::ZERO);
        if largest > *sum {
            *sum = largest;
        }
    }
    for name in ["cpu", "memory", "ephemeral-storage"] {
        if let Some(amount) = amounts.get(&format!("requests.{name}")).cloned() {
            amounts.insert(name.into(), amount);
        }
    }
}

/// What a quota allows.
pub(crate) fn hard(quota: &ResourceQuota) -> Amounts {
    let hard = quota.spec.iter().flat_map(|it| it.hard.iter().flatten());
    hard.filter_map(|(name, amount)| Some((name.clone(), parsed(amount)?))).collect()
}

/// What the objects of a namespace count for, of the resources that a quota is about.
pub(crate) fn used(view: View<'_>, namespace: &str, hard: &Amounts) -> Amounts {
    let zero = |name: &String| (name.clone(), Quantity::from_value(0, Format::Decimal));
    let mut used: Amounts = hard.keys().map(zero).collect();
    for info in view.kinds().rows().filter(|it| it.namespaced) {
        for object in view.list(info.kind, namespace) {
            for (name, amount) in usage(object) {
                if let Some(sum) = used.get_mut(&name) {
                    *sum = sum.add(&amount);
                }
            }
        }
    }
    used
}

/// Refuses what a quota of the namespace does not allow, and counts what they all allow.
pub(super) fn admit(world: &mut World, object: &Object, dry_run: bool) -> Result<(), Status> {
    let namespace = object.meta.namespace();
    let view = View::new(world);
    if namespace.is_empty() || view.list(Kind::ResourceQuota, namespace).next().is_none() {
        return Ok(());
    }
    let quotas: Vec<Arc<Object>> = view.list(Kind::ResourceQuota, namespace).cloned().collect();
    let wanted = usage(object);
    let mut counted = Vec::new();
    for quota in quotas {
        let Some(body) = quota.resource_quota() else { continue };
        if body.spec.as_ref().is_some_and(|it| it.scopes.is_some() || it.scope_selector.is_some()) {
            continue;
        }
        let hard = hard(body);
        let about: Amounts = wanted
            .iter()
            .filter(|it| hard.contains_key(it.0))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        if let Some(pod) = object.pod() {
            must_specify(&pod.spec, &hard, &quota, object)?;
        }
        if about.is_empty() {
            continue;
        }
        let known = body.status.as_ref().and_then(|it| it.used.as_ref());
        let used = match known {
            Some(known) => {
                known.iter().filter_map(|(name, it)| Some((name.clone(), parsed(it)?))).collect()
            }
            None => used(View::new(world), namespace, &hard),
        };
        counted.push((quota.clone(), check(&quota, object, &hard, used, &about)?));
    }
    if dry_run {
        return Ok(());
    }
    for (quota, used) in counted {
        let mut next = (*quota).clone();
        if let Some(body) = next.resource_quota_mut() {
            body.status = Some(status(&hard(body), &used));
        }
        store::replace(world, next);
    }
    Ok(())
}

/// The usage after the object, if it fits.
fn check(
    quota: &Object,
    object: &Object,
    hard: &Amounts,
    mut used: Amounts,
    about: &Amounts,
) -> Result<Amounts, Status> {
    let before = used.clone();
    for (name, amount) in about {
        let sum = used.entry(name.clone()).or_insert(Quantity::ZERO);
        *sum = sum.add(amount);
    }
    let exceeded: Vec<&String> = about.keys().filter(|it| used[*it] > hard[*it]).collect();
    if exceeded.is_empty() {
        return Ok(used);
    }
    let text = |of: &Amounts| {
        let zero = || "0".to_owned();
        let one = |name: &&String| {
            format!("{name}={}", of.get(*name).map_or_else(zero, ToString::to_string))
        };
        exceeded.iter().map(one).collect::<Vec<_>>().join(",")
    };
    let why = format!(
        "exceeded quota: {}, requested: {}, used: {}, limited: {}",
        quota.meta.name,
        text(about),
        text(&before),
        text(hard),
    );
    Err(Status::forbidden(object.kind, &object.meta.name, &why))
}

/// A pod in a namespace with a quota of CPU or memory says how much of it each container wants.
fn must_specify(
    spec: &PodSpec,
    hard: &Amounts,
    quota: &Object,
    object: &Object,
) -> Result<(), Status> {
    let mut missing: Vec<String> = Vec::new();
    for name in hard.keys() {
        let (side, resource) = match name.as_str() {
            "cpu" | "memory" => ("requests", name.as_str()),
            _ => match name.split_once('.') {
                Some((side @ ("requests" | "limits"), resource @ ("cpu" | "memory"))) => {
                    (side, resource)
                }
                _ => continue,
            },
        };
        let lacks = |it: &&k8s_openapi::api::core::v1::Container| {
            let resources = it.resources.as_ref();
            let list = match side {
                "requests" => resources.and_then(|it| it.requests.as_ref()),
                _ => resources.and_then(|it| it.limits.as_ref()),
            };
            list.is_none_or(|it| !it.contains_key(resource))
        };
        let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let names: Vec<&str> = containers.filter(lacks).map(|it| it.name.as_str()).collect();
        if !names.is_empty() {
            missing.push(format!("{name} for: {}", names.join(",")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!("failed quota: {}: must specify {}", quota.meta.name, missing.join("; "));
    Err(Status::forbidden(object.kind, &object.meta.name, &why))
}

/// The status of a quota.
pub(crate) fn status(hard: &Amounts, used: &Amounts) -> ResourceQuotaStatus {
    let written = |of: &Amounts| {
        let known = of.iter().filter(|it| hard.contains_key(it.0));
        known.map(|(name, it)| (name.clone(), resource::Quantity(it.to_string()))).collect()
    };
    ResourceQuotaStatus { hard: Some(written(hard)), used: Some(written(used)) }
}
