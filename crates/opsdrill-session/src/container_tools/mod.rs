//! The commands in containers that need more than files and text, one file each; the shell has the others.

mod api;
pub(crate) mod curl;
mod database;
mod dig;
mod env;
mod hostname;
mod id;
mod kill;
mod kubectl;
mod mongosh;
mod mysql;
mod nc;
pub(crate) mod nginx;
mod nslookup;
mod ps;
mod psql;
mod rabbitmq;
mod redis_cli;
mod table;
pub(crate) mod tar;
mod uname;
mod wget;
mod write_out;

use std::collections::BTreeMap;

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_shell::door::ExecReply;
use opsdrill_shell::{FileError, Workspace};

/// A command's name and what it does with its arguments.
type Row = (&'static str, fn(&mut Inside<'_>, &[String]) -> ExecReply);

/// Every command.
const COMMANDS: &[Row] = &[
    ("curl", curl::in_container),
    ("dig", dig::run),
    ("env", env::env),
    ("hostname", hostname::run),
    ("id", id::id),
    ("kill", kill::run),
    ("kubectl", kubectl::run),
    ("mariadb", mysql::mysql),
    ("mariadb-admin", mysql::mysqladmin),
    ("mongosh", mongosh::run),
    ("mysql", mysql::mysql),
    ("mysqladmin", mysql::mysqladmin),
    ("nc", nc::run),
    ("nginx", nginx::run),
    ("nslookup", nslookup::run),
    ("pg_isready", psql::pg_isready),
    ("printenv", env::printenv),
    ("ps", ps::run),
    ("psql", psql::psql),
    ("rabbitmq-diagnostics", rabbitmq::diagnostics),
    ("redis-cli", redis_cli::run),
    ("uname", uname::run),
    ("wget", wget::run),
    ("whoami", id::whoami),
];

/// Their names.
pub(crate) const NAMES: &[&str] = &[
    "curl",
    "dig",
    "env",
    "hostname",
    "id",
    "kill",
    "kubectl",
    "mariadb",
    "mariadb-admin",
    "mongosh",
    "mysql",
    "mysqladmin",
    "nc",
    "nginx",
    "nslookup",
    "pg_isready",
    "printenv",
    "ps",
    "psql",
    "rabbitmq-diagnostics",
    "redis-cli",
    TAR,
    "uname",
    "wget",
    "whoami",
];

/// The one that works on the shell's own files.
pub(crate) const TAR: &str = "tar";

/// The exit status of what is not modelled.
const NOT_SIMULATED: i32 = 126;

/// A command's surroundings in a container.
pub(crate) struct Inside<'c> {
    /// The cluster around the container.
    pub(crate) cluster: &'c mut Cluster,
    /// The container.
    pub(crate) handle: &'c ContainerHandle,
    /// The exported variables.
    pub(crate) env: &'c BTreeMap<String, String>,
    /// Its files.
    pub(crate) files: &'c mut Workspace,
    /// The folder in which it runs.
    pub(crate) cwd: &'c str,
    /// What the command reads; taken by the first that does.
    pub(crate) stdin: Option<Vec<u8>>,
    /// Whether the output goes to a terminal.
    pub(crate) terminal: bool,
    /// Simulated milliseconds that the command has taken so far.
    pub(crate) waited_ms: u64,
}

impl Inside<'_> {
    /// Whether the image's commands are busybox' applets.
    fn is_busybox(&self) -> bool {
        self.handle.image.userland.is_busybox()
    }

    /// Writes a file of the container, named as the command was given it.
    fn write_file(&mut self, name: &str, contents: &[u8]) -> Result<(), FileError> {
        let path = Workspace::resolve(self.cwd, name);
        self.files.write(&path, contents)
    }

    /// What the command reads.
    fn take_stdin(&mut self) -> Vec<u8> {
        self.stdin.take().unwrap_or_default()
    }
}

/// Runs a command by its name.
pub(crate) fn run(inside: &mut Inside<'_>, name: &str, arguments: &[String]) -> ExecReply {
    match COMMANDS.iter().find(|it| it.0 == name) {
        Some((_, run)) => run(inside, arguments),
        None => not_simulated(&format!("{name} in containers")),
    }
}

/// Output alone.
fn prints(stdout: impl Into<String>) -> ExecReply {
    ExecReply { stdout: stdout.into(), ..ExecReply::default() }
}

/// A complaint, without its line end, and the exit status.
fn fails(complaint: &str, exit_code: i32) -> ExecReply {
    ExecReply { stderr: format!("{complaint}\n"), exit_code, ..ExecReply::default() }
}

/// What the simulator does not model.
fn not_simulated(what: &str) -> ExecReply {
    fails(&format!("opsdrill: not simulated: {what}"), NOT_SIMULATED)
}
