//! helm, written anew after version 3.21.
//!
//! A line goes through these in turn: [`command`] finds the row in [`COMMANDS`] and reads the flags, the command (one
//! file each) finds its chart with [`charts`] or has it from elsewhere with [`sources`], renders it with [`rendering`], makes objects of it with [`objects`],
//! sends them with [`client`], waits with [`readiness`], and keeps a record with [`storage`]. What it tells is written
//! by [`status_page`] and [`output`], in the words of [`texts`]; what goes wrong is a [`failure::Failure`].

mod charts;
mod client;
mod command;
mod completing;
mod completion;
mod context;
mod create;
mod dependency;
mod deprecated;
mod diff;
mod diff_lines;
mod diff_report;
mod env;
mod failure;
mod flags;
mod get;
mod history;
mod hooks;
mod install;
mod installing;
mod kube_version;
mod lint;
mod list;
mod objects;
mod output;
mod package;
mod plugin;
mod pull;
mod push;
mod readiness;
mod registries;
mod registry;
mod rendering;
mod repo;
mod repositories;
mod rollback;
mod search;
mod settings;
mod show;
mod sources;
mod status;
mod status_page;
mod storage;
mod template;
mod test;
mod texts;
mod uninstall;
mod upgrade;
mod upgrading;
mod verify;
mod version;
mod web;

use crate::door::{ClusterDoor, Stream};
use crate::kubectl::kubeconfig::Kubeconfig;
use crate::kubectl::surroundings::Surroundings;

use command::Command;
use context::Helm;
use failure::Failure;

pub use completing::complete;

/// All commands. Those of real Helm that nothing is done for are rows, too, and refuse aloud.
const COMMANDS: &[Command] = &[
    completion::COMMAND,
    create::COMMAND,
    dependency::COMMAND,
    diff::COMMAND,
    env::COMMAND,
    get::COMMAND,
    history::COMMAND,
    install::COMMAND,
    lint::COMMAND,
    list::COMMAND,
    package::COMMAND,
    plugin::COMMAND,
    pull::COMMAND,
    push::COMMAND,
    registry::COMMAND,
    repo::COMMAND,
    rollback::COMMAND,
    search::COMMAND,
    show::COMMAND,
    status::COMMAND,
    template::COMMAND,
    test::COMMAND,
    uninstall::COMMAND,
    upgrade::COMMAND,
    verify::COMMAND,
    version::COMMAND,
];

/// Runs one call of helm, `words` being what follows the name, and answers its exit status.
pub fn run(
    words: &[String],
    stdin: Option<&[u8]>,
    door: &mut dyn ClusterDoor,
    surroundings: &mut dyn Surroundings,
    config: &mut Kubeconfig,
) -> i32 {
    let call = match command::read_line(words) {
        Ok(Some(call)) => call,
        Ok(None) => {
            door.print(Stream::Out, &command::help());
            return 0;
        }
        Err(complaint) => return report(door, &complaint),
    };
    let runs = call.command.run.filter(|_| !call.arguments.switch("help"));
    let Some(run) = runs else {
        door.print(Stream::Out, &command::help_of(&call));
        return 0;
    };
    if let Err(complaint) = call.check_count() {
        return report(door, &complaint);
    }
    let context = crate::kubectl::context::Context {
        door,
        surroundings,
        config,
        stdin,
        namespace: String::new(),
        namespace_is_explicit: false,
        path: call.path.clone(),
    };
    let mut helm = Helm::new(context);
    helm.take_global_flags(&call.arguments);
    match run(&mut helm, &call.arguments) {
        Ok(()) => 0,
        Err(failure) => report(helm.kube.door, &failure),
    }
}

fn report(door: &mut dyn ClusterDoor, failure: &Failure) -> i32 {
    let text = failure.shown();
    if !text.is_empty() {
        door.print(Stream::Err, &text);
    }
    failure.exit_code()
}
