//! CoreDNS: what its Corefile makes of it, and the words with which it gives up.
//!
//! Read as Caddy's parser reads it: server blocks with addresses, one plugin a line, blocks in braces. What is modelled are
//! the zones of `kubernetes`, `forward`, `hosts`, `health`, `ready`, `prometheus`, `loop` and `reload`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::world::World;

use super::application::model::Runtime;
use super::network::dns;
use super::process::{self, Fate, Process, ProcessId};
use super::{PhysicalEvent, flows, logs, probe};
use crate::agenda::{Agenda, Event};
use crate::chance::Chance;
use crate::time::{SimDuration, SimTime};

/// The plugins that CoreDNS is built with.
const PLUGINS: &[&str] = &[
    "acl",
    "any",
    "auto",
    "autopath",
    "azure",
    "bind",
    "bufsize",
    "cache",
    "cancel",
    "chaos",
    "clouddns",
    "debug",
    "dns64",
    "dnssec",
    "dnstap",
    "erratic",
    "errors",
    "etcd",
    "file",
    "forward",
    "geoip",
    "grpc",
    "header",
    "health",
    "hosts",
    "k8s_external",
    "kubernetes",
    "loadbalance",
    "local",
    "log",
    "loop",
    "metadata",
    "minimal",
    "nsid",
    "pprof",
    "prometheus",
    "ready",
    "reload",
    "rewrite",
    "root",
    "route53",
    "secondary",
    "sign",
    "template",
    "timeouts",
    "tls",
    "trace",
    "transfer",
    "tsig",
    "view",
    "whoami",
];
/// Those that change answers in ways that are not modelled.
const NOT_SIMULATED: &[&str] =
    &["acl", "auto", "autopath", "etcd", "file", "grpc", "rewrite", "template", "view"];
/// Milliseconds between two looks of `reload` at the file, and the most that chance adds (`interval`, `jitter`).
const RELOAD_MS: (u64, u64) = (30_000, 15_000);

/// Milliseconds after which it gives up over a wrong file.
const GIVES_UP_MS: u64 = 60;

/// What a Corefile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corefile {
    /// The zones that the cluster's objects are served under.
    zones: Vec<String>,
    /// Whether other names are asked elsewhere.
    forwards: bool,
    /// Names with addresses of their own.
    hosts: BTreeMap<String, Vec<String>>,
    /// The ports on which it listens.
    ports: BTreeSet<u16>,
    /// Whether changes of the file are noticed.
    reloads: bool,
    /// What it writes when it starts.
    notes: Vec<String>,
}

impl Corefile {
    /// Whether names of the cluster are served.
    pub(super) fn serves_cluster(&self) -> bool {
        self.zones.iter().any(|it| it == dns::CLUSTER_DOMAIN || it == ".")
    }

    /// Whether names beyond the cluster are asked for elsewhere.
    pub(super) fn forwards(&self) -> bool {
        self.forwards
    }

    /// The addresses that the file itself gives a name.
    pub(super) fn host(&self, name: &str) -> Option<&Vec<String>> {
        self.hosts.get(name)
    }
}

/// A word of the file with its line.
type Word<'a> = (usize, &'a str);

struct Reader<'a> {
    path: &'a str,
    /// The lines with their words; comments and empty lines are left out.
    lines: Vec<Vec<Word<'a>>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn new(path: &'a str, text: &'a str) -> Self {
        let words = |(number, line): (usize, &'a str)| -> Vec<Word<'a>> {
            let line = line.split_whitespace().take_while(|it| !it.starts_with('#'));
            line.map(|word| (number + 1, word.trim_matches('"'))).collect()
        };
        let lines = text.lines().enumerate().map(words).filter(|it| !it.is_empty()).collect();
        Self { path, lines, next: 0 }
    }

    fn line(&mut self) -> Option<Vec<Word<'a>>> {
        self.next += 1;
        self.lines.get(self.next - 1).cloned()
    }

    fn complaint(&self, line: usize, what: &str) -> String {
        format!("{}:{line} - Error during parsing: {what}", self.path)
    }

    fn end_of_file(&self) -> String {
        let last = self.lines.last().and_then(|it| it.last()).map_or(1, |it| it.0);
        self.complaint(last, "Unexpected EOF")
    }
}

