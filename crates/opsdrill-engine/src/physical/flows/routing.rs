//! From a host name and a port to processes: Services by their EndpointSlices, pods by their addresses.

use std::net::Ipv4Addr;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::k8s_openapi::api::core::v1::Service;
use opsdrill_objects::{Kind, Object, Uid};

use super::Cause;
use crate::physical::process::{self, ProcessId};
use crate::view::View;

/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Where requests to a host and port arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The Service on the way: namespace and name.
    pub service: Option<(Arc<str>, Arc<str>)>,
    /// The process behind each ready endpoint; `None` where nothing listens.
    pub destinations: Vec<Option<ProcessId>>,
    /// Why there is no destination.
    pub failure: Option<Cause>,
}

impl Route {
    fn failed(service: Option<(Arc<str>, Arc<str>)>, cause: Cause) -> Self {
        Self { service, destinations: Vec::new(), failure: Some(cause) }
    }
}

/// The route from a namespace (and, for `localhost`, a pod) to a host and port.
pub fn resolve(world: &World, namespace: &str, pod: Option<Uid>, host: &str, port: u16) -> Route {
    let view = View::new(world);
    let host = host.trim_end_matches('.');
    if host == "localhost" || host == "127.0.0.1" {
        let own = pod.and_then(|pod| listener(world, pod, port));
        return Route { service: None, destinations: vec![own], failure: None };
    }
    if host.parse::<Ipv4Addr>().is_ok() {
        return by_address(world, view, host, port);
    }
    let Some((name, space)) = service_name(host, namespace) else {
        return Route::failed(None, Cause::UnknownHost);
    };
    match view.get(Kind::Service, space, name) {
        Some(service) => to_service(world, view, service, port),
        None => Route::failed(None, Cause::UnknownHost),
    }
}

/// `name`, `name.namespace`, `name.namespace.svc` and `name.namespace.svc.cluster.local`.
fn service_name<'a>(host: &'a str, namespace: &'a str) -> Option<(&'a str, &'a str)> {
    let host =
        host.strip_suffix(".svc.cluster.local").or(host.strip_suffix(".svc")).unwrap_or(host);
    let (name, space) = host.split_once('.').unwrap_or((host, namespace));
    (!name.is_empty() && !space.contains('.')).then_some((name, space))
}

fn by_address(world: &World, view: View<'_>, address: &str, port: u16) -> Route {
    let has_address = |it: &&Arc<Object>| {
        let spec = it.service().and_then(|service| service.spec.as_ref());
        spec.is_some_and(|spec| spec.cluster_ip.as_deref() == Some(address))
    };
    if let Some(service) = view.list(Kind::Service, "").find(has_address) {
        return to_service(world, view, service, port);
    }
    let mut pods = process::all(world).filter(|it| &*it.spec.pod_ip == address).peekable();
    if pods.peek().is_none() {
        return Route::failed(None, Cause::Timeout);
    }
    let process = pods.find(|it| it.listens_on(port)).map(|it| it.id);
    Route { service: None, destinations: vec![process], failure: None }
}

fn to_service(world: &World, view: View<'_>, object: &Object, port: u16) -> Route {
    let key = Some((object.meta.namespace.clone().unwrap_or_default(), object.meta.name.clone()));
    let service = object.service().expect("only Services are asked for");
    if let Some(external) = external_name(service) {
        // Beyond the cluster nothing is simulated, so nothing answers there.
        let _ = external;
        return Route::failed(key, Cause::UnknownHost);
    }
    let headless = service.spec.as_ref().is_some_and(|it| it.cluster_ip.as_deref() == Some("None"));
    let ports = service.spec.iter().flat_map(|it| it.ports.iter().flatten());
    let port_name = ports.clone().find(|it| it.port == i32::from(port)).map(|it| it.name.clone());
    if port_name.is_none() && !headless {
        // Packets to a port that the Service does not list are nobody's.
        return Route::failed(key, Cause::Timeout);
    }
    let mut destinations = Vec::new();
    let mut ready = false;
    for (pod, slice_ports) in ready_endpoints(view, object) {
        ready = true;
        let target = if headless {
            Some(port)
        } else {
            let of_name = |it: &&(Option<String>, u16)| {
                it.0.clone().unwrap_or_default() == port_name.clone().flatten().unwrap_or_default()
            };
            slice_ports.iter().find(of_name).map(|(_, number)| *number)
        };
        if let Some(target) = target {
            destinations.push(listener(world, pod, target));
        }
    }
    match (ready, destinations.is_empty()) {
        (false, _) | (true, true) => {
            Route::failed(key, if headless { Cause::UnknownHost } else { Cause::NoEndpoints })
        }
        (true, false) => Route { service: key, destinations, failure: None },
    }
}

fn external_name(service: &Service) -> Option<&str> {
    let spec = service.spec.as_ref()?;
    (spec.type_.as_deref() == Some("ExternalName")).then(|| spec.external_name.as_deref())?
}

type EndpointPorts = Vec<(Option<String>, u16)>;

/// The pods behind a Service that may receive traffic, with the ports of their slice, in the order of the slices.
fn ready_endpoints(view: View<'_>, service: &Object) -> Vec<(Uid, EndpointPorts)> {
    let label = (SERVICE_NAME.to_owned(), service.meta.name.to_string());
    let slices =
        view.with_labels(Kind::EndpointSlice, service.meta.namespace(), [(&label.0, &label.1)]);
    let mut found = Vec::new();
    for slice in slices.iter().filter_map(|it| it.endpoint_slice()) {
        let ports = slice.ports.iter().flatten();
        let ports: EndpointPorts =
            ports.filter_map(|it| Some((it.name.clone(), u16::try_from(it.port?).ok()?))).collect();
        for endpoint in &slice.endpoints {
            let ready = endpoint.conditions.as_ref().and_then(|it| it.ready).unwrap_or(true);
            let uid = endpoint.target_ref.as_ref().and_then(|it| Uid::parse(it.uid.as_ref()?));
            if let Some(uid) = uid.filter(|_| ready) {
                found.push((uid, ports.clone()));
            }
        }
    }
    found
}

fn listener(world: &World, pod: Uid, port: u16) -> Option<ProcessId> {
    process::of_pod(world, pod).find(|it| it.listens_on(port)).map(|it| it.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_names_are_read_with_and_without_their_suffixes() {
        assert_eq!(service_name("db", "shop"), Some(("db", "shop")));
        assert_eq!(service_name("db.data", "shop"), Some(("db", "data")));
        assert_eq!(service_name("db.data.svc", "shop"), Some(("db", "data")));
        assert_eq!(service_name("db.data.svc.cluster.local", "shop"), Some(("db", "data")));
        assert_eq!(service_name("www.example.com", "shop"), None);
    }
}
