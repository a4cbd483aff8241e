//! Recording core/v1 Events: repeated ones are counted, floods are cut, old ones are forgotten.
//!
//! The rules are those of client-go's `EventCorrelator` and of the API server's event TTL.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::event::{Event, EventType, Involved};
use opsdrill_objects::{Kind, Meta, Object, Uid};

use super::{Options, Target, create, now_unix};
use crate::controllers::Emission;
use crate::lookup::Lookup;
use crate::store::{self, Store};

/// Seconds after which the server forgets an event (`--event-ttl`).
const TTL_SECONDS: i64 = 3600;
/// How many differing events of one kind about one object are kept apart (`defaultAggregateMaxEvents`).
const ALIKE_MAX: u32 = 10;
/// Seconds over which they are counted (`defaultAggregateIntervalInSeconds`).
const ALIKE_SECONDS: i64 = 600;
/// Events about one object that may come at once (`defaultSpamBurst`).
const BURST: i64 = 25;
/// Seconds after which one more may come (`defaultSpamQPS` is 1/300).
const REFILL_SECONDS: i64 = 300;

/// What the correlator remembers, by the object that the events are about.
#[derive(Resource, Debug, Default)]
pub(crate) struct Series {
    sources: Lookup<Uid, Vec<Source>>,
    /// Stored events in the order in which they may expire.
    expiring: VecDeque<Expiring>,
    count: u64,
}

/// Somebody who tells of an object, or of a part of it.
#[derive(Debug)]
struct Source {
    component: Cow<'static, str>,
    host: Option<Arc<str>>,
    field_path: Option<Arc<str>>,
    /// Tokens left for more events, and when that was so.
    tokens: (i64, i64),
    alike: Vec<Alike>,
    told: Vec<Told>,
}

/// Events that differ in nothing but their message: when counting began, and how many.
#[derive(Debug)]
struct Alike {
    sort: Sort,
    since: i64,
    count: u32,
}

/// An event that is stored.
#[derive(Debug)]
struct Told {
    sort: Sort,
    /// `None` for the one that stands for many.
    message: Option<Arc<str>>,
    name: Arc<str>,
}

