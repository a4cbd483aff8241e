//! The declaration of an application: what it needs, what it costs, what it does when something is missing.
//!
//! No number is a fraction: times are milliseconds or microseconds, sizes bytes, shares parts per million (ppm).

use std::collections::BTreeMap;

use opsdrill_objects::quantity::Quantity;
use serde::{Deserialize, Deserializer, Serialize};

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicationModel {
    /// What it calls itself in its logs.
    pub name: String,
    /// What it runs on; this decides the rules that are not data.
    pub runtime: Runtime,
    /// Its command line, as `ps` shows it; a container whose command starts with the same program runs the application.
    pub program: Vec<String>,
    /// Whether an image of which nothing else is known has a shell and the small Unix tools.
    pub shell: bool,
    /// How it starts.
    pub start_up: StartUp,
    /// Milliseconds from SIGTERM to the end.
    pub shut_down_ms: u64,
    /// What must be there when it starts.
    pub requires: Vec<Requirement>,
    /// Where it listens.
    pub ports: Vec<Setting>,
    /// Its HTTP side.
    pub http: Http,
    /// What it calls.
    pub dependencies: Vec<Dependency>,
    /// What a request costs.
    pub request: RequestCost,
    /// What it needs when idle and at most.
    pub memory: Memory,
    /// Settings that its start-up lines mention or its rules read, by name.
    pub settings: BTreeMap<String, Setting>,
    /// What it writes to its log.
    pub log: Log,
    /// What is wrong with it in every version; see [`Parameter`].
    pub parameters: BTreeMap<Parameter, u64>,
    /// What is different in single versions, by image tag.
    pub tags: BTreeMap<String, BTreeMap<Parameter, u64>>,
}

/// What an application runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Nothing in particular: it starts, listens and serves.
    #[default]
    Plain,
    /// A Java virtual machine: its heap has a limit of its own.
    Jvm,
    /// A Go program: memory follows the requests.
    Go,
    /// A redis server.
    Redis,
    /// A postgres server.
    Postgres,
    /// A MySQL or MariaDB server.
    Mysql,
    /// A MongoDB server.
    Mongo,
    /// A RabbitMQ server.
    Rabbitmq,
    /// A memcached.
    Memcached,
    /// A small server of tutorials; its name says which.
    Demonstration,
    /// An nginx.
    Nginx,
    /// An nginx that serves the cluster's Ingresses.
    IngressNginx,
    /// A CoreDNS.
    CoreDns,
    /// The command of the container itself (busybox, alpine).
    Command,
    /// A stand-in that ends, or fails to start, as settings of its container say; see [`super::stand_in`].
    StandIn,
}

impl Runtime {
    /// Whether what listens on its ports speaks something else than HTTP.
    pub fn is_database(self) -> bool {
        use Runtime::{Memcached, Mongo, Mysql, Postgres, Rabbitmq, Redis};
        matches!(self, Redis | Postgres | Mysql | Mongo | Rabbitmq | Memcached)
    }
}

/// How an application starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StartUp {
    /// Milliseconds, given enough CPU.
    pub ms: u64,
    /// The CPU in thousandths of a core that it uses meanwhile; a lower limit makes it start that much slower.
    pub cpu_millis: u64,
}

/// Something that must be there when an application starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requirement {
    /// Where it is looked for.
    pub setting: Setting,
    /// What it must look like.
    pub format: SettingFormat,
    /// Lines in the log when it is missing or wrong; `{name}` and `{value}` are replaced.
    pub log: Vec<String>,
    /// Exit code then.
    pub exit_code: i32,
}

/// What a setting must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingFormat {
    /// Anything, the empty text too.
    Any,
    /// Not empty.
    #[default]
    NotEmpty,
    /// A whole number.
    Number,
    /// 1 to 65535.
    Port,
    /// `scheme://host…`.
    Url,
}

/// Where an application finds a setting; the first of `env`, `file` and `default` that is there counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setting {
    /// Environment variable.
    pub env: Option<String>,
    /// Absolute path of a file.
    pub file: Option<String>,
    /// Key within the file (`a.b` for nested ones); without it, the whole file is the value.
    pub key: Option<String>,
    /// What holds if it is nowhere.
    pub default: Option<String>,
}

/// The HTTP side of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Paths that tell how it is.
    pub health: Vec<HealthPath>,
    /// Paths that answer another status, whatever else holds.
    pub statuses: BTreeMap<String, u16>,
    /// Paths that answer 200, with a star at the end for all that begin like them; empty means every path.
    pub paths: Vec<String>,
    /// What the answer's body is; `{name}`, `{path}` and `{pod}` are replaced.
    pub body: String,
}

/// A path that tells how the application is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthPath {
    /// The path.
    pub path: String,
    /// What it looks at.
    pub reflects: Health,
    /// Milliseconds until it answers.
    #[serde(default)]
    pub after_ms: u64,
}

