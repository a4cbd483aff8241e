//! What a name stands for: the cluster's DNS as CoreDNS serves it, the search path of pods, and the world outside.
//!
//! Rules: the Kubernetes DNS specification 1.1, CoreDNS' kubernetes plugin (`pods insecure`), and the resolver's
//! `ndots`.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object};

use super::{Network, Origin, policy, service};
use crate::physical::coredns::{self, Corefile};
use crate::view::View;

/// The cluster's domain.
pub const CLUSTER_DOMAIN: &str = "cluster.local";
/// From how many dots on a name is first tried as it stands.
const NDOTS: usize = 5;
/// The longest name that the DNS knows.
const NAME_LENGTH_MAX: usize = 253;
/// How often a name may stand for another one.
const ALIASES_MAX: usize = 8;

/// An answer of the DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsAnswer {
    /// The name that was found, search path included.
    pub name: String,
    /// The name that it is an alias for.
    pub alias: Option<String>,
    /// Addresses.
    pub addresses: Vec<String>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsError {
    /// `NXDOMAIN`.
    NotFound,
    /// No DNS server answers.
    Timeout,
}

/// A pod's view of the DNS, as in its `/etc/resolv.conf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// The server's address.
    pub server: String,
    /// Domains that are tried after a short name.
    pub search: Vec<String>,
    /// From how many dots on a name is first tried as it stands.
    pub ndots: usize,
}

impl Resolver {
    /// The resolver of somebody.
    pub fn of(world: &World, origin: &Origin) -> Self {
        let outside = || Self { server: "192.0.2.53".to_owned(), search: Vec::new(), ndots: 1 };
        let Origin::Pod(uid) = origin else { return outside() };
        let Some(object) = View::new(world).by_uid(*uid) else { return outside() };
        let pod = object.pod().expect("the UID of an origin is a pod's");
        let policy = pod.spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
        let on_host = pod.spec.host_network.unwrap_or_default();
        let mut resolver = match policy {
            "Default" => outside(),
            "None" => Self { ndots: 1, ..Self::default() },
            "ClusterFirst" if on_host => outside(),
            _ => {
                let namespace = object.meta.namespace();
                Self {
                    server: server(world),
                    search: vec![
                        format!("{namespace}.svc.{CLUSTER_DOMAIN}"),
                        format!("svc.{CLUSTER_DOMAIN}"),
                        CLUSTER_DOMAIN.to_owned(),
                    ],
                    ndots: NDOTS,
                }
            }
        };
        if let Some(config) = &pod.spec.dns_config {
            if let Some(server) = config.nameservers.iter().flatten().next() {
                resolver.server.clone_from(server);
            }
            resolver.search.extend(config.searches.iter().flatten().cloned());
            let options = config.options.iter().flatten();
            let ndots = options.filter(|it| it.name.as_deref() == Some("ndots"));
            let ndots = ndots.filter_map(|it| it.value.as_ref()?.parse().ok()).next_back();
            resolver.ndots = ndots.unwrap_or(resolver.ndots);
        }
        resolver
    }

    /// The full names that a name is tried as, in order.
    pub fn candidates(&self, name: &str) -> impl Iterator<Item = String> {
        let absolute = name.strip_suffix('.');
        let domains = if absolute.is_some() { &[][..] } else { &self.search[..] };
        let alone_first = name.matches('.').count() >= self.ndots;
        let alone = absolute.unwrap_or(name);
        let (first, last) = if alone_first { (Some(alone), None) } else { (None, Some(alone)) };
        let searched = domains.iter().map(move |domain| format!("{name}.{domain}"));
        let own = str::to_owned;
        first.map(own).into_iter().chain(searched).chain(last.map(own))
    }

    /// `/etc/resolv.conf`.
    pub fn file(&self) -> String {
        let search = if self.search.is_empty() {
            String::new()
        } else {
            format!("search {}\n", self.search.join(" "))
        };
        format!("{search}nameserver {}\noptions ndots:{}\n", self.server, self.ndots)
    }
}