/// Type and reason of an event.
type Sort = (EventType, &'static str);

#[derive(Debug)]
struct Expiring {
    at: i64,
    namespace: Arc<str>,
    name: Arc<str>,
    about: Uid,
}

/// Where an event belongs: its source's place in the list of its object, and what it is counted under.
struct Place {
    source: usize,
    sort: Sort,
    message: Option<Arc<str>>,
}

/// Records an event of a component (and, for a kubelet, its node).
pub(crate) fn emit(
    world: &mut World,
    component: impl Into<Cow<'static, str>>,
    host: Option<&Arc<str>>,
    emission: Emission,
) {
    let component = component.into();
    let now = now_unix(world);
    forget_old(world);
    let sort = (emission.event_type, emission.reason);
    let mut event = event_of(component.clone(), host, emission, now);
    let sources = world.resource_mut::<Series>().into_inner();
    let sources = sources.sources.entry(event.involved.uid, || Vec::with_capacity(2));
    let source = place_of(sources, component, host, event.involved.field_path.as_ref(), now);
    let known = &mut sources[source];
    if !known.take_token(now) {
        return;
    }
    let message = known.correlate(sort, &mut event, now);
    let place = Place { source, sort, message };
    if count_again(world, &event, &place, now) {
        return;
    }
    let about = event.involved.uid;
    if let Some(name) = store_new(world, event, now) {
        world.resource_mut::<Series>().note(about, place, name);
    }
}

/// Records an event as `events.k8s.io` has it, with another object that it is about: each is an event of its own; whoever
/// tells makes series of them. Its name, unless its namespace takes no more events.
pub(crate) fn record(
    world: &mut World,
    component: &'static str,
    instance: &Arc<str>,
    action: &'static str,
    emission: Emission,
    related: Option<&Object>,
) -> Option<Arc<str>> {
    let now = now_unix(world);
    forget_old(world);
    let event = event_of(component.into(), Some(instance), emission, now);
    let related = related.map(|it| Arc::new(involved(it, None)));
    store_new(world, Event { action: Some(action), related, ..event }, now)
}

fn event_of(
    component: Cow<'static, str>,
    host: Option<&Arc<str>>,
    emission: Emission,
    now: i64,
) -> Event {
    Event {
        involved: involved(&emission.about, emission.field_path.as_deref()),
        related: None,
        reason: emission.reason.into(),
        message: emission.message.into(),
        event_type: emission.event_type,
        component,
        host: host.cloned(),
        action: None,
        count: 1,
        first: now,
        last: now,
    }
}

fn involved(about: &Object, field_path: Option<&str>) -> Involved {
    Involved {
        kind: about.kind,
        namespace: about.meta.namespace.clone().unwrap_or_default(),
        name: about.meta.name.clone(),
        uid: about.meta.uid,
        field_path: field_path.map(Into::into),
        resource_version: about.meta.resource_version,
    }
}

/// The place of a source among those that tell of an object.
fn place_of(
    sources: &mut Vec<Source>,
    component: Cow<'static, str>,
    host: Option<&Arc<str>>,
    field_path: Option<&Arc<str>>,
    now: i64,
) -> usize {
    let same = |it: &Source| {
        it.component == component
            && it.host.as_ref() == host
            && it.field_path.as_ref() == field_path
    };
    sources.iter().position(same).unwrap_or_else(|| {
        sources.push(Source {
            component: component.clone(),
            host: host.cloned(),
            field_path: field_path.cloned(),
            tokens: (BURST, now),
            alike: Vec::with_capacity(1),
            told: Vec::with_capacity(1),
        });
        sources.len() - 1
    })
}

impl Source {
    /// Whether one more event may be recorded now.
    fn take_token(&mut self, now: i64) -> bool {
        self.refill(now);
        let granted = self.tokens.0 > 0;
        self.tokens.0 -= i64::from(granted);
        granted
    }

    fn refill(&mut self, now: i64) {
        let (tokens, since) = &mut self.tokens;
        let refilled = (now - *since) / REFILL_SECONDS;
        *tokens += refilled;
        *since += refilled * REFILL_SECONDS;
        // A full bucket saves nothing up.
        if *tokens >= BURST {
            (*tokens, *since) = (BURST, now);
        }
    }

    /// What an event is counted under: its message, or nothing once a tenth different message turns it into a
    /// combined event.
    fn correlate(&mut self, sort: Sort, event: &mut Event, now: i64) -> Option<Arc<str>> {
        let message = Some(event.message.clone());
        if self.told(sort, message.as_deref()).is_some() {
            return message;
        }
        let place = self.alike.iter().position(|it| it.sort == sort).unwrap_or_else(|| {
            self.alike.push(Alike { sort, since: now, count: 0 });
            self.alike.len() - 1
        });
        let alike = &mut self.alike[place];
        if now - alike.since > ALIKE_SECONDS {
            (alike.since, alike.count) = (now, 0);
        }
        alike.count += 1;
        if alike.count < ALIKE_MAX {
            return message;
        }
        event.message = format!("(combined from similar events): {}", event.message).into();
        None
    }

    fn told(&mut self, sort: Sort, message: Option<&str>) -> Option<&mut Told> {
        self.told.iter_mut().find(|it| it.sort == sort && it.message.as_deref() == message)
    }

    /// Whether nothing would be different if this were forgotten; only an hour after the last event, so that the count
    /// of those alike is over.
    fn is_over(&mut self, now: i64) -> bool {
        self.refill(now);
        self.told.is_empty() && self.tokens.0 == BURST
    }
}

/// Counts an event that is stored already; false if there is none.
fn count_again(world: &mut World, event: &Event, place: &Place, now: i64) -> bool {
    let series = world.resource_mut::<Series>().into_inner();
    let source = series.sources.get_mut(&event.involved.uid).map(|it| &mut it[place.source]);
    let told = source.and_then(|it| it.told(place.sort, place.message.as_deref()));
    let Some(name) = told.map(|it| it.name.clone()) else { return false };
    let store = world.resource::<Store>();
    let Some(stored) = store.get(world, Kind::Event, namespace_of(event), &name) else {
        return false;
    };
    let mut next = (**stored).clone();
    let known = next.event_mut().expect("stored as an event");
    known.count += 1;
    known.last = now;
    known.message = event.message.clone();
    store::replace(world, next);
    true
}

/// Stores an event; its name. A namespace that is being removed takes no more: they are lost, as in life.
fn store_new(world: &mut World, event: Event, now: i64) -> Option<Arc<str>> {
    let about = event.involved.uid;
    let namespace: Arc<str> = if event.involved.namespace.is_empty() {
        namespace_of(&event).into()
    } else {
        event.involved.namespace.clone()
    };
    let mut series = world.resource_mut::<Series>();
    series.count += 1;
    // The real name ends in the time in nanoseconds; the count keeps events of one second apart.
    let nanoseconds = now as u64 * 1_000_000_000 + series.count;
    let name: Arc<str> = format!("{}.{nanoseconds:x}", event.involved.name).into();
    let meta = Meta { namespace: Some(namespace.clone()), name: name.clone(), ..Meta::default() };
    let object = Object::new(meta, event);
    let target = Target::of(&object);
    create::create(world, &target, object, &Options::default(), &mut Vec::new()).ok()?;
    let expiring = Expiring { at: now + TTL_SECONDS, namespace, name: name.clone(), about };
    world.resource_mut::<Series>().expiring.push_back(expiring);
    Some(name)
}

fn namespace_of(event: &Event) -> &str {
    if event.involved.namespace.is_empty() { "default" } else { &event.involved.namespace }
}

/// Removes events that nobody has counted for an hour.
pub(crate) fn forget_old(world: &mut World) {
    let now = now_unix(world);
    loop {
        let mut series = world.resource_mut::<Series>();
        if series.expiring.front().is_none_or(|it| it.at > now) {
            return;
        }
        let expiring = series.expiring.pop_front().expect("looked at just now");
        let store = world.resource::<Store>();
        let stored = store.get(world, Kind::Event, &expiring.namespace, &expiring.name);
        match stored.and_then(|it| Some((it.meta.uid, it.event()?.last))) {
            Some((_, last)) if last + TTL_SECONDS > now => {
                // Counted since: look at it again later. The queue stays nearly ordered, which is all it needs.
                let expiring = Expiring { at: last + TTL_SECONDS, ..expiring };
                world.resource_mut::<Series>().expiring.push_back(expiring);
                continue;
            }
            Some((uid, _)) => {
                store::remove(world, uid);
            }
            None => {}
        }
        world.resource_mut::<Series>().forget(&expiring, now);
    }
}

impl Series {
    /// Notes under which name an event is stored.
    fn note(&mut self, about: Uid, Place { source, sort, message }: Place, name: Arc<str>) {
        let source = self.sources.get_mut(&about).map(|it| &mut it[source]);
        let source = source.expect("it has just been looked up");
        match source.told(sort, message.as_deref()) {
            Some(told) => told.name = name,
            None => source.told.push(Told { sort, message, name }),
        }
    }

    /// Forgets an event that is no longer stored, and who told of it once that makes no difference.
    fn forget(&mut self, expired: &Expiring, now: i64) {
        let Some(sources) = self.sources.get_mut(&expired.about) else { return };
        for source in sources.iter_mut() {
            source.told.retain(|it| it.name != expired.name);
        }
        if sources.iter_mut().all(|it| it.is_over(now)) {
            self.sources.remove(&expired.about);
        }
    }
}
