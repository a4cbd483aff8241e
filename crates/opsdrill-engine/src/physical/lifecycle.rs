//! The life of a process: start, readiness to serve, the end by itself, by SIGTERM or by SIGKILL.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Kind;
use opsdrill_objects::quantity::Quantity;

use super::activity::{self, Activity, Heap};
use super::application::command::{self, Act};
use super::application::model::{ApplicationModel, Parameter, Runtime, Unavailable};
use super::application::{Catalogue, jvm, lines, settings, stand_in, wiring};
use super::footprint::{self, Overrun};
use super::memory::Course;
use super::process::{self, Fate, Process, ProcessId, ProcessState};
use super::{
    ContainerSpec, PhysicalEvent, ProcessEnd, coredns, databases, demonstration, flows, images,
    listening, logs, nginx, parameters, postgres, probe, programs, redis, termination,
};
use crate::agenda::{Agenda, Event};
use crate::kubelet;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// Milliseconds after which a program complains about missing settings.
const COMPLAINT_MS: u64 = 900;
/// What a shell or a `sleep` needs.
const COMMAND_BYTES: u64 = 1024 * 1024;
/// What a node is taken to have when nobody has said.
const NODE_BYTES: u64 = 8 << 30;
const NODE_CPU_MILLIS: u64 = 4_000;

const SIGTERM: i32 = 15;

/// Starts a container's process.
pub(super) fn start(world: &mut World, spec: ContainerSpec) -> Result<ProcessId, String> {
    let model = world.resource::<Catalogue>().find(&spec.image).clone();
    let image = images::on_node(world, &spec.node, &spec.image);
    let act = match model.runtime {
        Runtime::StandIn => stand_in::act(&model, &spec)?,
        _ => command::act(&model, image.as_deref(), &spec)?,
    };
    let now = world.resource::<Agenda>().now();
    let (node_bytes, node_cpu_millis) = node_capacity(world, &spec.node);
    let cpu_millis = spec.cpu_limit.unwrap_or(node_cpu_millis).max(1);
    let id = process::next_id(world);
    let mut process = Process {
        id,
        wires: wiring::read(&model, &spec),
        spec: Arc::new(spec),
        mounted: None,
        model,
        state: ProcessState::Serving,
        started: now,
        listening: Vec::new(),
        serves: false,
        corefile: None,
        nginx: None,
        serves_files: None,
        arguments: Vec::new(),
        parameters: BTreeMap::new(),
        cpu_millis,
        fate: None,
        script: VecDeque::new(),
    };
    let mut activity = Activity::default();
    let mut first_lines = Vec::new();
    let mut script = None;
    match act {
        Act::Application(arguments) => {
            process.arguments = arguments;
            process.serves = true;
            parameters::apply_to_new(world, &mut process);
            first_lines = begin(&mut process, &mut activity, now, node_bytes);
            if process.model.runtime == Runtime::CoreDns {
                first_lines = coredns::start(world, &mut process, now);
            }
        }
        Act::Runs { lines, after_ms, exit_code } => {
            activity.memory = Course::constant(now, COMMAND_BYTES);
            process.script = at_times(now, lines);
            let at = now + SimDuration(after_ms);
            process.fate = Some(Fate { at, exit_code, lines: Vec::new() });
        }
        Act::Waits { lines } => {
            activity.memory = Course::constant(now, COMMAND_BYTES);
            process.script = at_times(now, lines);
        }
        Act::Script(words) => {
            activity.memory = Course::constant(now, COMMAND_BYTES);
            script = Some(words);
        }
    }
    process::insert(world, process, activity);
    for line in first_lines {
        logs::write(world, id, line);
    }
    if let Some(words) = script {
        run_script(world, id, words);
    }
    reconsider(world, id);
    Ok(id)
}

