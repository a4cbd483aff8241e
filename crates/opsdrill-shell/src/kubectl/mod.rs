//! kubectl, written anew after version 1.32.
//!
//! A line goes through these in turn: [`command`] finds the verb, [`flags`] reads its flags, the verb
//! (one file each in [`verbs`]) asks the cluster through [`context`], finds its objects with
//! [`resources`] and prints with [`printers`]; what goes wrong is an [`errors::ToolError`].

pub mod command;
pub mod completion;
pub mod context;
pub mod describe;
pub mod editor;
pub mod errors;
pub mod flags;
pub mod kubeconfig;
mod kustomize;
pub mod manifests;
pub(crate) mod metrics;
mod name_hash;
mod pairs;
mod percent;
mod pods_behind;
pub mod printers;
mod raw;
pub mod resources;
pub mod shared_flags;
mod sorting;
pub mod surroundings;
mod until;
pub mod verbs;
mod watch;
mod writing;

use crate::door::{ClusterDoor, Stream};

use context::Context;
use errors::ToolError;
use kubeconfig::Kubeconfig;
use surroundings::Surroundings;

/// Runs one call of kubectl, `words` being what follows the name, and answers its exit status.
pub fn run(
    words: &[String],
    stdin: Option<&[u8]>,
    door: &mut dyn ClusterDoor,
    surroundings: &mut dyn Surroundings,
    config: &mut Kubeconfig,
) -> i32 {
    if let Some((word, rest)) = words.split_first()
        && (word == "__complete" || word == "__completeNoDesc")
    {
        return completion::answer(rest, door, surroundings, config);
    }
    let call = match command::read_line(words) {
        Ok(Some(call)) => call,
        Ok(None) => {
            door.print(Stream::Out, &command::help());
            return 0;
        }
        Err(error) => return report(door, "kubectl", &error),
    };
    if call.arguments.switch("help") {
        door.print(Stream::Out, &command::help_of(&call));
        return 0;
    }
    let Some(verb) = call.command.run else {
        if !call.arguments.positional.is_empty() {
            let words = call.arguments.positional.join(" ");
            let error = ToolError::usage(format!("unknown command {words:?}"));
            return report(door, &call.path, &error);
        }
        let (stream, code) = match call.path.as_str() {
            "kubectl rollout" => (Stream::Out, 1),
            "kubectl certificate" => (Stream::Out, 0),
            _ => (Stream::Err, 1),
        };
        door.print(stream, &command::help_of(&call));
        return code;
    };
    let path = call.path.clone();
    let mut context = Context {
        door,
        surroundings,
        config,
        stdin,
        namespace: String::new(),
        namespace_is_explicit: false,
        path: call.path,
    };
    let outcome = context
        .take_global_flags(&call.arguments)
        .and_then(|()| verb(&mut context, &call.arguments));
    match outcome {
        Ok(code) => code,
        Err(error) => report(context.door, &path, &error),
    }
}

fn report(door: &mut dyn ClusterDoor, path: &str, error: &ToolError) -> i32 {
    let before = error.printed_before();
    if !before.is_empty() {
        door.print(Stream::Out, &before);
    }
    let text = error.text(path);
    if !text.is_empty() {
        door.print(Stream::Err, &text);
    }
    error.exit_code()
}