/// What a health path looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// 200 as long as the process answers at all.
    Alive,
    /// 503 while a dependency that requests need cannot be had.
    Dependencies,
}

/// Something an application calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dependency {
    /// What the application calls it, in its logs.
    pub name: String,
    /// What it is.
    pub kind: DependencyKind,
    /// Its host.
    pub host: Setting,
    /// Its port.
    pub port: Setting,
    /// User, for databases.
    pub user: Setting,
    /// Password, for databases.
    pub password: Setting,
    /// Database name, for databases.
    pub database: Setting,
    /// Whether the application does not start without it.
    pub at_start: bool,
    /// Calls per million requests; 0 if only the start needs it.
    pub calls_ppm: u64,
    /// Path, for HTTP.
    pub path: String,
    /// Milliseconds after which a call is given up.
    pub timeout_ms: u64,
    /// Connections of one process that it keeps even when idle.
    pub pool_min: Setting,
    /// The most connections of one process.
    pub pool_max: Setting,
    /// What a request does without it.
    pub when_unavailable: Unavailable,
    /// Lines in the log when it is not there at the start; `{host}`, `{port}`, `{error}`, `{user}`, `{database}` are replaced.
    pub start_log: Vec<String>,
    /// Exit code when it is not there at the start.
    pub exit_code: i32,
    /// The line in the log while calls fail, written at most every [`Log::error_every_ms`].
    pub error_log: String,
}

/// What a dependency is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// Another HTTP service: a connection per call.
    #[default]
    Http,
    /// A postgres database.
    Postgres,
    /// A redis.
    Redis,
    /// A MySQL database.
    Mysql,
}

/// What happens when a dependency cannot be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unavailable {
    /// The request fails.
    #[default]
    Fail,
    /// The request succeeds without it (a cache that is bypassed).
    Degrade,
    /// The process ends.
    Crash,
}

/// What one request costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestCost {
    /// Milliseconds when nothing waits, its own dependencies not counted.
    pub latency_ms: u64,
    /// Microseconds of CPU.
    pub cpu_us: u64,
    /// The most requests at a time (worker threads); 0 means no limit.
    pub concurrency_max: u64,
}

/// What memory an application uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// Idle (for a JVM: outside of the heap).
    #[serde(deserialize_with = "bytes")]
    pub base: u64,
    /// JVM: what lives in the heap when idle.
    #[serde(deserialize_with = "bytes")]
    pub heap_base: u64,
    /// What a request holds while it is served.
    #[serde(deserialize_with = "bytes")]
    pub per_request_in_flight: u64,
    /// What caches and sessions hold for each request per second that the process is used to.
    #[serde(deserialize_with = "bytes")]
    pub per_request_rate: u64,
    /// What a client's connection holds.
    #[serde(deserialize_with = "bytes")]
    pub per_connection: u64,
    /// Milliseconds in which memory follows a changed load.
    pub follow_ms: u64,
    /// JVM: whether the image's own command line has `-XX:+ExitOnOutOfMemoryError`.
    pub exit_on_out_of_memory: bool,
}

/// What an application writes to its log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How a line is made of `{time}`, `{level}` and `{message}`; empty means the message alone.
    pub format: String,
    /// Lines at the start.
    pub banner: Vec<String>,
    /// Lines once it serves; `{port}` and `{seconds}` are replaced.
    pub started: Vec<String>,
    /// Lines at SIGTERM.
    pub stopping: Vec<String>,
    /// The line before a crash that nobody has explained.
    pub crash: String,
    /// One line per request, or none if empty; `{path}`, `{status}`, `{ms}` are replaced.
    pub access: String,
    /// Only every so many requests are written.
    pub access_every: u64,
    /// Lines about one and the same error come at most so often.
    pub error_every_ms: u64,
}

/// What can be wrong with an application, as numbers that versions and faults set. Absent means 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameter {
    /// Not 0: it answers nobody.
    Hang,
    /// Bytes that each request leaves behind.
    LeakBytesPerRequest,
    /// Connections that a million requests leave open towards each pooled dependency.
    ConnectionLeakPpm,
    /// Milliseconds after which it ends by itself.
    CrashAfterMs,
    /// Requests of a million that fail by themselves.
    ErrorPpm,
    /// Milliseconds that each request takes longer.
    LatencyMs,
    /// Bytes that it holds beside everything else.
    MemoryBytes,
    /// Its CPU per request in millionths of what the model says; 0 means unchanged.
    CpuFactorPpm,
}

/// Reads a number of bytes, or a quantity such as `128Mi`.
fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => {
            let quantity = Quantity::parse(&text).map_err(serde::de::Error::custom)?;
            u64::try_from(quantity.value()).map_err(serde::de::Error::custom)
        }
    }
}
