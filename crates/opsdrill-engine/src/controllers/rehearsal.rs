//! Controllers without a cluster: what would one do in a world of these objects? For tests.

use bevy_ecs::world::World;
use opsdrill_objects::Object;

use super::{CONTROLLERS, Change, Controller, Key};
use crate::agenda::Agenda;
use crate::api::custom_kinds::CustomKinds;
use crate::store::{self, Epoch, Store};
use crate::time::SimTime;
use crate::view::View;

/// A world of nothing but objects and a time.
pub struct Rehearsal {
    world: World,
}

impl Rehearsal {
    /// A world of these objects, taken as they are; time stands at `now`, counted from `epoch` (Unix seconds).
    pub fn new(objects: impl IntoIterator<Item = Object>, epoch: i64, now: SimTime) -> Self {
        let mut world = World::new();
        let mut agenda = Agenda::default();
        agenda.rest_until(now);
        world.insert_resource(agenda);
        world.insert_resource(Epoch(epoch));
        world.init_resource::<Store>();
        world.init_resource::<CustomKinds>();
        for object in objects {
            store::insert(&mut world, object);
        }
        Self { world }
    }

    /// The objects.
    pub fn view(&self) -> View<'_> {
        View::new(&self.world)
    }

    /// What a controller wants done for a key.
    ///
    /// # Panics
    /// When no controller has this name.
    pub fn reconcile(&self, controller: &str, key: &Key) -> Vec<Change> {
        (named(controller).reconcile)(self.view(), key)
    }

    /// The keys that a controller would look at if all objects were new, in order, each once.
    ///
    /// # Panics
    /// When no controller has this name.
    pub fn keys(&self, controller: &str) -> Vec<Key> {
        let notices = &self.world.resource::<Store>().notices;
        let mut keys = Vec::new();
        for notice in notices {
            (named(controller).observe)(self.view(), notice, &mut keys);
        }
        keys.sort();
        keys.dedup();
        keys
    }
}

fn named(name: &str) -> &'static Controller {
    CONTROLLERS.iter().find(|it| it.name == name).expect("tests name rows of the table")
}
