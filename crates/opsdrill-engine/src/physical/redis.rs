//! What a redis server is configured with and how it answers commands (redis 7).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bevy_ecs::world::World;

use super::activity;
use super::application::model::Runtime;
use super::connections::{self, Login, Server};
use super::process::{self, Process, ProcessId};
use super::{flows, footprint};
use crate::agenda::Agenda;
use crate::time::SimTime;

/// The settings that are modelled, with redis' defaults.
const SETTINGS: &[(&str, &str)] = &[
    ("appendonly", "no"),
    ("databases", "16"),
    ("maxclients", "10000"),
    ("maxmemory", "0"),
    ("maxmemory-policy", "noeviction"),
    ("port", "6379"),
    ("requirepass", ""),
    ("save", "3600 1 300 100 60 10000"),
    ("tcp-keepalive", "300"),
    ("timeout", "0"),
];
/// Directives that may stand in a file without being modelled.
const ACCEPTED: &[&str] = &[
    "bind",
    "protected-mode",
    "dir",
    "dbfilename",
    "logfile",
    "loglevel",
    "daemonize",
    "appendfsync",
    "include",
    "rename-command",
    "tcp-backlog",
    "hz",
    "activedefrag",
    "lazyfree-lazy-eviction",
    "stop-writes-on-bgsave-error",
    "replica-read-only",
    "masterauth",
    "io-threads",
    "supervised",
];
/// Connections that `CLIENT LIST` prints at most.
const CLIENTS_MAX: u64 = 20_000;

/// What redis answers, without its wire format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`.
    Status(String),
    /// `-ERR …`.
    Error(String),
    /// `:1`.
    Integer(i64),
    /// A text.
    Bulk(String),
    /// Nothing.
    Nil,
    /// Several.
    Array(Vec<Reply>),
}

impl Reply {
    fn error(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }
}

/// Reads the arguments and the configuration file.
///
/// # Errors
/// What redis prints before it ends with exit code 1.
pub(super) fn configure(process: &Process) -> Result<Server, Vec<String>> {
    let mut config: BTreeMap<String, String> =
        SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut directives = Vec::new();
    let mut arguments = process.arguments.iter().peekable();
    if let Some(path) = arguments.next_if(|it| !it.starts_with("--")) {
        let Some(contents) = process.spec.files.get(path.as_str()) else {
            return Err(vec![format!(
                "Fatal error, can't open config file '{path}': No such file or directory"
            )]);
        };
        let contents = String::from_utf8_lossy(contents);
        let lines = contents.lines().map(str::trim).enumerate();
        let meant = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        directives.extend(meant.map(|(number, line)| (number + 1, line.to_owned())));
    }
    let mut given = String::new();
    for argument in arguments {
        match argument.strip_prefix("--") {
            Some(name) => {
                directives
                    .extend(Some((0, std::mem::take(&mut given))).filter(|it| !it.1.is_empty()));
                name.clone_into(&mut given);
            }
            None => {
                let _ = write!(given, " {argument}");
            }
        }
    }
    directives.extend(Some((0, given)).filter(|it| !it.1.is_empty()));
    for (line, directive) in directives {
        apply(&mut config, &directive).map_err(|reason| fatal(line, &directive, &reason))?;
    }
    let password = config.get("requirepass").filter(|it| !it.is_empty()).cloned();
    Ok(Server { login: Login { user: None, password }, ..server(config) })
}

fn apply(config: &mut BTreeMap<String, String>, directive: &str) -> Result<(), String> {
    let wrong = || "Bad directive or wrong number of arguments".to_owned();
    let (name, value) = directive.split_once(char::is_whitespace).ok_or_else(wrong)?;
    let (name, value) = (name.to_lowercase(), value.trim().trim_matches('"'));
    if !config.contains_key(&name) {
        return if ACCEPTED.contains(&&*name) { Ok(()) } else { Err(wrong()) };
    }
    check(&name, value)?;
    config.insert(name, value.to_owned());
    Ok(())
}

