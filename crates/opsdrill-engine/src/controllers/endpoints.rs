//! The endpoints controller: the addresses behind each service, as one Endpoints object of the service's name.

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, ServiceSpec,
};
use opsdrill_objects::{Kind, Meta, Object};

use super::services::{self, Backend};
use super::{Answered, Change, Controller, Key};
use crate::api::Options;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "endpoint-controller",
    delay: SimDuration(50),
    workers: 5,
    observe,
    reconcile,
    answered,
};

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    // What users write into Endpoints stands until the next change; only their loss is made good.
    if notice.kind() == Kind::Endpoints && notice.new.is_none() {
        keys.push(Key::of(notice.object()));
    }
    services::concerned(view, notice, keys);
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let current = view.get(Kind::Endpoints, &key.namespace, &key.name);
    let Some(service) = view.get(Kind::Service, &key.namespace, &key.name) else {
        return current.map(|it| Change::delete(it, Options::default())).into_iter().collect();
    };
    let Some(spec) = services::selecting(service) else { return Vec::new() };
    let backends = services::backends(view, service, spec);
    let body = Endpoints { subsets: subsets(service, spec, &backends), ..Endpoints::default() };
    let labels = services::labels(service, spec);
    let Some(current) = current else {
        let meta = Meta::named(Some(&key.namespace), &key.name);
        let mut new = Object::new(Meta { labels: labels.into(), ..meta }, body);
        let changes = backends.iter().map(Backend::changed_at);
        services::note_trigger(&mut new.meta, changes.chain([service.meta.created]));
        return vec![Change::Create(Box::new(new))];
    };
    let old = current.endpoints();
    if old == Some(&body) && *current.meta.labels == labels {
        return Vec::new();
    }
    // The pods that come, or become ready or unready, are what this update is for.
    let listed = |it: &Backend<'_>, ready: bool| {
        let subsets = old.and_then(|it| it.subsets.as_ref()).into_iter().flatten();
        let mut addresses = subsets.flat_map(|it| {
            let list = if ready { &it.addresses } else { &it.not_ready_addresses };
            list.iter().flatten()
        });
        addresses.any(|address| address.ip == it.ip)
    };
    let changed = backends.iter().filter(|it| !listed(it, it.pod.is_ready()));
    let mut next = Object { body: body.into(), ..(**current).clone() };
    services::note_trigger(&mut next.meta, changed.map(Backend::changed_at));
    next.meta.labels = labels.into();
    vec![Change::update(next)]
}

/// The addresses, grouped by the ports that they have.
fn subsets(
    service: &Object,
    spec: &ServiceSpec,
    backends: &[Backend<'_>],
) -> Option<Vec<EndpointSubset>> {
    let unready_too = spec.publish_not_ready_addresses.unwrap_or(false);
    let mut subsets: Vec<EndpointSubset> = Vec::new();
    for backend in backends {
        if backend.object.meta.is_terminating() && !unready_too {
            continue;
        }
        let Some(ports) = ports(spec, backend) else { continue };
        let place = subsets.iter().position(|it| it.ports == ports).unwrap_or_else(|| {
            subsets.push(EndpointSubset { ports, ..EndpointSubset::default() });
            subsets.len() - 1
        });
        let subset = &mut subsets[place];
        let ready = unready_too || backend.pod.is_ready();
        let list = if ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        list.get_or_insert_default().push(EndpointAddress {
            hostname: backend.hostname(service),
            ip: backend.ip.to_owned(),
            node_name: backend.node(),
            target_ref: Some(backend.reference()),
        });
    }
    for subset in &mut subsets {
        for list in [&mut subset.addresses, &mut subset.not_ready_addresses].into_iter().flatten() {
            list.sort_by(|a, b| a.ip.cmp(&b.ip));
        }
    }
    (!subsets.is_empty()).then_some(subsets)
}

/// The service's ports on a pod; `None` if it has none of them. Only headless services may have no ports at all.
#[expect(clippy::option_option, reason = "no ports to list is another thing than not to be listed")]
fn ports(spec: &ServiceSpec, backend: &Backend<'_>) -> Option<Option<Vec<EndpointPort>>> {
    let wanted = spec.ports.as_deref().unwrap_or_default();
    if wanted.is_empty() {
        return services::is_headless(spec).then_some(None);
    }
    let found = wanted.iter().filter_map(|port| {
        Some(EndpointPort {
            name: port.name.clone().filter(|it| !it.is_empty()),
            port: services::port_on(backend.pod, port)?,
            protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".into())),
            app_protocol: port.app_protocol.clone(),
        })
    });
    let found: Vec<_> = found.collect();
    (!found.is_empty()).then_some(Some(found))
}

fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let service = view.get(Kind::Service, &key.namespace, &key.name);
    let (Err(refusal), Some(service)) = (answered.result, service) else { return Vec::new() };
    if answered.namespace_terminating() {
        return Vec::new();
    }
    let message =
        format!("Failed to create endpoint for service {}: {}", service.path(), refusal.message);
    vec![Change::warning(&answered.asked.clone().into(), "FailedToCreateEndpoint", message)]
}
