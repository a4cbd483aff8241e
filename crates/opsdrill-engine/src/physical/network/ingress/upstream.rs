//! The endpoints behind a location: ingress-nginx talks to pods, not to Services.

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::{Kind, Object};

use super::Controller;
use super::config::Backend;
use crate::physical::network::route::{self, Destination, Route};
use crate::physical::network::{policy, service};
use crate::view::View;

/// The Service of a backend, with its endpoints (`serviceEndpoints`); no destinations if there is none that is ready.
pub(super) fn route(world: &World, controller: &Controller<'_>, backend: &Backend) -> Route {
    let object = View::new(world).get(Kind::Service, &backend.namespace, &backend.service);
    let key = (backend.namespace.as_str().into(), backend.service.as_str().into());
    let mut route = Route { service: Some(key), ..Route::default() };
    let Some(object) = object else { return route };
    route.destinations = destinations(world, controller, object, &backend.port);
    policy::apply(world, &controller.origin(), &mut route.destinations);
    route
}

fn destinations(
    world: &World,
    controller: &Controller<'_>,
    object: &Object,
    port: &str,
) -> Vec<Destination> {
    let Some(spec) = service::spec(object) else { return Vec::new() };
    if spec.type_.as_deref() == Some("ExternalName") {
        let number = port.parse().unwrap_or(80);
        let host = spec.external_name.as_deref().unwrap_or_default();
        let found = route::route(world, &controller.origin(), host, number);
        return found.map(|it| it.destinations).unwrap_or_default();
    }
    let Some(wanted) = service::port(object, |it| is_meant(it, port)) else { return Vec::new() };
    route::of_service(world, object, wanted)
}

/// The first port of a Service, for default backends.
pub(super) fn first_port(world: &World, (namespace, name): &(String, String)) -> Option<Backend> {
    let object = View::new(world).get(Kind::Service, namespace, name)?;
    let port = service::port(object, |_| true)?.port.to_string();
    Some(Backend { namespace: namespace.clone(), service: name.clone(), port })
}

/// A port is named by its number, its name, or the port of the pods.
fn is_meant(port: &ServicePort, wanted: &str) -> bool {
    let target = match &port.target_port {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
        None => String::new(),
    };
    port.port.to_string() == wanted || target == wanted || port.name.as_deref() == Some(wanted)
}
