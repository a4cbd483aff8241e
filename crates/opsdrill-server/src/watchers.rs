//! Who wants to be told of which changes. The session's thread tells; it never waits for anybody.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use opsdrill_engine::Cluster;
use opsdrill_engine::api::{self, Identity, Options, Request, Target, Verb, WatchChange};
use opsdrill_objects::{Kind, Object, Status};
use tokio::sync::mpsc;

use crate::desk::present;
use crate::documents;

/// How many changes a reader may be behind before it is cut off.
const BEHIND_MAX: usize = 2_000;

/// The most watches at a time.
const WATCHERS_MAX: usize = 10_000;

/// A wish to be told.
#[derive(Clone, Debug)]
pub(crate) struct WatchRequest {
    /// Who wishes.
    pub(crate) identity: Identity,
    /// The kind.
    pub(crate) kind: Kind,
    /// The namespace; empty for all.
    pub(crate) namespace: String,
    /// The one object that is meant; empty for all.
    pub(crate) name: String,
    /// Selectors.
    pub(crate) options: Options,
    /// Changes after this version; `None` to begin with what is there.
    pub(crate) after: Option<u64>,
    /// Whether what is there is told although the watch begins at a version.
    pub(crate) initial: bool,
}

impl WatchRequest {
    /// What the door is asked: it sees to rights and to the record, the watchers to the changes.
    pub(crate) fn to_engine(&self, newest: u64) -> Request {
        let options = Options { resource_version: newest, limit: 0, ..self.options.clone() };
        let target = Target::one(self.kind, &self.namespace, &self.name);
        Request { verb: Verb::Watch, target, options }
    }
}

/// A change, written down at most once however many are told.
#[derive(Debug)]
pub(crate) struct Change {
    /// The resourceVersion.
    pub(crate) version: u64,
    /// The object after it, or its last state.
    pub(crate) object: Arc<Object>,
    /// The line of a watch, for each way in which the change can look.
    lines: [OnceLock<Bytes>; 3],
}

impl Change {
    fn new(version: u64, object: Arc<Object>) -> Self {
        Self { version, object, lines: Default::default() }
    }

    /// The line of a watch of whole objects.
    pub(crate) fn line(&self, change: WatchChange) -> &Bytes {
        let place = match change {
            WatchChange::Added => 0,
            WatchChange::Modified => 1,
            WatchChange::Deleted => 2,
        };
        self.lines[place].get_or_init(|| {
            documents::event(documents::change(change), &self.object.to_value()).into()
        })
    }
}

/// What a watcher hears: a change, and how it looks through the watcher's selectors.
pub(crate) type Told = (WatchChange, Arc<Change>);

/// A watch that has begun.
pub(crate) struct Subscription {
    /// What is there already, if that was wished.
    pub(crate) present: Vec<Arc<Object>>,
    /// The version that `present` shows, or after which changes come.
    pub(crate) version: u64,
    /// Changes that came before the subscription and after the wished version.
    pub(crate) missed: Vec<Told>,
    /// Changes from now on; ends when the reader is too slow or the session is over.
    pub(crate) changes: mpsc::Receiver<Told>,
}

struct Watcher {
    namespace: String,
    name: String,
    matches: Box<dyn Fn(&Object) -> bool>,
    changes: mpsc::Sender<Told>,
}

impl Watcher {
    /// How a change looks to this watcher, if it sees it at all.
    fn sees(
        &self,
        change: WatchChange,
        object: &Object,
        before: Option<&Object>,
    ) -> Option<WatchChange> {
        if !self.namespace.is_empty() && object.meta.namespace() != self.namespace
            || !self.name.is_empty() && *object.meta.name != *self.name
        {
            return None;
        }
        let now = (self.matches)(object);
        match change {
            WatchChange::Added => now.then_some(WatchChange::Added),
            WatchChange::Deleted => {
                let was = before.map_or(now, |it| (self.matches)(it));
                was.then_some(WatchChange::Deleted)
            }
            WatchChange::Modified => match (before.map_or(now, |it| (self.matches)(it)), now) {
                (true, true) => Some(WatchChange::Modified),
                (false, true) => Some(WatchChange::Added),
                (true, false) => Some(WatchChange::Deleted),
                (false, false) => None,
            },
        }
    }
}

/// All watchers.
#[derive(Default)]
pub(crate) struct Watchers {
    by_kind: BTreeMap<Kind, Vec<Watcher>>,
    count: usize,
    /// The version up to which everybody has been told.
    told: u64,
}

impl Watchers {
    /// Tells everybody what has changed since the last time.
    pub(crate) fn tell(&mut self, cluster: &Cluster) {
        let newest = cluster.resource_version();
        if newest == self.told {
            return;
        }
        let since = if newest < self.told { None } else { cluster.changes_after(self.told) };
        self.told = newest;
        let Some(changes) = since else {
            // Time went back, or too much has happened: nobody can be told what they missed.
            self.by_kind.clear();
            self.count = 0;
            return;
        };
        for (version, event) in changes {
            let Some(watchers) = self.by_kind.get_mut(&event.object.kind) else { continue };
            let mut change = None;
            watchers.retain(|watcher| {
                let before = event.before.as_deref();
                let Some(seen) = watcher.sees(event.change, &event.object, before) else {
                    return !watcher.changes.is_closed();
                };
                let made = || Arc::new(Change::new(version, event.object.clone()));
                let change = change.get_or_insert_with(made).clone();
                watcher.changes.try_send((seen, change)).is_ok()
            });
        }
        self.by_kind.retain(|_, watchers| !watchers.is_empty());
        self.count = self.by_kind.values().map(Vec::len).sum();
    }

    /// Adds a watcher.
    ///
    /// # Errors
    /// The server's refusal: a bad selector, or a version that is too old.
    pub(crate) fn add(
        &mut self,
        request: &WatchRequest,
        cluster: &Cluster,
    ) -> Result<Subscription, Status> {
        if self.count >= WATCHERS_MAX {
            return Err(Status::new(
                429,
                "TooManyRequests",
                "too many requests, please try again later",
            ));
        }
        let matches = api::matcher(request.kind, &request.options)?;
        let (sender, changes) = mpsc::channel(BEHIND_MAX);
        let watcher = Watcher {
            namespace: request.namespace.clone(),
            name: request.name.clone(),
            matches: Box::new(matches),
            changes: sender,
        };
        let newest = cluster.resource_version();
        let mut missed = Vec::new();
        if let Some(after) = request.after.filter(|_| !request.initial) {
            let too_old =
                || Status::expired(format!("too old resource version: {after} ({newest})"));
            for (version, event) in cluster.changes_after(after).ok_or_else(too_old)? {
                if event.object.kind != request.kind {
                    continue;
                }
                if let Some(seen) =
                    watcher.sees(event.change, &event.object, event.before.as_deref())
                {
                    missed.push((seen, Arc::new(Change::new(version, event.object.clone()))));
                }
            }
        }
        let named = |it: &Object| request.name.is_empty() || *it.meta.name == *request.name;
        let present = if request.initial || request.after.is_none() {
            present(cluster, request, &|it| named(it) && (watcher.matches)(it))
        } else {
            Vec::new()
        };
        self.by_kind.entry(request.kind).or_default().push(watcher);
        self.count += 1;
        Ok(Subscription { present, version: newest, missed, changes })
    }
}
