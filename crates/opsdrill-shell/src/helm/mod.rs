//! helm, written anew after version 3.21.
//!
//! A line goes through these in turn: [`command`] finds the row in [`COMMANDS`] and reads the flags, the command (one
//! file each) finds its chart with [`charts`], renders it with [`rendering`], makes objects of it with [`objects`],
//! sends them with [`client`], waits with [`readiness`], and keeps a record with [`storage`]. What it tells is written
//! by [`status_page`] and [`output`], in the words of [`texts`]; what goes wrong is a [`failure::Failure`].

mod charts;
mod client;
mod command;
mod completion;
mod context;
mod create;
mod dependency;
mod env;
mod failure;
mod flags;
mod get;
mod history;
mod hooks;
mod install;
mod installing;
mod lint;
mod list;
mod objects;
mod output;
mod package;
mod readiness;
mod rendering;
mod rollback;
mod show;
mod status;
mod status_page;
mod storage;
mod template;
mod test;
mod texts;
mod uninstall;
mod upgrade;
mod upgrading;
mod version;

use crate::door::{ClusterDoor, Stream};
use crate::kubectl::kubeconfig::Kubeconfig;
use crate::kubectl::surroundings::Surroundings;

use command::Command;
use context::Helm;
use failure::Failure;

/// All commands. Those of real Helm that nothing is done for are rows, too, and refuse aloud.
const COMMANDS: &[Command] = &[
    completion::COMMAND,
    create::COMMAND,
    dependency::COMMAND,
    env::COMMAND,
    get::COMMAND,
    history::COMMAND,
    install::COMMAND,
    lint::COMMAND,
    list::COMMAND,
    package::COMMAND,
    Command::not_simulated("plugin", "install, list, or uninstall Helm plugins"),
    Command::not_simulated("pull", "fetch a chart from a repository"),
    Command::not_simulated("push", "send a chart to a registry"),
    Command::not_simulated("registry", "log in to a registry, or out of it"),
    Command::not_simulated("repo", "add, list, remove, update and index chart repositories"),
    rollback::COMMAND,
    Command::not_simulated("search", "look for charts"),
    show::COMMAND,
    status::COMMAND,
    template::COMMAND,
    test::COMMAND,
    uninstall::COMMAND,
    upgrade::COMMAND,
    Command::not_simulated("verify", "look whether a packed chart is signed and whole"),
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
    let outcome =
        helm.take_global_flags(&call.arguments).and_then(|()| run(&mut helm, &call.arguments));
    match outcome {
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