/// Lets a command run, or says that nobody can run it.
fn run_script(world: &mut World, id: ProcessId, words: Vec<String>) {
    if programs::are_installed(world) {
        programs::start(world, id, words, programs::Role::First);
        return;
    }
    logs::write_as_is(world, id, &command::not_simulated_line(&words.join(" ")));
    let at = world.resource::<Agenda>().now();
    if let Some(process) = process::get_mut(world, id) {
        process.fate = Some(Fate { at, exit_code: 1, lines: Vec::new() });
    }
}

/// The application starts in a container whose first process was a command of its own.
pub(super) fn become_application(world: &mut World, id: ProcessId, arguments: Vec<String>) {
    let now = world.resource::<Agenda>().now();
    let Some(mut process) = process::get(world, id).cloned() else { return };
    let Some(mut activity) = activity::get(world, id).cloned() else { return };
    let (node_bytes, _) = node_capacity(world, &process.spec.node);
    process.arguments = arguments;
    process.serves = true;
    parameters::apply_to_new(world, &mut process);
    let lines = begin(&mut process, &mut activity, now, node_bytes);
    // These are the words of its image's own script, which was not run.
    let is_of_script = process.model.runtime == Runtime::Nginx;
    if let Some(found) = process::get_mut(world, id) {
        *found = process;
    }
    if let Some(found) = activity::get_mut(world, id) {
        *found = activity;
    }
    for line in lines.into_iter().filter(|_| !is_of_script) {
        logs::write(world, id, line);
    }
    reconsider(world, id);
}

/// Sets what a container's commands use beside what a shell needs.
pub(super) fn hold(world: &mut World, id: ProcessId, bytes: u64, own_cpu_millis: u64) {
    let now = world.resource::<Agenda>().now();
    if let Some(activity) = activity::get_mut(world, id) {
        activity.memory = Course::constant(now, COMMAND_BYTES.saturating_add(bytes));
        activity.own_cpu_millis = own_cpu_millis;
    }
    reconsider(world, id);
}

fn at_times(start: SimTime, lines: Vec<(u64, String)>) -> VecDeque<(SimTime, String)> {
    lines.into_iter().map(|(after_ms, line)| (start + SimDuration(after_ms), line)).collect()
}

/// Sets an application up; gives the lines that it writes at once.
fn begin(
    process: &mut Process,
    activity: &mut Activity,
    now: SimTime,
    node_bytes: u64,
) -> Vec<String> {
    let model = process.model.clone();
    let slower = (model.start_up.cpu_millis * 1000).div_ceil(process.cpu_millis).max(1000);
    let span = SimDuration(model.start_up.ms * slower / 1000);
    process.state = ProcessState::Starting { until: now + span };
    let idle = model.memory.base;
    activity.memory = Course::constant(now, idle / 4).turned(now, idle, span.0, 0);
    let mut early = Vec::new();
    let prepared = prepare(process, activity, now, span, node_bytes, &mut early);
    let complaint = prepared.err().or_else(|| {
        let unmet = settings::unmet(&model.requires, &process.spec);
        unmet.map(|(lines, exit_code)| (COMPLAINT_MS.min(span.0), lines, exit_code))
    });
    match complaint {
        Some((after_ms, complaint, exit_code)) => {
            let at = now + SimDuration(after_ms);
            let complaint = complaint.iter().map(|it| lines::line(process, it, &[])).collect();
            process.fate = Some(Fate { at, exit_code, lines: complaint });
        }
        None => set_crash(process, now),
    }
    // A machine that cannot even start prints no banner of the application.
    if process.fate.as_ref().is_none_or(|it| it.at > now + SimDuration(200)) {
        let banner = model.log.banner.iter().map(|it| lines::line(process, it, &[])).collect();
        early.extend(if model.runtime == Runtime::Nginx {
            nginx::banner(process, banner)
        } else {
            banner
        });
    }
    early
}

type Complaint = (u64, Vec<String>, i32);