/// The address of the cluster's DNS.
pub fn server(world: &World) -> String {
    let address = dns_service(world).and_then(|it| service::spec(it)?.cluster_ip.clone());
    address.unwrap_or_else(|| "10.96.0.10".to_owned())
}

/// Namespace and name of the DNS's own Service.
pub(in crate::physical) const SERVER: (&str, &str) = ("kube-system", "kube-dns");

/// Whether a Service, by namespace and name, is that of the cluster's DNS.
pub(in crate::physical) fn is_server((namespace, name): &(Arc<str>, Arc<str>)) -> bool {
    (&**namespace, &**name) == SERVER
}

fn dns_service(world: &World) -> Option<&Object> {
    View::new(world).get(Kind::Service, SERVER.0, SERVER.1).map(|it| &**it)
}

/// Resolves a name as a program would: literal addresses, `/etc/hosts`, then the DNS along the search path.
///
/// # Errors
/// Unknown name, or no server that answers.
pub fn resolve(world: &World, origin: &Origin, name: &str) -> Result<DnsAnswer, DnsError> {
    if is_address(name) {
        let name = name.to_owned();
        return Ok(DnsAnswer { addresses: vec![name.clone()], name, alias: None });
    }
    let name = name.to_ascii_lowercase();
    if let Some(address) = in_hosts_file(world, origin, &name) {
        return Ok(DnsAnswer { name, alias: None, addresses: vec![address] });
    }
    lookup(world, origin, &name)
}

/// Asks the DNS alone, along the search path, as `nslookup` does.
///
/// # Errors
/// Unknown name, or no server that answers.
pub fn lookup(world: &World, origin: &Origin, name: &str) -> Result<DnsAnswer, DnsError> {
    if name.is_empty() || name.len() > NAME_LENGTH_MAX {
        return Err(DnsError::NotFound);
    }
    let resolver = Resolver::of(world, origin);
    let server = if resolver.server == server(world) {
        answering(world, origin).ok_or(DnsError::Timeout)?
    } else {
        Server::Outside
    };
    let name = name.to_ascii_lowercase();
    resolver
        .candidates(&name)
        .find_map(|it| query(world, server, &it, ALIASES_MAX))
        .ok_or(DnsError::NotFound)
}

/// Who is asked.
#[derive(Clone, Copy)]
enum Server<'w> {
    /// Somebody beyond the cluster, who knows nothing of it.
    Outside,
    /// The cluster's DNS as it usually is.
    Usual,
    /// A CoreDNS with a file of its own.
    CoreDns(&'w Corefile),
}

impl Server<'_> {
    fn serves_cluster(self) -> bool {
        match self {
            Self::Outside => false,
            Self::Usual => true,
            Self::CoreDns(file) => file.serves_cluster(),
        }
    }

    fn asks_others(self) -> bool {
        match self {
            Self::Outside | Self::Usual => true,
            Self::CoreDns(file) => file.forwards(),
        }
    }
}

/// The cluster's DNS, if it answers. Without a Service of its name, it is part of the platform and always does.
fn answering<'w>(world: &'w World, origin: &Origin) -> Option<Server<'w>> {
    let Some(object) = dns_service(world) else {
        let reached = policy::reaches_dns(world, origin, &server(world), &[]);
        return reached.then_some(Server::Usual);
    };
    let living = service::endpoints(world, object, None).into_iter().filter(|endpoint| {
        endpoint.ports.iter().any(|it| it.number == 53)
            && !endpoint.node.as_deref().is_some_and(|it| super::node_is_down(world, it))
    });
    let ends: Vec<_> = living.map(|it| (it.pod, it.address)).collect();
    if ends.is_empty() || !policy::reaches_dns(world, origin, &server(world), &ends) {
        return None;
    }
    let file = ends.iter().find_map(|(pod, _)| coredns::of_pod(world, (*pod)?));
    Some(file.map_or(Server::Usual, |it| Server::CoreDns(it)))
}

