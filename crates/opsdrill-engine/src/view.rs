//! What controllers, scheduler and checks may read: the API's objects, the time, and what the metrics server tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Object, Uid};

use crate::agenda::Agenda;
use crate::api;
use crate::chance::Chance;
use crate::controllers::{FailedPods, Key, Leases, Memories, Recommendations};
use crate::dependent::{Dependent, Tally};
use crate::physical::network::{self, ingress};
use crate::physical::{self, Processes, Usage};
use crate::store::{Epoch, Store};
use crate::time::SimTime;

/// A read-only view of the API's objects. Every list is in order of (namespace, name).
#[derive(Clone, Copy)]
pub struct View<'w> {
    world: &'w World,
}

impl<'w> View<'w> {
    /// A view of a world.
    pub(crate) fn new(world: &'w World) -> Self {
        Self { world }
    }

    fn store(self) -> &'w Store {
        self.world.resource::<Store>()
    }

    /// Simulated time.
    pub fn now(self) -> SimTime {
        self.world.resource::<Agenda>().now()
    }

    /// The simulated date, Unix seconds.
    pub fn unix_now(self) -> i64 {
        self.world.resource::<Epoch>().unix_seconds(self.now())
    }

    /// The session's chance.
    pub(crate) fn chance(self) -> &'w Chance {
        self.world.resource::<Chance>()
    }

    /// All kinds, built-in and custom.
    pub fn kinds(self) -> &'w Arc<Kinds> {
        api::kinds(self.world)
    }

    /// One object; the namespace is empty for cluster-scoped kinds.
    pub fn get(self, kind: Kind, namespace: &str, name: &str) -> Option<&'w Arc<Object>> {
        self.store().get(self.world, kind, namespace, name)
    }

    /// One object by its UID.
    pub fn by_uid(self, uid: Uid) -> Option<&'w Arc<Object>> {
        self.store().by_uid(self.world, uid)
    }

    /// All objects of a kind in a namespace, or everywhere if it is empty.
    pub fn list(
        self,
        kind: Kind,
        namespace: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        self.store().list(self.world, kind, namespace)
    }

    /// The objects of a kind in a namespace whose names begin with a prefix.
    pub(crate) fn named_from(
        self,
        kind: Kind,
        namespace: &str,
        prefix: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> {
        self.store().named_from(self.world, kind, namespace, prefix)
    }

    /// The objects that name this owner in their metadata, in order of (kind, namespace, name).
    pub fn owned_by(self, owner: Uid) -> Vec<&'w Arc<Object>> {
        self.dependents(owner).map(|it| &it.object).collect()
    }

    /// The same, with what is asked of dependents most often at hand.
    pub(crate) fn dependents(self, owner: Uid) -> impl Iterator<Item = &'w Dependent> {
        self.store().dependents(owner)
    }

    /// How many dependents of an owner there are of each sort.
    pub(crate) fn tallies(self, owner: Uid) -> &'w [Tally] {
        self.store().tallies(owner)
    }

    /// Pods bound to a node.
    pub fn pods_on(self, node: &str) -> Vec<&'w Arc<Object>> {
        self.store().pods_on(self.world, node)
    }

    /// The services of a namespace that select these labels.
    pub fn services_selecting(
        self,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> Vec<&'w Arc<Object>> {
        self.store().services_selecting(self.world, namespace, labels)
    }

    /// Since when a node's kubelet has not been heard of; `None` while it is.
    pub fn silent_since(self, node: &str) -> Option<SimTime> {
        self.world.get_resource::<Leases>()?.silent_since(node)
    }

    /// Whether a metrics server tells what pods use.
    pub fn serves_metrics(self) -> bool {
        !api::kinds(self.world).without_metrics
    }

    /// What a container uses, as the metrics server tells it.
    pub(crate) fn usage(self, pod: Uid, container: &str) -> Usage {
        // A world of nothing but objects has no processes.
        let physical = self.world.get_resource::<Processes>();
        physical.map_or_else(Usage::default, |_| physical::usage(self.world, pod, container))
    }

    /// The ingress controllers that run, oldest first.
    pub(crate) fn ingress_controllers(self) -> impl Iterator<Item = ingress::Controller<'w>> {
        let physical = self.world.get_resource::<Processes>();
        physical.into_iter().flat_map(move |_| ingress::controllers(self.world))
    }

    /// The addresses that the cloud has for load balancers.
    pub(crate) fn load_balancer_addresses(self) -> &'w [String] {
        network::load_balancer_addresses(self.world)
    }

    /// What an autoscaler has recommended of late.
    pub(crate) fn recommendations(self, autoscaler: &Key) -> Option<&'w Recommendations> {
        self.world.get_resource::<Memories>()?.of(autoscaler)
    }

    /// Until when a DaemonSet's failed pod on a node has to wait for another one, if it has to.
    pub(crate) fn failed_pod_waits(self, set: Uid, node: &str) -> Option<SimTime> {
        self.world.get_resource::<FailedPods>()?.waits_until(set, node, self.now())
    }

    /// The objects of a kind that nobody controls and that may match these labels (they carry one of them).
    pub(crate) fn uncontrolled<'a>(
        self,
        kind: Kind,
        namespace: &str,
        labels: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Vec<&'w Arc<Object>> {
        self.store().uncontrolled(self.world, kind, namespace, labels)
    }

    /// Objects of a kind in a namespace that carry all of these labels; uses an index for kinds that need it.
    pub fn with_labels<'a>(
        self,
        kind: Kind,
        namespace: &str,
        labels: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Vec<&'w Arc<Object>> {
        self.store().with_labels(self.world, kind, namespace, labels)
    }
}