/// What single runtimes do before the application itself starts.
fn prepare(
    process: &Process,
    activity: &mut Activity,
    now: SimTime,
    span: SimDuration,
    node_bytes: u64,
    early: &mut Vec<String>,
) -> Result<(), Complaint> {
    let model = &process.model;
    match model.runtime {
        Runtime::Jvm => {
            let memory = process.spec.memory_limit.unwrap_or(node_bytes);
            let machine = jvm::configure(&process.spec, memory).map_err(|it| (200, it, 1))?;
            early.extend(machine.notes);
            let exits = machine.exit_on_out_of_memory || model.memory.exit_on_out_of_memory;
            activity.heap = Some(Heap { max: machine.heap_max, exits, ..Heap::default() });
            let living = model.memory.heap_base;
            activity.memory = Course::constant(now, living / 8).turned(now, living, span.0, 0);
        }
        Runtime::Redis => {
            activity.server = Some(redis::configure(process).map_err(|it| (100, it, 1))?);
        }
        Runtime::Mysql | Runtime::Mongo | Runtime::Rabbitmq | Runtime::Memcached => {
            activity.server = Some(databases::configure(process).map_err(|it| (600, it, 1))?);
        }
        Runtime::Demonstration => {
            demonstration::configure(process).map_err(|(lines, code)| (20, lines, code))?;
        }
        Runtime::Postgres => {
            activity.server = Some(postgres::configure(process).map_err(|it| (100, it, 1))?);
        }
        _ => {}
    }
    Ok(())
}

/// Memory and CPU of a node.
fn node_capacity(world: &World, node: &str) -> (u64, u64) {
    let object = View::new(world).get(Kind::Node, "", node);
    let status = object.and_then(|it| it.node()?.status.as_ref());
    let capacity = |name: &str| {
        let quantity = status?.capacity.as_ref()?.get(name)?;
        Quantity::parse(&quantity.0).ok()
    };
    let bytes = capacity("memory").map_or(NODE_BYTES, |it| it.value().unsigned_abs());
    let cpu = capacity("cpu").map_or(NODE_CPU_MILLIS, |it| it.milli_value().unsigned_abs());
    (bytes, cpu)
}

/// Asks a process to end.
pub(super) fn terminate(world: &mut World, id: ProcessId) {
    if programs::signal(world, id, SIGTERM) {
        return;
    }
    let now = world.resource::<Agenda>().now();
    let Some(process) = process::get_mut(world, id) else { return };
    // A first process that has set no handler does not hear SIGTERM; who hangs does not either.
    let deaf = !process.serves || process.state == ProcessState::Hung;
    if deaf || matches!(process.state, ProcessState::Stopping { .. }) {
        return;
    }
    let until = now + SimDuration(process.model.shut_down_ms);
    process.state = ProcessState::Stopping { until };
    let stopping = process.model.log.stopping.clone();
    write_all(world, id, &stopping, &[]);
    reconsider(world, id);
}

/// Ends a process at once and tells nobody.
pub(super) fn kill(world: &mut World, id: ProcessId) -> ProcessEnd {
    let message = termination::message(world, id, 137);
    take_out(world, id);
    ProcessEnd { exit_code: 137, reason: "Error", message }
}

/// Ends an application: the container with it, or the command goes on that has started it.
pub(super) fn end(world: &mut World, id: ProcessId, exit_code: i32, reason: &'static str) {
    // Where memory is out, the kernel ends everything in the container.
    let serves = process::get(world, id).is_some_and(|it| it.serves);
    if reason == "OOMKilled" || !serves || !programs::application_left(world, id, exit_code) {
        return end_container(world, id, exit_code, reason);
    }
    process::listen(world, id, Vec::new());
    let now = world.resource::<Agenda>().now();
    if let Some(process) = process::get_mut(world, id) {
        (process.serves, process.fate, process.state) = (false, None, ProcessState::Serving);
    }
    if let Some(activity) = activity::get_mut(world, id) {
        activity.memory = Course::constant(now, COMMAND_BYTES);
    }
    flows::mark(world);
}

/// Ends a container's first process and tells its kubelet.
pub(super) fn end_container(
    world: &mut World,
    id: ProcessId,
    exit_code: i32,
    reason: &'static str,
) {
    let message = termination::message(world, id, exit_code);
    let Some(ended) = take_out(world, id) else { return };
    let end = ProcessEnd { exit_code, reason, message };
    kubelet::process_ended(world, ended.spec.pod, &ended.spec.container, end);
}