/// Reads a Corefile.
///
/// # Errors
/// CoreDNS' words about it.
fn read(path: &str, text: &str, own: &[&str]) -> Result<Corefile, String> {
    let mut reader = Reader::new(path, text);
    let mut file = Corefile::default();
    let mut addresses = Vec::new();
    while let Some(head) = reader.line() {
        let Some(((line, "{"), names)) = head.split_last().map(|(last, rest)| (*last, rest)) else {
            let (line, word) = *head.last().expect("no line is empty");
            let complaint =
                format!("{path}:{line} - Syntax error: Unexpected token '{word}', expecting '{{'");
            return Err(if reader.next >= reader.lines.len() {
                reader.end_of_file()
            } else {
                complaint
            });
        };
        if names.is_empty() {
            return Err(reader.complaint(line, "Unexpected token '{', expecting a server address"));
        }
        for (_, name) in names {
            let name = name.trim_end_matches(',');
            let (zone, port) = name.rsplit_once(':').unwrap_or((name, "53"));
            let zone = if zone.is_empty() { "." } else { zone };
            file.ports.insert(port.parse().unwrap_or(53));
            addresses.push(format!("{zone}:{port}"));
        }
        block(&mut reader, &mut file, own)?;
    }
    let seed = blake3::hash(text.as_bytes());
    let mut digest = [0; 64];
    blake3::Hasher::new().update(seed.as_bytes()).finalize_xof().fill(&mut digest);
    let digest: String = digest.iter().map(|it| format!("{it:02x}")).collect();
    let mut notes = addresses;
    if file.reloads {
        notes.push(format!("[INFO] plugin/reload: Running configuration SHA512 = {digest}"));
    }
    notes.append(&mut file.notes);
    file.notes = notes;
    Ok(file)
}

/// Reads the plugins of a server block.
fn block(reader: &mut Reader<'_>, file: &mut Corefile, own: &[&str]) -> Result<(), String> {
    loop {
        let words = reader.line().ok_or_else(|| reader.end_of_file())?;
        let (line, name) = words[0];
        if name == "}" {
            return Ok(());
        }
        if !PLUGINS.contains(&name) {
            return Err(reader.complaint(line, &format!("Unknown directive '{name}'")));
        }
        let opens = words.last().is_some_and(|it| it.1 == "{");
        let arguments: Vec<&str> =
            words[1..words.len() - usize::from(opens)].iter().map(|it| it.1).collect();
        let inner = if opens { inner_lines(reader)? } else { Vec::new() };
        plugin(reader, file, (line, name), &arguments, &inner, own)?;
    }
}

/// The lines of a plugin's own block.
fn inner_lines<'a>(reader: &mut Reader<'a>) -> Result<Vec<Vec<Word<'a>>>, String> {
    let mut inner = Vec::new();
    loop {
        let words = reader.line().ok_or_else(|| reader.end_of_file())?;
        if words[0].1 == "}" {
            return Ok(inner);
        }
        inner.push(words);
    }
}

