//! The small commands that depend on simulated time, chance or the terminal, one file each.

mod clear;
mod date;
mod df;
pub(crate) mod duration;
mod editor;
mod history;
mod ls;
mod mktemp;
mod shuf;
mod sleep;
mod stat;
mod timeout;
mod touch;
pub(crate) mod unknown;
mod uuidgen;
pub(crate) mod watch;

use crate::shell::Request;
use crate::{Host, ShellOptions, ToolResult, Workspace};

/// A command of ours: its name and what runs it.
pub(crate) struct Applet {
    pub(crate) name: &'static str,
    run: fn(&Request, &mut Surroundings<'_>) -> Reply,
}

/// One row a command.
pub(crate) const APPLETS: &[Applet] = &[
    Applet { name: "clear", run: clear::run },
    Applet { name: "date", run: date::run },
    Applet { name: "df", run: df::run },
    Applet { name: "history", run: history::run },
    Applet { name: "ls", run: ls::run },
    Applet { name: "mktemp", run: mktemp::run },
    Applet { name: "nano", run: editor::run },
    Applet { name: "reset", run: clear::run },
    Applet { name: "shuf", run: shuf::run },
    Applet { name: "sleep", run: sleep::run },
    Applet { name: "stat", run: stat::run },
    Applet { name: "timeout", run: timeout::run },
    Applet { name: "touch", run: touch::run },
    Applet { name: "uuidgen", run: uuidgen::run },
    Applet { name: "vi", run: editor::run },
    Applet { name: "vim", run: editor::run },
    Applet { name: "watch", run: watch::run },
    Applet { name: "__opsdrill_watch_round", run: watch::round },
    Applet { name: "__opsdrill_timeout", run: timeout::run },
    Applet { name: "__opsdrill_status", run: status },
    Applet { name: "__opsdrill_stream", run: status },
];

/// What a command may use.
pub(crate) struct Surroundings<'a> {
    pub(crate) host: &'a mut dyn Host,
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) history: &'a [String],
    pub(crate) machine: &'a ShellOptions,
    /// True when the command's output goes to the terminal, if there is one.
    pub(crate) to_terminal: bool,
}

/// How a command ends.
pub(crate) enum Reply {
    /// At once.
    Done(ToolResult),
    /// When so much simulated time has passed.
    After {
        /// Milliseconds to wait.
        wait_ms: u64,
        /// The result then.
        result: ToolResult,
    },
}

impl From<ToolResult> for Reply {
    fn from(result: ToolResult) -> Self {
        Self::Done(result)
    }
}

/// Runs the applet a request names; `None` when it names a tool of the host.
pub(crate) fn run(request: &Request, around: &mut Surroundings<'_>) -> Option<Reply> {
    let name = request.argv.first()?;
    let applet = APPLETS.iter().find(|applet| applet.name == name)?;
    Some((applet.run)(request, around))
}

fn status(request: &Request, _: &mut Surroundings<'_>) -> Reply {
    let status = request.argv.get(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    ToolResult { status, ..ToolResult::default() }.into()
}
