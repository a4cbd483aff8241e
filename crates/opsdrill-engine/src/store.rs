//! The objects, as entities of a bevy world, with their indexes, their history and the notices of change.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object, Uid};

use crate::api::{WatchChange, WatchEvent};
use crate::dependent::{Dependent, Dependents, Tally};
use crate::history::History;
use crate::lookup::Lookup;
use crate::time::SimTime;

/// The date at which simulated time is zero.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The date at a simulated time, Unix seconds.
    pub fn unix_seconds(self, time: SimTime) -> i64 {
        self.0 + (time.0 / 1000) as i64
    }
}

/// An API object on its entity. Kubelets and the scheduler keep what they know of it in components beside this one.
#[derive(Component, Clone, Debug)]
pub struct Stored(pub Arc<Object>);

/// One change of one object, told to everybody who asked to be told.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The object before; `None` when it is new.
    pub old: Option<Arc<Object>>,
    /// The object after; `None` when it is gone.
    pub new: Option<Arc<Object>>,
    /// Whether controllers that own pods care, once one of them has asked.
    pub(crate) matters_to_owners: OnceLock<bool>,
}

impl Notice {
    fn new(old: Option<Arc<Object>>, new: Option<Arc<Object>>) -> Self {
        Self { old, new, matters_to_owners: OnceLock::new() }
    }

    /// The object, new or old.
    pub fn object(&self) -> &Arc<Object> {
        self.new.as_ref().or(self.old.as_ref()).expect("a notice is about an object")
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.object().kind
    }
}

type Names = BTreeMap<Arc<str>, Entity>;
type PodKey = (Arc<str>, Arc<str>);

/// The objects of a kind in a namespace.
#[derive(Debug, Default)]
struct Space {
    ordered: Names,
    found: Lookup<Arc<str>, Entity>,
}

/// Objects by namespace and one label, in order of their names.
type LabelIndex = BTreeMap<Arc<str>, BTreeMap<(String, String), Names>>;

/// The kinds that are found by their labels often.
const LABELLED: [Kind; 3] = [Kind::Pod, Kind::ReplicaSet, Kind::EndpointSlice];

/// Indexes over the objects, and what has changed.
#[derive(Resource, Debug, Default)]
pub struct Store {
    /// By kind, namespace, name.
    by_name: BTreeMap<Kind, BTreeMap<Arc<str>, Space>>,
    by_uid: Lookup<Uid, Entity>,
    by_owner: Lookup<Uid, Dependents>,
    pods_on: BTreeMap<Arc<str>, BTreeMap<PodKey, Entity>>,
    /// Objects of the kinds in [`LABELLED`].
    labelled: BTreeMap<Kind, LabelIndex>,
    /// Those of them that nobody controls.
    uncontrolled: BTreeMap<Kind, LabelIndex>,
    /// Services by the first pair of their selector.
    services_by: LabelIndex,
    resource_version: u64,
    /// The latest changes.
    pub(crate) history: History,
    /// Changes not yet told.
    pub(crate) notices: Vec<Notice>,
}

impl Store {
    /// The newest resourceVersion.
    pub fn resource_version(&self) -> u64 {
        self.resource_version
    }

    pub(crate) fn entity(&self, kind: Kind, namespace: &str, name: &str) -> Option<Entity> {
        self.by_name.get(&kind)?.get(namespace)?.found.get(name).copied()
    }

    pub(crate) fn entity_by_uid(&self, uid: Uid) -> Option<Entity> {
        self.by_uid.get(&uid).copied()
    }

    pub(crate) fn get<'w>(
        &self,
        world: &'w World,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Option<&'w Arc<Object>> {
        Some(object(world, self.entity(kind, namespace, name)?))
    }

