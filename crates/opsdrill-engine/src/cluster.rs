//! The simulated cluster as a whole: the boundary for the crates above.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, SingleThreadedExecutor,
};
use bevy_ecs::world::World;
use opsdrill_objects::Status;

use crate::agenda::{Agenda, Event};
use k8s_openapi::api::core::v1::Namespace;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Meta, Object};

use crate::api::authorization::Action;
use crate::api::{self, Audit, Identity, Payload, Reply, Request, Target, Verb};
use crate::chance::Chance;
use crate::physical::PhysicalEvent;
use crate::physical::container::{self, ContainerHandle};
use crate::physical::logs::{self, LogReply, LogRequest};
use crate::physical::programs::{self, Command, RunId, Runner};
use crate::store::{self, Epoch, Notice, Store};
use crate::time::SimTime;
use crate::view::View;
use crate::{controllers, kubelet, physical, scheduler};

/// What a cluster starts from.
#[derive(Clone, Copy, Debug)]
pub struct ClusterConfig {
    /// Seed of all chance.
    pub seed: u64,
    /// The date at simulated time zero, Unix seconds.
    pub epoch: i64,
}

impl Default for ClusterConfig {
    /// Seed 0 on Monday, 2 March 2026, 09:00 UTC.
    fn default() -> Self {
        Self { seed: 0, epoch: 1_772_442_000 }
    }
}

/// The name of an actor.
pub type ActorId = Arc<str>;

/// Somebody beside the cluster who acts in simulated time: a CI job, a colleague, the script of a scenario.
///
/// The engine knows no actor by name. Each gets time, chance and the API door under an identity of its own.
pub trait Actor {
    /// Acts now and says when to wake next, if ever.
    fn wake(&mut self, cluster: &mut Cluster) -> Option<SimTime>;
}

/// The simulated cluster.
pub struct Cluster {
    world: World,
    settle: Schedule,
    actors: BTreeMap<ActorId, Box<dyn Actor>>,
    runner: Option<Box<dyn Runner>>,
    commands: BTreeMap<RunId, Box<dyn Command>>,
}

/// The changes that the systems of one round of settling look at.
#[derive(bevy_ecs::resource::Resource, Default)]
struct Round(Vec<Notice>);

impl Cluster {
    /// An empty cluster: no nodes, no namespaces.
    pub fn new(config: ClusterConfig) -> Self {
        let mut world = World::new();
        world.insert_resource(Chance::new(config.seed));
        world.insert_resource(Epoch(config.epoch));
        world.init_resource::<Agenda>();
        world.init_resource::<Store>();
        world.init_resource::<Audit>();
        world.init_resource::<api::Allocators>();
        world.init_resource::<api::CustomKinds>();
        world.init_resource::<api::PodSpecs>();
        world.init_resource::<api::Authorizer>();
        world.init_resource::<api::events::Series>();
        world.init_resource::<scheduler::Recorder>();
        world.init_resource::<controllers::Queues>();
        world.init_resource::<scheduler::Scheduler>();
        world.init_resource::<kubelet::Kubelets>();
        world.init_resource::<Round>();
        physical::prepare(&mut world);
        let settle = settle_schedule();
        Self { world, settle, actors: BTreeMap::new(), runner: None, commands: BTreeMap::new() }
    }

