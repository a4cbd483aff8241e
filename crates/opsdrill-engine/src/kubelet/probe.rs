//! Probes: whether a container has started, lives and may receive traffic.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, PodSpec, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Object, Uid};

use super::worker::{ContainerRun, Worker, container_spec};
use super::{Errand, KubeletEvent, Kubelets, host_ip, plan_sync, report, status, with_worker};
use crate::agenda::{Agenda, Event};
use crate::physical::programs::{self, Role, RunId};
use crate::physical::{self, ProbeAction};
use crate::time::{SimDuration, SimTime};

/// What a probe is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Whether the container has started; until then the other probes wait.
    Startup,
    /// Whether it must be restarted.
    Liveness,
    /// Whether it may receive traffic.
    Readiness,
}

impl ProbeKind {
    const ALL: [Self; 3] = [Self::Startup, Self::Liveness, Self::Readiness];

    fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
            Self::Readiness => container.readiness_probe.as_ref(),
        }
    }

    /// As in `Liveness probe failed: …`.
    fn title(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }

    /// As in `failed liveness probe`.
    fn word(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
        }
    }
}

/// A probe of one run of a container.
#[derive(Debug)]
pub(super) struct ProbeRun {
    kind: ProbeKind,
    /// When it is due, if it is.
    due: Option<SimTime>,
    /// The last answer and how often it came in a row.
    last: Option<bool>,
    in_a_row: i32,
    /// What will be said when the timeout of the probe in progress is over.
    timing_out: Option<String>,
    /// The command of the probe in progress.
    errand: Option<RunId>,
}

impl ProbeRun {
    /// What it is about.
    pub(super) fn kind(&self) -> ProbeKind {
        self.kind
    }

    /// Lets a new kubelet begin it afresh; what it has found out stays with the container.
    pub(super) fn forget(&mut self) {
        (self.due, self.last, self.timing_out, self.errand) = (None, None, None, None);
    }
}

/// Makes the probes of a new run; they begin when the run is first reported.
pub(super) fn reset(run: &mut ContainerRun, container: &Container) {
    run.started = container.startup_probe.is_none();
    run.ready = container.readiness_probe.is_none();
    let configured = ProbeKind::ALL.into_iter().filter(|it| it.of(container).is_some());
    let fresh = |kind| ProbeRun {
        kind,
        due: None,
        last: None,
        in_a_row: 0,
        timing_out: None,
        errand: None,
    };
    run.probes = configured.map(fresh).collect();
}

/// Begins the probes that are not under way yet.
pub(super) fn begin(world: &mut World, worker: &mut Worker, spec: &PodSpec) {
    for place in 0..worker.containers.len() {
        let Some(container) = container_spec(spec, place) else { continue };
        let run = &worker.containers[place];
        if run.probes.is_empty() || run.running().is_none() {
            continue;
        }
        let started = run.started;
        let idle: Vec<ProbeKind> = run
            .probes
            .iter()
            .filter(|it| it.due.is_none() && it.last.is_none())
            .map(|it| it.kind)
            .filter(|kind| started != (*kind == ProbeKind::Startup))
            .collect();
        let now = world.resource::<Agenda>().now();
        for kind in idle {
            let Some(probe) = kind.of(&container) else { continue };
            // Whether it has started and may receive traffic is asked at once; whether it lives, at the next tick.
            let first =
                if kind == ProbeKind::Liveness { next_tick(worker, probe, now) } else { now };
            let first = after_delay(worker, place, probe, first);
            plan(world, worker, place, kind, first);
        }
    }
}

fn plan(world: &mut World, worker: &mut Worker, place: usize, kind: ProbeKind, time: SimTime) {
    let Some(run) = find(worker, place, kind) else { return };
    run.due = Some(time);
    let event = KubeletEvent::Probe(worker.uid, place, kind);
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(event));
}

fn find(worker: &mut Worker, place: usize, kind: ProbeKind) -> Option<&mut ProbeRun> {
    worker.containers.get_mut(place)?.probes.iter_mut().find(|it| it.kind == kind)
}

fn period(probe: &Probe) -> u64 {
    probe.period_seconds.unwrap_or(10).max(1).unsigned_abs().into()
}

/// A probe ticks from the moment at which the kubelet took on the pod.
fn next_tick(worker: &Worker, probe: &Probe, now: SimTime) -> SimTime {
    let period = period(probe) * 1000;
    let ticks = now.since(worker.since).0 / period + 1;
    worker.since + SimDuration(ticks * period)
}

/// The time itself, or the first tick at which the initial delay is over.
fn after_delay(worker: &Worker, place: usize, probe: &Probe, time: SimTime) -> SimTime {
    let delay = probe.initial_delay_seconds.unwrap_or(0).max(0).unsigned_abs();
    let Some(running) = worker.containers[place].running() else { return time };
    let earliest = running.started + SimDuration::seconds(delay.into());
    if time >= earliest { time } else { next_tick(worker, probe, SimTime(earliest.0 - 1)) }
}

