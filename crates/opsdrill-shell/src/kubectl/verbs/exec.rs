//! `kubectl exec`: a command in a container.

use opsdrill_objects::{Kind, Status};

use crate::door::ExecRequest;
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::pods_behind;
use crate::kubectl::resources::kind_of;

/// What the runtime could not do comes back over the stream of a command that had begun, and the client says once more
/// that it is an internal error (recording 338).
const RUNTIME_FAILURE: &str = "Internal error occurred: error executing command in container";

/// `kubectl exec`.
pub(super) struct Exec;

impl Verb for Exec {
    const NAME: &'static str = "exec";
    const USAGE: &'static str = "(POD | TYPE/NAME) [-c CONTAINER] -- COMMAND [args...]";
    const SUMMARY: &'static str = "Run a command in a container";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("container").short('c').about("The container."),
        Flag::switch("stdin").short('i').about("Pass standard input on."),
        Flag::switch("tty").short('t').about("With a terminal."),
        Flag::switch("quiet").short('q').about("Only what the command prints."),
        Flag::list("filename").short('f').not_simulated(),
        Flag::duration("pod-running-timeout", "1m0s")
            .about("How long to wait for a workload's pod."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let (pod_word, argv) = words(arguments)?;
        let patience = super::logs::patience_ms(arguments).map_err(ToolError::usage)?;
        let (kind, name) = match pod_word.split_once('/') {
            Some((types, name)) => (kind_of(types)?, name),
            None => (Kind::Pod, pod_word),
        };
        let namespace = context.namespace.clone();
        let named = context.get(kind, name, &namespace)?;
        let object = match kind {
            Kind::Pod => named,
            _ => pods_behind::for_commands(context, &named, patience)?,
        };
        let pod = object.pod().expect("a pod was asked for");
        if pod.is_finished() {
            return Err(ToolError::plain(format!(
                "cannot exec into a container in a completed pod; current phase is {}",
                pod.phase()
            )));
        }
        let container = match arguments.text("container") {
            "" => super::logs::default_container(context, &object, arguments.switch("quiet")),
            given => given.to_owned(),
        };
        let wants_stdin = arguments.switch("stdin");
        let mut terminal = arguments.switch("tty");
        if terminal && (!wants_stdin || context.stdin.is_some()) {
            context
                .err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
            terminal = false;
        }
        let request = ExecRequest {
            namespace,
            pod: object.meta.name.to_string(),
            container,
            argv: argv.to_vec(),
            stdin: wants_stdin.then(|| context.stdin.unwrap_or_default().to_vec()),
            terminal,
        };
        let reply = context.door.exec(&request).map_err(failure)?;
        context.out(&reply.stdout);
        context.err(&reply.stderr);
        if reply.exit_code != 0 {
            let text = format!("command terminated with exit code {}\n", reply.exit_code);
            context.err(&text);
        }
        Ok(reply.exit_code)
    }
}

/// A refusal to run something in a container, as kubectl words it.
pub(super) fn failure(refusal: Status) -> ToolError {
    match refusal.code {
        500 if refusal.message.starts_with(RUNTIME_FAILURE) => {
            ToolError::plain(format!("Internal error occurred: {}", refusal.message))
        }
        500 => ToolError::plain(refusal.message),
        _ => ToolError::from(refusal),
    }
}

fn words(arguments: &Arguments) -> Result<(&str, &[String]), ToolError> {
    let words = &arguments.positional;
    let (named, argv) = match arguments.dash {
        Some(dash) => words.split_at(dash),
        None if words.len() > 1 => {
            return Err(ToolError::usage(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ));
        }
        None => (words.as_slice(), &[][..]),
    };
    let Some(pod) = named.first() else {
        return Err(ToolError::plain("pod, type/name or --filename must be specified"));
    };
    if argv.is_empty() {
        return Err(ToolError::plain("you must specify at least one command for the container"));
    }
    Ok((pod, argv))
}
