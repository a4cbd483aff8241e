//! Commands in containers that really run: a port to whoever has a shell.
//!
//! The engine knows when a command goes on, where its output goes and what follows its end; what it does is the
//! [`Runner`]'s business. A command that waits costs an entry on the agenda and nothing else. The cluster itself lets
//! commands go on ([`crate::Cluster::advance`]), between two events, because they may do whatever a client can.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::{PhysicalEvent, ProcessId, activity, lifecycle, logs, process};
use crate::Cluster;
use crate::agenda::{Agenda, Event};
use crate::kubelet::{self, Errand};
use crate::time::SimTime;

/// The most output of a probe or hook that is kept; a kubelet reads no more of a probe's.
const OUTPUT_BYTES_MAX: usize = 10 * 1024;
/// The longest line that has not ended.
const PARTIAL_BYTES_MAX: usize = 16 * 1024;
/// One thread uses no more than one core.
const BUSY_CPU_MILLIS: u64 = 1000;

/// A command in a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// Why a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is the container's first process.
    First,
    /// A kubelet has asked for it.
    Errand(Errand),
}

/// Who can run commands.
pub trait Runner {
    /// Begins a command; nothing of it has happened when this returns.
    fn begin(&self, process: ProcessId, words: &[String]) -> Box<dyn Command>;
}

/// A command under way.
pub trait Command {
    /// Goes on until everything in it waits.
    fn resume(&mut self, cluster: &mut Cluster, run: RunId) -> Pause;

    /// A signal has come; true if it has something to do now.
    fn signal(&mut self, number: i32) -> bool;

    /// The application that it had started has ended.
    fn left(&mut self, cluster: &Cluster, status: i32);
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It waits, until then if that is known.
    Waits(Option<SimTime>),
    /// It computes and computes.
    Busy,
    /// The image's application has taken its place.
    Replaced,
    /// It has ended with an exit code.
    Ended(i32),
}

/// All commands under way.
#[derive(Resource, Debug, Default)]
pub struct Programs {
    /// Whether there is somebody who can run commands.
    installed: bool,
    begun: u64,
    runs: BTreeMap<RunId, Run>,
    /// The same by container.
    by_process: BTreeSet<(ProcessId, RunId)>,
    first: BTreeMap<ProcessId, RunId>,
    /// Commands that the cluster is to drop.
    dropped: Vec<RunId>,
}

impl Programs {
    fn remove(&mut self, run: RunId) -> Option<Run> {
        let removed = self.runs.remove(&run)?;
        self.by_process.remove(&(removed.process, run));
        Some(removed)
    }
}

#[derive(Debug)]
struct Run {
    process: ProcessId,
    role: Role,
    words: Vec<String>,
    /// Whether it has not done anything yet.
    is_new: bool,
    wake: Option<SimTime>,
    signals: Vec<i32>,
    left: Option<i32>,
    /// What an errand has written, or the line of a first process that has not ended yet.
    output: String,
}

/// What a command is told when it goes on.
pub(crate) struct Due {
    pub(crate) process: ProcessId,
    pub(crate) words: Vec<String>,
    pub(crate) signals: Vec<i32>,
    pub(crate) left: Option<i32>,
    /// Whether its time has come; a signal may come before.
    pub(crate) is_time: bool,
    /// Whether it has not done anything yet.
    pub(crate) is_new: bool,
}

/// Says that there is somebody who can run commands.
pub(crate) fn install(world: &mut World) {
    world.resource_mut::<Programs>().installed = true;
}

/// Whether there is somebody who can run commands.
pub(crate) fn are_installed(world: &World) -> bool {
    world.resource::<Programs>().installed
}

/// Begins a command in a container.
pub(crate) fn start(
    world: &mut World,
    process: ProcessId,
    words: Vec<String>,
    role: Role,
) -> RunId {
    let now = world.resource::<Agenda>().now();
    let mut programs = world.resource_mut::<Programs>();
    programs.begun += 1;
    let run = RunId(programs.begun);
    if role == Role::First {
        programs.first.insert(process, run);
    }
    let (signals, output) = (Vec::new(), String::new());
    let begun = Run { process, role, words, is_new: true, wake: None, signals, left: None, output };
    programs.by_process.insert((process, run));
    programs.runs.insert(run, begun);
    plan(world, run, now);
    run
}