fn plugin(
    reader: &Reader<'_>,
    file: &mut Corefile,
    (line, name): Word<'_>,
    arguments: &[&str],
    inner: &[Vec<Word<'_>>],
    own: &[&str],
) -> Result<(), String> {
    let port = |usual: u16| {
        let given = arguments.first().and_then(|it| it.rsplit_once(':')?.1.parse().ok());
        given.unwrap_or(usual)
    };
    match name {
        "kubernetes" => {
            let known = [
                "pods",
                "fallthrough",
                "ttl",
                "endpoint",
                "namespaces",
                "labels",
                "noendpoints",
                "endpoint_pod_names",
                "kubeconfig",
                "namespace_labels",
                "ignore",
                "tls",
                "multicluster",
            ];
            if let Some((line, word)) =
                inner.iter().map(|it| it[0]).find(|it| !known.contains(&it.1))
            {
                let complaint = reader.complaint(line, &format!("unknown property '{word}'"));
                return Err(format!("plugin/kubernetes: {complaint}"));
            }
            let zones = arguments.iter().map(|it| it.trim_end_matches('.'));
            file.zones.extend(zones.map(|it| if it.is_empty() { "." } else { it }.to_owned()));
        }
        "forward" => forward(reader, file, line, arguments, own)?,
        "hosts" => {
            for words in inner.iter().filter(|it| dns::is_address(it[0].1)) {
                for (_, name) in &words[1..] {
                    let name = name.trim_end_matches('.').to_ascii_lowercase();
                    file.hosts.entry(name).or_default().push(words[0].1.to_owned());
                }
            }
        }
        "health" => drop(file.ports.insert(port(8080))),
        "ready" => drop(file.ports.insert(port(8181))),
        "prometheus" => drop(file.ports.insert(port(9153))),
        "reload" => file.reloads = true,
        name if NOT_SIMULATED.contains(&name) => {
            file.notes.push(format!("opsdrill: not simulated: plugin/{name}"));
        }
        _ => {}
    }
    Ok(())
}

fn forward(
    reader: &Reader<'_>,
    file: &mut Corefile,
    line: usize,
    arguments: &[&str],
    own: &[&str],
) -> Result<(), String> {
    let [_, servers @ ..] = arguments else {
        let what = "Wrong argument count or unexpected line ending after 'forward'";
        return Err(format!("plugin/forward: {}", reader.complaint(line, what)));
    };
    if servers.is_empty() {
        let what =
            format!("Wrong argument count or unexpected line ending after '{}'", arguments[0]);
        return Err(format!("plugin/forward: {}", reader.complaint(line, &what)));
    }
    for server in servers {
        let bare = server.split_once("://").map_or(*server, |it| it.1);
        let host = bare.rsplit_once(':').map_or(bare, |it| it.0);
        if own.contains(&host) {
            // What it asks itself is a name that nobody else could ask for.
            let number = u64::from_le_bytes(
                blake3::hash(host.as_bytes()).as_bytes()[..8].try_into().expect("eight bytes"),
            );
            return Err(format!(
                "[FATAL] plugin/loop: Loop (127.0.0.1:{} -> :53) detected for zone \".\", see https://coredns.io/plugins/loop#troubleshooting. Query: \"HINFO {number}.{}.\"",
                40_000 + number % 20_000,
                number.rotate_left(17)
            ));
        }
        if !dns::is_address(host) && *server != "/etc/resolv.conf" {
            return Err(format!("plugin/forward: not an IP address or file: {server:?}"));
        }
    }
    file.forwards = true;
    Ok(())
}

/// Reads the file that a process was told to read, from the files that it has now.
///
/// # Errors
/// What it writes before it ends with exit code 1.
fn configure(process: &Process, server: &str) -> Result<Corefile, String> {
    let mut words = process.arguments.iter().skip_while(|it| !matches!(&***it, "-conf" | "--conf"));
    let path = words.nth(1).map_or("Corefile", String::as_str);
    let contents = process.files().get(path).map(|it| String::from_utf8_lossy(it).into_owned());
    // Without a file it says who asks, and nothing else.
    let text = contents.unwrap_or_else(|| ".:53 {\n    whoami\n    log\n}\n".to_owned());
    read(path, &text, &["127.0.0.1", "localhost", server])
}

/// Lets a new process read its file; the lines that it writes, unless it gives up.
pub(super) fn start(world: &World, process: &mut Process, now: SimTime) -> Vec<String> {
    match configure(process, &dns::server(world)) {
        Ok(file) => {
            let version = ["CoreDNS-1.11.3", "linux/amd64, go1.21.11, a6338e9"];
            let lines = file.notes.iter().cloned().chain(version.map(str::to_owned)).collect();
            process.corefile = Some(Arc::new(file));
            lines
        }
        Err(complaint) => {
            let at = now + SimDuration(GIVES_UP_MS);
            process.fate = Some(Fate { at, exit_code: 1, lines: vec![complaint] });
            Vec::new()
        }
    }
}

/// The ports on which a process listens that is a CoreDNS.
pub(super) fn ports(process: &Process) -> Option<Vec<u16>> {
    process.corefile.as_ref().map(|it| it.ports.iter().copied().collect())
}

/// The file of a pod's CoreDNS.
pub(super) fn of_pod(world: &World, pod: opsdrill_objects::Uid) -> Option<&Arc<Corefile>> {
    process::of_pod(world, pod).find_map(|it| it.corefile.as_ref())
}

/// Notes that a process may find another file: it looks now and then.
pub(super) fn file_changed(world: &mut World, id: ProcessId) {
    let Some(process) = process::get(world, id) else { return };
    if process.model.runtime != Runtime::CoreDns
        || !process.corefile.as_ref().is_some_and(|it| it.reloads)
    {
        return;
    }
    let (interval, jitter) = RELOAD_MS;
    let now = world.resource::<Agenda>().now();
    let more = world.resource::<Chance>().noise(&format!("reload {}", id.0), now.0, jitter);
    let event = Event::Physical(PhysicalEvent::Reload(id));
    world.resource_mut::<Agenda>().at(now + SimDuration(interval + more), event);
}

/// Reads the file again; one that is wrong changes nothing.
pub(super) fn reload(world: &mut World, id: ProcessId) {
    let Some(process) = process::get(world, id).filter(|it| it.answers()) else { return };
    let read = configure(process, &dns::server(world));
    if read.as_ref().ok() == process.corefile.as_deref() {
        return;
    }
    logs::write(world, id, "[INFO] Reloading".to_owned());
    match read {
        Ok(file) => {
            if file.ports.contains(&8080) {
                let lame = "[INFO] plugin/health: Going into lameduck mode for 5s".to_owned();
                logs::write(world, id, lame);
            }
            for line in file.notes.iter().filter(|it| it.starts_with('[')) {
                logs::write(world, id, line.clone());
            }
            logs::write(world, id, "[INFO] Reloading complete".to_owned());
            let ports = file.ports.iter().copied().collect();
            if let Some(process) = process::get_mut(world, id) {
                process.corefile = Some(Arc::new(file));
            }
            process::listen(world, id, ports);
            flows::mark(world);
            probe::tell_kubelets(world);
        }
        Err(complaint) => {
            logs::write(world, id, format!("[ERROR] Restart failed: {complaint}"));
            let line =
                format!("[ERROR] plugin/reload: Corefile changed but reload failed: {complaint}");
            logs::write(world, id, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &str = include_str!("../kube_system/Corefile");

    fn complaint(text: &str) -> String {
        read("/etc/coredns/Corefile", text, &["127.0.0.1"]).unwrap_err()
    }

    #[test]
    fn the_usual_file_serves_the_cluster_and_asks_others() {
        let file = read("Corefile", USUAL, &["127.0.0.1"]).unwrap();
        assert!(file.serves_cluster() && file.forwards() && file.reloads);
        assert_eq!(file.ports.iter().copied().collect::<Vec<_>>(), [53, 8080, 8181, 9153]);
        assert_eq!(file.notes[0], ".:53");
        assert!(file.notes[1].starts_with("[INFO] plugin/reload: Running configuration SHA512 = "));
    }

    #[test]
    fn what_is_wrong_is_told_in_its_own_words() {
        assert_eq!(
            complaint(&USUAL.replace("forward .", "forwrad .")),
            "/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwrad'"
        );
        assert_eq!(
            complaint(&USUAL.replace("pods insecure", "podz insecure")),
            "plugin/kubernetes: /etc/coredns/Corefile:8 - Error during parsing: unknown property 'podz'"
        );
        assert_eq!(
            complaint(&USUAL.replace("/etc/resolv.conf", "/etc/resolv.con")),
            "plugin/forward: not an IP address or file: \"/etc/resolv.con\""
        );
        let open = USUAL.trim_end().trim_end_matches('}');
        assert_eq!(
            complaint(open),
            "/etc/coredns/Corefile:22 - Error during parsing: Unexpected EOF"
        );
        let loops = complaint(&USUAL.replace("/etc/resolv.conf", "127.0.0.1"));
        assert!(loops.starts_with("[FATAL] plugin/loop: Loop (127.0.0.1:"), "{loops}");
    }

    #[test]
    fn hosts_and_zones_are_those_of_the_file() {
        let text = ".:53 {\n  hosts {\n    192.0.2.7 api.example.com\n    fallthrough\n  }\n  kubernetes other.local\n}\n";
        let file = read("Corefile", text, &[]).unwrap();
        assert_eq!(file.host("api.example.com"), Some(&vec!["192.0.2.7".to_owned()]));
        assert!(!file.serves_cluster() && !file.forwards());
    }
}
