//! The commands that can be run in containers, one file each.
//!
//! A command that the image lacks is the runtime's complaint; one that is there but has no row here is not simulated,
//! and says so.

mod cat;
pub(crate) mod curl;
mod echo;
mod env;
mod hostname;
mod id;
mod ls;
mod nslookup;
mod ps;
mod pwd;
mod redis_cli;
mod sh;
mod sleep;
mod status;
mod wget;

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_objects::Status;
use opsdrill_shell::door::ExecReply;

/// A command's name and what it does with its arguments.
type Row = (&'static str, fn(&mut Inside<'_>, &[String]) -> ExecReply);

/// Every command.
const COMMANDS: &[Row] = &[
    ("ash", |inside, words| sh::run("ash", inside, words)),
    ("bash", |inside, words| sh::run("bash", inside, words)),
    ("cat", cat::run),
    ("curl", curl::in_container),
    ("echo", echo::run),
    ("env", env::env),
    ("false", status::fails),
    ("hostname", hostname::run),
    ("id", id::id),
    ("ls", ls::run),
    ("nslookup", nslookup::run),
    ("printenv", env::printenv),
    ("ps", ps::run),
    ("pwd", pwd::run),
    ("redis-cli", redis_cli::run),
    ("sh", |inside, words| sh::run("sh", inside, words)),
    ("sleep", sleep::run),
    ("true", status::succeeds),
    ("wget", wget::run),
    ("whoami", id::whoami),
];

/// The exit status of what is not modelled.
const NOT_SIMULATED: i32 = 126;

/// A command's surroundings in a container.
pub(crate) struct Inside<'c> {
    /// The cluster around the container.
    pub(crate) cluster: &'c mut Cluster,
    /// The container.
    pub(crate) handle: &'c ContainerHandle,
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

    /// What the command reads.
    fn take_stdin(&mut self) -> Vec<u8> {
        self.stdin.take().unwrap_or_default()
    }

    fn find(word: &str) -> Option<&'static Row> {
        let name = word.rsplit('/').next().unwrap_or(word);
        COMMANDS.iter().find(|it| it.0 == name)
    }
}

/// Runs a command line.
///
/// # Errors
/// The runtime's complaint about a command that is not in the image.
pub(crate) fn run(inside: &mut Inside<'_>, argv: &[String]) -> Result<ExecReply, Status> {
    let Some((command, arguments)) = argv.split_first() else {
        return Err(Status::bad_request("you must specify at least one command for the container"));
    };
    if !inside.handle.has_command(inside.cluster.world(), command) {
        return Err(inside.handle.no_command(inside.cluster.world(), command));
    }
    Ok(match Inside::find(command) {
        Some((_, run)) => run(inside, arguments),
        None => not_simulated(&format!("{command} in containers")),
    })
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
