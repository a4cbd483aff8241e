//! One run of one scenario: loads, injects, runs lines, records, grades, replays.
//!
//! - [`scenario`]: the files
//! - [`stage`]: the world that they describe, and the judges who watch it
//! - [`session`]: one trainee's run; [`log`] its inputs; [`front_end`] whoever sits in front of it
//! - [`api_call`], [`exec_call`]: requests and commands that come over the network; [`House`]: the session as they meet it;
//!   [`brought`]: files that were changed outside
//! - [`drill`]: the commands of the drill itself; [`Completion`]: what a half-typed line may go on with
//! - [`grade`]: the result; [`usage`]: what containers and nodes use
//! - [`rehearse`]: whether a scenario can be played as written

pub mod api_call;
pub mod brought;
mod chart_hosts;
mod cluster_door;
mod completion;
mod container_commands;
mod container_shell;
mod container_tools;
mod copying;
pub mod deploy;
pub mod drill;
mod editor;
pub mod exec_call;
mod forwards;
pub mod front_end;
pub mod grade;
mod house;
pub mod log;
mod opening;
mod playback;
mod rehearsal;
mod remote_shells;
pub mod scenario;
pub mod session;
pub mod stage;
mod terminal;
mod tools;
pub mod usage;

pub use completion::Completion;
pub use front_end::{FrontEnd, Script, Stream};
pub use grade::{Outcome, Verdict};
pub use house::House;
pub use log::{Header, Language, Log, LogError, LogSink};
pub use opening::Opening;
pub use rehearsal::rehearse;
pub use scenario::{ContentError, Library, Scenario};
pub use session::{LineEnd, Options, Session};

/// False while a line waits for more: an open quote, a here-document, a `\\` at the end.
pub fn is_complete(text: &str) -> bool {
    opsdrill_shell::Shell::is_complete(text)
}