    pub(crate) fn by_uid<'w>(&self, world: &'w World, uid: Uid) -> Option<&'w Arc<Object>> {
        Some(object(world, self.entity_by_uid(uid)?))
    }

    pub(crate) fn list<'w>(
        &'w self,
        world: &'w World,
        kind: Kind,
        namespace: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        let spaces = self.by_name.get(&kind);
        // What lives in no namespace has one space, whose name is empty.
        let all = namespace.is_empty();
        let one = if all { None } else { spaces.and_then(|it| it.get(namespace)) };
        let every = if all { spaces } else { None };
        let spaces = one.into_iter().chain(every.into_iter().flat_map(BTreeMap::values));
        spaces.flat_map(|it| it.ordered.values()).map(|entity| object(world, *entity))
    }

    pub(crate) fn named_from<'w>(
        &'w self,
        world: &'w World,
        kind: Kind,
        namespace: &str,
        prefix: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        let names = self.by_name.get(&kind).and_then(|it| it.get(namespace));
        let prefix: Arc<str> = prefix.into();
        let from = names.into_iter().flat_map({
            let prefix = prefix.clone();
            move |it| it.ordered.range(prefix.clone()..)
        });
        let found = from.take_while(move |(name, _)| name.starts_with(&*prefix));
        found.map(|(_, entity)| object(world, *entity))
    }

    pub(crate) fn dependents(&self, owner: Uid) -> impl Iterator<Item = &Dependent> {
        self.by_owner.get(&owner).into_iter().flat_map(Dependents::iter)
    }

    pub(crate) fn tallies(&self, owner: Uid) -> &[Tally] {
        self.by_owner.get(&owner).map_or(&[], Dependents::tallies)
    }

    pub(crate) fn pods_on<'w>(&self, world: &'w World, node: &str) -> Vec<&'w Arc<Object>> {
        let found = self.pods_on.get(node).into_iter().flat_map(BTreeMap::values);
        found.map(|entity| object(world, *entity)).collect()
    }

    pub(crate) fn with_labels<'w, 'a>(
        &'w self,
        world: &'w World,
        kind: Kind,
        namespace: &str,
        labels: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Vec<&'w Arc<Object>> {
        let labels: Vec<_> = labels.into_iter().collect();
        let carries = |it: &&Arc<Object>| {
            labels.iter().all(|(key, value)| it.meta.label(key) == Some(value.as_str()))
        };
        if !LABELLED.contains(&kind) || labels.is_empty() || namespace.is_empty() {
            return self.list(world, kind, namespace).filter(carries).collect();
        }
        let found = rarest(self.labelled.get(&kind), namespace, &labels).values();
        found.map(|entity| object(world, *entity)).filter(carries).collect()
    }

    /// Objects that nobody controls and that carry the rarest of the labels, at least.
    pub(crate) fn uncontrolled<'w, 'a>(
        &'w self,
        world: &'w World,
        kind: Kind,
        namespace: &str,
        labels: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Vec<&'w Arc<Object>> {
        let labels: Vec<_> = labels.into_iter().collect();
        if labels.is_empty() {
            let all = self.list(world, kind, namespace);
            return all.filter(|it| it.meta.controller().is_none()).collect();
        }
        let found = rarest(self.uncontrolled.get(&kind), namespace, &labels).values();
        found.map(|entity| object(world, *entity)).collect()
    }

    /// The services of a namespace that select these labels, in order of their names.
    pub(crate) fn services_selecting<'w>(
        &self,
        world: &'w World,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> Vec<&'w Arc<Object>> {
        let Some(index) = self.services_by.get(namespace) else { return Vec::new() };
        let pairs = labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        let names: BTreeMap<_, _> = pairs.filter_map(|it| index.get(&it)).flatten().collect();
        let found = names.into_values().map(|entity| object(world, *entity));
        let selects = |it: &&Arc<Object>| {
            let mut pairs = selector_of(it).into_iter().flatten();
            pairs.all(|(key, value)| labels.get(key) == Some(value))
        };
        found.filter(selects).collect()
    }

    fn record(&mut self, change: WatchChange, object: Arc<Object>, notice: Notice) {
        let event = WatchEvent { change, object, before: notice.old.clone() };
        self.history.push(self.resource_version, event);
        self.notices.push(notice);
    }

    fn index(&mut self, object: &Arc<Object>, entity: Entity) {
        let meta = &object.meta;
        let namespace = meta.namespace.clone().unwrap_or_default();
        let space = self.by_name.entry(object.kind).or_default().entry(namespace).or_default();
        space.ordered.insert(meta.name.clone(), entity);
        space.found.insert(meta.name.clone(), entity);
        self.by_uid.insert(meta.uid, entity);
        self.index_dependent(object, true);
        self.index_links(object, Some(entity));
    }

    fn unindex(&mut self, object: &Arc<Object>) {
        let meta = &object.meta;
        if let Some(spaces) = self.by_name.get_mut(&object.kind)
            && let Some(space) = spaces.get_mut(meta.namespace())
        {
            space.ordered.remove(&meta.name);
            space.found.remove(&meta.name);
            if space.ordered.is_empty() {
                spaces.remove(meta.namespace());
            }
        }
        self.by_uid.remove(&meta.uid);
        self.index_dependent(object, false);
        self.index_links(object, None);
    }

    /// Enters an object among the dependents of its owners, in place of its former state, or takes it out.
    fn index_dependent(&mut self, object: &Arc<Object>, add: bool) {
        let meta = &object.meta;
        for owner in &meta.owners {
            let key = (object.kind, meta.namespace.clone().unwrap_or_default(), meta.name.clone());
            let dependent = add.then(|| Dependent::of(object, owner.uid));
            let dependents = self.by_owner.entry(owner.uid, Dependents::default);
            dependents.change(key, dependent);
            if dependents.is_empty() {
                self.by_owner.remove(&owner.uid);
            }
        }
    }

    /// Adds (with its entity) or removes what is found through nodes and labels.
    fn index_links(&mut self, object: &Object, entity: Option<Entity>) {
        let meta = &object.meta;
        let namespace = meta.namespace.clone().unwrap_or_default();
        if let Some(node) = object.pod().and_then(|it| it.node_name.clone()) {
            change(&mut self.pods_on, node, (namespace.clone(), meta.name.clone()), entity);
        }
        if let Some((key, value)) = selector_of(object).and_then(BTreeMap::first_key_value) {
            let index = self.services_by.entry(namespace.clone()).or_default();
            change(index, (key.clone(), value.clone()), meta.name.clone(), entity);
        }
        if !LABELLED.contains(&object.kind) {
            return;
        }
        let uncontrolled = meta.controller().is_none().then_some(&mut self.uncontrolled);
        for labelled in [Some(&mut self.labelled), uncontrolled].into_iter().flatten() {
            let index = labelled.entry(object.kind).or_default();
            let index = index.entry(namespace.clone()).or_default();
            for (key, value) in &*meta.labels {
                change(index, (key.clone(), value.clone()), meta.name.clone(), entity);
            }
        }
    }
}

