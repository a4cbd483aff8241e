//! What containers have written.
//!
//! - what happens once (start, failure, end) is kept as lines, bounded for each run of a container;
//! - what goes on steadily (access logs, heartbeats) is no line at all until somebody reads: it is a function of
//!   (seed, process, time), evaluated for the span that is asked for ([`SteadyLines`]).
//!
//! As on a real node, the current run of a container and the one before can be read, and a log that grows too large
//! loses its beginning.

mod read;
mod template;

use std::collections::VecDeque;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Uid};

use super::ProcessId;
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::lookup::Lookup;
use crate::store::{Epoch, Notice};
use crate::time::SimTime;

pub use read::{LogLine, LogReply, LogRequest, read};
pub use template::fill;

/// The most kept lines of a run.
const LINES_MAX: usize = 2_000;
/// The most kept bytes of a run.
const BYTES_MAX: usize = 256 * 1024;
/// The longest line; the container runtime cuts there too.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// The most changes of the steady lines that a run remembers.
const SPANS_MAX: usize = 48;

/// Lines that a process writes again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteadyLines {
    /// The mean time between two lines in milliseconds; each comes at its own moment within its turn.
    pub every_ms: u64,
    /// What a line says, one of these for each; see the blanks of [`fill`].
    pub templates: Vec<String>,
}

/// All logs.
#[derive(Resource, Debug, Default)]
pub struct Logs {
    by_pod: Lookup<Uid, Vec<ContainerLog>>,
    by_process: Lookup<ProcessId, Uid>,
}

/// What a container has written: this run and the one before.
#[derive(Debug)]
struct ContainerLog {
    container: Arc<str>,
    current: Run,
    previous: Option<Run>,
}

/// What one run of a container has written.
#[derive(Debug)]
struct Run {
    process: ProcessId,
    started: SimTime,
    ended: Option<SimTime>,
    lines: VecDeque<Line>,
    bytes: usize,
    /// How many lines were dropped from the front.
    dropped: u64,
    /// Which steady lines held from when to when; the last one lasts.
    spans: VecDeque<Span>,
}

#[derive(Debug)]
struct Span {
    from: SimTime,
    lines: Arc<[SteadyLines]>,
}

/// A line and when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    time: SimTime,
    /// Nanoseconds within the millisecond.
    nanos: u32,
    text: Arc<str>,
}

impl Run {
    fn new(process: ProcessId, started: SimTime) -> Self {
        Self {
            process,
            started,
            ended: None,
            lines: VecDeque::new(),
            bytes: 0,
            dropped: 0,
            spans: VecDeque::new(),
        }
    }

    fn push(&mut self, line: Line) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
        while self.lines.len() > LINES_MAX || self.bytes > BYTES_MAX {
            let Some(old) = self.lines.pop_front() else { return };
            self.bytes -= old.text.len();
            self.dropped += 1;
        }
    }
}

impl Logs {
    fn run_mut(&mut self, process: ProcessId) -> Option<&mut Run> {
        let pod = self.by_process.get(&process)?;
        let logs = self.by_pod.get_mut(pod)?.iter_mut();
        let runs = logs.flat_map(|it| [Some(&mut it.current), it.previous.as_mut()]);
        runs.flatten().find(|it| it.process == process)
    }

    fn of_container(&self, pod: Uid, container: &str) -> Option<&ContainerLog> {
        self.by_pod.get(&pod)?.iter().find(|it| &*it.container == container)
    }
}

/// Begins the log of a container's new run; the log so far becomes the previous one.
pub(super) fn open(world: &mut World, process: ProcessId, pod: Uid, container: &Arc<str>) {
    let now = world.resource::<Agenda>().now();
    let mut logs = world.resource_mut::<Logs>();
    logs.by_process.insert(process, pod);
    let current = Run::new(process, now);
    let of_pod = logs.by_pod.entry(pod, Vec::new);
    match of_pod.iter_mut().find(|it| it.container == *container) {
        Some(log) => log.previous = Some(std::mem::replace(&mut log.current, current)),
        None => {
            of_pod.push(ContainerLog { container: container.clone(), current, previous: None });
        }
    }
}