fn check(name: &str, value: &str) -> Result<(), String> {
    let (low, high) = match name {
        "maxclients" => (1, u64::from(u32::MAX)),
        "timeout" | "tcp-keepalive" => (0, i32::MAX as u64),
        "port" => (0, 65_535),
        "maxmemory" => {
            let digits = value.trim_end_matches(|it: char| it.is_ascii_alphabetic());
            let fits = digits.parse::<u64>().is_ok();
            return if fits { Ok(()) } else { Err("argument must be a memory value".to_owned()) };
        }
        _ => return Ok(()),
    };
    let Ok(number) = value.parse::<u64>() else {
        return Err("argument couldn't be parsed into an integer".to_owned());
    };
    if (low..=high).contains(&number) {
        Ok(())
    } else {
        Err(format!("argument must be between {low} and {high} inclusive"))
    }
}

fn fatal(line: usize, directive: &str, reason: &str) -> Vec<String> {
    vec![
        String::new(),
        "*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***".to_owned(),
        format!("Reading the configuration file, at line {}", line.max(1)),
        format!(">>> '{directive}'"),
        reason.to_owned(),
    ]
}

fn server(config: BTreeMap<String, String>) -> Server {
    let number = |name: &str| config[name].parse().expect("settings were checked");
    Server {
        connections_max: number("maxclients"),
        idle_timeout_s: number("timeout"),
        config,
        ..Server::default()
    }
}

/// The port of a redis; `None` if the process is none.
pub(super) fn port(process: &Process) -> Option<u16> {
    let redis = process.model.runtime == Runtime::Redis;
    redis.then(|| configure(process).ok()?.config["port"].parse().ok())?
}

/// Whether a new client is let in.
///
/// # Errors
/// What redis says to one that is not.
pub fn connect(world: &World, process: ProcessId) -> Result<(), String> {
    let now = world.resource::<Agenda>().now();
    if connections::accepts(world, process, now) {
        Ok(())
    } else {
        Err("ERR max number of clients reached".to_owned())
    }
}

/// Answers one command of a client that has connected for it.
pub fn command(world: &mut World, process: ProcessId, words: &[&str]) -> Reply {
    if activity::get(world, process).is_none_or(|it| it.server.is_none()) {
        return Reply::error("ERR Connection refused");
    }
    if let Err(error) = connect(world, process) {
        return Reply::Error(error);
    }
    let upper: Vec<String> = words.iter().map(|it| it.to_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    match &upper[..] {
        [] => Reply::error("ERR no command"),
        ["PING"] => Reply::Status("PONG".into()),
        ["PING" | "ECHO", _] => Reply::Bulk(words[1].to_owned()),
        ["DBSIZE"] => Reply::Integer(0),
        ["ROLE"] => Reply::Array(vec![
            Reply::Bulk("master".into()),
            Reply::Integer(0),
            Reply::Array(Vec::new()),
        ]),
        ["INFO", sections @ ..] => Reply::Bulk(info(world, process, sections)),
        ["CONFIG", "GET", patterns @ ..] if !patterns.is_empty() => {
            config_get(world, process, &words[2..])
        }
        ["CONFIG", "SET", pairs @ ..] if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            config_set(world, process, &words[2..])
        }
        ["CONFIG", "RESETSTAT"] => {
            server_mut(world, process).refused = 0;
            Reply::Status("OK".into())
        }
        ["CONFIG", "REWRITE"] => config_rewrite(world, process),
        ["CLIENT", "LIST"] => Reply::Bulk(client_list(world, process)),
        ["CLIENT", "ID"] => Reply::Integer(own_id(world, process) as i64),
        ["CLIENT", "GETNAME"] | ["GET", _] => Reply::Nil,
        ["CLIENT", "KILL", "TYPE", "NORMAL"] => kill_clients(world, process),
        ["CONFIG" | "CLIENT", name, ..] if !matches!(*name, "GET" | "SET" | "KILL") => {
            let text = "unknown subcommand '{name}'. Try {command} HELP.";
            let text = text.replace("{name}", words[1]).replace("{command}", upper[0]);
            Reply::Error(format!("ERR {text}"))
        }
        ["CONFIG" | "CLIENT", ..] => {
            let name = upper[..upper.len().min(2)].join("|").to_lowercase();
            Reply::Error(format!("ERR wrong number of arguments for '{name}' command"))
        }
        _ => Reply::Error(format!("opsdrill: not simulated: redis command {}", words.join(" "))),
    }
}

