//! The network: names, routes, and what answers at their end.
//!
//! - [`dns`]: what a name stands for, seen from a pod, a node or the trainee's workstation
//! - [`service`]: what kube-proxy makes of Services and EndpointSlices
//! - [`route`](mod@route): from a host and port to processes, or to the error that a client gets
//! - [`policy`]: connections that NetworkPolicies forbid
//! - [`http`], [`answer`]: requests and their answers
//! - [`ingress`]: ingress controllers, which pass requests on

mod answer;
pub mod dns;
mod http;
pub(crate) mod ingress;
mod policy;
mod route;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object, Status, Uid};

use super::ProcessId;
use super::flows::routes;
use crate::lookup::Lookup;
use crate::store::Notice;
use crate::view::View;

pub(in crate::physical) use http::Asked;
pub use http::{CONNECT_TIMEOUT_MS, HttpError, HttpOutcome, HttpRequest, http_request};
pub use route::{ConnectError, Destination, Peer, Route, route};
pub(super) use service::service_of;

/// Who opens a connection or asks for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A process in a pod.
    Pod(Uid),
    /// A program on a node.
    Node(Arc<str>),
    /// The trainee's workstation: it reaches node addresses and the hosts that the scenario names, but neither cluster
    /// addresses nor cluster names.
    Outside,
}

/// A host beyond the cluster that the scenario knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalHost {
    /// Its name.
    pub name: String,
    /// Its address; empty for one that is made from the name.
    pub address: String,
    /// What it passes to the cluster, as an ingress or a load balancer does: port to Service.
    pub entrances: BTreeMap<u16, Entrance>,
    /// The ports on which it answers by itself.
    pub ports: Vec<u16>,
    /// What it answers there to HTTP.
    pub body: String,
}

/// The Service behind a port of a host beyond the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrance {
    /// Namespace.
    pub namespace: String,
    /// Service.
    pub service: String,
    /// Port of the Service.
    pub port: u16,
}

/// What the network knows beside the API's objects.
#[derive(Resource, Debug, Default)]
pub struct Network {
    /// Nodes whose machine or cable is dead.
    down: BTreeSet<Arc<str>>,
    /// By name.
    external: BTreeMap<String, ExternalHost>,
    /// What the cloud has for load balancers.
    balancers: Vec<String>,
    /// Services by cluster IP.
    services: BTreeMap<String, (Arc<str>, Arc<str>)>,
    /// Pods by address.
    pods: Lookup<String, Uid>,
}

/// Names a host beyond the cluster.
pub fn add_external(world: &mut World, mut host: ExternalHost) {
    if host.address.is_empty() {
        host.address = super::images::address_of(&host.name);
    }
    world.resource_mut::<Network>().external.insert(host.name.to_ascii_lowercase(), host);
    routes::note_everything(world);
}

/// Gives the cluster a cloud with these addresses for Services of type `LoadBalancer`.
pub fn add_load_balancer_addresses(world: &mut World, addresses: &[String]) {
    world.resource_mut::<Network>().balancers.extend_from_slice(addresses);
}

/// The addresses that the cloud has for load balancers.
pub(crate) fn load_balancer_addresses(world: &World) -> &[String] {
    world.get_resource::<Network>().map_or(&[], |it| &it.balancers)
}

/// Takes a host beyond the cluster out of the DNS; false if it was not there.
pub fn remove_external(world: &mut World, name: &str) -> bool {
    routes::note_everything(world);
    world.resource_mut::<Network>().external.remove(&name.to_ascii_lowercase()).is_some()
}

/// Cuts a node off from everything, or connects it again. Its processes live on, unseen.
pub fn set_node_down(world: &mut World, node: &str, down: bool) {
    let mut network = world.resource_mut::<Network>();
    if down {
        network.down.insert(node.into());
    } else {
        network.down.remove(node);
    }
    routes::note_everything(world);
}

/// Whether a node is cut off.
pub fn node_is_down(world: &World, node: &str) -> bool {
    world.resource::<Network>().down.contains(node)
}

