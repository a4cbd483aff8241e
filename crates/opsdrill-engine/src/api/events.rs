//! Recording core/v1 Events: repeated ones are counted, floods are cut, old ones are forgotten.
//!
//! The rules are those of client-go's `EventCorrelator` and of the API server's event TTL.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::event::{Event, Involved};
use opsdrill_objects::{Kind, Meta, Object};

use super::{Options, Target, create, now_unix};
use crate::controllers::Emission;
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

/// What the correlator remembers. Keys are hashes: there are many events.
#[derive(Resource, Debug, Default)]
pub(crate) struct Series {
    /// Identical events: the name of the stored object.
    identical: BTreeMap<u128, Arc<str>>,
    /// Events alike but for their message: when counting began, and how many.
    alike: BTreeMap<u128, (i64, u32)>,
    /// Tokens left for an object's events, and when that was so.
    tokens: BTreeMap<u128, (i64, i64)>,
    /// Stored events in the order in which they may expire.
    expiring: VecDeque<(i64, Arc<str>, Arc<str>, u128)>,
    count: u64,
}

/// Records an event of a component (and, for a kubelet, its node).
pub(crate) fn emit(world: &mut World, component: &str, host: Option<&str>, emission: Emission) {
    let now = now_unix(world);
    forget_old(world);
    let mut event = event_of(component, host, emission, now);
    let source = source_of(component, host, &event.involved);
    if !take_token(&mut world.resource_mut::<Series>(), source, now) {
        return;
    }
    let key = correlate(&mut world.resource_mut::<Series>(), &mut event, source, now);
    if !count_again(world, &event, key, now) {
        store_new(world, event, key, now);
    }
}

fn event_of(component: &str, host: Option<&str>, emission: Emission, now: i64) -> Event {
    let about = &emission.about;
    Event {
        involved: Involved {
            kind: about.kind,
            namespace: about.meta.namespace.clone().unwrap_or_default(),
            name: about.meta.name.clone(),
            uid: about.meta.uid,
            field_path: emission.field_path.as_deref().map(Into::into),
            resource_version: about.meta.resource_version,
        },
        reason: emission.reason.into(),
        message: emission.message.into(),
        event_type: emission.event_type,
        component: component.into(),
        host: host.map(Into::into),
        count: 1,
        first: now,
        last: now,
    }
}

/// Who tells, and about what.
fn source_of(component: &str, host: Option<&str>, involved: &Involved) -> u128 {
    let field = involved.field_path.as_deref().unwrap_or_default();
    hash(&[
        component.as_bytes(),
        host.unwrap_or_default().as_bytes(),
        involved.kind.info().name.as_bytes(),
        involved.namespace.as_bytes(),
        involved.name.as_bytes(),
        &involved.uid.0.to_le_bytes(),
        field.as_bytes(),
    ])
}

fn hash(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    u128::from_le_bytes(hasher.finalize().as_bytes()[..16].try_into().expect("sixteen bytes"))
}

/// Whether one more event about this object may be recorded now.
fn take_token(series: &mut Series, source: u128, now: i64) -> bool {
    let (tokens, since) = series.tokens.entry(source).or_insert((BURST, now));
    let refilled = (now - *since) / REFILL_SECONDS;
    if refilled > 0 {
        *tokens = (*tokens + refilled).min(BURST);
        *since += refilled * REFILL_SECONDS;
    }
    let granted = *tokens > 0;
    *tokens -= i64::from(granted);
    granted
}

/// The key under which an event is counted; a tenth different message turns into a combined event.
fn correlate(series: &mut Series, event: &mut Event, source: u128, now: i64) -> u128 {
    let kind = event.event_type.as_str().as_bytes();
    let alike = hash(&[&source.to_le_bytes(), kind, event.reason.as_bytes()]);
    let key = hash(&[&alike.to_le_bytes(), event.message.as_bytes()]);
    if series.identical.contains_key(&key) {
        return key;
    }
    let (since, count) = series.alike.entry(alike).or_insert((now, 0));
    if now - *since > ALIKE_SECONDS {
        (*since, *count) = (now, 0);
    }
    *count += 1;
    if *count < ALIKE_MAX {
        return key;
    }
    event.message = format!("(combined from similar events): {}", event.message).into();
    alike
}

/// Counts an event that is stored already; false if there is none.
fn count_again(world: &mut World, event: &Event, key: u128, now: i64) -> bool {
    let namespace = namespace_of(event);
    let Some(name) = world.resource::<Series>().identical.get(&key).cloned() else { return false };
    let store = world.resource::<Store>();
    let Some(stored) = store.get(world, Kind::Event, namespace, &name) else { return false };
    let mut next = (**stored).clone();
    let known = next.event_mut().expect("stored as an event");
    known.count += 1;
    known.last = now;
    known.message = event.message.clone();
    store::replace(world, next);
    true
}

fn store_new(world: &mut World, event: Event, key: u128, now: i64) {
    let namespace: Arc<str> = namespace_of(&event).into();
    let mut series = world.resource_mut::<Series>();
    series.count += 1;
    // The real name ends in the time in nanoseconds; the count keeps events of one second apart.
    let nanoseconds = now as u64 * 1_000_000_000 + series.count;
    let name: Arc<str> = format!("{}.{nanoseconds:x}", event.involved.name).into();
    let object = Object::new(Meta::named(Some(&namespace), &name), event);
    let target = Target::of(&object);
    // A namespace that is being removed takes no more events: they are lost, as in life.
    if create::create(world, &target, object, &Options::default()).is_ok() {
        let mut series = world.resource_mut::<Series>();
        series.identical.insert(key, name.clone());
        series.expiring.push_back((now + TTL_SECONDS, namespace, name, key));
    }
}

fn namespace_of(event: &Event) -> &str {
    if event.involved.namespace.is_empty() { "default" } else { &event.involved.namespace }
}

/// Removes events that nobody has counted for an hour.
pub(crate) fn forget_old(world: &mut World) {
    let now = now_unix(world);
    loop {
        let mut series = world.resource_mut::<Series>();
        if series.expiring.front().is_none_or(|it| it.0 > now) {
            return;
        }
        let (_, namespace, name, key) = series.expiring.pop_front().expect("looked at just now");
        let store = world.resource::<Store>();
        let stored = store.get(world, Kind::Event, &namespace, &name);
        let Some((uid, last)) = stored.and_then(|it| Some((it.meta.uid, it.event()?.last))) else {
            world.resource_mut::<Series>().identical.remove(&key);
            continue;
        };
        if last + TTL_SECONDS > now {
            // Counted since: look at it again later. The queue stays nearly ordered, which is all it needs.
            world.resource_mut::<Series>().expiring.push_back((
                last + TTL_SECONDS,
                namespace,
                name,
                key,
            ));
            continue;
        }
        store::remove(world, uid);
        world.resource_mut::<Series>().identical.remove(&key);
    }
}
