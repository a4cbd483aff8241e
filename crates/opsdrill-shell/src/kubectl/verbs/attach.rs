//! `kubectl attach`: what a container's first process prints from now on, or the shell that it is.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::door::{
    Afterwards, AttachReply, AttachRequest, ContainerPlace, LogRequest, WaitOutcome,
};
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::{Context, INTERRUPTED};
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::pods_behind;
use crate::kubectl::resources::kind_of;

/// How often a log is looked at.
const LOOK_MS: u64 = 1000;

/// `kubectl attach`.
pub(super) struct Attach;

impl Verb for Attach {
    const NAME: &'static str = "attach";
    const USAGE: &'static str = "(POD | TYPE/NAME) [-c CONTAINER]";
    const SUMMARY: &'static str = "Attach to a running container";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("container").short('c').about("The container."),
        Flag::switch("stdin").short('i').about("Pass standard input on."),
        Flag::switch("tty").short('t').about("With a terminal."),
        Flag::switch("quiet").short('q').about("Only what the container prints."),
        Flag::duration("pod-running-timeout", "1m0s")
            .about("How long to wait for a workload's pod."),
        Flag::text("detach-keys").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let words = &arguments.positional;
        let word = match words.as_slice() {
            [] => return Err(ToolError::plain("at least 1 argument is required for attach")),
            [word] => word.clone(),
            [types, name] => format!("{types}/{name}"),
            _ => {
                return Err(ToolError::plain(format!(
                    "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                    words.len(),
                    words.join(" ")
                )));
            }
        };
        let patience = super::logs::patience_ms(arguments).map_err(ToolError::plain)?;
        let (kind, name) = match word.split_once('/') {
            Some((types, name)) => (kind_of(types)?, name.to_owned()),
            None => (Kind::Pod, word),
        };
        let namespace = context.namespace.clone();
        let named = context.get(kind, &name, &namespace)?;
        let pod = match kind {
            Kind::Pod => named,
            _ => pods_behind::for_commands(context, &named, patience)?,
        };
        let attachment = Attachment {
            container: arguments.text("container").to_owned(),
            stdin: arguments.switch("stdin"),
            terminal: arguments.switch("tty"),
            quiet: arguments.switch("quiet"),
            removes_pod: false,
        };
        attachment.run(context, &pod)?;
        Ok(0)
    }
}

/// Whether the trainee is still with the container when the line is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    /// In its shell.
    InShell,
    /// No more.
    No,
}

/// How somebody attaches.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Attachment {
    pub(super) container: String,
    pub(super) stdin: bool,
    pub(super) terminal: bool,
    pub(super) quiet: bool,
    /// Whether the pod is deleted at the end of a shell that the trainee stays in.
    pub(super) removes_pod: bool,
}

impl Attachment {
    /// Attaches to a pod's container.
    pub(super) fn run(
        &self,
        context: &mut Context,
        object: &Arc<Object>,
    ) -> Result<Stays, ToolError> {
        let pod = object.pod().expect("a pod was asked for");
        if pod.is_finished() {
            return Err(ToolError::plain(format!(
                "cannot attach a container in a completed pod; current phase is {}",
                pod.phase()
            )));
        }
        let container = match self.container.as_str() {
            "" => super::logs::default_container(context, object, self.quiet),
            given => given.to_owned(),
        };
        let document = object.to_value();
        let Some(spec) = container_of(&document, &container) else {
            return Err(ToolError::plain(format!("container not found ({container})")));
        };
        let has = |field: &str| spec.get(field).and_then(Value::as_bool).unwrap_or_default();
        let mut terminal = self.terminal;
        if terminal && !has("tty") {
            if !self.quiet {
                context.err(&format!(
                    "error: Unable to use a TTY - container {container} did not allocate one\n"
                ));
            }
            terminal = false;
        } else if terminal && (!self.stdin || context.stdin.is_some()) {
            context
                .err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
            terminal = false;
        }
        if !self.quiet {
            context.err("If you don't see a command prompt, try pressing enter.\n");
        }
        let name = object.meta.name.to_string();
        let resumes = pod.spec.restart_policy.as_deref() == Some("Always");
        let says = if resumes && terminal && !self.quiet {
            format!(
                "Session ended, resume using 'kubectl attach {name} -c {container} -i -t' command when the pod is running\n"
            )
        } else {
            String::new()
        };
        let request = AttachRequest {
            place: ContainerPlace {
                namespace: object.meta.namespace().to_owned(),
                pod: name,
                container,
            },
            stdin: self.stdin.then(|| context.stdin.unwrap_or_default().to_vec()),
            terminal,
            afterwards: Afterwards { says: says.clone(), removes_pod: self.removes_pod },
        };
        match context.door.attach(&request)? {
            AttachReply::Entered => Ok(Stays::InShell),
            AttachReply::Ended(_) => {
                context.out(&says);
                Ok(Stays::No)
            }
            AttachReply::Streams => follow(context, &request.place),
        }
    }
}

/// A container's specification in a pod's document.
fn container_of<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let lists = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
    let lists = lists.iter().filter_map(|it| document.pointer(it)?.as_array());
    lists.flatten().find(|it| it["name"] == name)
}

/// What the container prints from now on, until it ends.
fn follow(context: &mut Context, place: &ContainerPlace) -> Result<Stays, ToolError> {
    let mut request = LogRequest {
        namespace: place.namespace.clone(),
        pod: place.pod.clone(),
        container: place.container.clone(),
        tail: Some(0),
        ..LogRequest::default()
    };
    loop {
        let reply = context.door.logs(&request)?;
        let text: String = reply.lines.iter().map(|it| format!("{}\n", it.text)).collect();
        context.out(&text);
        if reply.ended {
            return Ok(Stays::No);
        }
        (request.after, request.tail) = (Some(reply.cursor), None);
        let deadline = context.door.now_ms().saturating_add(LOOK_MS);
        if context.door.wait_until(deadline) == WaitOutcome::Interrupted {
            return Err(ToolError::Exit(INTERRUPTED));
        }
    }
}