/// Whether the API server reaches the kubelet of a node, for logs and commands.
///
/// # Errors
/// What the API server says of a kubelet that does not answer.
pub(super) fn reach_kubelet(
    world: &World,
    node: &str,
    path: impl FnOnce() -> String,
) -> Result<(), Status> {
    if !node_is_down(world, node) {
        return Ok(());
    }
    let address = node_address(world, node).unwrap_or_else(|| node.to_owned());
    let message = format!(
        "Get \"https://{address}:10250/{}\": dial tcp {address}:10250: i/o timeout",
        path()
    );
    Err(Status::new(500, "", message))
}

/// The internal address of a node.
pub fn node_address(world: &World, node: &str) -> Option<String> {
    node_addresses(View::new(world).get(Kind::Node, "", node)?).next().map(str::to_owned)
}

/// A node's addresses, the internal one first.
fn node_addresses(node: &Object) -> impl Iterator<Item = &str> {
    let status = node.node().and_then(|it| it.status.as_ref());
    let addresses = status.and_then(|it| it.addresses.as_deref()).unwrap_or_default();
    let of_kind = move |kind| addresses.iter().filter(move |it| it.type_ == kind);
    of_kind("InternalIP").chain(of_kind("ExternalIP")).map(|it| it.address.as_str())
}

/// Keeps the indexes by address.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    let mut network = world.resource_mut::<Network>();
    for notice in notices {
        match notice.kind() {
            Kind::Pod => {
                let (old, new) = (address(notice.old.as_ref()), address(notice.new.as_ref()));
                let uid = notice.object().meta.uid;
                if old == new {
                    continue;
                }
                if let Some(old) = old.filter(|it| network.pods.get(*it) == Some(&uid)) {
                    network.pods.remove(old);
                }
                if let Some(new) = new {
                    network.pods.insert(new.to_owned(), uid);
                }
            }
            Kind::Service => {
                for old in cluster_ips(notice.old.as_ref()) {
                    network.services.remove(old);
                }
                for new in cluster_ips(notice.new.as_ref()) {
                    let meta = &notice.object().meta;
                    let key = (meta.namespace.clone().unwrap_or_default(), meta.name.clone());
                    network.services.insert(new.to_owned(), key);
                }
            }
            _ => {}
        }
    }
}

/// The address that a pod has of its own: none on the host's network, none once it has ended.
fn address(pod: Option<&Arc<Object>>) -> Option<&str> {
    let pod = pod?.pod()?;
    let own = !pod.spec.host_network.unwrap_or_default() && !pod.is_finished();
    pod.status.pod_ip.as_deref().filter(|it| own && !it.is_empty())
}

/// Whether a change of a pod or of a node changes where it is found: it comes, goes or ends, or its address is another.
pub(super) fn moves(notice: &Notice) -> bool {
    let place = |it: Option<&Arc<Object>>| {
        let object = it?;
        let pod = object.pod().map(|it| (it.is_finished(), it.node_name.clone()));
        let ip = object.pod().and_then(|it| it.status.pod_ip.clone());
        let addresses: Vec<_> =
            ip.into_iter().chain(node_addresses(object).map(str::to_owned)).collect();
        Some((pod, addresses))
    };
    place(notice.old.as_ref()) != place(notice.new.as_ref())
}

/// Whether a pod has other labels than before.
pub(super) fn is_relabelled(notice: &Notice) -> bool {
    let (Some(old), Some(new)) = (&notice.old, &notice.new) else { return false };
    old.meta.labels != new.meta.labels
}

/// A Service's virtual addresses.
fn cluster_ips(service: Option<&Arc<Object>>) -> impl Iterator<Item = &str> {
    let spec = service.and_then(|it| it.service()).and_then(|it| it.spec.as_ref());
    let all = spec.into_iter().flat_map(|it| {
        let many = it.cluster_ips.iter().flatten().map(String::as_str);
        it.cluster_ip.as_deref().into_iter().chain(many)
    });
    all.filter(|it| !it.is_empty() && *it != "None")
}

/// The process of a pod that listens on a port.
fn listener(world: &World, pod: Uid, port: u16) -> Option<ProcessId> {
    super::process::of_pod(world, pod).find(|it| it.listens_on(port)).map(|it| it.id)
}

#[cfg(test)]
mod tests;
