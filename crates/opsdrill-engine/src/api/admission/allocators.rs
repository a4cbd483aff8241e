//! Cluster IPs and node ports: handed out once, taken back with their service.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::ServiceSpec;
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::{Kind, Object, Status, Uid};

use crate::chance::Chance;
use crate::store::Notice;

/// The network of cluster IPs: 10.96.0.0/16, as in the recordings.
const NETWORK: [u8; 2] = [10, 96];
/// The range of node ports.
const NODE_PORTS: std::ops::RangeInclusive<i32> = 30_000..=32_767;

/// What is handed out.
#[derive(Resource, Debug, Default)]
pub(crate) struct Allocators {
    addresses: BTreeMap<String, Uid>,
    node_ports: BTreeMap<i32, Uid>,
}

impl Allocators {
    /// Takes back what a removed service had.
    pub(crate) fn observe(&mut self, notices: &[Notice]) {
        for notice in notices {
            if let (Kind::Service, Some(old), None) = (notice.kind(), &notice.old, &notice.new) {
                self.addresses.retain(|_, owner| *owner != old.meta.uid);
                self.node_ports.retain(|_, owner| *owner != old.meta.uid);
            }
        }
    }
}

/// An update that leaves addresses and ports out keeps those it has, as the real server does.
pub(super) fn keep(object: &mut Object, old: &Object) {
    let Some(had) = old.service().and_then(|it| it.spec.as_ref()) else { return };
    let Some(spec) = object.service_mut().and_then(|it| it.spec.as_mut()) else { return };
    if spec.type_.as_deref() == Some("ExternalName") {
        return;
    }
    if spec.cluster_ip.as_deref().unwrap_or_default().is_empty() {
        spec.cluster_ip.clone_from(&had.cluster_ip);
        spec.cluster_ips.clone_from(&had.cluster_ips);
    }
    drop_fields_of_type(spec, had);
    if !wants_node_ports(spec) {
        return;
    }
    let had_ports: Vec<_> = had.ports.iter().flatten().collect();
    for port in spec.ports.iter_mut().flatten().filter(|it| it.node_port.unwrap_or_default() == 0) {
        let same = had_ports.iter().find(|it| it.port == port.port && it.protocol == port.protocol);
        port.node_port = same.and_then(|it| it.node_port);
    }
}

/// Whoever changes a type alone need not take out what only the old one has (`dropTypeDependentFields`).
fn drop_fields_of_type(spec: &mut ServiceSpec, had: &ServiceSpec) {
    let numbers = |it: &ServiceSpec| {
        it.ports.iter().flatten().filter_map(|it| it.node_port).collect::<BTreeSet<_>>()
    };
    if !wants_node_ports(had) || spec.type_ == had.type_ {
        return;
    }
    if !wants_node_ports(spec) {
        if numbers(spec) == numbers(had) {
            spec.ports.iter_mut().flatten().for_each(|it| it.node_port = None);
        }
        if spec.external_traffic_policy == had.external_traffic_policy {
            spec.external_traffic_policy = None;
        }
    }
    if spec.type_.as_deref() != Some("LoadBalancer") {
        if spec.allocate_load_balancer_node_ports == had.allocate_load_balancer_node_ports {
            spec.allocate_load_balancer_node_ports = None;
        }
        if spec.load_balancer_class == had.load_balancer_class {
            spec.load_balancer_class = None;
        }
    }
}

fn wants_node_ports(spec: &ServiceSpec) -> bool {
    matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer"))
}

