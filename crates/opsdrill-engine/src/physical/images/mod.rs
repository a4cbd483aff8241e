//! Images and the registries that keep them.
//!
//! - [`reference`]: image names
//! - [`image`], [`userland`]: what an image holds
//! - [`registry`]: who keeps what and who may have it; [`public`], [`kubernetes`]: what the
//!   public ones keep
//! - [`pull`]: what a node is answered

mod image;
mod kubernetes;
mod public;
mod pull;
pub mod reference;
mod registry;
mod userland;

use std::sync::Arc;

use bevy_ecs::world::World;

pub use image::Image;
pub use pull::pull;
pub use reference::Reference;
pub use registry::{DOWNLOAD_BYTES_PER_SECOND, Registries, RegistrySpec, RegistryState};
pub use userland::Userland;

/// Adds a registry, or changes who may pull from one that is there.
pub fn add_registry(world: &mut World, spec: RegistrySpec) {
    world.resource_mut::<Registries>().add(spec);
}

/// Pushes an image under the name in its `reference`; a tag that is there moves to the new content.
///
/// # Errors
/// The complaint about a bad name.
pub fn add_image(world: &mut World, mut image: Image) -> Result<(), String> {
    let reference = Reference::parse(&image.reference)?;
    image.reference = reference.to_string();
    image.digest = image.content_digest();
    let tag = reference.tag.clone().unwrap_or_else(|| "latest".to_owned());
    world.resource_mut::<Registries>().push(&reference, &[&tag], Arc::new(image));
    Ok(())
}

/// What an image's name stands for, or last stood for; `None` if nobody ever pushed it.
pub fn of(world: &World, image: &str) -> Option<Arc<Image>> {
    let reference = Reference::parse(image).ok()?;
    world.resource::<Registries>().find(&reference)
}

/// What a node has pulled under a name, whatever the registry keeps there now; else what the name stands for.
pub fn on_node(world: &World, node: &str, image: &str) -> Option<Arc<Image>> {
    let reference = Reference::parse(image).ok()?;
    let registries = world.resource::<Registries>();
    let pulled = registries.on_nodes.get(node).and_then(|it| it.get(&reference.to_string()));
    pulled.cloned().or_else(|| registries.find(&reference))
}

/// The image of one of the public registries as a node has pulled it; `None` for those that a world brings along.
pub fn public(world: &World, node: &str, image: &str) -> Option<Arc<Image>> {
    let reference = Reference::parse(image).ok()?;
    let registry = world.resource::<Registries>().by_host.get(&reference.host)?;
    registry.is_well_known(&reference.repository).then(|| on_node(world, node, image))?
}

/// Takes a tag out of its registry (nodes keep what they have pulled); false if it was not there.
pub fn remove_tag(world: &mut World, image: &str) -> bool {
    let Ok(reference) = Reference::parse(image) else { return false };
    world.resource_mut::<Registries>().remove_tag(&reference)
}

/// Breaks or repairs a registry; false if there is none of that host.
pub fn set_registry_state(world: &mut World, host: &str, state: RegistryState) -> bool {
    let mut registries = world.resource_mut::<Registries>();
    let registry = registries.by_host.get_mut(host);
    registry.map(|it| it.state = state).is_some()
}

/// Changes who may pull from a registry; false if there is none of that host.
pub fn set_credentials(
    world: &mut World,
    host: &str,
    credentials: Option<(String, String)>,
) -> bool {
    let mut registries = world.resource_mut::<Registries>();
    let registry = registries.by_host.get_mut(host);
    registry.map(|it| it.credentials = credentials).is_some()
}

/// Says how many bytes per second a node downloads.
pub fn set_bandwidth(world: &mut World, node: &str, bytes_per_second: u64) {
    world.resource_mut::<Registries>().bandwidth.insert(node.into(), bytes_per_second);
}

/// The address of an outside host, always the same: one of those that are set aside for documentation.
pub(super) fn address_of(host: &str) -> String {
    let digest = blake3::hash(host.as_bytes());
    format!("203.0.113.{}", 1 + digest.as_bytes()[0] % 254)
}

#[cfg(test)]
mod tests;
