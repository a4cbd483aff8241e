//! The network: names, routes, and what answers at their end.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Status};

use crate::view::View;

/// What the network knows beside the API's objects.
#[derive(Resource, Debug, Default)]
pub struct Network {
    /// Nodes whose machine or cable is dead.
    down: BTreeSet<Arc<str>>,
}

/// Cuts a node off from everything, or connects it again. Its processes live on, unseen.
pub fn set_node_down(world: &mut World, node: &str, down: bool) {
    let mut network = world.resource_mut::<Network>();
    if down {
        network.down.insert(node.into());
    } else {
        network.down.remove(node);
    }
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
    let object = View::new(world).get(Kind::Node, "", node)?;
    let addresses = object.node()?.status.as_ref()?.addresses.iter().flatten();
    addresses.filter(|it| it.type_ == "InternalIP").map(|it| it.address.clone()).next()
}
