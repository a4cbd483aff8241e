//! From a host and a port to what listens there, or to the error that a client gets.
//!
//! Rules: kube-proxy in iptables mode. A Service without endpoints refuses; packets to a port that a Service does not
//! list are nobody's; so are packets to a node that is gone.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::ServicePort;
use opsdrill_objects::{Kind, Object, Uid};
use thiserror::Error;

use super::dns::{self, DnsError};
use super::service::{self, Endpoint};
use super::{Entrance, Network, Origin, listener, node_addresses, node_is_down, policy};
use crate::chance::Chance;
use crate::physical::{ProcessId, process};
use crate::time::SimTime;
use crate::view::View;

/// The API server's own port on its node.
const API_SERVER_PORT: u16 = 6443;

/// Why a connection does not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// The DNS does not know the name.
    #[error("no such host")]
    NameNotFound,
    /// The DNS does not answer.
    #[error("i/o timeout")]
    NameTimeout,
    /// Somebody says that nobody listens.
    #[error("connection refused")]
    Refused,
    /// Nobody says anything.
    #[error("i/o timeout")]
    Timeout,
    /// No machine has that address.
    #[error("no route to host")]
    NoRoute,
}

/// What listens at the end of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A process of a container.
    Process(ProcessId),
    /// The API server.
    ApiServer,
    /// A host beyond the cluster, by name.
    External(String),
}

/// One end of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The pod, if it is one's.
    pub pod: Option<Uid>,
    /// Its address.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// What listens there, or what a client gets instead.
    pub peer: Result<Peer, ConnectError>,
}

impl Destination {
    /// The process that listens there.
    pub fn process(&self) -> Option<ProcessId> {
        match self.peer {
            Ok(Peer::Process(process)) => Some(process),
            _ => None,
        }
    }
}

/// Where connections to a host and port end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The Service on the way: namespace and name.
    pub service: Option<(Arc<str>, Arc<str>)>,
    /// The address that a client connects to.
    pub address: String,
    /// All ends, one of which each connection gets; never empty.
    pub destinations: Vec<Destination>,
}

impl Route {
    /// The end that a connection gets: kube-proxy leaves it to chance.
    ///
    /// # Errors
    /// That end's refusal.
    pub fn pick(
        &self,
        chance: &Chance,
        key: &str,
        time: SimTime,
    ) -> Result<&Destination, ConnectError> {
        let count = self.destinations.len() as u64;
        let place = chance.noise(&format!("connect {key}"), time.0, count) as usize;
        let destination = self.destinations.get(place).ok_or(ConnectError::Refused)?;
        destination.peer.as_ref().map(|_| destination).map_err(|it| *it)
    }
}

