//! What the shell may ask of the world around it: time, chance, the terminal and the external tools.

use std::collections::BTreeMap;

use crate::Workspace;

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// How a wait for simulated time ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitOutcome {
    /// The asked time has come.
    Reached,
    /// Somebody pressed Ctrl-C before that.
    Interrupted,
}

/// One call of an external tool such as `kubectl` or `curl`.
#[derive(Debug)]
pub struct ToolCall<'a> {
    /// The words of the command, its name first.
    pub argv: &'a [String],
    /// The exact bytes of a pipe or redirection; `None` when standard input is the terminal.
    pub stdin: Option<&'a [u8]>,
    /// The exported variables.
    pub env: &'a BTreeMap<String, String>,
    /// The working directory, absolute.
    pub cwd: &'a str,
    /// The files the tool may read and write.
    pub files: &'a mut Workspace,
    /// True when the call is the whole line (no pipe, redirection or substitution), so that the tool may print
    /// with [`Host::print`] while simulated time runs.
    pub streaming: bool,
    /// Simulated milliseconds at which `timeout(1)` kills the tool; a tool that waits returns by then.
    pub deadline_ms: Option<u64>,
    /// Whether that is done with a signal that no tool can catch: `timeout -s KILL`.
    pub kills: bool,
}

/// What a tool leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolResult {
    /// Bytes for standard output.
    pub stdout: Vec<u8>,
    /// Bytes for standard error.
    pub stderr: Vec<u8>,
    /// Exit status, 0 to 255.
    pub status: i32,
}

impl ToolResult {
    /// A result that only prints.
    pub fn ok(stdout: impl Into<Vec<u8>>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// A complaint with its exit status.
    pub fn fail(stderr: impl Into<Vec<u8>>, status: i32) -> Self {
        Self { stderr: stderr.into(), status, ..Self::default() }
    }
}

/// The world around the shell. Everything here is synchronous; nothing else reaches outside.
pub trait Host {
    /// Simulated milliseconds since the session began.
    fn now_ms(&self) -> u64;

    /// Unix seconds of the simulated date at which `now_ms()` was 0.
    fn epoch_unix_seconds(&self) -> i64;

    /// Lets simulated time pass until `deadline_ms`, or until Ctrl-C.
    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome;

    /// A number from the session's chance, from the stream named `purpose`.
    fn random_u64(&mut self, purpose: &str) -> u64;

    /// Shows text now, before the line has ended.
    fn print(&mut self, stream: Stream, text: &str);

    /// True when somebody pressed Ctrl-C during this line.
    fn interrupted(&mut self) -> bool;

    /// Opens the trainee's editor on a text and gives back what was saved; `None` when there is no terminal.
    fn edit(&mut self, name: &str, text: &str) -> Option<String>;

    /// Runs one external tool.
    fn tool(&mut self, call: ToolCall<'_>) -> ToolResult;

    /// The names [`Host::tool`] answers to.
    fn tool_names(&self) -> &[&str];
}
