//! What the pods of a node ask of it, as `kubectl describe node` adds it up.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::k8s_openapi::api::core::v1::{Container, Node, PodSpec};
use opsdrill_objects::k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use opsdrill_objects::quantity::{Format, Quantity};

use crate::kubectl::percent::percent;

use super::Description;

/// Amounts by the name of the resource.
type Amounts = BTreeMap<String, Quantity>;

/// Writes the pods that have not ended, and what they ask for together.
pub(super) fn describe(node: &Node, pods: &[Arc<Object>], out: &mut Description) {
    let status = node.status.clone().unwrap_or_default();
    let allocatable = status.allocatable.filter(|it| !it.is_empty()).or(status.capacity);
    let allocatable = amounts_of(allocatable.as_ref());
    out.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    out.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    out.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for object in pods {
        let Some(pod) = object.pod() else { continue };
        let own_requests = pod_requests(&pod.spec);
        let own_limits = pod_limits(&pod.spec);
        let mut cells = vec![format!("{}\t{}\t", object.meta.namespace(), object.meta.name)];
        for resource in ["cpu", "memory"] {
            for own in [&own_requests, &own_limits] {
                cells.push(share(own, &allocatable, resource));
            }
        }
        cells.push(out.since(object.meta.created));
        out.line(1, cells.join("\t"));
        add(&mut requests, &own_requests);
        add(&mut limits, &own_limits);
    }
    out.line(0, "Allocated resources:");
    out.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    out.line(1, "Resource\tRequests\tLimits");
    out.line(1, "--------\t--------\t------");
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let [asked, at_most] = [&requests, &limits].map(|it| share(it, &allocatable, resource));
        out.line(1, format!("{resource}\t{asked}\t{at_most}"));
    }
    rare_resources(&allocatable, &requests, &limits, out);
}

/// Huge pages with their shares, then resources of other makers without.
fn rare_resources(
    allocatable: &Amounts,
    requests: &Amounts,
    limits: &Amounts,
    out: &mut Description,
) {
    for resource in allocatable.keys().filter(|it| it.starts_with("hugepages-")) {
        let [asked, at_most] = [requests, limits].map(|it| share(it, allocatable, resource));
        out.line(1, format!("{resource}\t{asked}\t{at_most}"));
    }
    for resource in allocatable.keys().filter(|it| it.contains('/')) {
        let [asked, at_most] = [requests, limits].map(|it| amount(it, resource));
        out.line(1, format!("{resource}\t{asked}\t{at_most}"));
    }
}

fn amount(amounts: &Amounts, resource: &str) -> Quantity {
    let zero = || Quantity::from_value(0, Format::Decimal);
    amounts.get(resource).cloned().unwrap_or_else(zero)
}

/// `250m (12%)`.
fn share(amounts: &Amounts, allocatable: &Amounts, resource: &str) -> String {
    let (part, whole) = (amount(amounts, resource), amount(allocatable, resource));
    let percent = if resource == "cpu" {
        percent(part.milli_value(), whole.milli_value())
    } else {
        percent(part.value(), whole.value())
    };
    format!("{part} ({percent}%)")
}

fn amounts_of(list: Option<&BTreeMap<String, Written>>) -> Amounts {
    let parsed = |(name, written): (&String, &Written)| {
        Some((name.clone(), Quantity::parse(&written.0).ok()?))
    };
    list.into_iter().flatten().filter_map(parsed).collect()
}

fn add(total: &mut Amounts, more: &Amounts) {
    for (name, quantity) in more {
        let sum = total.get(name).map_or_else(|| quantity.clone(), |it| it.add(quantity));
        total.insert(name.clone(), sum);
    }
}

fn raise(total: &mut Amounts, other: &Amounts) {
    for (name, quantity) in other {
        if total.get(name).is_none_or(|it| it < quantity) {
            total.insert(name.clone(), quantity.clone());
        }
    }
}

fn pod_requests(spec: &PodSpec) -> Amounts {
    let of = |it: &Container| amounts_of(it.resources.as_ref().and_then(|it| it.requests.as_ref()));
    let mut total = together(spec, of);
    add(&mut total, &amounts_of(spec.overhead.as_ref()));
    total
}

fn pod_limits(spec: &PodSpec) -> Amounts {
    let of = |it: &Container| amounts_of(it.resources.as_ref().and_then(|it| it.limits.as_ref()));
    let mut total = together(spec, of);
    for (name, quantity) in amounts_of(spec.overhead.as_ref()) {
        if let Some(own) = total.get_mut(&name).filter(|it| !it.is_zero()) {
            *own = own.add(&quantity);
        }
    }
    total
}

/// Containers and sidecars together, or more if an init container needs more while it runs.
fn together(spec: &PodSpec, of: impl Fn(&Container) -> Amounts) -> Amounts {
    let mut total = Amounts::new();
    for container in &spec.containers {
        add(&mut total, &of(container));
    }
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for container in spec.init_containers.iter().flatten() {
        let mut needed = of(container);
        if container.restart_policy.as_deref() == Some("Always") {
            add(&mut total, &needed);
            add(&mut sidecars, &needed);
            raise(&mut peak, &sidecars);
        } else {
            add(&mut needed, &sidecars);
            raise(&mut peak, &needed);
        }
    }
    raise(&mut total, &peak);
    total
}