/// Finds the route from somebody to a host and port.
///
/// # Errors
/// What every connection gets.
pub fn route(world: &World, from: &Origin, host: &str, port: u16) -> Result<Route, ConnectError> {
    if origin_node(world, from).is_some_and(|it| node_is_down(world, &it)) {
        return Err(ConnectError::Timeout);
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let answer = dns::resolve(world, from, host).map_err(|error| match error {
        DnsError::NotFound => ConnectError::NameNotFound,
        DnsError::Timeout => ConnectError::NameTimeout,
    })?;
    let mut found = Route::default();
    let mut refusal = ConnectError::NoRoute;
    // A client tries one address after another until one takes the connection.
    for address in &answer.addresses {
        match to_address(world, from, address, port) {
            Ok(route) if found.destinations.is_empty() => found = route,
            Ok(route) => found.destinations.extend(route.destinations),
            Err(error) => refusal = error,
        }
    }
    policy::apply(world, from, &mut found.destinations);
    if found.destinations.is_empty() { Err(refusal) } else { Ok(found) }
}

fn to_address(
    world: &World,
    from: &Origin,
    address: &str,
    port: u16,
) -> Result<Route, ConnectError> {
    if address.starts_with("127.") {
        let Origin::Pod(pod) = from else { return Err(ConnectError::Refused) };
        return Ok(direct(to_pod(world, *pod, address, port)));
    }
    let network = world.resource::<Network>();
    let view = View::new(world);
    let inside = *from != Origin::Outside;
    if inside && let Some((namespace, name)) = network.services.get(address) {
        let object = view.get(Kind::Service, namespace, name).ok_or(ConnectError::Timeout)?;
        // iptables has no rule for other ports of a cluster address: the packets leave the cluster and are lost.
        let wanted =
            service::port(object, |it| it.port == i32::from(port)).ok_or(ConnectError::Timeout)?;
        let local = service::spec(object)
            .is_some_and(|it| it.internal_traffic_policy.as_deref() == Some("Local"));
        let node = origin_node(world, from).filter(|_| local);
        return to_service(world, object, wanted, address, node.as_deref());
    }
    if inside && let Some(pod) = network.pods.get(address) {
        return Ok(direct(to_pod(world, *pod, address, port)));
    }
    let has_address = |it: &&Arc<Object>| node_addresses(it).any(|it| it == address);
    if let Some(node) = view.list(Kind::Node, "").find(has_address) {
        return to_node(world, node, address, port);
    }
    if let Some(object) = load_balanced(view, address) {
        let wanted =
            service::port(object, |it| it.port == i32::from(port)).ok_or(ConnectError::Timeout)?;
        return to_service(world, object, wanted, address, None);
    }
    let external = network.external.values().find(|it| it.address == address);
    let Some(host) = external else {
        // Within the pods' network somebody knows that the address is free; beyond it nobody answers.
        let near = inside && address.starts_with("10.");
        return Err(if near { ConnectError::NoRoute } else { ConnectError::Timeout });
    };
    if let Some(entrance) = host.entrances.get(&port) {
        return through(world, entrance, address);
    }
    if !host.ports.contains(&port) {
        return Err(ConnectError::Refused);
    }
    Ok(direct(Destination {
        pod: None,
        address: address.to_owned(),
        port,
        peer: Ok(Peer::External(host.name.clone())),
    }))
}

fn direct(destination: Destination) -> Route {
    Route { service: None, address: destination.address.clone(), destinations: vec![destination] }
}

/// An ingress or load balancer passes the connection to a Service.
fn through(world: &World, entrance: &Entrance, address: &str) -> Result<Route, ConnectError> {
    let view = View::new(world);
    let object = view
        .get(Kind::Service, &entrance.namespace, &entrance.service)
        .ok_or(ConnectError::Refused)?;
    let wanted = service::port(object, |it| it.port == i32::from(entrance.port))
        .ok_or(ConnectError::Refused)?;
    to_service(world, object, wanted, address, None)
}

/// The Service that a load balancer of this address stands before.
fn load_balanced<'w>(view: View<'w>, address: &str) -> Option<&'w Arc<Object>> {
    view.list(Kind::Service, "").find(|object| {
        let status = object.service().and_then(|it| it.status.as_ref());
        let balancer = status.and_then(|it| it.load_balancer.as_ref());
        let ingress = balancer.and_then(|it| it.ingress.as_ref());
        ingress.into_iter().flatten().any(|it| it.ip.as_deref() == Some(address))
    })
}

fn to_service(
    world: &World,
    object: &Object,
    wanted: &ServicePort,
    address: &str,
    node: Option<&str>,
) -> Result<Route, ConnectError> {
    let destinations = ends(world, object, wanted, node);
    if destinations.is_empty() {
        // kube-proxy puts a REJECT rule where there are no endpoints.
        return Err(ConnectError::Refused);
    }
    let meta = &object.meta;
    let service = (meta.namespace.clone().unwrap_or_default(), meta.name.clone());
    Ok(Route { service: Some(service), address: address.to_owned(), destinations })
}

/// The endpoints behind a port of a Service, whoever has it to himself.
pub(super) fn of_service(world: &World, object: &Object, wanted: &ServicePort) -> Vec<Destination> {
    ends(world, object, wanted, None)
}

fn ends(
    world: &World,
    object: &Object,
    wanted: &ServicePort,
    node: Option<&str>,
) -> Vec<Destination> {
    // The API server keeps the endpoints of its own Service; where nobody sees them, it is there all the same.
    if object.meta.namespace() == "default" && &*object.meta.name == "kubernetes" {
        let mut addresses =
            service::endpoints(world, object, None).into_iter().map(|it| it.address);
        let address = addresses.next().unwrap_or_default();
        let peer = Ok(Peer::ApiServer);
        return vec![Destination { pod: None, address, port: API_SERVER_PORT, peer }];
    }
    let name = wanted.name.as_deref().unwrap_or_default();
    let with_port = |it: Endpoint| {
        let port = it.ports.iter().find(|port| port.name == name)?.number;
        Some((it, port))
    };
    let endpoints = service::endpoints(world, object, node).into_iter().filter_map(with_port);
    endpoints.map(|(endpoint, port)| to_endpoint(world, endpoint, port)).collect()
}