fn take_out(world: &mut World, id: ProcessId) -> Option<Process> {
    let bound = activity::get(world, id).map_or(0, |it| it.bound);
    let ended = process::remove(world, id)?;
    kubelet::memory_bound_changed(world, &ended.spec.node, bound, 0);
    flows::mark_process(world, has_ties(&ended.model));
    Some(ended)
}

/// Whether a process takes part in flows even when there are no users.
fn has_ties(model: &ApplicationModel) -> bool {
    !model.dependencies.is_empty() || model.runtime.is_database()
}

/// Does what is due for a process.
pub(super) fn handle(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    let Some(activity) = activity::get_mut(world, id) else { return };
    if activity.wake.is_some_and(|it| it <= now) {
        activity.wake = None;
    }
    while let Some(process) = process::get_mut(world, id)
        && process.script.front().is_some_and(|(time, _)| *time <= now)
    {
        let (_, line) = process.script.pop_front().expect("there is one in front");
        logs::write(world, id, line);
    }
    let Some(process) = process::get(world, id) else { return };
    if let Some(fate) = process.fate.clone().filter(|it| it.at <= now) {
        let plain = if fate.exit_code == 0 { "Completed" } else { "Error" };
        let reason = stand_in::end_reason(&process.model, &process.spec).unwrap_or(plain);
        for line in fate.lines {
            logs::write(world, id, line);
        }
        return end(world, id, fate.exit_code, reason);
    }
    let activity = activity::get(world, id).expect("every process has an activity");
    if let Some(overrun) = footprint::overrun(process, activity, now) {
        overrun_memory(world, id, overrun);
        return reconsider(world, id);
    }
    match process.state {
        ProcessState::Starting { until } if until <= now => finish_start(world, id),
        ProcessState::Stopping { until } if until <= now => {
            // A JVM answers SIGTERM with 128 + 15; servers that handle it end in peace.
            let (exit_code, reason) = match process.model.runtime {
                Runtime::Jvm => (143, "Error"),
                Runtime::StandIn => (137, "Error"),
                _ => (0, "Completed"),
            };
            return end(world, id, exit_code, reason);
        }
        // The collector may have got busier.
        ProcessState::Serving if activity.heap.is_some() => flows::mark(world),
        _ => {}
    }
    reconsider(world, id);
}

fn overrun_memory(world: &mut World, id: ProcessId, overrun: Overrun) {
    if overrun == Overrun::Limit {
        return end(world, id, 137, "OOMKilled");
    }
    let space = "java.lang.OutOfMemoryError: Java heap space";
    let thread = "Exception in thread \"http-nio-exec-{number:1-50}\" ";
    let activity = activity::get_mut(world, id).expect("only living processes overrun");
    let heap = activity.heap.as_mut().expect("only a JVM has a heap");
    heap.was_full = true;
    if heap.exits {
        logs::write(world, id, format!("Terminating due to {space}"));
        return end(world, id, 3, "Error");
    }
    logs::write(world, id, format!("{thread}{space}"));
    let process = process::get_mut(world, id).expect("only living processes overrun");
    process.state = ProcessState::Hung;
    flows::mark(world);
    probe::tell_kubelets(world);
}