fn plan(world: &mut World, run: RunId, time: SimTime) {
    let Some(found) = world.resource_mut::<Programs>().into_inner().runs.get_mut(&run) else {
        return;
    };
    if found.wake.is_some_and(|it| it <= time) {
        return;
    }
    found.wake = Some(time);
    world.resource_mut::<Agenda>().at(time, Event::Physical(PhysicalEvent::Command(run)));
}

/// Hands a signal to a container's first process; false if that is no command that runs.
pub(super) fn signal(world: &mut World, process: ProcessId, number: i32) -> bool {
    let now = world.resource::<Agenda>().now();
    let mut programs = world.resource_mut::<Programs>();
    let Some(run) = programs.first.get(&process).copied() else { return false };
    if let Some(found) = programs.runs.get_mut(&run) {
        found.signals.push(number);
    }
    // What was planned stays planned: a signal without a handler changes nothing.
    world.resource_mut::<Agenda>().at(now, Event::Physical(PhysicalEvent::Command(run)));
    true
}

/// Tells a command that the application which it had started has ended; false if there is none.
pub(super) fn application_left(world: &mut World, process: ProcessId, status: i32) -> bool {
    let now = world.resource::<Agenda>().now();
    let mut programs = world.resource_mut::<Programs>();
    let Some(run) = programs.first.get(&process).copied() else { return false };
    if let Some(found) = programs.runs.get_mut(&run) {
        found.left = Some(status);
    }
    world.resource_mut::<Agenda>().at(now, Event::Physical(PhysicalEvent::Command(run)));
    true
}

/// Ends an errand that nobody waits for any more.
pub(crate) fn abandon(world: &mut World, run: RunId) {
    let mut programs = world.resource_mut::<Programs>();
    if programs.remove(run).is_some() {
        programs.dropped.push(run);
    }
}

/// Ends all that runs in a container whose first process has ended.
pub(super) fn forget(world: &mut World, process: ProcessId) {
    let mut programs = world.resource_mut::<Programs>();
    programs.first.remove(&process);
    let from = (process, RunId(0))..=(process, RunId(u64::MAX));
    let runs: Vec<RunId> = programs.by_process.range(from).map(|it| it.1).collect();
    for run in runs {
        programs.remove(run);
        programs.dropped.push(run);
    }
}

/// The commands that are to be dropped.
pub(crate) fn take_dropped(world: &mut World) -> Vec<RunId> {
    if world.resource::<Programs>().dropped.is_empty() {
        return Vec::new();
    }
    std::mem::take(&mut world.resource_mut::<Programs>().dropped)
}

/// What is due for a command; `None` if nothing is.
pub(crate) fn take_due(world: &mut World, run: RunId) -> Option<Due> {
    let now = world.resource::<Agenda>().now();
    let found = world.resource_mut::<Programs>().into_inner().runs.get_mut(&run)?;
    let is_time = found.wake.is_some_and(|it| it <= now);
    if is_time {
        found.wake = None;
    }
    let due = Due {
        process: found.process,
        words: found.words.clone(),
        signals: std::mem::take(&mut found.signals),
        left: found.left.take(),
        is_time,
        is_new: is_time && std::mem::take(&mut found.is_new),
    };
    (is_time || !due.signals.is_empty() || due.left.is_some()).then_some(due)
}

/// Does what follows from how far a command has come; false if it is over.
pub(crate) fn settle(world: &mut World, run: RunId, pause: Pause) -> bool {
    let Some(found) = world.resource::<Programs>().runs.get(&run) else { return false };
    let process = found.process;
    match pause {
        Pause::Waits(None) => true,
        Pause::Waits(Some(time)) => {
            plan(world, run, time);
            true
        }
        Pause::Busy => {
            burn(world, process);
            false
        }
        Pause::Replaced => {
            let mut programs = world.resource_mut::<Programs>();
            programs.first.remove(&process);
            programs.remove(run);
            false
        }
        Pause::Ended(exit_code) => {
            end(world, run, exit_code);
            false
        }
    }
}

