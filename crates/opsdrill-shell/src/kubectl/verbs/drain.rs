//! `kubectl drain`: keeps new pods from a node and evicts those that are there.

use std::sync::Arc;

use opsdrill_engine::api::{
    Options, PatchType, Payload, Request, Subresource, Target, Verb as Ask,
};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::door::WaitOutcome;
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{CHUNK_SIZE, DRY_RUN};
use crate::kubectl::until::Awaited;
use crate::kubectl::writing::{Writer, reason_of};

/// How long kubectl waits when it is told no timeout: a week will do for ever.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// After how long an eviction that a budget forbids is tried again.
const RETRY_MS: u64 = 5_000;

/// `kubectl drain`.
pub(super) struct Drain;

impl Verb for Drain {
    const NAME: &'static str = "drain";
    const USAGE: &'static str = "NODE";
    const SUMMARY: &'static str = "Drain a node before its maintenance";
    const TAKES: Takes = Takes::Names(Kind::Node);
    const FLAGS: &'static [&'static [Flag]] = &[&[
        DRY_RUN,
        CHUNK_SIZE,
        Flag::switch("delete-emptydir-data").about("Go on even if pods have data in emptyDir."),
        Flag::switch("force").about("Go on even if pods have no controller."),
        Flag::integer("grace-period", "-1").about("Seconds that each pod has."),
        Flag::switch("ignore-daemonsets").about("Leave pods of daemon sets where they are."),
        Flag::duration("timeout", "0s").about("How long to wait; 0 is for ever."),
        Flag::switch("disable-eviction").not_simulated(),
        Flag::text("pod-selector").about("Only pods with these labels."),
        Flag::text("selector").short('l').about("Nodes with these labels."),
        Flag::integer("skip-wait-for-delete-timeout", "0").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let writer = Writer::of(context, arguments, "")?;
        let selector = arguments.text("selector");
        if arguments.positional.is_empty() && selector.is_empty() {
            return Err(ToolError::usage("USAGE: drain NODE [flags]"));
        }
        if !arguments.positional.is_empty() && !selector.is_empty() {
            return Err(ToolError::usage(
                "cannot specify both a node name and a --selector option",
            ));
        }
        let mut nodes = Vec::new();
        if !selector.is_empty() {
            nodes = context.list(Kind::Node, "", selector, "")?.0;
        }
        for word in &arguments.positional {
            let name = word.trim_start_matches("nodes/").trim_start_matches("node/");
            nodes.push(context.get(Kind::Node, name, "")?);
        }
        for node in &nodes {
            cordon(context, &writer, node)?;
        }
        let mut failed = Vec::new();
        let mut complaints = Vec::new();
        for node in &nodes {
            let name = &node.meta.name;
            match empty(context, arguments, &writer, name) {
                Ok(()) => context.out(&format!("node/{name} drained{}\n", writer.suffix())),
                Err(Refusal::Tool(error @ ToolError::Exit(_))) => return Err(error),
                Err(refusal) => {
                    let each = refusal.texts();
                    let all = match each.as_slice() {
                        [only] => only.clone(),
                        several => format!("[{}]", several.join(", ")),
                    };
                    context.err(&format!(
                        "error: unable to drain node {name:?} due to error: {all}, continuing command...\n"
                    ));
                    failed.push(name.to_string());
                    complaints.extend(each);
                }
            }
        }
        if failed.is_empty() {
            return Ok(0);
        }
        context.err("There are pending nodes to be drained:\n");
        for name in &failed {
            context.err(&format!(" {name}\n"));
        }
        for complaint in complaints {
            context.err(&format!("{complaint}\n"));
        }
        Err(ToolError::Exit(1))
    }
}

/// Why a node could not be drained.
enum Refusal {
    /// Pods that are not to be deleted without being told so.
    Pods(Vec<String>),
    /// Anything else.
    Tool(ToolError),
}