/// Probes a container.
pub(super) fn due(world: &mut World, worker: &mut Worker, place: usize, kind: ProbeKind) {
    let now = world.resource::<Agenda>().now();
    let Some(object) = report::pod(world, worker) else { return };
    let spec = object.pod().map(|it| it.spec.clone());
    let Some(container) = spec.as_deref().and_then(|it| container_spec(it, place)) else { return };
    let Some(probe) = kind.of(&container) else { return };
    let Some(process) = worker.containers.get(place).and_then(|it| it.running()) else { return };
    let process = process.process;
    let Some(run) = find(worker, place, kind).filter(|it| it.due == Some(now)) else { return };
    run.due = None;
    let Some(action) = action(&container, probe) else { return };
    let result = if let Some(complaint) = run.timing_out.take() {
        if let Some(errand) = run.errand.take() {
            programs::abandon(world, errand);
        }
        Err(complaint)
    } else if let Some(words) = physical::probe_script(world, process, &action) {
        let timeout = probe.timeout_seconds.unwrap_or(1).max(1).unsigned_abs();
        let role = Role::Errand(Errand::Probe(worker.uid, place, kind));
        let errand = programs::start(world, process, words, role);
        let complaint = timeout_words(&action, worker, timeout);
        if let Some(run) = find(worker, place, kind) {
            (run.timing_out, run.errand) = (Some(complaint), Some(errand));
        }
        plan(world, worker, place, kind, now + SimDuration::seconds(timeout.into()));
        return;
    } else {
        let reply = physical::probe(world, process, &action);
        let timeout = probe.timeout_seconds.unwrap_or(1).max(1).unsigned_abs();
        if reply.after_ms >= u64::from(timeout) * 1000 {
            let complaint = timeout_words(&action, worker, timeout);
            if let Some(run) = find(worker, place, kind) {
                run.timing_out = Some(complaint);
            }
            plan(world, worker, place, kind, now + SimDuration::seconds(timeout.into()));
            return;
        }
        reply.result
    };
    answered(world, worker, (place, kind), &object, (probe, &action), result);
}

/// The command of a probe has ended.
pub(super) fn errand_done(
    world: &mut World,
    worker: &mut Worker,
    (place, kind): (usize, ProbeKind),
    result: Result<(), String>,
) {
    let Some(object) = report::pod(world, worker) else { return };
    let spec = object.pod().map(|it| it.spec.clone());
    let Some(container) = spec.as_deref().and_then(|it| container_spec(it, place)) else { return };
    let Some(probe) = kind.of(&container) else { return };
    let Some(run) = find(worker, place, kind).filter(|it| it.errand.is_some()) else { return };
    (run.due, run.timing_out, run.errand) = (None, None, None);
    let Some(action) = action(&container, probe) else { return };
    answered(world, worker, (place, kind), &object, (probe, &action), result);
}

fn answered(
    world: &mut World,
    worker: &mut Worker,
    (place, kind): (usize, ProbeKind),
    object: &Arc<Object>,
    (probe, action): (&Probe, &ProbeAction),
    result: Result<(), String>,
) {
    let now = world.resource::<Agenda>().now();
    let succeeded = result.is_ok();
    if let Err(output) = result {
        let message = format!("{} probe failed: {output}", kind.title());
        let what = (EventType::Warning, "Unhealthy");
        report::container_event(world, worker, object, place, what, message);
    }
    if conclude(world, worker, place, kind, (probe, succeeded)) {
        return;
    }
    let wanted = probe.success_threshold.unwrap_or(1);
    let settled = succeeded && find(worker, place, kind).is_some_and(|it| it.in_a_row >= wanted);
    // Asking again would change nothing; whoever changes the answer calls `probes_may_change`.
    let process = worker.containers.get(place).and_then(|it| it.running()).map(|it| it.process);
    if settled && process.is_none_or(|it| physical::probe_rests(world, it, action)) {
        return;
    }
    let next = next_tick(worker, probe, now);
    plan(world, worker, place, kind, next);
}

