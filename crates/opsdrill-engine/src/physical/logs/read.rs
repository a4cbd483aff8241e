//! Reading a container's log: what the API server and the kubelet check first, and what of the log is answered.
//!
//! Rules and texts: recordings 326 to 334 and the kubelet's own order of decisions.

use std::fmt::Write;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Status, Uid, timestamp};

use super::{Line, Logs, Run, SteadyLines, fill, unix_ms};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::ProcessId;
use crate::physical::container::choose_container;
use crate::physical::network;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The most steady lines of one reading: about what fits into a log file before the runtime rotates it.
const STEADY_LINES_MAX: usize = 20_000;

/// What is asked of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Namespace.
    pub namespace: String,
    /// Pod.
    pub pod: String,
    /// Container; `None` if the pod has only one.
    pub container: Option<String>,
    /// The run before this one.
    pub previous: bool,
    /// Only lines of the last seconds.
    pub since_seconds: Option<u64>,
    /// Only lines from this date on, Unix seconds.
    pub since_time: Option<i64>,
    /// Only the last lines.
    pub tail_lines: Option<u64>,
    /// At most so many bytes, cut wherever that is.
    pub limit_bytes: Option<u64>,
    /// Each line begins with its date.
    pub timestamps: bool,
    /// Goes on where an earlier reply ended (`follow`); tail and since do not count then.
    pub after: Option<LogPosition>,
}

/// Where a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    process: ProcessId,
    /// How many lines were kept of the run, dropped ones included.
    kept: u64,
    /// Steady lines until and without this time have been read.
    until: SimTime,
}

/// What a log answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReply {
    /// The text, with line ends.
    pub text: String,
    /// Where to go on; `None` if there is nothing to wait for.
    pub position: Option<LogPosition>,
}

/// Reads a container's log.
///
/// # Errors
/// The server's refusal, such as `container "c" in pod "x" is waiting to start: trying and failing to pull image`.
pub fn read(world: &World, request: &LogRequest) -> Result<LogReply, Status> {
    let object = View::new(world)
        .get(Kind::Pod, &request.namespace, &request.pod)
        .ok_or_else(|| Status::not_found(Kind::Pod, &request.pod))?;
    let pod = object.pod().expect("a Pod is stored under Kind::Pod");
    let container = choose_container(&request.pod, pod, request.container.as_deref())?;
    let Some(node) = &pod.node_name else { return Ok(LogReply::default()) };
    network::reach_kubelet(world, node, || {
        format!("containerLogs/{}/{}/{container}", request.namespace, request.pod)
    })?;
    let before =
        choose_run(&request.pod, pod, &container, request.previous).map_err(Status::bad_request)?;
    Ok(reply(world, object.meta.uid, &container, before, request))
}

/// Whether the run before the newest one is meant, or the kubelet's complaint.
fn choose_run(pod_name: &str, pod: &Pod, container: &str, previous: bool) -> Result<bool, String> {
    let subject = format!("container {container:?} in pod {pod_name:?}");
    let Some(status) = container_status(pod, container) else {
        return Err(format!("{subject} is not available"));
    };
    let none = ContainerState::default();
    let (state, last) =
        (status.state.as_ref().unwrap_or(&none), status.last_state.as_ref().unwrap_or(&none));
    if previous {
        if last.terminated.is_none() {
            return Err(format!("previous terminated {subject} not found"));
        }
        // While a container waits for its next start, its newest run is already the last terminated one.
        return Ok(state.waiting.is_none());
    }
    if state.running.is_some() || state.terminated.is_some() || last.terminated.is_some() {
        return Ok(false);
    }
    let reason = state.waiting.as_ref().map(|it| it.reason.as_deref().unwrap_or_default());
    Err(match reason {
        Some("ErrImagePull") => format!("{subject} is waiting to start: image can't be pulled"),
        Some("ImagePullBackOff") => {
            format!("{subject} is waiting to start: trying and failing to pull image")
        }
        Some(reason) => format!("{subject} is waiting to start: {reason}"),
        None => format!("{subject} is waiting to start - no logs yet"),
    })
}

/// The status of a container of any sort.
fn container_status<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = &pod.status;
    let all = [
        &status.container_statuses,
        &status.init_container_statuses,
        &status.ephemeral_container_statuses,
    ];
    all.into_iter().flatten().flatten().find(|it| it.name == container)
}

