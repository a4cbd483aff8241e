//! The pretend terminal: command language, files, kubectl and small Unix tools.
//!
//! - [`Shell`] runs lines of a sandboxed bash; [`LineOutcome`] is what a line left behind
//! - [`Task`] runs a command to its end while time passes, a piece at a time
//! - [`Host`]: all the shell may ask of the world: simulated time, chance, the terminal, tools
//! - [`Workspace`]: the session's files, in memory, bounded, listed in a fixed order
//! - [`door`]: what tools may ask of the cluster
//! - [`helm`]: helm, written anew
//! - [`kubectl`]: kubectl, written anew

mod applets;
pub mod door;
pub mod helm;
mod host;
pub mod kubectl;
mod shell;
mod workspace;

pub use host::{Host, Stream, ToolCall, ToolResult, WaitOutcome};
pub use shell::{
    Called, ContainerMachine, ContainerShell, LineOutcome, Progress, Script, Shell, ShellOptions,
    Task, TaskHost, VolumeRoom,
};
pub use workspace::{FileChange, FileError, Listed, Workspace, WorkspaceLimits, WorkspaceSnapshot};