/// The objects that carry the rarest of some labels.
fn rarest<'i>(
    index: Option<&'i LabelIndex>,
    namespace: &str,
    labels: &[(&String, &String)],
) -> &'i Names {
    static NONE: Names = Names::new();
    let Some(index) = index.and_then(|it| it.get(namespace)) else { return &NONE };
    let sets = labels.iter().map(|(key, value)| index.get(&((*key).clone(), (*value).clone())));
    sets.min_by_key(|it| it.map_or(0, BTreeMap::len)).flatten().unwrap_or(&NONE)
}

/// A service's selector.
fn selector_of(object: &Object) -> Option<&BTreeMap<String, String>> {
    object.service()?.spec.as_ref()?.selector.as_ref()
}

/// Enters something into an index, or takes out what stands under the keys.
fn change<K: Ord, N: Ord, V>(
    index: &mut BTreeMap<K, BTreeMap<N, V>>,
    key: K,
    name: N,
    value: Option<V>,
) {
    if let Some(value) = value {
        index.entry(key).or_default().insert(name, value);
    } else if let Some(names) = index.get_mut(&key) {
        names.remove(&name);
        if names.is_empty() {
            index.remove(&key);
        }
    }
}

fn object(world: &World, entity: Entity) -> &Arc<Object> {
    &world.get::<Stored>(entity).expect("indexes name only stored objects").0
}

/// Whether two states of an object differ in what the link indexes hold.
fn links_differ(old: &Object, new: &Object) -> bool {
    let node = |it: &Object| it.pod().and_then(|pod| pod.node_name.clone());
    old.meta.controller().is_none() != new.meta.controller().is_none()
        || node(old) != node(new)
        || selector_of(old) != selector_of(new)
        || (!Arc::ptr_eq(&old.meta.labels, &new.meta.labels) && old.meta.labels != new.meta.labels)
}