/// Looks one full name up.
fn query(world: &World, server: Server<'_>, name: &str, aliases: usize) -> Option<DnsAnswer> {
    if let Server::CoreDns(file) = server
        && let Some(addresses) = file.host(name)
    {
        let (name, addresses) = (name.to_owned(), addresses.clone());
        return Some(DnsAnswer { name, alias: None, addresses });
    }
    let inside = name.strip_suffix(CLUSTER_DOMAIN).and_then(|it| it.strip_suffix('.'));
    match inside {
        Some(rest) if server.serves_cluster() => query_cluster(world, server, name, rest, aliases),
        Some(_) => None,
        None if !server.asks_others() => None,
        None => {
            let host = world.resource::<Network>().external.get(name)?;
            Some(DnsAnswer {
                name: name.to_owned(),
                alias: None,
                addresses: vec![host.address.clone()],
            })
        }
    }
}

/// `rest` is the name without the cluster's domain.
fn query_cluster(
    world: &World,
    server: Server<'_>,
    name: &str,
    rest: &str,
    aliases: usize,
) -> Option<DnsAnswer> {
    let answer = |addresses: Vec<String>| {
        (!addresses.is_empty()).then(|| DnsAnswer { name: name.to_owned(), alias: None, addresses })
    };
    let labels: Vec<&str> = rest.split('.').collect();
    let (host, service, namespace) = match labels[..] {
        [address, namespace, "pod"] => {
            View::new(world).get(Kind::Namespace, "", namespace)?;
            let address = address.replace('-', ".");
            return answer(is_address(&address).then_some(address).into_iter().collect());
        }
        [service, namespace, "svc"] => (None, service, namespace),
        [host, service, namespace, "svc"] => (Some(host), service, namespace),
        _ => return None,
    };
    let object = View::new(world).get(Kind::Service, namespace, service)?;
    let spec = service::spec(object)?;
    if spec.type_.as_deref() == Some("ExternalName") {
        let target = spec.external_name.as_deref()?.trim_end_matches('.').to_ascii_lowercase();
        let found = query(world, server, &target, aliases.checked_sub(1)?)?;
        return Some(DnsAnswer {
            name: name.to_owned(),
            alias: Some(target),
            addresses: found.addresses,
        });
    }
    if host.is_none() && !service::is_headless(object) {
        return answer(spec.cluster_ip.iter().filter(|it| !it.is_empty()).cloned().collect());
    }
    let is_meant = |it: &service::Endpoint| {
        let own_name = it.hostname.clone().unwrap_or_else(|| it.address.replace('.', "-"));
        // A slice without ports makes no records.
        host.is_none_or(|host| own_name == host) && !it.ports.is_empty()
    };
    let endpoints = service::endpoints(world, object, None);
    let mut addresses: Vec<_> =
        endpoints.into_iter().filter(is_meant).map(|it| it.address).collect();
    addresses.dedup();
    answer(addresses)
}

/// What the kubelet writes to a pod's `/etc/hosts`: itself, localhost and `hostAliases`.
fn in_hosts_file(world: &World, origin: &Origin, name: &str) -> Option<String> {
    if name == "localhost" {
        return Some("127.0.0.1".to_owned());
    }
    let Origin::Pod(uid) = origin else { return None };
    let object = View::new(world).by_uid(*uid)?;
    let pod = object.pod()?;
    let own = pod.spec.hostname.as_deref().unwrap_or(&object.meta.name);
    if own == name {
        return pod.status.pod_ip.clone();
    }
    let aliases = pod.spec.host_aliases.iter().flatten();
    let named = |it: &&k8s_openapi::api::core::v1::HostAlias| {
        it.hostnames.iter().flatten().any(|it| it.eq_ignore_ascii_case(name))
    };
    aliases.clone().find(named).map(|it| it.ip.clone())
}

/// Whether a text is an IPv4 address.
pub fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}
