//! The endpoint slice controller: the addresses behind each service, a hundred to an EndpointSlice.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use opsdrill_objects::{Kind, Meta, Object};

use super::services::{self, Backend};
use super::{Change, Controller, Key, claims, nothing_more};
use crate::api::Options;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "endpointslice-controller",
    delay: SimDuration(50),
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The label that names the service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label that names who looks after a slice.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const OURSELVES: &str = "endpointslice-controller.k8s.io";
/// The most endpoints in a slice.
const SLICE_LENGTH_MAX: usize = 100;
/// The node's label from which an endpoint's zone is taken.
const ZONE: &str = "topology.kubernetes.io/zone";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    if notice.kind() == Kind::EndpointSlice {
        let slice = notice.object();
        let ours = slice.meta.label(MANAGED_BY) == Some(OURSELVES);
        let service = slice.meta.label(SERVICE_NAME).filter(|_| ours && notice.old.is_some());
        keys.extend(service.map(|it| Key::new(slice.meta.namespace(), it)));
    }
    services::concerned(view, notice, keys);
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    // The slices of a service that is gone go with it, as its dependents.
    let service = view.get(Kind::Service, &key.namespace, &key.name);
    let Some((service, spec)) = service.and_then(|it| Some((it, services::selecting(it)?))) else {
        return Vec::new();
    };
    if service.meta.is_terminating() {
        return Vec::new();
    }
    let wanted = BTreeMap::from([
        (SERVICE_NAME.to_owned(), key.name.to_string()),
        (MANAGED_BY.to_owned(), OURSELVES.to_owned()),
    ]);
    let existing = view.with_labels(Kind::EndpointSlice, &key.namespace, &wanted);
    let backends = services::backends(view, service, spec);
    let mut labels = services::labels(service, spec);
    labels.extend(wanted);
    let plan = Plan::of(existing, desired(view, service, spec, &backends));
    plan.changes(service, &labels, &backends)
}

/// The ports of a group of endpoints.
type Ports = Vec<EndpointPort>;