fn server_mut(world: &mut World, process: ProcessId) -> &mut Server {
    let activity = activity::get_mut(world, process).expect("the caller has looked");
    activity.server.as_mut().expect("the caller has looked")
}

fn server_of(world: &World, process: ProcessId) -> &Server {
    let activity = activity::get(world, process).expect("the caller has looked");
    activity.server.as_ref().expect("the caller has looked")
}

fn config_get(world: &World, process: ProcessId, patterns: &[&str]) -> Reply {
    let config = &server_of(world, process).config;
    let wanted = |name: &str| patterns.iter().any(|it| glob(&it.to_lowercase(), name));
    let found = config.iter().filter(|(name, _)| wanted(name));
    let pair =
        |(name, value): (&String, &String)| [Reply::Bulk(name.clone()), Reply::Bulk(value.clone())];
    Reply::Array(found.flat_map(pair).collect())
}

fn config_set(world: &mut World, process: ProcessId, pairs: &[&str]) -> Reply {
    let mut config = server_of(world, process).config.clone();
    for pair in pairs.chunks(2) {
        let name = pair[0].to_lowercase();
        if !config.contains_key(&name) {
            return Reply::Error(format!(
                "ERR Unknown option or number of arguments for CONFIG SET - '{}'",
                pair[0]
            ));
        }
        if let Err(reason) = check(&name, pair[1]) {
            return Reply::Error(format!(
                "ERR CONFIG SET failed (possibly related to argument '{}') - {reason}",
                pair[0]
            ));
        }
        config.insert(name, pair[1].to_owned());
    }
    let changed = server(config);
    let server = server_mut(world, process);
    let (visitors, refused, login) = (server.visitors, server.refused, server.login.clone());
    *server = Server { visitors, login, refused, ..changed };
    flows::mark(world);
    Reply::Status("OK".into())
}

fn config_rewrite(world: &World, process: ProcessId) -> Reply {
    let process = process::get(world, process).expect("the caller has looked");
    let file = process.arguments.first().filter(|it| !it.starts_with("--"));
    Reply::error(match file {
        // A ConfigMap is mounted read-only.
        Some(_) => "ERR Rewriting config file: Read-only file system",
        None => "ERR The server is running without a config file",
    })
}

/// `*` and `?`.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            glob(&pattern[1..], text) || (!text.is_empty() && glob(pattern, &text[1..]))
        }
        (Some(wanted), Some(letter)) if wanted == '?' || wanted == letter => {
            glob(&pattern[wanted.len_utf8()..], &text[letter.len_utf8()..])
        }
        _ => false,
    }
}

/// The clients with the one who asks.
fn connected(world: &World, process: ProcessId, now: SimTime) -> u64 {
    let server = server_of(world, process);
    (connections::connected(world, process, now) + 1).min(server.connections_max)
}

fn own_id(world: &World, process: ProcessId) -> u64 {
    connected(world, process, world.resource::<Agenda>().now()) + 3
}