/// Hands a service its address and ports, or refuses those it asks for.
pub(super) fn allocate(
    world: &mut World,
    object: &mut Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    let (uid, name) = (object.meta.uid, object.meta.name.clone());
    let mut draw = draws(world, &name);
    let mut allocators = world.resource_mut::<Allocators>();
    if old.is_some() {
        allocators.node_ports.retain(|_, owner| *owner != uid);
    }
    let Some(spec) = object.service_mut().and_then(|it| it.spec.as_mut()) else { return Ok(()) };
    let mut errors = Vec::new();
    if spec.type_.as_deref() == Some("ExternalName") {
        allocators.addresses.retain(|_, owner| *owner != uid);
        spec.cluster_ip = None;
        spec.cluster_ips = None;
    } else {
        address(&mut allocators, spec, uid, &mut draw, &mut errors);
    }
    if wants_node_ports(spec) {
        node_ports(&mut allocators, spec, uid, &mut draw, &mut errors);
    } else {
        spec.ports.iter_mut().flatten().for_each(|it| it.node_port = None);
    }
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid(Kind::Service, &name, &errors)) }
}

/// Numbers for one service.
fn draws(world: &World, name: &str) -> impl FnMut(u64) -> u64 + use<> {
    let chance = world.resource::<Chance>().clone();
    let purpose = format!("service {name}");
    let mut count = 0;
    move |span| {
        count += 1;
        chance.noise(&purpose, count, span)
    }
}

fn address(
    allocators: &mut Allocators,
    spec: &mut ServiceSpec,
    uid: Uid,
    draw: &mut impl FnMut(u64) -> u64,
    errors: &mut Vec<FieldError>,
) {
    let wanted = spec.cluster_ip.clone().unwrap_or_default();
    let given = match wanted.as_str() {
        "None" => wanted,
        "" => loop {
            let number = 256 + draw(65_000);
            let address =
                format!("{}.{}.{}.{}", NETWORK[0], NETWORK[1], number / 256, number % 256);
            if !number.is_multiple_of(256) && !allocators.addresses.contains_key(&address) {
                break address;
            }
        },
        _ => {
            let inside = wanted.starts_with(&format!("{}.{}.", NETWORK[0], NETWORK[1]));
            let value = format!("[]string{{{wanted:?}}}");
            if !inside {
                let detail = format!(
                    "failed to allocate IP {wanted}: the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {}.{}.0.0/16",
                    NETWORK[0], NETWORK[1]
                );
                errors.push(FieldError::invalid_raw("spec.clusterIPs", value, detail));
            } else if allocators.addresses.get(&wanted).is_some_and(|owner| *owner != uid) {
                let detail =
                    format!("failed to allocate IP {wanted}: provided IP is already allocated");
                errors.push(FieldError::invalid_raw("spec.clusterIPs", value, detail));
            }
            wanted
        }
    };
    if given != "None" && errors.is_empty() {
        allocators.addresses.insert(given.clone(), uid);
    }
    spec.cluster_ips = Some(vec![given.clone()]);
    spec.cluster_ip = Some(given);
}

fn node_ports(
    allocators: &mut Allocators,
    spec: &mut ServiceSpec,
    uid: Uid,
    draw: &mut impl FnMut(u64) -> u64,
    errors: &mut Vec<FieldError>,
) {
    let mut own = BTreeSet::new();
    for (place, port) in spec.ports.iter_mut().flatten().enumerate() {
        let field = format!("spec.ports[{place}].nodePort");
        match port.node_port.unwrap_or_default() {
            0 => loop {
                let number = NODE_PORTS.start() + draw(2768) as i32;
                if !allocators.node_ports.contains_key(&number) && own.insert(number) {
                    port.node_port = Some(number);
                    break;
                }
            },
            number if !NODE_PORTS.contains(&number) => {
                let detail = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                errors.push(FieldError::invalid_raw(field, number, detail));
            }
            number if allocators.node_ports.contains_key(&number) => {
                errors.push(FieldError::invalid_raw(
                    field,
                    number,
                    "provided port is already allocated",
                ));
            }
            number => {
                own.insert(number);
            }
        }
    }
    if errors.is_empty() {
        allocators.node_ports.extend(own.into_iter().map(|it| (it, uid)));
    }
}