/// A command that computes without an end uses all the CPU that it may.
fn burn(world: &mut World, id: ProcessId) {
    let Some(cpu_millis) = process::get(world, id).map(|it| it.cpu_millis) else { return };
    if let Some(activity) = activity::get_mut(world, id) {
        activity.own_cpu_millis = cpu_millis.min(BUSY_CPU_MILLIS).saturating_sub(1);
    }
}

fn end(world: &mut World, run: RunId, exit_code: i32) {
    let mut programs = world.resource_mut::<Programs>();
    let Some(ended) = programs.remove(run) else { return };
    match ended.role {
        Role::First => {
            programs.first.remove(&ended.process);
            if !ended.output.is_empty() {
                logs::write_as_is(world, ended.process, &ended.output);
            }
            let reason = if exit_code == 0 { "Completed" } else { "Error" };
            lifecycle::end_container(world, ended.process, exit_code, reason);
        }
        Role::Errand(errand) => kubelet::errand_done(world, &errand, exit_code, &ended.output),
    }
}

/// Takes what a command writes: a first process' lines go to the log.
pub fn write(world: &mut World, run: RunId, text: &str) {
    let Some(found) = world.resource_mut::<Programs>().into_inner().runs.get_mut(&run) else {
        return;
    };
    if found.role != Role::First {
        let room = OUTPUT_BYTES_MAX.saturating_sub(found.output.len());
        found.output.push_str(&text[..text.floor_char_boundary(room)]);
        return;
    }
    let process = found.process;
    let mut whole = std::mem::take(&mut found.output);
    whole.push_str(text);
    let mut rest = whole.as_str();
    while let Some((line, after)) = rest.split_once('\n') {
        logs::write_as_is(world, process, line);
        rest = after;
    }
    if rest.len() > PARTIAL_BYTES_MAX {
        logs::write_as_is(world, process, rest);
        rest = "";
    }
    if let Some(found) = world.resource_mut::<Programs>().into_inner().runs.get_mut(&run) {
        rest.clone_into(&mut found.output);
    }
}

/// Starts the image's application in the place of a command (`exec`), or below it.
pub fn serve(world: &mut World, run: RunId, arguments: Vec<String>) {
    let Some(process) = world.resource::<Programs>().runs.get(&run).map(|it| it.process) else {
        return;
    };
    lifecycle::become_application(world, process, arguments);
}

/// Lets a container accept connections on a port, beside those that it has.
pub fn listen(world: &mut World, run: RunId, port: u16) {
    let Some(id) = world.resource::<Programs>().runs.get(&run).map(|it| it.process) else { return };
    let Some(found) = process::get(world, id) else { return };
    let mut ports = found.listening.clone();
    if !ports.contains(&port) {
        ports.push(port);
        process::listen(world, id, ports);
    }
}

/// Says which folder a container's command serves over HTTP, where it listens.
pub fn serve_files(world: &mut World, run: RunId, folder: String) {
    let Some(id) = world.resource::<Programs>().runs.get(&run).map(|it| it.process) else { return };
    if let Some(found) = process::get_mut(world, id) {
        found.serves_files = Some(folder);
    }
}

/// Says how much memory and CPU a container's commands use beside what a shell needs.
pub fn hold(world: &mut World, run: RunId, bytes: u64, cpu_millis: u64) {
    let Some(id) = world.resource::<Programs>().runs.get(&run).map(|it| it.process) else { return };
    let Some(most) = process::get(world, id).map(|it| it.cpu_millis) else { return };
    lifecycle::hold(world, id, bytes, cpu_millis.min(most).saturating_sub(1));
}

/// Whether a command was begun by a kubelet, and its output goes there.
pub fn is_errand(world: &World, run: RunId) -> bool {
    let found = world.resource::<Programs>().runs.get(&run);
    found.is_some_and(|it| it.role != Role::First)
}

/// Feeds what is under way to a hash.
pub(super) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    for (id, run) in &world.resource::<Programs>().runs {
        let state = (id, run.process, &run.role, &run.words, run.wake, &run.output);
        hasher.update(format!("{state:?}").as_bytes());
    }
}
