//! How processes answer kubelets' probes. The texts are those of the kubelet's own clients.

use std::collections::BTreeMap;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::Uid;

use super::activity;
use super::application::command::{self, Act};
use super::application::model::{Health, Runtime};
use super::container::ContainerHandle;
use super::network::Asked;
use super::process::{Process, ProcessId, ProcessState};
use super::{
    ProbeAction, ProbeReply, demonstration, file_server, flows, images, nginx, process, programs,
    redis,
};

/// Longer than any probe waits.
const NEVER_MS: u64 = 3_600_000;
/// Who waits for CPU all the time lets its probes wait like everybody.
const OVERLOADED_PPM: u64 = 1_000_000;

/// What a process would answer its probes, as kubelets were last told.
#[derive(Resource, Debug, Default)]
pub(super) struct Answers(BTreeMap<ProcessId, Answer>);

/// All that the answers to a process' HTTP, TCP and gRPC probes depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Answer {
    answers: bool,
    overloaded: bool,
    well: bool,
}

/// Tells the kubelets of processes that would answer their probes differently than before.
pub(super) fn tell_kubelets(world: &mut World) {
    let now: BTreeMap<ProcessId, Answer> =
        process::all(world).map(|it| (it.id, answer(world, it))).collect();
    let before = &world.resource::<Answers>().0;
    let changed = now.iter().filter(|(id, answer)| before.get(id) != Some(*answer));
    let pods: Vec<Uid> =
        changed.filter_map(|(id, _)| Some(process::get(world, *id)?.spec.pod)).collect();
    world.resource_mut::<Answers>().0 = now;
    for pod in pods {
        crate::kubelet::probes_may_change(world, pod);
    }
}

fn answer(world: &World, process: &Process) -> Answer {
    let load = activity::get(world, process.id).map(|it| it.load).unwrap_or_default();
    let asked = process.model.http.health.iter().any(|it| it.reflects == Health::Dependencies);
    Answer {
        answers: process.answers(),
        overloaded: load.throttled_ppm >= OVERLOADED_PPM,
        well: !asked || needed(process).all(|it| flows::reach(world, process.id, it).is_ok()),
    }
}

/// Probes a process.
pub(super) fn probe(world: &mut World, id: ProcessId, action: &ProbeAction) -> ProbeReply {
    let Some(process) = process::get(world, id) else {
        return failed(1, "container not running".to_owned());
    };
    match action {
        ProbeAction::HttpGet { port, path, scheme, host } => {
            let host = if host.is_empty() { &*process.spec.pod_ip } else { host };
            let url = format!("{}://{host}:{port}{path}", scheme.to_lowercase());
            http(world, process, *port, path, &url)
        }
        ProbeAction::TcpSocket(port) => {
            let refused =
                || format!("dial tcp {}:{port}: connect: connection refused", process.spec.pod_ip);
            // The kernel accepts for a program that hangs.
            if process.listens_on(*port) { passed(1) } else { failed(1, refused()) }
        }
        ProbeAction::Grpc(port) => {
            let address = format!("{}:{port}", process.spec.pod_ip);
            let text = format!(
                "timeout: failed to connect service {address:?} within 1s: context deadline exceeded"
            );
            match (process.listens_on(*port), process.answers()) {
                (true, true) => passed(1),
                (true, false) => ProbeReply { after_ms: NEVER_MS, result: Err(text) },
                (false, _) => failed(999, text),
            }
        }
        ProbeAction::Exec(words) => exec(world, id, words),
    }
}

fn passed(after_ms: u64) -> ProbeReply {
    ProbeReply { after_ms, result: Ok(()) }
}

fn failed(after_ms: u64, text: String) -> ProbeReply {
    ProbeReply { after_ms, result: Err(text) }
}

fn http(world: &World, process: &Process, port: u16, path: &str, url: &str) -> ProbeReply {
    if !process.listens_on(port) {
        let address = format!("{}:{port}", process.spec.pod_ip);
        return failed(1, format!("Get {url:?}: dial tcp {address}: connect: connection refused"));
    }
    if !process.answers() {
        return passed(NEVER_MS);
    }
    if process.model.runtime.is_database() {
        return failed(1, format!("Get {url:?}: EOF"));
    }
    if url.starts_with("https:") {
        let text = format!("Get {url:?}: http: server gave HTTP response to HTTPS client");
        return failed(1, text);
    }
    let activity = activity::get(world, process.id).expect("every process has an activity");
    let queue_ms = if activity.load.throttled_ppm >= OVERLOADED_PPM { NEVER_MS } else { 1 };
    let (status, after_ms) = status(world, process, port, path);
    match status {
        200..400 => passed(queue_ms + after_ms),
        _ => failed(queue_ms + after_ms, format!("HTTP probe failed with statuscode: {status}")),
    }
}

/// Whether a process has anything at a path, on whichever of its ports.
pub(super) fn knows(world: &World, process: &Process, path: &str) -> bool {
    process.listening.iter().any(|port| status(world, process, *port, path).0 != 404)
}

