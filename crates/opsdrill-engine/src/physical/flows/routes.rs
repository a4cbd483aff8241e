//! The routes that are known, and what makes them be forgotten.
//!
//! To find a route is the dearest part of a look at the flows, and most changes touch few routes. A route is forgotten
//! when something has changed of what it was found from:
//! - names and machines (Services, Namespaces, nodes' addresses, nodes that are cut off, hosts beyond the cluster, the
//!   endpoints of the cluster's DNS, Ingresses and their classes, NetworkPolicies, users): every route;
//! - the EndpointSlices of a Service: the routes through it;
//! - a pod (its address, its labels, its end) or its processes (start, end, ports): the routes from it and those that end there;
//! - any of these: the routes that are not plainly those through a Service to pods.
//!
//! Changes that nobody was told yet count too, so that an answer is always what a fresh look would find. Debug builds
//! take that fresh look each time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Uid};

use super::routing::{self, Route};
use crate::physical::network::{self, dns};
use crate::physical::process::{self, ProcessId};
use crate::physical::traffic::{Address, Traffic};
use crate::store::{Notice, Store};

/// More single changes than this are taken for a change of everything.
const CHANGES_MAX: usize = 256;

/// Who calls. Where it calls is settled for as long as it lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Caller {
    /// Users of this name.
    Users(Arc<str>),
    /// A process, for one of its model's dependencies.
    Process(ProcessId, usize),
}

/// The routes of all callers, as far as they are known.
#[derive(Resource, Debug, Default)]
pub(in crate::physical) struct Routes {
    known: BTreeMap<Caller, Known>,
    /// What has changed since the routes were last gone through.
    changes: Changes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    route: Arc<Route>,
    /// The pods from which and to which it leads.
    pods: Vec<Uid>,
}

/// What has changed of what routes are found from.
#[derive(Debug, Default)]
struct Changes {
    everything: bool,
    services: BTreeSet<(Arc<str>, Arc<str>)>,
    pods: BTreeSet<Uid>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        !self.everything && self.services.is_empty() && self.pods.is_empty()
    }

    fn touch(&self, known: &Known) -> bool {
        let of_service = |it| self.services.contains(it);
        self.everything
            || !self.is_empty() && !known.route.is_plain()
            || known.route.service.as_ref().is_some_and(of_service)
            || known.pods.iter().any(|it| self.pods.contains(it))
    }

    fn note(&mut self, notices: &[Notice]) {
        for notice in notices {
            self.note_one(notice);
        }
        self.bound();
    }

    fn note_one(&mut self, notice: &Notice) {
        match notice.kind() {
            Kind::Service
            | Kind::Namespace
            | Kind::Ingress
            | Kind::IngressClass
            | Kind::NetworkPolicy => self.everything = true,
            Kind::Node => self.everything |= network::moves(notice),
            Kind::Pod if network::moves(notice) || network::is_relabelled(notice) => {
                // Whether a name is found at all may depend on the policies for the pods that answer.
                let namespace = notice.object().meta.namespace();
                self.everything |= namespace == dns::SERVER.0 && network::is_relabelled(notice);
                self.pods.insert(notice.object().meta.uid);
            }
            Kind::EndpointSlice => {
                for slice in [&notice.old, &notice.new].into_iter().flatten() {
                    let service = network::service_of(slice);
                    self.everything |= service.as_ref().is_some_and(dns::is_server);
                    self.services.extend(service);
                }
            }
            _ => {}
        }
    }

    fn bound(&mut self) {
        if self.services.len() + self.pods.len() > CHANGES_MAX {
            *self = Self { everything: true, ..Self::default() };
        }
    }
}

impl Routes {
    /// Forgets what is not so any more.
    pub(super) fn refresh(&mut self) {
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty() {
            self.known.retain(|_, known| !changes.touch(known));
        }
    }

    /// A caller's route, which is known from now on; [`Self::refresh`] was called at the same instant.
    pub(super) fn learn(&mut self, world: &World, caller: Caller) -> Arc<Route> {
        let known = self.known.entry(caller).or_insert_with_key(|caller| find(world, caller));
        known.route.clone()
    }

    fn get(&self, world: &World, caller: &Caller) -> Option<&Known> {
        let known = self.known.get(caller)?;
        let mut untold = Changes::default();
        untold.note(&world.resource::<Store>().notices);
        (!self.changes.touch(known) && !untold.touch(known)).then_some(known)
    }
}

/// A caller's route.
pub(super) fn of(world: &World, caller: &Caller) -> Arc<Route> {
    let Some(known) = world.resource::<Routes>().get(world, caller) else {
        return find(world, caller).route;
    };
    debug_assert_eq!(*known, find(world, caller), "a route of {caller:?} was not forgotten");
    known.route.clone()
}

fn find(world: &World, caller: &Caller) -> Known {
    let (route, from) = match caller {
        Caller::Users(name) => {
            let target = world.resource::<Traffic>().target(name).unwrap_or_default();
            let address = Address::parse(target).expect("targets are read when users are added");
            (routing::from_users(world, &address), None)
        }
        Caller::Process(id, dependency) => {
            let process = process::get(world, *id).expect("only living processes call");
            let destination = process.wires[*dependency].destination.as_ref();
            let (host, port) = destination.expect("who knows no host does not call");
            let pod = process.spec.pod;
            (routing::from_pod(world, pod, host, *port), Some(pod))
        }
    };
    let pods = from.into_iter().chain(route.pods.iter().copied()).collect();
    Known { route: Arc::new(route), pods }
}

/// Notes what has changed in the API.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    let mut routes = world.resource_mut::<Routes>();
    if !routes.known.is_empty() {
        routes.changes.note(notices);
    }
}

/// Notes that a process of a pod came, went or listens on other ports.
pub(in crate::physical) fn note_process(world: &mut World, pod: Uid) {
    let mut routes = world.resource_mut::<Routes>();
    if !routes.known.is_empty() {
        routes.changes.pods.insert(pod);
        routes.changes.bound();
    }
}

/// Notes that machines, names beyond the cluster or users have changed.
pub(in crate::physical) fn note_everything(world: &mut World) {
    world.resource_mut::<Routes>().changes.everything = true;
}

#[cfg(test)]
mod tests;
