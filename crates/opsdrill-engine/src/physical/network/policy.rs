//! NetworkPolicies: which connections pods may open and take.
//!
//! What no policy allows is lost, so that whoever connects waits in vain. Policies see pods, not Services: addresses and
//! ports are those behind the Service. A node reaches its own pods whatever they say, and a pod reaches itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object, Uid};

use super::route::{ConnectError, Destination};
use super::{Origin, node_address};
use crate::view::View;

/// The address of whoever is beyond the cluster (TEST-NET-2).
const OUTSIDE: &str = "198.51.100.1";
/// Where the cluster's DNS is.
const DNS_NAMESPACE: &str = "kube-system";
/// What its pods are called.
const DNS_LABEL: (&str, &str) = ("k8s-app", "kube-dns");

/// One side of a connection.
struct Party<'w> {
    address: String,
    /// The pod, if it has a network of its own: on the host's network no policy is about it.
    pod: Option<&'w Arc<Object>>,
    /// The node that it runs on, or is.
    node: Option<Arc<str>>,
    /// Whether it stands for the pods of a DNS that the platform has without showing them.
    is_dns: bool,
}

/// A port of the target: number and `TCP` or `UDP`.
#[derive(Clone, Copy)]
struct Port(u16, &'static str);

/// Which way a policy looks.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Ingress,
    Egress,
}

/// Loses the connections that are not allowed.
pub(super) fn apply(world: &World, from: &Origin, ends: &mut [Destination]) {
    let view = View::new(world);
    if view.list(Kind::NetworkPolicy, "").next().is_none() {
        return;
    }
    let source = Party::of_origin(world, from);
    for end in ends.iter_mut().filter(|it| it.peer != Err(ConnectError::NoRoute)) {
        let target = Party::of_pod(view, end.pod, &end.address);
        if !allows(view, &source, &target, Port(end.port, "TCP")) {
            end.peer = Err(ConnectError::Timeout);
        }
    }
}

/// Whether somebody reaches the cluster's DNS at one of these pods and addresses; at none that are known, it is the
/// platform's.
pub(super) fn reaches_dns(
    world: &World,
    from: &Origin,
    server: &str,
    ends: &[(Option<Uid>, String)],
) -> bool {
    let view = View::new(world);
    if view.list(Kind::NetworkPolicy, "").next().is_none() {
        return true;
    }
    let source = Party::of_origin(world, from);
    let port = Port(53, "UDP");
    if ends.is_empty() {
        let (address, is_dns) = (server.to_owned(), true);
        return allows(view, &source, &Party { address, pod: None, node: None, is_dns }, port);
    }
    ends.iter()
        .any(|(pod, address)| allows(view, &source, &Party::of_pod(view, *pod, address), port))
}

fn allows(view: View<'_>, source: &Party<'_>, target: &Party<'_>, port: Port) -> bool {
    let uid = |it: &Party<'_>| it.pod.map(|it| it.meta.uid);
    let itself = source.pod.is_some() && uid(source) == uid(target);
    let own_node = source.pod.is_none() && source.node.is_some() && source.node == target.node;
    itself
        || own_node
        || Direction::Egress.allows(view, source, target, (target, port))
            && Direction::Ingress.allows(view, target, source, (target, port))
}

