//! Staying with a pod that `kubectl run` made: waiting for it, attaching to it, deleting it.

use std::sync::Arc;

use opsdrill_engine::api::Request;
use opsdrill_objects::k8s_openapi::api::core::v1::PodStatus;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Object};

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::until::{Awaited, End, Look};
use crate::kubectl::verbs::attach::{Attachment, Stays};
use crate::kubectl::verbs::logs;
use crate::kubectl::writing::text_at;

/// How long the end of a pod is waited for: a week.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// Waits for the pod, stays with it, and says how it ended.
pub(super) fn run(context: &mut Context, arguments: &Arguments, pod: &Arc<Object>) -> Outcome {
    let quiet = arguments.switch("quiet");
    let removes = arguments.switch("rm");
    let patience = logs::patience_ms(arguments).map_err(ToolError::plain)?;
    let found = wait_for(context, patience, pod);
    let outcome = found.and_then(|found| {
        let is_finished = found.pod().is_some_and(Pod::is_finished);
        let attachment = Attachment {
            stdin: arguments.switch("stdin"),
            terminal: arguments.switch("tty"),
            quiet,
            removes_pod: removes,
            ..Attachment::default()
        };
        let stays = if is_finished {
            logs::print_all(context, &found, "")?;
            Stays::No
        } else {
            attachment.run(context, &found)?
        };
        if stays == Stays::InShell {
            return Ok(None);
        }
        if arguments.text("restart") == "Always" {
            return Ok(Some(0));
        }
        exit_status(context, &found).map(Some)
    });
    // Who stays in a shell is followed by the pod's end when the shell ends.
    if let Ok(None) = outcome {
        return Ok(0);
    }
    if removes {
        remove(context, arguments, pod)?;
    }
    outcome.map(Option::unwrap_or_default)
}

fn remove(context: &mut Context, arguments: &Arguments, pod: &Object) -> Result<(), ToolError> {
    let (namespace, name) = (pod.meta.namespace().to_owned(), pod.meta.name.to_string());
    let mut request = Request::delete(Kind::Pod, &namespace, &name);
    let grace = arguments.integer("grace-period");
    let grace = if arguments.switch("force") { grace.max(0) } else { grace };
    request.options.grace_period_seconds = (grace >= 0).then_some(grace);
    context.ask(request)?;
    if !arguments.switch("quiet") {
        context.out(&format!("pod {name:?} deleted\n"));
    }
    Ok(())
}

/// Waits until the pod runs or has ended.
fn wait_for(
    context: &mut Context,
    patience_ms: u64,
    pod: &Arc<Object>,
) -> Result<Arc<Object>, ToolError> {
    let deadline = context.door.now_ms().saturating_add(patience_ms);
    let mut found = Arc::clone(pod);
    let end = Awaited::object(pod).until(context, deadline, |_, object| {
        let Some(object) = object else {
            return Err(ToolError::plain(format!("pods {:?} not found", pod.meta.name)));
        };
        found = Arc::clone(object);
        let is_there = object.pod().is_some_and(|it| it.is_finished() || is_ready(&it.status));
        Ok(if is_there { Look::Done } else { Look::NotYet })
    })?;
    match end {
        End::Met => Ok(found),
        End::TimedOut => Err(ToolError::plain("timed out waiting for the condition")),
    }
}

fn is_ready(status: &PodStatus) -> bool {
    let conditions = status.conditions.iter().flatten();
    conditions.into_iter().any(|it| it.type_ == "Ready" && it.status == "True")
}

/// Waits for the pod's end; answers the container's exit status.
fn exit_status(context: &mut Context, pod: &Arc<Object>) -> Outcome {
    let deadline = context.door.now_ms().saturating_add(PATIENCE_MS);
    let mut status = None;
    Awaited::object(pod).until(context, deadline, |_, object| {
        let Some(object) = object else { return Ok(Look::Done) };
        if !object.pod().is_some_and(Pod::is_finished) {
            return Ok(Look::NotYet);
        }
        status = Some(object.to_value());
        Ok(Look::Done)
    })?;
    let document = status.unwrap_or_default();
    if text_at(&document, "/status/phase") != "Failed" {
        return Ok(0);
    }
    let ended = document.pointer("/status/containerStatuses/0/state/terminated");
    let (namespace, name) = (pod.meta.namespace(), &pod.meta.name);
    let Some(code @ 1..) = ended.and_then(|it| it["exitCode"].as_i64()) else {
        return Err(ToolError::plain(format!(
            "pod {namespace}/{name} failed with unknown exit code"
        )));
    };
    let text = |field: &str| ended.map_or("", |it| text_at(it, field)).to_owned();
    let (reason, message) = (text("/reason"), text("/message"));
    context.err(&format!("pod {namespace}/{name} terminated ({reason})\n{message}\n"));
    Err(ToolError::Exit(code as i32))
}
