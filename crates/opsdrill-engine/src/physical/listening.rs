//! The ports of applications.

use bevy_ecs::world::World;

use super::application::{Catalogue, settings};
use super::{Process, coredns, demonstration, images, redis};

/// The ports that an application listens on once it has started.
pub(super) fn ports(world: &World, process: &Process) -> Vec<u16> {
    if let Some(ports) = coredns::ports(process) {
        return ports;
    }
    if let Some(port) = redis::port(process) {
        return vec![port];
    }
    if let Some(site) = &process.nginx {
        return site.ports();
    }
    if let Some(ports) = demonstration::ports(process) {
        return ports;
    }
    // Of what nobody has modelled, the image says most.
    if world.resource::<Catalogue>().is_plain(&process.model)
        && let Some(image) = images::on_node(world, &process.spec.node, &process.spec.image)
        && !image.ports.is_empty()
    {
        return image.ports.clone();
    }
    let ports = process.model.ports.iter();
    ports.filter_map(|it| settings::read(it, &process.spec)?.parse().ok()).collect()
}