/// Counts an answer and acts on it if its threshold is reached; true if the probe is over for this run.
fn conclude(
    world: &mut World,
    worker: &mut Worker,
    place: usize,
    kind: ProbeKind,
    (probe, succeeded): (&Probe, bool),
) -> bool {
    let Some(run) = find(worker, place, kind) else { return true };
    run.in_a_row = if run.last == Some(succeeded) { run.in_a_row.saturating_add(1) } else { 1 };
    run.last = Some(succeeded);
    let threshold = if succeeded {
        probe.success_threshold.unwrap_or(1)
    } else {
        probe.failure_threshold.unwrap_or(3)
    };
    if run.in_a_row < threshold {
        return false;
    }
    let now = world.resource::<Agenda>().now();
    let container = &mut worker.containers[place];
    match (kind, succeeded) {
        (ProbeKind::Readiness, _) => {
            if container.ready != succeeded {
                container.ready = succeeded;
                let host_ip = host_ip(world, worker);
                status::write(world, worker, &host_ip);
            }
            false
        }
        (ProbeKind::Startup, true) => {
            container.started = true;
            plan_sync(world, worker, now);
            true
        }
        (ProbeKind::Liveness, true) => false,
        (ProbeKind::Startup | ProbeKind::Liveness, false) => {
            container.condemned = Some(kind.word());
            plan_sync(world, worker, now);
            true
        }
    }
}

/// What a probe does, with its port resolved; `None` if it does nothing that is known.
fn action(container: &Container, probe: &Probe) -> Option<ProbeAction> {
    if let Some(get) = &probe.http_get {
        return Some(ProbeAction::HttpGet {
            port: port(container, &get.port)?,
            path: get.path.clone().unwrap_or_else(|| "/".to_owned()),
            scheme: get.scheme.clone().unwrap_or_else(|| "HTTP".to_owned()),
            host: get.host.clone().unwrap_or_default(),
        });
    }
    if let Some(socket) = &probe.tcp_socket {
        return Some(ProbeAction::TcpSocket(port(container, &socket.port)?));
    }
    if let Some(exec) = &probe.exec {
        return Some(ProbeAction::Exec(exec.command.clone().unwrap_or_default()));
    }
    let grpc = probe.grpc.as_ref()?;
    Some(ProbeAction::Grpc(u16::try_from(grpc.port).ok()?))
}

/// The number of a port that may be given by name.
pub(super) fn port(container: &Container, port: &IntOrString) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|it| it.name.as_ref() == Some(name));
            let number = named.map_or_else(|| name.parse().ok(), |it| Some(it.container_port))?;
            u16::try_from(number).ok()
        }
    }
}

/// What the kubelet says when no answer has come in time.
fn timeout_words(action: &ProbeAction, worker: &Worker, seconds: u32) -> String {
    let ip = worker.ip.as_deref().unwrap_or_default();
    match action {
        ProbeAction::HttpGet { port, path, scheme, host } => {
            let host = if host.is_empty() { ip } else { host };
            let scheme = scheme.to_lowercase();
            let slash = if path.starts_with('/') { "" } else { "/" };
            format!(
                "Get \"{scheme}://{host}:{port}{slash}{path}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )
        }
        ProbeAction::TcpSocket(port) => format!("dial tcp {ip}:{port}: i/o timeout"),
        ProbeAction::Exec(command) => {
            format!("command timed out: {:?} timed out after {seconds}s", command.join(" "))
        }
        ProbeAction::Grpc(_) => {
            format!("timeout: health rpc did not complete within {seconds}s")
        }
    }
}

/// The grace period of a container that is killed: that of the probe which condemned it, or the pod's.
pub(super) fn grace_seconds(spec: &PodSpec, worker: &Worker, place: usize) -> Option<i64> {
    let container = container_spec(spec, place)?;
    let condemning = ProbeKind::ALL
        .into_iter()
        .find(|it| worker.containers[place].condemned == Some(it.word()))
        .and_then(|it| it.of(&container));
    condemning
        .and_then(|it| it.termination_grace_period_seconds)
        .or(spec.termination_grace_period_seconds)
}

/// Lets a pod's probes ask again from their next tick on, because their answers may have changed.
pub fn probes_may_change(world: &mut World, pod: Uid) {
    if !world.resource::<Kubelets>().pods.is_at_rest(pod) {
        return;
    }
    with_worker(world, pod, |world, worker| {
        let now = world.resource::<Agenda>().now();
        let Some(object) = report::pod(world, worker) else { return };
        let Some(spec) = object.pod().map(|it| it.spec.clone()) else { return };
        for place in 0..worker.containers.len() {
            let Some(container) = container_spec(&spec, place) else { continue };
            for kind in ProbeKind::ALL {
                let Some(probe) = kind.of(&container) else { continue };
                let next = next_tick(worker, probe, now);
                let answered = find(worker, place, kind)
                    .is_some_and(|it| it.last.is_some() && it.timing_out.is_none());
                let later =
                    find(worker, place, kind).is_some_and(|it| it.due.is_none_or(|due| due > next));
                let over = kind == ProbeKind::Startup && worker.containers[place].started;
                if answered && later && !over && worker.containers[place].condemned.is_none() {
                    plan(world, worker, place, kind, next);
                }
            }
        }
    });
}