    /// What every cluster has before anybody uses it: its own namespaces and the service `kubernetes`.
    ///
    /// # Panics
    /// When the cluster has them already.
    pub fn bootstrap(&mut self) {
        let identity = Identity::system("system:apiserver");
        let port = serde_json::json!({ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443 });
        let spec = serde_json::json!({ "clusterIP": "10.96.0.1", "ports": [port] });
        let service = serde_json::json!({
            "metadata": { "name": "kubernetes", "labels": { "component": "apiserver", "provider": "kubernetes" } },
            "spec": spec,
        });
        api::bootstrap(&mut self.world);
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let namespace = Object::new(Meta::named(None, name), Namespace::default());
            self.handle(&identity, Request::create(namespace))
                .object()
                .expect("a new cluster has no namespaces");
        }
        let target = Target::one(Kind::Service, "default", "");
        let request = Request::new(Verb::Create(Payload::Document(service)), target);
        self.handle(&identity, request).object().expect("a new cluster has no services");
    }

    /// Simulated time.
    pub fn now(&self) -> SimTime {
        self.world.resource::<Agenda>().now()
    }

    /// The simulated date, Unix seconds.
    pub fn unix_now(&self) -> i64 {
        self.view().unix_now()
    }

    /// All kinds that are served now, built-in and custom; their revision says when they were others.
    pub fn kinds(&self) -> &Arc<Kinds> {
        api::kinds(&self.world)
    }

    /// Lets somebody run the commands of containers; without, they say that they are not simulated.
    pub fn set_runner(&mut self, runner: Box<dyn Runner>) {
        self.runner = Some(runner);
        programs::install(&mut self.world);
    }

    /// Takes away the metrics server: nobody serves `metrics.k8s.io` any more.
    pub fn remove_metrics_server(&mut self) {
        api::without_metrics(&mut self.world);
    }

    /// The API's objects, for reading.
    pub fn view(&self) -> View<'_> {
        View::new(&self.world)
    }

    /// The audit of all requests.
    pub fn audit(&self) -> &Audit {
        self.world.resource::<Audit>()
    }

    /// The newest resourceVersion: it grows with every change of any object.
    pub fn resource_version(&self) -> u64 {
        self.world.resource::<Store>().resource_version()
    }

    /// The changes of all kinds after a resourceVersion, oldest first, each with its own; `None` if that is too long ago.
    pub fn changes_after(
        &self,
        after: u64,
    ) -> Option<impl Iterator<Item = (u64, &api::WatchEvent)>> {
        self.world.resource::<Store>().history.after(after)
    }

    /// The session's chance.
    pub fn chance(&mut self) -> &mut Chance {
        self.world.resource_mut::<Chance>().into_inner()
    }

    /// The world, for the parts of the engine that offer functions over it.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world for writing: faults and scenario loading act through the engine's functions with it.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The one door: every request of everybody.
    pub fn handle(&mut self, identity: &Identity, request: Request) -> Reply {
        self.handle_of(&identity.user.clone(), identity, request)
    }

    /// The same for somebody who acts under another name (impersonation, a ServiceAccount's token): the audit keeps the
    /// actor's own.
    pub fn handle_of(&mut self, actor: &Arc<str>, identity: &Identity, request: Request) -> Reply {
        let reply = api::handle_of(&mut self.world, actor, identity, request);
        self.settle();
        reply
    }

    /// Refuses what somebody may not do, for requests that are not for the store: logs, commands, paths.
    ///
    /// # Errors
    /// 403 with the real text.
    pub fn authorize(&self, identity: &Identity, action: &Action<'_>) -> Result<(), Status> {
        api::authorization::refuse_unless_allowed(&self.world, identity, action)
    }

    /// The service account to which a token belongs, if it is good.
    pub fn identity_of_token(&self, token: &str) -> Option<Identity> {
        api::identity_of_token(&self.world, token)
    }

    /// Adds an actor who wakes first at a time.
    pub fn add_actor(&mut self, name: &str, first: SimTime, actor: Box<dyn Actor>) {
        let id: ActorId = name.into();
        self.actors.insert(id.clone(), actor);
        self.world.resource_mut::<Agenda>().at(first, Event::Actor(id));
    }

    /// The time of the next thing that happens.
    pub fn next_event(&self) -> Option<SimTime> {
        self.world.resource::<Agenda>().next_time()
    }

    /// Lets time pass until `until`: all that is due by then happens, in order.
    pub fn advance(&mut self, until: SimTime) {
        self.settle();
        while let Some(event) = self.world.resource_mut::<Agenda>().pop(until) {
            self.dispatch(event);
            self.settle();
        }
        self.world.resource_mut::<Agenda>().rest_until(until);
    }

    /// Lets the next event due by `until` happen; false (and the clock at `until`) if there is none.
    pub fn step(&mut self, until: SimTime) -> bool {
        self.settle();
        let Some(event) = self.world.resource_mut::<Agenda>().pop(until) else {
            self.world.resource_mut::<Agenda>().rest_until(until);
            return false;
        };
        self.dispatch(event);
        self.settle();
        true
    }

    /// Reads a container's log.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn logs(&self, request: &LogRequest) -> Result<LogReply, Status> {
        logs::read(&self.world, request)
    }

    /// Enters a running container, for commands in it.
    ///
    /// # Errors
    /// The server's or the kubelet's refusal.
    pub fn container(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
    ) -> Result<ContainerHandle, Status> {
        container::access(&self.world, namespace, pod, container)
    }

    /// A hash over all that the API and the physical world hold: equal histories have equal hashes.
    pub fn state_hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.now().0.to_le_bytes());
        store::hash_objects(&self.world, &mut hasher);
        let with_metrics = self.view().serves_metrics();
        hasher.update(&[u8::from(with_metrics)]);
        kubelet::hash(&self.world, &mut hasher);
        physical::hash(&self.world, &mut hasher);
        hasher.finalize()
    }

    fn dispatch(&mut self, event: Event) {
        let world = &mut self.world;
        match event {
            Event::Controller(event) => controllers::handle(world, event),
            Event::Scheduler(event) => scheduler::handle(world, event),
            Event::Kubelet(event) => kubelet::handle(world, event),
            Event::Physical(PhysicalEvent::Command(run)) => self.go_on(run),
            Event::Physical(event) => physical::handle(world, event),
            Event::Actor(id) => self.wake(&id),
        }
        for run in programs::take_dropped(&mut self.world) {
            self.commands.remove(&run);
        }
    }

    /// Lets a command in a container go on.
    fn go_on(&mut self, run: RunId) {
        let Some(due) = programs::take_due(&mut self.world, run) else { return };
        // Taken out while it runs, because it acts on the cluster that keeps it.
        let found = match self.commands.remove(&run) {
            None if due.is_new => self.runner.as_ref().map(|it| it.begin(due.process, &due.words)),
            found => found,
        };
        let Some(mut command) = found else { return };
        let mut goes_on = due.is_time;
        if let Some(status) = due.left {
            command.left(self, status);
            goes_on = true;
        }
        for number in due.signals {
            goes_on |= command.signal(number);
        }
        let stays = !goes_on || {
            let pause = command.resume(self, run);
            programs::settle(&mut self.world, run, pause)
        };
        if stays {
            self.commands.insert(run, command);
        }
    }

    fn wake(&mut self, id: &ActorId) {
        // Taken out while it acts, because it acts on the cluster that keeps it.
        let Some(mut actor) = self.actors.remove(id) else { return };
        if let Some(next) = actor.wake(self) {
            self.world.resource_mut::<Agenda>().at(next, Event::Actor(id.clone()));
        }
        self.actors.insert(id.clone(), actor);
    }

    /// Tells everybody what has changed until nothing is left to tell.
    fn settle(&mut self) {
        loop {
            let notices = std::mem::take(&mut self.world.resource_mut::<Store>().notices);
            if notices.is_empty() {
                return;
            }
            self.world.resource_mut::<Round>().0 = notices;
            self.settle.run(&mut self.world);
            self.world.clear_trackers();
            let now = self.now();
            self.world.resource_mut::<Store>().history.compact(now);
        }
    }
}

/// The order in which the parts of the cluster hear of changes.
fn settle_schedule() -> Schedule {
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::default()
    });
    schedule.add_systems(
        (
            |world: &mut World| told(world, api::observe),
            |world: &mut World| told(world, physical::observe),
            |world: &mut World| told(world, kubelet::observe),
            |world: &mut World| told(world, scheduler::observe),
            |world: &mut World| told(world, controllers::observe),
        )
            .chain(),
    );
    schedule
}

fn told(world: &mut World, observe: fn(&mut World, &[Notice])) {
    let round = std::mem::take(&mut world.resource_mut::<Round>().0);
    observe(world, &round);
    world.resource_mut::<Round>().0 = round;
}
