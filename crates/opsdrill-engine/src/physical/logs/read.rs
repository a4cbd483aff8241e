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
use crate::physical::container::choose_container;
use crate::physical::network;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The most steady lines of one reading: about what fits into a log file before the runtime rotates it.
const STEADY_LINES_MAX: usize = 20_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

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
    /// Only lines from this date on, Unix nanoseconds.
    pub since_ns: Option<i64>,
    /// Only the last lines.
    pub tail_lines: Option<u64>,
    /// Goes on where an earlier reply ended (`follow`); tail and since do not count then.
    pub after: Option<u64>,
}

/// What a log answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReply {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Where the next request goes on.
    pub cursor: u64,
    /// Whether the run has ended: nothing more will come.
    pub ended: bool,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, Unix nanoseconds.
    pub unix_ns: i64,
    /// The line without its end.
    pub text: Arc<str>,
}

impl LogReply {
    fn nothing() -> Self {
        Self { lines: Vec::new(), cursor: 0, ended: true }
    }

    /// The body of the server's answer: dates before the lines, and the cut at a number of bytes, wherever that is.
    pub fn body(&self, timestamps: bool, limit_bytes: Option<u64>) -> String {
        let limit = limit_bytes.and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
        let mut body = String::new();
        for line in &self.lines {
            if timestamps {
                let date = timestamp::format(line.unix_ns.div_euclid(NANOS_PER_SECOND));
                let (date, nanos) =
                    (date.trim_end_matches('Z'), line.unix_ns.rem_euclid(NANOS_PER_SECOND));
                write!(body, "{date}.{nanos:09}Z ").expect("a text takes everything");
            }
            body.push_str(&line.text);
            body.push('\n');
            if body.len() >= limit {
                body.truncate(body.floor_char_boundary(limit));
                break;
            }
        }
        body
    }
}

/// Where a reading ended: steady lines before `until` and so many kept ones were read.
struct Position {
    until: SimTime,
    kept: u64,
}

impl Position {
    /// Kept lines of one run are counted in so many bits of a cursor.
    const KEPT_BITS: u32 = 22;

    fn new(cursor: u64) -> Self {
        Self { until: SimTime(cursor >> Self::KEPT_BITS), kept: cursor & Self::kept_max() }
    }

    fn cursor(&self) -> u64 {
        self.until.0 << Self::KEPT_BITS | self.kept.min(Self::kept_max())
    }

    fn kept_max() -> u64 {
        (1 << Self::KEPT_BITS) - 1
    }
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
    let Some(node) = &pod.node_name else { return Ok(LogReply::nothing()) };
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
    let Some(log) = logs.of_container(pod, container) else {
        return LogReply { ended: false, ..LogReply::nothing() };
    };
    let after = request.after.map(Position::new);
    let run = match &after {
        // Whoever follows a run sees it to its end, even if the next one has begun.
        Some(after) if after.until <= log.current.started => log.previous.as_ref(),
        None if before => log.previous.as_ref(),
        _ => Some(&log.current),
    };
    let Some(run) = run else { return LogReply::nothing() };
    let now = world.resource::<Agenda>().now();
    let tail = request.tail_lines.filter(|_| after.is_none());
    let tail = tail.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    let window = Window {
        kept: after.as_ref().map_or(run.dropped, |it| it.kept.max(run.dropped)),
        from: after.as_ref().map_or(SimTime::ZERO, |it| it.until),
        until: run.ended.unwrap_or(now) + SimDuration(1),
        lines_max: tail.unwrap_or(STEADY_LINES_MAX).min(STEADY_LINES_MAX),
    };
    let lines = window.lines(world, run);
    // As the kubelet: first the tail of the file, then what of it is young enough.
    let skipped = tail.map_or(0, |it| lines.len().saturating_sub(it));
    let since_ns = request.since_ns.filter(|_| after.is_none()).unwrap_or(i64::MIN);
    let lines = lines.into_iter().skip(skipped).map(|it| LogLine {
        unix_ns: unix_ms(world, it.time) * 1_000_000 + i64::from(it.nanos),
        text: it.text,
    });
    let end = Position { until: window.until, kept: run.dropped + run.lines.len() as u64 };
    LogReply {
        lines: lines.filter(|it| it.unix_ns >= since_ns).collect(),
        cursor: end.cursor(),
        ended: run.ended.is_some(),
    }
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
        let skipped = self.kept.saturating_sub(run.dropped) as usize;
        let mut lines: Vec<Line> = run.lines.iter().skip(skipped).cloned().collect();
        let mut end = self.until;
        let mut wanted = self.lines_max;
        for span in run.spans.iter().rev() {
            for (place, steady) in span.lines.iter().enumerate() {
                let stream = Stream { world, run, place, steady };
                stream.newest(span.from.max(self.from), end, wanted, &mut lines);
            }
            let steady = lines.len() - run.lines.len().saturating_sub(skipped);
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