/// Stores a new object under the next resourceVersion.
pub(crate) fn insert(world: &mut World, mut object: Object) -> Arc<Object> {
    let version = bump(world);
    object.meta.resource_version = version;
    let object = Arc::new(object);
    let entity = world.spawn(Stored(object.clone())).id();
    let mut store = world.resource_mut::<Store>();
    store.index(&object, entity);
    store.record(WatchChange::Added, object.clone(), Notice::new(None, Some(object.clone())));
    object
}

/// Puts an object into the store that stood there before its history began: nobody is told of it.
pub(crate) fn seed(world: &mut World, mut object: Object) {
    object.meta.resource_version = 1;
    let object = Arc::new(object);
    let entity = world.spawn(Stored(object.clone())).id();
    world.resource_mut::<Store>().index(&object, entity);
}

/// Replaces a stored object under the next resourceVersion.
pub(crate) fn replace(world: &mut World, mut object: Object) -> Arc<Object> {
    let version = bump(world);
    object.meta.resource_version = version;
    let new = Arc::new(object);
    let entity = world
        .resource::<Store>()
        .entity_by_uid(new.meta.uid)
        .expect("only stored objects are replaced");
    let mut stored = world.get_mut::<Stored>(entity).expect("indexes name only stored objects");
    let old = std::mem::replace(&mut stored.0, new.clone());
    let mut store = world.resource_mut::<Store>();
    if old.meta.owners != new.meta.owners {
        store.index_dependent(&old, false);
    }
    store.index_dependent(&new, true);
    if links_differ(&old, &new) {
        store.index_links(&old, None);
        store.index_links(&new, Some(entity));
    }
    store.record(WatchChange::Modified, new.clone(), Notice::new(Some(old), Some(new.clone())));
    new
}

/// Removes a stored object; its last state gets the next resourceVersion, as watches see it.
pub(crate) fn remove(world: &mut World, uid: Uid) -> Arc<Object> {
    let version = bump(world);
    let entity =
        world.resource::<Store>().entity_by_uid(uid).expect("only stored objects are removed");
    let old = object(world, entity).clone();
    world.despawn(entity);
    let mut last = (*old).clone();
    last.meta.resource_version = version;
    let last = Arc::new(last);
    let mut store = world.resource_mut::<Store>();
    store.unindex(&old);
    store.record(WatchChange::Deleted, last.clone(), Notice::new(Some(old), None));
    last
}

/// How many objects of a kind there are.
pub(crate) fn count(world: &World, kind: Kind) -> usize {
    let spaces = world.resource::<Store>().by_name.get(&kind);
    spaces.into_iter().flat_map(BTreeMap::values).map(|it| it.ordered.len()).sum()
}

/// Shows each object of a kind in another way, without a notice: nobody has changed it.
pub(crate) fn renew(world: &mut World, kind: Kind, show: impl Fn(&Arc<Object>) -> Arc<Object>) {
    let all: Vec<Arc<Object>> = world.resource::<Store>().list(world, kind, "").cloned().collect();
    for old in all {
        let new = show(&old);
        let mut store = world.resource_mut::<Store>();
        store.index_dependent(&new, true);
        let entity = store.entity_by_uid(old.meta.uid).expect("it was listed");
        world.get_mut::<Stored>(entity).expect("indexes name only stored objects").0 = new;
    }
}

/// Removes all objects of a kind that is no longer served.
pub(crate) fn forget(world: &mut World, kind: Kind) {
    let all: Vec<Uid> =
        world.resource::<Store>().list(world, kind, "").map(|it| it.meta.uid).collect();
    for uid in all {
        remove(world, uid);
    }
}

fn bump(world: &mut World) -> u64 {
    let mut store = world.resource_mut::<Store>();
    store.resource_version += 1;
    store.resource_version
}

/// A hash over the canonical rows of all objects: same history, same hash, on every machine.
pub(crate) fn hash_objects(world: &World, hasher: &mut blake3::Hasher) {
    let store = world.resource::<Store>();
    for kind in store.by_name.keys() {
        for object in store.list(world, *kind, "") {
            let document = serde_json::to_vec(&object.to_value()).expect("objects are JSON");
            hasher.update(&(document.len() as u64).to_le_bytes());
            hasher.update(&document);
        }
    }
    hasher.update(&store.resource_version.to_le_bytes());
}
