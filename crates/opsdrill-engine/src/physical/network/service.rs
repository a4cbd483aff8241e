//! Services as kube-proxy and CoreDNS see them: their ports and the endpoints of their EndpointSlices.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use k8s_openapi::api::discovery::v1 as discovery;
use opsdrill_objects::{Kind, Object, Uid};

use crate::view::View;

/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The Service whose endpoints an EndpointSlice holds: namespace and name.
pub(in crate::physical) fn service_of(slice: &Object) -> Option<(Arc<str>, Arc<str>)> {
    let name = slice.meta.label(SERVICE_NAME)?;
    Some((slice.meta.namespace.clone().unwrap_or_default(), name.into()))
}

/// A port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// Its name; empty if the Service has only one.
    pub(super) name: String,
    pub(super) number: u16,
}

/// An endpoint that gets traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: String,
    pub(super) hostname: Option<String>,
    pub(super) node: Option<Arc<str>>,
    pub(super) pod: Option<Uid>,
    pub(super) ports: Arc<[Port]>,
}

/// The specification of a Service.
pub(super) fn spec(service: &Object) -> Option<&ServiceSpec> {
    service.service()?.spec.as_ref()
}

/// Whether a Service has no address of its own.
pub(super) fn is_headless(service: &Object) -> bool {
    spec(service).is_some_and(|it| it.cluster_ip.as_deref() == Some("None"))
}

/// The port of a Service that fits.
pub(super) fn port(service: &Object, fits: impl Fn(&ServicePort) -> bool) -> Option<&ServicePort> {
    spec(service)?.ports.iter().flatten().find(|it| fits(it))
}

/// The endpoints that get traffic, in the order of their slices: the ready ones; if there are none, those that still
/// serve while they end. With a node, only the endpoints there (traffic policy `Local`).
pub(super) fn endpoints(world: &World, service: &Object, node: Option<&str>) -> Vec<Endpoint> {
    let label = (SERVICE_NAME.to_owned(), service.meta.name.to_string());
    let slices = View::new(world).with_labels(
        Kind::EndpointSlice,
        service.meta.namespace(),
        [(&label.0, &label.1)],
    );
    let (mut ready, mut ending) = (Vec::new(), Vec::new());
    for slice in slices.iter().filter_map(|it| it.endpoint_slice()) {
        let ports: Arc<[Port]> = slice.ports.iter().flatten().filter_map(slice_port).collect();
        for endpoint in &slice.endpoints {
            let conditions = endpoint.conditions.clone().unwrap_or_default();
            let is_ready = conditions.ready.unwrap_or(true);
            let serves = conditions.serving.unwrap_or(is_ready);
            let ends = conditions.terminating.unwrap_or_default();
            let list = match (is_ready, serves && ends) {
                (true, _) => &mut ready,
                (false, true) => &mut ending,
                (false, false) => continue,
            };
            let here = node.is_none_or(|it| endpoint.node_name.as_deref() == Some(it));
            if here {
                list.extend(addresses(endpoint, &ports));
            }
        }
    }
    if ready.is_empty() { ending } else { ready }
}

fn slice_port(port: &discovery::EndpointPort) -> Option<Port> {
    let number = u16::try_from(port.port?).ok()?;
    Some(Port { name: port.name.clone().unwrap_or_default(), number })
}

fn addresses<'a>(
    endpoint: &'a discovery::Endpoint,
    ports: &'a Arc<[Port]>,
) -> impl Iterator<Item = Endpoint> + 'a {
    let target = endpoint.target_ref.as_ref();
    let pod = target.and_then(|it| Uid::parse(it.uid.as_deref()?));
    endpoint.addresses.iter().map(move |address| Endpoint {
        address: address.clone(),
        hostname: endpoint.hostname.clone(),
        node: endpoint.node_name.as_deref().map(Into::into),
        pod,
        ports: ports.clone(),
    })
}
