//! Where requests arrive: the network's routes as the flows see them, process by process.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Uid};

use super::Cause;
use crate::physical::network::ingress::{self, Passed};
use crate::physical::network::{self, ConnectError, Origin};
use crate::physical::process::ProcessId;
use crate::physical::traffic::Address;
use crate::view::View;

/// Where requests to a host and port arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    /// The Service on the way: namespace and name.
    pub(super) service: Option<(Arc<str>, Arc<str>)>,
    /// The process behind each end; why there is none otherwise.
    pub(super) destinations: Vec<Result<ProcessId, Cause>>,
    /// Why there is no end at all.
    pub(super) failure: Option<Cause>,
    /// The pods at its ends.
    pub(super) pods: Vec<Uid>,
    /// Whether an ingress controller passes on what comes this way.
    pub(super) passed_on: bool,
}

impl Route {
    /// Whether it leads through a Service to pods, and nowhere else.
    pub(super) fn is_plain(&self) -> bool {
        let ends = self.destinations.len();
        let direct = self.failure.is_none() && !self.passed_on;
        self.service.is_some() && direct && self.pods.len() == ends
    }

    /// The processes that can be reached.
    pub(super) fn processes(&self) -> impl Iterator<Item = ProcessId> {
        self.destinations.iter().filter_map(|it| it.as_ref().ok()).copied()
    }
}

/// The route from a pod to a host and port.
pub(super) fn from_pod(world: &World, pod: Uid, host: &str, port: u16) -> Route {
    resolve(world, &Origin::Pod(pod), host, port)
}

/// The route of users, who stand where the scenario puts them: at a host beyond the cluster (an ingress), or in front
/// of `service.namespace`. Whoever reaches an ingress controller gets what is behind it.
pub(super) fn from_users(world: &World, address: &Address) -> Route {
    let route = to_entrance(world, &address.host, address.port);
    let pass = |id| ingress::pass(world, id, &address.host, &address.path);
    let found: Option<Vec<Passed>> = route.processes().map(pass).collect();
    match found {
        Some(found) if !found.is_empty() => behind(route, found),
        _ => route,
    }
}

/// What is behind the ends of a route that are ingress controllers, as users see it.
fn behind(entrance: Route, found: Vec<Passed>) -> Route {
    let controllers = found.len();
    let mut route = Route { pods: entrance.pods, passed_on: true, ..Route::default() };
    for passed in found {
        let inner = match passed {
            Passed::On(inner) => ends(inner),
            Passed::Nowhere => Route { failure: Some(Cause::NotFound), ..Route::default() },
        };
        // Where no pod is ready, nginx says 503.
        let none = inner.failure.or(inner.destinations.is_empty().then_some(Cause::Unavailable));
        route.destinations.extend(none.map(Err));
        // Pods that refuse become 502 of the controller.
        route.destinations.extend(inner.destinations.into_iter().map(|it| {
            it.map_err(|why| if why == Cause::Refused { Cause::Dependency } else { why })
        }));
        route.service = route.service.or(inner.service);
        route.pods.extend(inner.pods);
    }
    // A controller that cannot be reached fails its share of the requests.
    let share = route.destinations.len() / controllers;
    let lost = entrance.destinations.into_iter().filter_map(Result::err);
    let lost: Vec<_> = lost.flat_map(|it| std::iter::repeat_n(Err(it), share)).collect();
    route.destinations.extend(lost);
    route
}

fn to_entrance(world: &World, host: &str, port: u16) -> Route {
    let Some((name, namespace)) = service_name(host) else {
        return resolve(world, &Origin::Outside, host, port);
    };
    let view = View::new(world);
    let Some(service) = view.get(Kind::Service, namespace, name) else {
        return resolve(world, &Origin::Outside, host, port);
    };
    let spec = service.service().and_then(|it| it.spec.as_ref());
    let address = spec.and_then(|it| it.cluster_ip.clone()).unwrap_or_default();
    let mut route = resolve(world, &Origin::Node("".into()), &address, port);
    // The books are kept for the Service even while there is no way through it.
    route.service = Some((namespace.into(), name.into()));
    route
}

/// `name.namespace`, `name.namespace.svc` and `name.namespace.svc.cluster.local`.
fn service_name(host: &str) -> Option<(&str, &str)> {
    let host = host.trim_end_matches('.');
    let host = host.strip_suffix(".cluster.local").unwrap_or(host);
    let host = host.strip_suffix(".svc").unwrap_or(host);
    let (name, namespace) = host.split_once('.')?;
    (!name.is_empty() && !namespace.contains('.')).then_some((name, namespace))
}

fn resolve(world: &World, from: &Origin, host: &str, port: u16) -> Route {
    match network::route(world, from, host, port) {
        Err(error) => Route { failure: Some(cause(error)), ..Route::default() },
        Ok(route) => ends(route),
    }
}

/// A route of the network as the flows see it.
fn ends(route: network::Route) -> Route {
    let destinations = route.destinations.iter().map(|it| match &it.peer {
        Ok(network::Peer::Process(process)) => Ok(*process),
        // The flows end at the cluster's edge: what lies beyond is not counted as served.
        Ok(_) => Err(Cause::ServerError),
        Err(error) => Err(cause(*error)),
    });
    Route {
        destinations: destinations.collect(),
        pods: route.destinations.iter().filter_map(|it| it.pod).collect(),
        service: route.service,
        ..Route::default()
    }
}

fn cause(error: ConnectError) -> Cause {
    match error {
        ConnectError::NameNotFound => Cause::UnknownHost,
        ConnectError::NameTimeout => Cause::NameTimeout,
        ConnectError::Refused => Cause::Refused,
        ConnectError::Timeout | ConnectError::NoRoute => Cause::Timeout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_names_are_read_with_and_without_their_suffixes() {
        assert_eq!(service_name("db.data"), Some(("db", "data")));
        assert_eq!(service_name("db.data.svc"), Some(("db", "data")));
        assert_eq!(service_name("db.data.svc.cluster.local."), Some(("db", "data")));
        assert_eq!(service_name("www.example.com"), None);
        assert_eq!(service_name("db"), None);
    }
}