fn to_endpoint(world: &World, endpoint: Endpoint, port: u16) -> Destination {
    if let Some(pod) = endpoint.pod {
        return to_pod(world, pod, &endpoint.address, port);
    }
    let network = world.resource::<Network>();
    if let Some(pod) = network.pods.get(&endpoint.address) {
        return to_pod(world, *pod, &endpoint.address, port);
    }
    let nodes = View::new(world).list(Kind::Node, "");
    let mut nodes = nodes.filter(|it| node_addresses(it).any(|it| it == endpoint.address));
    let external = network
        .external
        .values()
        .find(|it| it.address == endpoint.address && it.ports.contains(&port));
    let peer = match (nodes.next(), external) {
        (Some(_), _) if port == API_SERVER_PORT => Ok(Peer::ApiServer),
        (Some(_), _) => Err(ConnectError::Refused),
        (None, Some(host)) => Ok(Peer::External(host.name.clone())),
        (None, None) => Err(ConnectError::Timeout),
    };
    Destination { pod: None, address: endpoint.address, port, peer }
}

fn to_pod(world: &World, pod: Uid, address: &str, port: u16) -> Destination {
    let dead = pod_node(world, pod).is_some_and(|it| node_is_down(world, &it));
    let peer = match (dead, listener(world, pod, port)) {
        (true, _) => Err(ConnectError::Timeout),
        (false, Some(process)) => Ok(Peer::Process(process)),
        (false, None) if process::of_pod(world, pod).next().is_none() && is_gone(world, pod) => {
            Err(ConnectError::NoRoute)
        }
        (false, None) => Err(ConnectError::Refused),
    };
    Destination { pod: Some(pod), address: address.to_owned(), port, peer }
}

/// A node's own ports: NodePorts, the API server's, those that pods have of it, and those of pods on its network.
fn to_node(world: &World, node: &Object, address: &str, port: u16) -> Result<Route, ConnectError> {
    if node_is_down(world, &node.meta.name) {
        return Err(ConnectError::Timeout);
    }
    let view = View::new(world);
    for object in view.list(Kind::Service, "") {
        let Some(wanted) = service::port(object, |it| it.node_port == Some(i32::from(port))) else {
            continue;
        };
        let local = service::spec(object)
            .is_some_and(|it| it.external_traffic_policy.as_deref() == Some("Local"));
        let here = local.then_some(&*node.meta.name);
        // With the policy `Local` a node without endpoints drops what arrives.
        return to_service(world, object, wanted, address, here)
            .map_err(|it| if local { ConnectError::Timeout } else { it });
    }
    let pods = view.pods_on(&node.meta.name);
    if let Some((pod, inner)) = pods.iter().find_map(|it| Some((it, mapped(it, port)?))) {
        return Ok(direct(to_pod(world, pod.meta.uid, address, inner)));
    }
    let on_host = pods
        .into_iter()
        .filter(|it| it.pod().is_some_and(|it| it.spec.host_network.unwrap_or_default()));
    let listening =
        on_host.filter_map(|it| Some((it.meta.uid, listener(world, it.meta.uid, port)?)));
    let (pod, peer) = match listening.into_iter().next() {
        Some((pod, process)) => (Some(pod), Peer::Process(process)),
        None if port == API_SERVER_PORT => (None, Peer::ApiServer),
        None => return Err(ConnectError::Refused),
    };
    Ok(direct(Destination { pod, address: address.to_owned(), port, peer: Ok(peer) }))
}

/// The port of a pod that has a port of its node (`hostPort`).
fn mapped(object: &Object, port: u16) -> Option<u16> {
    let pod =
        object.pod().filter(|it| !it.is_finished() && !it.spec.host_network.unwrap_or_default())?;
    let ports = pod.spec.containers.iter().flat_map(|it| it.ports.iter().flatten());
    let mut meant = ports.filter(|it| it.host_port == Some(i32::from(port)));
    u16::try_from(meant.next()?.container_port).ok()
}

fn origin_node(world: &World, from: &Origin) -> Option<Arc<str>> {
    match from {
        Origin::Pod(pod) => pod_node(world, *pod),
        Origin::Node(node) => Some(node.clone()),
        Origin::Outside => None,
    }
}

fn pod_node(world: &World, pod: Uid) -> Option<Arc<str>> {
    View::new(world).by_uid(pod)?.pod()?.node_name.clone()
}

fn is_gone(world: &World, pod: Uid) -> bool {
    View::new(world)
        .by_uid(pod)
        .and_then(|it| it.pod())
        .is_none_or(opsdrill_objects::pod::Pod::is_finished)
}