/// The endpoints as they should be, grouped by their ports, with the pod of each by UID.
fn desired(
    view: View<'_>,
    service: &Object,
    spec: &ServiceSpec,
    backends: &[Backend<'_>],
) -> Vec<(Ports, Vec<Endpoint>)> {
    let mut groups: Vec<(Ports, Vec<Endpoint>)> = Vec::new();
    for backend in backends {
        let ports = ports(spec, backend);
        let endpoint = endpoint(view, service, spec, backend);
        match groups.iter_mut().find(|it| it.0 == ports) {
            Some(group) => group.1.push(endpoint),
            None => groups.push((ports, vec![endpoint])),
        }
    }
    groups
}

fn ports(spec: &ServiceSpec, backend: &Backend<'_>) -> Ports {
    let ports = spec.ports.iter().flatten().filter_map(|port| {
        Some(EndpointPort {
            name: Some(port.name.clone().unwrap_or_default()),
            port: Some(services::port_on(backend.pod, port)?),
            protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".into())),
            app_protocol: port.app_protocol.clone(),
        })
    });
    ports.collect()
}

fn endpoint(
    view: View<'_>,
    service: &Object,
    spec: &ServiceSpec,
    backend: &Backend<'_>,
) -> Endpoint {
    let serving = backend.pod.is_ready();
    let terminating = backend.object.meta.is_terminating();
    let unready_too = spec.publish_not_ready_addresses.unwrap_or(false);
    let node = backend.pod.node_name.as_deref().and_then(|it| view.get(Kind::Node, "", it));
    Endpoint {
        addresses: vec![backend.ip.to_owned()],
        conditions: Some(EndpointConditions {
            ready: Some(unready_too || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: backend.hostname(service),
        node_name: backend.node(),
        target_ref: Some(backend.reference()),
        zone: node.and_then(|it| it.meta.label(ZONE)).map(str::to_owned),
        ..Endpoint::default()
    }
}

/// A slice as it should be.
struct Planned<'w> {
    /// The slice that it is to become of, if there is one.
    existing: Option<&'w Arc<Object>>,
    ports: Ports,
    endpoints: Vec<Endpoint>,
}

impl Planned<'_> {
    /// The body before.
    fn before(&self) -> Option<&EndpointSlice> {
        self.existing.and_then(|it| it.endpoint_slice())
    }

    fn is_changed(&self) -> bool {
        self.before().is_none_or(|it| it.endpoints != self.endpoints)
    }
}

/// Which slices there should be.
struct Plan<'w> {
    planned: Vec<Planned<'w>>,
    superfluous: Vec<&'w Arc<Object>>,
}

impl<'w> Plan<'w> {
    /// Lets each endpoint stay in its slice, and finds places for the new ones with as few writes as possible.
    fn of(existing: Vec<&'w Arc<Object>>, desired: Vec<(Ports, Vec<Endpoint>)>) -> Self {
        let mut plan = Self { planned: Vec::new(), superfluous: Vec::new() };
        let mut existing: Vec<Option<&Arc<Object>>> = existing.into_iter().map(Some).collect();
        for (ports, endpoints) in desired {
            let same = existing.iter_mut().filter(|it| {
                let slice = it.and_then(|it| it.endpoint_slice());
                slice.is_some_and(|it| it.ports.as_deref().unwrap_or_default() == ports)
            });
            let slices: Vec<_> = same.filter_map(Option::take).collect();
            plan.group(slices, &ports, endpoints);
        }
        plan.superfluous.extend(existing.into_iter().flatten());
        plan.recycle();
        plan
    }

    fn group(&mut self, slices: Vec<&'w Arc<Object>>, ports: &Ports, endpoints: Vec<Endpoint>) {
        let uid = |it: &Endpoint| it.target_ref.as_ref().and_then(|it| it.uid.clone());
        let order: Vec<_> = endpoints.iter().map(uid).collect();
        let mut waiting: BTreeMap<_, _> = endpoints.into_iter().map(|it| (uid(&it), it)).collect();
        let mut group = Vec::new();
        for slice in slices {
            let present = slice.endpoint_slice().map(|it| &it.endpoints).into_iter().flatten();
            let kept: Vec<_> = present.filter_map(|it| waiting.remove(&uid(it))).collect();
            group.push(Planned { existing: Some(slice), ports: ports.clone(), endpoints: kept });
        }
        let mut new =
            order.iter().filter_map(|it| waiting.remove(it)).collect::<Vec<_>>().into_iter();
        // First into slices that are written anyway, then into the fullest that has room for all, then into new ones.
        for slice in group.iter_mut().filter(|it| it.is_changed() && !it.endpoints.is_empty()) {
            let room = SLICE_LENGTH_MAX.saturating_sub(slice.endpoints.len());
            slice.endpoints.extend(new.by_ref().take(room));
        }
        let fits = |it: &&mut Planned<'_>| it.endpoints.len() + new.len() <= SLICE_LENGTH_MAX;
        if new.len() > 0
            && let Some(slice) = group.iter_mut().filter(fits).max_by_key(|it| it.endpoints.len())
        {
            slice.endpoints.extend(new.by_ref());
        }
        while new.len() > 0 {
            let endpoints = new.by_ref().take(SLICE_LENGTH_MAX).collect();
            group.push(Planned { existing: None, ports: ports.clone(), endpoints });
        }
        for slice in group {
            match slice.existing {
                Some(existing) if slice.endpoints.is_empty() => self.superfluous.push(existing),
                _ => self.planned.push(slice),
            }
        }
    }

    /// Sees to it that there is a slice at all, and makes new slices of superfluous ones.
    fn recycle(&mut self) {
        if self.planned.is_empty() {
            self.planned.push(Planned { existing: None, ports: Vec::new(), endpoints: Vec::new() });
        }
        for slice in self.planned.iter_mut().filter(|it| it.existing.is_none()) {
            slice.existing = self.superfluous.pop();
        }
    }

    fn changes(
        self,
        service: &Object,
        labels: &BTreeMap<String, String>,
        backends: &[Backend<'_>],
    ) -> Vec<Change> {
        let written = self.planned.into_iter().filter_map(|slice| {
            let body = EndpointSlice {
                address_type: "IPv4".into(),
                endpoints: slice.endpoints.clone(),
                ports: (!slice.ports.is_empty()).then(|| slice.ports.clone()),
                ..EndpointSlice::default()
            };
            let Some(existing) = slice.existing else {
                let mut new = Object::new(new_meta(service), body);
                new.meta.labels = labels.clone().into();
                services::note_trigger(&mut new.meta, triggers(service, &slice, backends));
                return Some(Change::Create(Box::new(new)));
            };
            if existing.endpoint_slice() == Some(&body) && *existing.meta.labels == *labels {
                return None;
            }
            let mut next = Object { body: body.into(), ..(**existing).clone() };
            next.meta.labels = labels.clone().into();
            services::note_trigger(&mut next.meta, triggers(service, &slice, backends));
            Some(Change::update(next))
        });
        let deleted = self.superfluous.iter().map(|it| Change::delete(it, Options::default()));
        written.chain(deleted).collect()
    }
}

fn new_meta(service: &Object) -> Meta {
    Meta {
        namespace: service.meta.namespace.clone(),
        generate_name: Some(format!("{}-", service.meta.name).into()),
        owners: vec![claims::controller_reference(service)],
        ..Meta::default()
    }
}

/// When the pods changed that a slice is written for; a new slice is written for its service too.
fn triggers(
    service: &Object,
    slice: &Planned<'_>,
    backends: &[Backend<'_>],
) -> impl Iterator<Item = i64> {
    let before = slice.before().map(|it| it.endpoints.as_slice()).unwrap_or_default();
    let changed = slice.endpoints.iter().filter(|it| !before.contains(it));
    let times = changed.filter_map(|endpoint| {
        let backend =
            backends.iter().find(|it| endpoint.addresses.first().is_some_and(|ip| ip == it.ip))?;
        Some(backend.changed_at())
    });
    let times: Vec<_> =
        times.chain(slice.existing.is_none().then_some(service.meta.created)).collect();
    times.into_iter()
}