/// The status with which a process answers a path, and after how many milliseconds.
pub fn status(world: &World, process: &Process, port: u16, path: &str) -> (u16, u64) {
    let host = format!("{}:{port}", process.spec.pod_ip);
    let asked = Asked { method: "GET", host: &host, port, path, headers: &[], tls: false, hops: 0 };
    if let Some(outcome) = nginx::answer(world, process, &asked) {
        return (outcome.status, outcome.latency_ms);
    }
    if let Some((status, ..)) = demonstration::answer(world, process, &asked) {
        return (status, 1);
    }
    let path = path.split(['?', '#']).next().unwrap_or(path);
    if let Some((status, ..)) = file_server::answer(world, process, path) {
        return (status, 1);
    }
    let http = &process.model.http;
    if let Some(status) = http.statuses.get(path) {
        return (*status, 1);
    }
    if let Some(health) = http.health.iter().find(|it| it.path == path) {
        let well = match health.reflects {
            Health::Alive => true,
            Health::Dependencies => {
                needed(process).all(|it| flows::reach(world, process.id, it).is_ok())
            }
        };
        return (if well { 200 } else { 503 }, health.after_ms);
    }
    let known = match process.model.runtime {
        Runtime::Nginx => nginx::declared_page(process, path).is_some(),
        _ => http.paths.is_empty() || http.paths.iter().any(|it| is_below(it, path)),
    };
    (if known { 200 } else { 404 }, 1)
}

/// Whether a path is the one that is written, or, if that ends with a star, begins like it.
fn is_below(written: &str, path: &str) -> bool {
    match written.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => written == path,
    }
}

/// The dependencies without which requests fail.
fn needed(process: &Process) -> impl Iterator<Item = usize> {
    use super::application::model::Unavailable;
    let all = process.model.dependencies.iter().enumerate();
    all.filter(|(_, it)| it.calls_ppm > 0 && it.when_unavailable != Unavailable::Degrade)
        .map(|(place, _)| place)
}

/// Runs a probe's command: the clients of databases, files that are there or not, small scripts.
fn exec(world: &mut World, id: ProcessId, words: &[String]) -> ProbeReply {
    let process = process::get(world, id).expect("it was found a moment ago");
    let hangs = process.state == ProcessState::Hung;
    let starting = matches!(process.state, ProcessState::Starting { .. });
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let names = match &names[..] {
        ["sh" | "/bin/sh" | "bash" | "/bin/bash", flag, script] if flag.ends_with('c') => {
            script.split_whitespace().collect()
        }
        _ => names,
    };
    match (&names[..], process.model.runtime) {
        (["redis-cli", arguments @ ..], Runtime::Redis) if arguments.contains(&"ping") => {
            if hangs {
                return passed(NEVER_MS);
            }
            if starting {
                let text = "Could not connect to Redis at 127.0.0.1:6379: Connection refused\n";
                return failed(5, text.to_owned());
            }
            // `redis-cli ping` exits with 0 even when the server answers with an error.
            redis::command(world, id, &["PING"]);
            passed(5)
        }
        (["pg_isready", ..], Runtime::Postgres) => match (starting, hangs) {
            (true, _) => failed(5, "/var/run/postgresql:5432 - no response\n".to_owned()),
            (_, true) => passed(NEVER_MS),
            _ => passed(5),
        },
        (["cat", path] | ["test", "-f" | "-e", path], _) => {
            let is_test = names[0] == "test";
            let path = (*path).to_owned();
            let handle = ContainerHandle::of_process(world, id).expect("it was found a moment ago");
            match handle.stat(world, &path) {
                Ok(found) if !found.is_directory => passed(5),
                _ if is_test => failed(5, String::new()),
                Ok(_) => failed(5, format!("cat: {path}: Is a directory\n")),
                Err(error) if handle.image.userland.is_busybox() => {
                    failed(5, format!("cat: can't open '{path}': {error}\n"))
                }
                Err(error) => failed(5, format!("cat: {path}: {error}\n")),
            }
        }
        _ => run(world, process, words),
    }
}

/// A probe's command that must be run to know its answer; `None` if it is known here, or nobody can run it.
pub(super) fn script(world: &World, id: ProcessId, action: &ProbeAction) -> Option<Vec<String>> {
    let ProbeAction::Exec(words) = action else { return None };
    let process = process::get(world, id).filter(|_| programs::are_installed(world))?;
    let (name, is_inner) = match &words[..] {
        [shell, flag, script] if is_shell(shell) && flag.ends_with('c') => {
            if script.contains([';', '&', '|', '$', '>', '<', '`', '(', '*', '"', '\'', '\n']) {
                return Some(words.clone());
            }
            (script.split_whitespace().next()?, true)
        }
        [first, ..] => (first.as_str(), false),
        [] => return None,
    };
    let arguments = if is_inner { words[2].split_whitespace().count() } else { words.len() };
    let is_known = match name {
        "redis-cli" => process.model.runtime == Runtime::Redis,
        "pg_isready" => process.model.runtime == Runtime::Postgres,
        "cat" => arguments == 2,
        "test" => arguments == 3,
        _ => false,
    };
    if is_known {
        return None;
    }
    let image = images::on_node(world, &process.spec.node, &process.spec.image);
    let mut spec = (*process.spec).clone();
    (spec.command, spec.args, spec.stdin) = (words.clone(), Vec::new(), false);
    match command::act(&process.model, image.as_deref(), &spec) {
        Ok(Act::Script(words)) => Some(words),
        _ => None,
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word, "sh" | "/bin/sh" | "bash" | "/bin/bash")
}

fn run(world: &World, process: &Process, words: &[String]) -> ProbeReply {
    let image = images::on_node(world, &process.spec.node, &process.spec.image);
    let mut spec = (*process.spec).clone();
    (spec.command, spec.args) = (words.to_vec(), Vec::new());
    match command::act(&process.model, image.as_deref(), &spec) {
        Ok(Act::Runs { after_ms, exit_code: 0, .. }) => passed(5 + after_ms),
        Ok(Act::Runs { lines, after_ms, .. }) => {
            let output = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
            failed(5 + after_ms, output)
        }
        Ok(Act::Waits { .. }) => passed(NEVER_MS),
        Ok(Act::Application(_) | Act::Script(_)) => {
            failed(5, format!("opsdrill: not simulated: {}\n", words.join(" ")))
        }
        Err(error) => failed(5, error),
    }
}