fn reply(world: &World, pod: Uid, container: &str, before: bool, request: &LogRequest) -> LogReply {
    let logs = world.resource::<Logs>();
    let Some(log) = logs.by_container.get(&(pod, Arc::from(container))) else {
        return LogReply::default();
    };
    let run = match request.after {
        // Whoever follows a run sees it to its end, even if the next one has begun.
        Some(after) => {
            let runs = [Some(&log.current), log.previous.as_ref()];
            runs.into_iter().flatten().find(|it| it.process == after.process)
        }
        None if before => log.previous.as_ref(),
        None => Some(&log.current),
    };
    let Some(run) = run else { return LogReply::default() };
    let now = world.resource::<Agenda>().now();
    let after = request.after;
    let tail = request.tail_lines.filter(|_| after.is_none()).map(|it| it as usize);
    let window = Window {
        kept: after.map_or(run.dropped, |it| it.kept.max(run.dropped)),
        from: after.map_or(SimTime::ZERO, |it| it.until),
        until: run.ended.unwrap_or(now) + SimDuration(1),
        lines_max: tail.unwrap_or(STEADY_LINES_MAX).min(STEADY_LINES_MAX),
    };
    let mut lines = window.lines(world, run);
    if after.is_none() {
        // As the kubelet: first the tail of the file, then what of it is young enough.
        if let Some(tail) = tail {
            lines.drain(..lines.len().saturating_sub(tail));
        }
        let since = since(world, request, now);
        lines.retain(|it| unix_ms(world, it.time) >= since);
    }
    let position = LogPosition {
        process: run.process,
        kept: run.dropped + run.lines.len() as u64,
        until: window.until,
    };
    let text = print(world, &lines, request);
    LogReply { text, position: run.ended.is_none().then_some(position) }
}

/// The date (Unix milliseconds) before which lines do not count.
fn since(world: &World, request: &LogRequest, now: SimTime) -> i64 {
    let seconds = request.since_seconds.map(|it| {
        unix_ms(world, now)
            .saturating_sub(i64::try_from(it).unwrap_or(i64::MAX).saturating_mul(1000))
    });
    seconds.or(request.since_time.map(|it| it.saturating_mul(1000))).unwrap_or(i64::MIN)
}

fn print(world: &World, lines: &[Line], request: &LogRequest) -> String {
    let limit =
        request.limit_bytes.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
    let mut text = String::new();
    for line in lines {
        if request.timestamps {
            let unix_ms = unix_ms(world, line.time);
            let date = timestamp::format(unix_ms.div_euclid(1000));
            let nanos = unix_ms.rem_euclid(1000) * 1_000_000 + i64::from(line.nanos);
            let date = date.trim_end_matches('Z');
            write!(text, "{date}.{nanos:09}Z ").expect("a text takes everything");
        }
        text.push_str(&line.text);
        text.push('\n');
        if text.len() >= limit {
            text.truncate(text.floor_char_boundary(limit));
            break;
        }
    }
    text
}

/// The part of a run's log that is looked at.
struct Window {
    /// The first kept line, counted from the run's first.
    kept: u64,
    /// Steady lines from this time on.
    from: SimTime,
    /// Steady lines before this time.
    until: SimTime,
    /// The most steady lines; the newest are taken.
    lines_max: usize,
}

impl Window {
    /// Kept and steady lines in order of time.
    fn lines(&self, world: &World, run: &Run) -> Vec<Line> {
        let skipped = (self.kept - run.dropped) as usize;
        let mut lines: Vec<Line> = run.lines.iter().skip(skipped).cloned().collect();
        let mut end = self.until;
        let mut wanted = self.lines_max;
        for span in run.spans.iter().rev() {
            for (place, steady) in span.lines.iter().enumerate() {
                let stream = Stream { world, run, place, steady };
                stream.newest(span.from.max(self.from), end, wanted, &mut lines);
            }
            let steady = lines.len() - (run.lines.len() - skipped.min(run.lines.len()));
            wanted = self.lines_max.saturating_sub(steady);
            end = span.from;
            if wanted == 0 || end <= self.from {
                break;
            }
        }
        lines.sort_by_key(|it| (it.time, it.nanos));
        lines
    }
}

/// One kind of steady line within one span.
struct Stream<'a> {
    world: &'a World,
    run: &'a Run,
    /// Which of the span's kinds of line it is.
    place: usize,
    steady: &'a SteadyLines,
}

impl Stream<'_> {
    /// Adds the newest lines of a stretch of time. Time is divided in turns of equal length with one line each, at a
    /// moment that only seed, process and turn decide: whoever asks, and whenever, sees the same lines.
    fn newest(&self, from: SimTime, until: SimTime, lines_max: usize, lines: &mut Vec<Line>) {
        let every = self.steady.every_ms.max(1);
        if self.steady.templates.is_empty() || until <= from {
            return;
        }
        let chance = self.world.resource::<Chance>();
        let series = format!("steady {} {}", self.run.process.0, self.place);
        let turns = (from.0 / every..=(until.0 - 1) / every).rev();
        let times = turns.map(|turn| SimTime(turn * every + chance.noise(&series, turn, every)));
        for time in times.filter(|it| (from..until).contains(it)).take(lines_max) {
            let templates = &self.steady.templates;
            let choice = chance.noise(&series, time.0, templates.len() as u64) as usize;
            let text = fill(&templates[choice], chance, &series, unix_ms(self.world, time));
            let nanos = chance.noise(&series, time.0 ^ 1, 1_000_000) as u32;
            lines.push(Line { time, nanos, text: text.into() });
        }
    }
}