impl Refusal {
    fn texts(&self) -> Vec<String> {
        match self {
            Self::Pods(texts) => texts.clone(),
            Self::Tool(error) => vec![reason_of(error)],
        }
    }
}

impl<E: Into<ToolError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Tool(error.into())
    }
}

fn cordon(context: &mut Context, writer: &Writer, node: &Object) -> Result<(), ToolError> {
    let document = node.to_value();
    let is = document.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default();
    let already = if is { "already " } else { "" };
    if !is && !writer.pretends() {
        let patch = json!({ "spec": { "unschedulable": true } });
        writer.patch(context, Target::of(node), PatchType::Strategic, patch)?;
    }
    context.out(&format!("node/{} {already}cordoned{}\n", node.meta.name, writer.suffix()));
    Ok(())
}

/// Evicts the pods of a node and waits until they are gone.
fn empty(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    node: &str,
) -> Result<(), Refusal> {
    let labels = arguments.text("pod-selector");
    let (pods, _) = context.list(Kind::Pod, "", labels, &format!("spec.nodeName={node}"))?;
    let (pods, warnings) = chosen(arguments, pods).map_err(Refusal::Pods)?;
    if !warnings.is_empty() {
        context.err(&format!("Warning: {}\n", warnings.join("; ")));
    }
    let grace = arguments.integer("grace-period");
    if !writer.suffix().is_empty() {
        for pod in &pods {
            context.out(&format!("evicting pod {}{}\n", pod.path(), writer.suffix()));
        }
        return Ok(());
    }
    let timeout = u64::try_from(arguments.duration_ms("timeout")).unwrap_or_default();
    let span = if timeout == 0 { PATIENCE_MS } else { timeout };
    let deadline = context.door.now_ms().saturating_add(span);
    let evicted = evict_all(context, arguments, &pods, grace, deadline);
    // kubectl looks again what is left.
    if let Err(why) = &evicted
        && let Ok((left, _)) = context.list(Kind::Pod, "", labels, &format!("spec.nodeName={node}"))
        && let Ok((left, _)) = chosen(arguments, left)
        && !left.is_empty()
    {
        let text = reason_of(why);
        context.err(&format!(
            "There are pending pods in node {node:?} when an error occurred: {text}\n"
        ));
        for pod in left {
            context.err(&format!("pod/{}\n", pod.meta.name));
        }
    }
    evicted?;
    for pod in &pods {
        match Awaited::object(pod).until_gone(context, deadline) {
            Ok(()) => context.out(&format!("pod/{} evicted\n", pod.meta.name)),
            Err(ToolError::Plain(_)) => {
                let (name, namespace) = (&pod.meta.name, pod.meta.namespace());
                let span = opsdrill_objects::duration::format(arguments.duration_ms("timeout"));
                return Err(ToolError::plain(format!(
                    "error when waiting for pod {name:?} in namespace {namespace:?} to terminate: global timeout reached: {span}"
                ))
                .into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Evicts pods; those whose budget does not allow it are tried again, every five seconds.
fn evict_all(
    context: &mut Context,
    arguments: &Arguments,
    pods: &[Arc<Object>],
    grace: i64,
    deadline: u64,
) -> Result<(), ToolError> {
    let mut left: Vec<&Arc<Object>> = pods.iter().collect();
    loop {
        let mut again = Vec::new();
        for pod in left {
            context.out(&format!("evicting pod {}\n", pod.path()));
            if let Some(why) = evict(context, pod, grace)? {
                let (name, namespace) = (&pod.meta.name, pod.meta.namespace());
                context.err(&format!(
                    "error when evicting pods/{name:?} -n {namespace:?} (will retry after 5s): {why}\n"
                ));
                again.push(pod);
            }
        }
        let Some(first) = again.first() else { return Ok(()) };
        let next = context.door.now_ms() + RETRY_MS;
        let reached = context.door.wait_until(next.min(deadline));
        if reached == WaitOutcome::Interrupted {
            return Err(ToolError::Exit(130));
        }
        if next > deadline {
            let (name, namespace) = (&first.meta.name, first.meta.namespace());
            let span = opsdrill_objects::duration::format(arguments.duration_ms("timeout"));
            return Err(ToolError::plain(format!(
                "error when evicting pods/{name:?} -n {namespace:?}: global timeout reached: {span}"
            )));
        }
        left = again;
    }
}

/// Evicts a pod; answers why it cannot be done now.
fn evict(context: &mut Context, pod: &Object, grace: i64) -> Result<Option<String>, ToolError> {
    let body = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": { "name": *pod.meta.name, "namespace": pod.meta.namespace() },
    });
    let request = Request {
        verb: Ask::Create(Payload::Document(body)),
        target: Target::of(pod).with(Subresource::Eviction),
        options: Options {
            grace_period_seconds: (grace >= 0).then_some(grace),
            ..Options::default()
        },
    };
    match context.ask(request) {
        Err(refusal) if refusal.code == 429 => Ok(Some(refusal.message)),
        Err(refusal) if refusal.code != 404 => {
            let (name, namespace) = (&pod.meta.name, pod.meta.namespace());
            Err(ToolError::plain(format!(
                "error when evicting pods/{name:?} -n {namespace:?}: {}",
                refusal.message
            )))
        }
        _ => Ok(None),
    }
}

/// The pods to evict, and what is to be warned of.
type Choice = (Vec<Arc<Object>>, Vec<String>);

/// Chooses the pods of a node; or says why nothing is done.
fn chosen(arguments: &Arguments, pods: Vec<Arc<Object>>) -> Result<Choice, Vec<String>> {
    let mut evicted = Vec::new();
    let (mut of_daemon_sets, mut with_data, mut without_controller) =
        (Vec::new(), Vec::new(), Vec::new());
    for pod in pods {
        let Some(body) = pod.pod() else { continue };
        let is_daemon = pod.meta.controller().is_some_and(|it| it.kind == Kind::DaemonSet);
        if is_daemon && !body.is_finished() {
            // Its controller would make it anew at once, on this very node.
            of_daemon_sets.push(pod.path());
            continue;
        }
        let document = pod.to_value();
        let volumes = document.pointer("/spec/volumes").and_then(Value::as_array);
        let has_data = volumes.into_iter().flatten().any(|it| it.get("emptyDir").is_some());
        if !body.is_finished() {
            if has_data {
                with_data.push(pod.path());
            }
            // A pod that may not go because of its data is not looked at any further.
            if pod.meta.controller().is_none()
                && (!has_data || arguments.switch("delete-emptydir-data"))
            {
                without_controller.push(pod.path());
            }
        }
        evicted.push(pod);
    }
    let checks = [
        ("delete-emptydir-data", "Pods with local storage", "", with_data),
        ("force", "Pods that declare no controller", "cannot delete ", without_controller),
    ];
    let (mut refusals, mut warnings) = (Vec::new(), Vec::new());
    if !of_daemon_sets.is_empty() {
        let paths = of_daemon_sets.join(", ");
        if arguments.switch("ignore-daemonsets") {
            warnings.push(format!("ignoring DaemonSet-managed Pods: {paths}"));
        } else {
            refusals.push(format!(
                "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {paths}"
            ));
        }
    }
    for (flag, what, stutter, paths) in checks {
        if paths.is_empty() {
            continue;
        }
        let paths = paths.join(", ");
        if arguments.switch(flag) {
            // What is said of a pod's data is lost when kubectl goes on to look at its controller.
            if flag == "delete-emptydir-data" {
                continue;
            }
            warnings.push(format!("deleting {what}: {paths}"));
        } else {
            refusals
                .push(format!("cannot delete {stutter}{what} (use --{flag} to override): {paths}"));
        }
    }
    if refusals.is_empty() { Ok((evicted, warnings)) } else { Err(refusals) }
}