impl Direction {
    /// Whether the policies of one side allow the other: all do if none is about it in this direction.
    fn allows(
        self,
        view: View<'_>,
        own: &Party<'_>,
        other: &Party<'_>,
        end: (&Party<'_>, Port),
    ) -> bool {
        let Some(pod) = own.pod else { return true };
        let namespace = pod.meta.namespace();
        let specs = view.list(Kind::NetworkPolicy, namespace).filter_map(|it| {
            let spec = it.network_policy()?.spec.as_ref()?;
            (self.is_of(spec) && matches(spec.pod_selector.as_ref(), &pod.meta.labels))
                .then_some(spec)
        });
        let mut isolated = false;
        for spec in specs {
            isolated = true;
            if self.rules(spec).any(|(peers, ports)| {
                has_port(ports, end)
                    && (peers.is_empty() || has_peer(view, namespace, peers, other))
            }) {
                return true;
            }
        }
        !isolated
    }

    fn is_of(self, spec: &NetworkPolicySpec) -> bool {
        let name = if self == Self::Ingress { "Ingress" } else { "Egress" };
        spec.policy_types.iter().flatten().any(|it| it == name)
    }

    /// Peers and ports of each rule; none of either means all.
    fn rules(
        self,
        spec: &NetworkPolicySpec,
    ) -> impl Iterator<Item = (&[NetworkPolicyPeer], &[NetworkPolicyPort])> {
        let ingress = spec.ingress.iter().flatten().filter(move |_| self == Self::Ingress);
        let egress = spec.egress.iter().flatten().filter(move |_| self == Self::Egress);
        let ingress = ingress.map(|it| (it.from.as_deref(), it.ports.as_deref()));
        let all = ingress.chain(egress.map(|it| (it.to.as_deref(), it.ports.as_deref())));
        all.map(|(peers, ports)| (peers.unwrap_or_default(), ports.unwrap_or_default()))
    }
}

/// Whether a rule's ports hold the target's; names are those of the target's containers.
fn has_port(
    ports: &[NetworkPolicyPort],
    (target, Port(number, protocol)): (&Party<'_>, Port),
) -> bool {
    let number = i32::from(number);
    let named = |name: &str| {
        let spec = target.pod.and_then(|it| it.pod()).map(|it| &it.spec);
        let mut ports =
            spec.into_iter().flat_map(|it| &it.containers).flat_map(|it| it.ports.iter().flatten());
        ports.any(|it| it.name.as_deref() == Some(name) && it.container_port == number)
    };
    ports.is_empty()
        || ports.iter().any(|it| {
            it.protocol.as_deref().unwrap_or("TCP") == protocol
                && match &it.port {
                    None => true,
                    Some(IntOrString::Int(first)) => {
                        (*first..=it.end_port.unwrap_or(*first)).contains(&number)
                    }
                    Some(IntOrString::String(name)) => named(name),
                }
        })
}

/// Whether one of a rule's peers is meant; `namespace` is the policy's own.
fn has_peer(
    view: View<'_>,
    namespace: &str,
    peers: &[NetworkPolicyPeer],
    party: &Party<'_>,
) -> bool {
    let place = party.place(view);
    peers.iter().any(|peer| {
        if let Some(block) = &peer.ip_block {
            return covers(block, &party.address);
        }
        let Some((own, about, labels)) = &place else { return false };
        let in_namespace = match &peer.namespace_selector {
            None => *own == namespace,
            selector => matches(selector.as_ref(), about),
        };
        in_namespace && peer.pod_selector.as_ref().is_none_or(|it| matches(Some(it), labels))
    })
}

type Labels<'a> = Cow<'a, BTreeMap<String, String>>;

impl<'w> Party<'w> {
    fn of_origin(world: &'w World, from: &Origin) -> Self {
        let view = View::new(world);
        let node = match from {
            Origin::Pod(uid) => return Self::of_pod(view, Some(*uid), ""),
            Origin::Node(node) if !node.is_empty() => Some(node.clone()),
            Origin::Node(_) | Origin::Outside => None,
        };
        let address = node.as_ref().and_then(|it| node_address(world, it));
        let address = address.unwrap_or_else(|| OUTSIDE.to_owned());
        Self { address, pod: None, node, is_dns: false }
    }

    /// A pod, or only an address.
    fn of_pod(view: View<'w>, uid: Option<Uid>, address: &str) -> Self {
        let object = uid.and_then(|it| view.by_uid(it));
        let pod = object.and_then(|it| it.pod());
        let own = pod.and_then(|it| it.status.pod_ip.as_deref()).unwrap_or(address);
        let on_host = pod.is_some_and(|it| it.spec.host_network.unwrap_or_default());
        Self {
            address: own.to_owned(),
            pod: object.filter(|_| !on_host),
            node: pod.and_then(|it| it.node_name.clone()),
            is_dns: false,
        }
    }

    /// Its namespace, that one's labels and its own.
    fn place(&self, view: View<'w>) -> Option<(&str, Labels<'_>, Labels<'_>)> {
        if self.is_dns {
            let about = ("kubernetes.io/metadata.name".to_owned(), DNS_NAMESPACE.to_owned());
            let own = (DNS_LABEL.0.to_owned(), DNS_LABEL.1.to_owned());
            let labels = |pair| Cow::Owned(BTreeMap::from([pair]));
            return Some((DNS_NAMESPACE, labels(about), labels(own)));
        }
        let meta = &self.pod?.meta;
        let about = view.get(Kind::Namespace, "", meta.namespace())?;
        Some((meta.namespace(), Cow::Borrowed(&*about.meta.labels), Cow::Borrowed(&*meta.labels)))
    }
}

fn matches(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    let Some(selector) = selector else { return true };
    Selector::from_label_selector(Some(selector)).is_ok_and(|it| it.matches(labels))
}

/// Whether a block holds an address.
fn covers(block: &IPBlock, address: &str) -> bool {
    let except = block.except.iter().flatten();
    is_within(&block.cidr, address) && !except.into_iter().any(|it| is_within(it, address))
}

fn is_within(cidr: &str, address: &str) -> bool {
    let read = || {
        let (network, length) = cidr.split_once('/')?;
        let (network, address): (Ipv4Addr, Ipv4Addr) =
            (network.parse().ok()?, address.parse().ok()?);
        let rest = 32_u32.checked_sub(length.parse().ok()?)?;
        let part = |it: Ipv4Addr| u64::from(it.to_bits()) >> rest;
        Some(part(network) == part(address))
    };
    read().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_addresses_but_for_the_excepted() {
        let block = |cidr: &str, except: &[&str]| IPBlock {
            cidr: cidr.to_owned(),
            except: Some(except.iter().map(|it| (*it).to_owned()).collect()),
        };
        assert!(covers(&block("0.0.0.0/0", &[]), "203.0.113.9"));
        assert!(covers(&block("10.244.0.0/16", &["10.244.3.0/24"]), "10.244.2.255"));
        assert!(!covers(&block("10.244.0.0/16", &["10.244.3.0/24"]), "10.244.3.1"));
        assert!(!covers(&block("10.244.0.0/16", &[]), "10.245.0.0"));
        assert!(covers(&block("192.0.2.1/32", &[]), "192.0.2.1"));
        assert!(!covers(&block("2001:db8::/32", &[]), "192.0.2.1"));
    }
}