/// The application has started: it finds its dependencies and listens, or gives up.
fn finish_start(world: &mut World, id: ProcessId) {
    let process = process::get(world, id).expect("it was there a moment ago");
    let model = process.model.clone();
    for (dependency, declared) in model.dependencies.iter().enumerate() {
        if !declared.at_start {
            continue;
        }
        if let Err(cause) = flows::reach(world, id, dependency) {
            let process = process::get(world, id).expect("it was there a moment ago");
            let blanks = lines::call_blanks(process, dependency, cause);
            write_all(world, id, &declared.start_log, &blanks);
            return end(world, id, declared.exit_code, "Error");
        }
    }
    if model.runtime == Runtime::Nginx
        && let Err(last) = nginx::start(world, id)
    {
        write_all(world, id, &last, &[]);
        return end(world, id, 1, "Error");
    }
    let process = process::get(world, id).expect("it was there a moment ago");
    let ports = listening::ports(world, process);
    process::listen(world, id, ports);
    let process = process::get_mut(world, id).expect("it was there a moment ago");
    process.state = ProcessState::Serving;
    parameters::follow_hang(process);
    let nginx = process::get(world, id).filter(|_| model.runtime == Runtime::Nginx);
    let version = nginx.map(|it| ("nginx_version", nginx::version(world, it)));
    write_all(world, id, &model.log.started, version.as_slice());
    flows::mark_process(world, has_ties(&model));
}

/// A process that loses a dependency without which it ends.
fn lost_dependency(process: &Process, activity: &Activity) -> Option<usize> {
    let failing = activity.failing.iter().enumerate();
    let mut lost = failing.filter(|(_, it)| it.is_some_and(|(_, ppm)| ppm >= 1_000_000));
    let crashes =
        |place: &usize| process.model.dependencies[*place].when_unavailable == Unavailable::Crash;
    lost.find_map(|(place, _)| Some(place).filter(crashes))
}

/// Looks at a process whose load or memory has changed and plans its next agenda entry.
pub(super) fn reconsider(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    footprint::tell_bound(world, id);
    let Some(process) = process::get(world, id) else { return };
    let activity = activity::get(world, id).expect("every process has an activity");
    if process.fate.is_none()
        && let Some(dependency) = lost_dependency(process, activity)
    {
        let declared = &process.model.dependencies[dependency];
        let (cause, _) = activity.failing[dependency].expect("it is lost");
        let blanks = lines::call_blanks(process, dependency, cause);
        let last = declared.start_log.iter().map(|it| lines::line(process, it, &blanks)).collect();
        let at = now + SimDuration(declared.timeout_ms.max(1));
        let fate = Fate { at, exit_code: declared.exit_code, lines: last };
        process::get_mut(world, id).expect("it was there").fate = Some(fate);
        return reconsider(world, id);
    }
    let state = match process.state {
        ProcessState::Starting { until } | ProcessState::Stopping { until } => Some(until),
        _ => None,
    };
    let crossing = footprint::next_crossing(process, activity, now);
    // A crossing that is here already (of a limit) is met at once; marks only count when they are ahead.
    let over = footprint::overrun(process, activity, now).map(|_| now);
    let fate = process.fate.as_ref().map(|it| it.at);
    let line = process.script.front().map(|(time, _)| *time);
    let next = [state, crossing, over, fate, line].into_iter().flatten().min();
    let planned = activity.wake;
    let Some(next) = next.filter(|it| planned.is_none_or(|planned| *it < planned)) else { return };
    activity::get_mut(world, id).expect("it was there").wake = Some(next);
    let event = Event::Physical(PhysicalEvent::Process(id));
    world.resource_mut::<Agenda>().at(next, event);
}

/// Plans the crash that a fault has asked for.
pub(super) fn plan_crash(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    if let Some(process) = process::get_mut(world, id) {
        process.fate = None;
        set_crash(process, now);
    }
}

fn set_crash(process: &mut Process, now: SimTime) {
    let after_ms = process.parameter(Parameter::CrashAfterMs);
    if after_ms > 0 {
        let at = now + SimDuration(after_ms);
        let crash = lines::line(process, &process.model.log.crash, &[]);
        let lines = if crash.is_empty() { Vec::new() } else { vec![crash] };
        process.fate = Some(Fate { at, exit_code: 1, lines });
    }
}

fn write_all(world: &mut World, id: ProcessId, templates: &[String], blanks: &[(&str, String)]) {
    for template in templates {
        let Some(process) = process::get(world, id) else { return };
        let line = lines::line(process, template, blanks);
        logs::write(world, id, line);
    }
}