fn info(world: &World, id: ProcessId, sections: &[&str]) -> String {
    let now = world.resource::<Agenda>().now();
    let process = process::get(world, id).expect("the caller has looked");
    let activity = activity::get(world, id).expect("the caller has looked");
    let server = server_of(world, id);
    let (uptime_s, clients) = ((now - process.started).as_seconds(), connected(world, id, now));
    let memory = footprint::resident(process, activity, now);
    let rate = activity.load.offered_milli_rps;
    let all = [
        (
            "Server",
            format!(
                "redis_version:7.4.1\r\nredis_mode:standalone\r\nos:Linux 6.8.0 x86_64\r\n\
                 tcp_port:{}\r\nuptime_in_seconds:{uptime_s}\r\nuptime_in_days:{}\r\n",
                server.config["port"],
                uptime_s / 86_400
            ),
        ),
        (
            "Clients",
            format!(
                "connected_clients:{clients}\r\ncluster_connections:0\r\nmaxclients:{}\r\n\
                 client_recent_max_input_buffer:20480\r\nclient_recent_max_output_buffer:0\r\n\
                 blocked_clients:0\r\ntracking_clients:0\r\npubsub_clients:0\r\nwatching_clients:0\r\n\
                 clients_in_timeout_table:0\r\ntotal_watched_keys:0\r\ntotal_blocking_keys:0\r\n\
                 total_blocking_keys_on_nokey:0\r\n",
                server.connections_max
            ),
        ),
        (
            "Memory",
            format!(
                "used_memory:{memory}\r\nused_memory_human:{}\r\nmaxmemory:{}\r\n\
                 maxmemory_policy:{}\r\n",
                human(memory),
                server.config["maxmemory"],
                server.config["maxmemory-policy"]
            ),
        ),
        (
            "Stats",
            format!(
                "total_connections_received:{}\r\ntotal_commands_processed:{}\r\n\
                 instantaneous_ops_per_sec:{}\r\nrejected_connections:{}\r\n",
                clients + server.refused,
                u128::from(rate) * u128::from(uptime_s) / 1000,
                rate / 1000,
                server.refused
            ),
        ),
        ("Replication", "role:master\r\nconnected_slaves:0\r\n".to_owned()),
        ("Keyspace", String::new()),
    ];
    let named = |name: &str| {
        let everything = ["ALL", "EVERYTHING", "DEFAULT"];
        sections.is_empty()
            || sections.iter().any(|it| it.eq_ignore_ascii_case(name) || everything.contains(it))
    };
    let wanted = all.into_iter().filter(|(name, _)| named(name));
    wanted.map(|(name, text)| format!("# {name}\r\n{text}")).collect::<Vec<_>>().join("\r\n")
}

/// `1.53M`, as redis prints sizes.
fn human(bytes: u64) -> String {
    let (unit, shift) = match bytes {
        0..1024 => return format!("{bytes}B"),
        1024..1_048_576 => ("K", 10),
        1_048_576..1_073_741_824 => ("M", 20),
        _ => ("G", 30),
    };
    let hundredths = (bytes * 100) >> shift;
    format!("{}.{:02}{unit}", hundredths / 100, hundredths % 100)
}

fn client_list(world: &World, id: ProcessId) -> String {
    let now = world.resource::<Agenda>().now();
    let server = process::get(world, id).expect("the caller has looked");
    let mut text = String::new();
    let mut number = 3;
    let mut line = |address: &str, port: u64, age_s: u64, idle_s: u64, command: &str| {
        let laddr = &server.spec.pod_ip;
        let _ = writeln!(
            text,
            "id={number} addr={address}:{port} laddr={laddr}:6379 fd={} name= age={age_s} idle={idle_s} flags=N \
             db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=20474 argv-mem=0 multi-mem=0 rbs=1024 \
             rbp=0 obl=0 oll=0 omem=0 tot-mem=22272 events=r cmd={command} user=default redir=-1 resp=2 \
             lib-name= lib-ver=",
            number + 5
        );
        number += 1;
    };
    for (client, open, leaked) in connections::clients(world, id, now) {
        let client = process::get(world, client).expect("only living processes have pools");
        let age_s = (now - client.started.max(server.started)).as_seconds();
        for place in 0..(leaked + open).min(CLIENTS_MAX) {
            // Leaked ones were opened one after the other and are idle ever since.
            let age_s = if place < leaked { age_s * (leaked - place) / leaked } else { age_s };
            let idle_s = if place < leaked { age_s } else { 0 };
            line(&client.spec.pod_ip, 32_768 + (place * 7) % 28_000, age_s, idle_s, "get");
        }
    }
    line("127.0.0.1", 50_188, 0, 0, "client|list");
    text
}

/// Closes all clients' connections; their pools come back, what had leaked does not.
fn kill_clients(world: &mut World, id: ProcessId) -> Reply {
    let now = world.resource::<Agenda>().now();
    let clients = connections::clients(world, id, now);
    let count: u64 = clients.iter().map(|(_, open, leaked)| open + leaked).sum();
    for (client, ..) in clients {
        let activity = activity::get_mut(world, client).expect("only living processes have pools");
        let lost = activity.pools.iter_mut().filter(|it| it.server == Some(id));
        lost.for_each(|it| *it = connections::Pool::default());
    }
    flows::mark(world);
    Reply::Integer(count as i64)
}
