//! The one door to the cluster's objects, used by controllers and tools alike.

pub mod events;
mod request;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::Status;

pub use request::{
    Answer, FieldValidation, Identity, Options, PatchType, Payload, Propagation, Reply, Request,
    Subresource, Target, Verb, WatchChange, WatchEvent,
};

/// The audit: a record of every request.
#[derive(Resource, Debug, Default)]
pub struct Audit {}

/// What the API hands out once: cluster IPs and node ports.
#[derive(Resource, Debug, Default)]
pub(crate) struct Allocators {}

/// Answers a request.
pub(crate) fn handle(_world: &mut World, _identity: &Identity, _request: Request) -> Reply {
    Reply { result: Err(Status::bad_request("not yet")), warnings: Vec::new() }
}