/// Ends the log of a run: nothing is written any more.
pub(super) fn close(world: &mut World, process: ProcessId) {
    let now = world.resource::<Agenda>().now();
    let mut logs = world.resource_mut::<Logs>();
    if let Some(run) = logs.run_mut(process) {
        run.ended = Some(now);
    }
    logs.by_process.remove(&process);
}

/// Appends a line to what a process has written, at the time now; the blanks of [`fill`] are filled.
pub(super) fn write(world: &mut World, process: ProcessId, line: String) {
    if !line.contains('{') {
        return write_as_is(world, process, &line);
    }
    let time = world.resource::<Agenda>().now();
    let series = format!("log {}", process.0);
    let line = fill(&line, world.resource::<Chance>(), &series, unix_ms(world, time));
    write_as_is(world, process, &line);
}

/// The last lines of a run, as far as they fit into so many bytes.
pub(super) fn tail(world: &World, process: ProcessId, lines: usize, bytes: usize) -> String {
    let logs = world.resource::<Logs>();
    let of_pod = logs.by_process.get(&process).and_then(|it| logs.by_pod.get(it));
    let run = of_pod.and_then(|it| it.iter().find(|it| it.current.process == process));
    let Some(run) = run.map(|it| &it.current) else { return String::new() };
    let skipped = run.lines.len().saturating_sub(lines);
    let text: String = run.lines.iter().skip(skipped).map(|it| format!("{}\n", it.text)).collect();
    let from = text.ceil_char_boundary(text.len().saturating_sub(bytes));
    text[from..].to_owned()
}

/// The same with a line that is written as it stands.
pub(super) fn write_as_is(world: &mut World, process: ProcessId, line: &str) {
    let time = world.resource::<Agenda>().now();
    let chance = world.resource::<Chance>();
    let series = format!("log {}", process.0);
    let mut text = line.to_owned();
    if text.len() > LINE_BYTES_MAX {
        text.truncate(text.floor_char_boundary(LINE_BYTES_MAX));
    }
    let first_nanos = chance.noise(&series, time.0, 400_000) as u32;
    let Some(run) = world.resource_mut::<Logs>().into_inner().run_mut(process) else { return };
    // Lines of one instant follow each other within microseconds.
    let last = run.lines.back().filter(|it| it.time == time);
    let nanos = last.map_or(first_nanos, |it| (it.nanos + 45_507).min(999_999));
    run.push(Line { time, nanos, text: text.into() });
}

/// Says what a process writes steadily from now on; nothing if empty.
pub(super) fn set_steady(world: &mut World, process: ProcessId, lines: Vec<SteadyLines>) {
    let now = world.resource::<Agenda>().now();
    let mut logs = world.resource_mut::<Logs>();
    let Some(run) = logs.run_mut(process) else { return };
    match run.spans.back_mut() {
        Some(last) if *last.lines == *lines => return,
        None if lines.is_empty() => return,
        // What held for no time at all was never written.
        Some(last) if last.from == now => last.lines = lines.into(),
        _ => run.spans.push_back(Span { from: now, lines: lines.into() }),
    }
    if run.spans.len() > SPANS_MAX {
        run.spans.pop_front();
    }
}

/// Forgets the logs of pods that are gone.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    let gone = notices.iter().filter(|it| it.new.is_none() && it.kind() == Kind::Pod);
    for uid in gone.map(|it| it.object().meta.uid).collect::<Vec<_>>() {
        let mut logs = world.resource_mut::<Logs>();
        for log in logs.by_pod.remove(&uid).into_iter().flatten() {
            let runs = [Some(log.current), log.previous];
            for run in runs.into_iter().flatten() {
                logs.by_process.remove(&run.process);
            }
        }
    }
}

fn unix_ms(world: &World, time: SimTime) -> i64 {
    world.resource::<Epoch>().0 * 1000 + time.0 as i64
}

#[cfg(test)]
mod tests;
