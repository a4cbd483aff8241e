//! The controllers: pure functions from a view and a key to changes, in a table whose order is their running order.
//!
//! A controller is told of changed objects (`observe` names the keys that it must look at) and gets a turn for each
//! key a little later, as in life; a key that is asked for twice before its turn comes gets one turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object, Uid};

use crate::agenda::{Agenda, Event};
use crate::api::{self, Identity, Options, Request};
use crate::store::{Notice, Store};
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// Every controller. The order is that in which they run within one instant.
pub const CONTROLLERS: &[Controller] = &[];

/// An object that a controller is to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of an object.
    pub fn of(object: &Object) -> Self {
        Self {
            namespace: object.meta.namespace.clone().unwrap_or_default(),
            name: object.meta.name.clone(),
        }
    }
}

/// A controller: a row of the table.
#[derive(Debug)]
pub struct Controller {
    /// Its name, such as `deployment-controller`: the component in its events and the end of its user name.
    pub name: &'static str,
    /// The time between a change and the controller's turn.
    pub delay: SimDuration,
    /// The keys to look at because of a change.
    pub observe: fn(View<'_>, &Notice, &mut Vec<Key>),
    /// What is to be done for a key.
    pub reconcile: fn(View<'_>, &Key) -> Vec<Change>,
}

/// What a controller wants done. All but `Again` go through the API.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Store a new object.
    Create(Box<Object>),
    /// Replace an object.
    Update(Box<Object>),
    /// Replace an object's status.
    UpdateStatus(Box<Object>),
    /// Delete an object.
    Delete(Kind, Key, Box<Options>),
    /// Tell what happened to an object.
    Emit(Emission),
    /// Look at the same key again at this time.
    Again(SimTime),
}

/// An event to be recorded; the API's event series counting applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// The object it is about.
    pub about: Arc<Object>,
    /// Part of the object, such as `spec.containers{web}`.
    pub field_path: Option<String>,
    /// `Normal` or `Warning`.
    pub event_type: EventType,
    /// Reason.
    pub reason: &'static str,
    /// Message.
    pub message: String,
}

/// A controller's turn.
#[derive(Clone, Debug, PartialEq)]
pub struct ControllerEvent {
    /// The controller's place in the table.
    controller: usize,
    /// What it looks at.
    key: Key,
    /// Whether the key is waiting in the queue (and not merely timed).
    queued: bool,
}

/// Keys that wait for their turn, so that one change asked for twice is one turn.
#[derive(Resource, Debug, Default)]
pub(crate) struct Queues {
    waiting: BTreeSet<(usize, Key)>,
}

/// Tells all controllers what has changed.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    let now = world.resource::<Agenda>().now();
    let mut keys = Vec::new();
    for (place, controller) in CONTROLLERS.iter().enumerate() {
        keys.clear();
        for notice in notices {
            (controller.observe)(View::new(world), notice, &mut keys);
        }
        for key in keys.drain(..) {
            if world.resource_mut::<Queues>().waiting.insert((place, key.clone())) {
                let event = ControllerEvent { controller: place, key, queued: true };
                world.resource_mut::<Agenda>().at(now + controller.delay, Event::Controller(event));
            }
        }
    }
}

/// Gives a controller its turn.
pub(crate) fn handle(world: &mut World, event: ControllerEvent) {
    let ControllerEvent { controller: place, key, queued } = event;
    if queued {
        world.resource_mut::<Queues>().waiting.remove(&(place, key.clone()));
    }
    let controller = &CONTROLLERS[place];
    let identity =
        Identity::system(&format!("system:serviceaccount:kube-system:{}", controller.name));
    let changes = (controller.reconcile)(View::new(world), &key);
    for change in changes {
        if !apply(world, controller, &identity, place, &key, change) {
            // The world moved on between the reading and the writing, or the API refused: as a real controller,
            // leave the rest and try again.
            let retry = world.resource::<Agenda>().now() + SimDuration::seconds(1);
            again(world, place, key, retry);
            return;
        }
    }
}

fn again(world: &mut World, place: usize, key: Key, time: SimTime) {
    let event = ControllerEvent { controller: place, key, queued: false };
    world.resource_mut::<Agenda>().at(time, Event::Controller(event));
}

/// Applies one change; false if the API refused it in a way that calls for another try.
fn apply(
    world: &mut World,
    controller: &Controller,
    identity: &Identity,
    place: usize,
    key: &Key,
    change: Change,
) -> bool {
    let request = match change {
        Change::Create(object) => Request::create(*object),
        Change::Update(object) => Request::update(*object),
        Change::UpdateStatus(object) => Request::update_status(*object),
        Change::Delete(kind, key, options) => {
            Request { options: *options, ..Request::delete(kind, &key.namespace, &key.name) }
        }
        Change::Emit(emission) => {
            api::events::emit(world, controller.name, None, emission);
            return true;
        }
        Change::Again(time) => {
            again(world, place, key.clone(), time);
            return true;
        }
    };
    match api::handle(world, identity, request).result {
        Ok(_) => true,
        Err(status) => status.code == 404,
    }
}

/// Whether an object with this UID is still stored; for controllers that must not act for the dead.
pub(crate) fn exists(world: &World, uid: Uid) -> bool {
    world.resource::<Store>().entity_by_uid(uid).is_some()
}
