//! `kubectl debug`: one more container in a running pod or in a copy of it, or a pod on a node.

mod copy;
mod ephemeral;
mod node;
mod profile;

use std::sync::Arc;

use opsdrill_engine::api::Options;
use opsdrill_objects::k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::kind_of;
use crate::kubectl::until::{Awaited, Look};
use crate::kubectl::writing::{DryRun, Writer};

use self::profile::{Profile, fields};
use super::attach::Attachment;
use super::create::random_suffix;
use super::logs;

/// How long a container is waited for: a week, since kubectl waits for ever.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// `kubectl debug`.
pub(super) struct Debug;

impl Verb for Debug {
    const NAME: &'static str = "debug";
    const USAGE: &'static str = "(POD | node/NAME) [--copy-to=NAME] --image=IMAGE [-- COMMAND …]";
    const SUMMARY: &'static str =
        "Debug a pod by a container in it or by its copy, or a node by a pod on it";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("image").about("The image of the debugging container."),
        Flag::text("image-pull-policy").about("Always, IfNotPresent or Never."),
        Flag::text("copy-to").about("The name of the copy."),
        Flag::list("set-image").about("CONTAINER=IMAGE in the copy; * means all."),
        Flag::text("container").short('c').about("The name of the debugging container."),
        Flag::list("env").about("KEY=VALUE."),
        Flag::switch("same-node").about("Put the copy on the node of the pod."),
        Flag::switch("share-processes").default("true").about("Let the containers see each other."),
        Flag::switch("replace").about("Delete the pod that was copied."),
        Flag::switch("keep-labels").about("The copy keeps the pod's labels."),
        Flag::switch("keep-annotations").about("The copy keeps the pod's annotations."),
        Flag::switch("keep-liveness").about("The copy keeps liveness probes."),
        Flag::switch("keep-readiness").about("The copy keeps readiness probes."),
        Flag::switch("keep-startup").about("The copy keeps startup probes."),
        Flag::switch("keep-init-containers")
            .default("true")
            .about("The copy keeps init containers."),
        Flag::switch("stdin").short('i').about("Keep the container's input open."),
        Flag::switch("tty").short('t').about("With a terminal."),
        Flag::switch("attach").about("Wait for the container, then attach to it."),
        Flag::switch("quiet").short('q').about("Say less."),
        Flag::text("profile")
            .default("legacy")
            .about("legacy, general, baseline, netadmin, restricted or sysadmin."),
        Flag::text("target").about("The container whose processes are seen."),
        Flag::switch("arguments-only").about("The words after -- are arguments, not the command."),
        Flag::text("custom").not_simulated(),
        Flag::list("filename").short('f').not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let before_dash = arguments.dash.unwrap_or(arguments.positional.len());
        let (words, command) = arguments.positional.split_at(before_dash);
        check(context, arguments, words, command)?;
        let profile = Profile::named(arguments.text("profile"))?;
        context.err(profile.warning());
        let namespace = context.namespace.clone();
        for word in words {
            let (kind, name) = match word.split_once('/') {
                Some((types, name)) => (kind_of(types)?, name),
                None => (Kind::Pod, word.as_str()),
            };
            let object = context.get(kind, name, &namespace)?;
            let debugged = match kind {
                Kind::Node => node::make(context, arguments, command, profile, &object)?,
                Kind::Pod if arguments.text("copy-to").is_empty() => {
                    ephemeral::add(context, arguments, command, profile, &object)?
                }
                Kind::Pod => copy::make(context, arguments, command, profile, &object)?,
                _ => return Err(unsupported(kind)),
            };
            attach(context, arguments, &debugged)?;
        }
        Ok(0)
    }
}

/// What is debugged now, and in which container; none if a copy has only other images.
struct Debugged {
    pod: Arc<Object>,
    container: String,
}

fn unsupported(kind: Kind) -> ToolError {
    let info = kind.info();
    ToolError::plain(format!(
        "{:?} not supported by debug",
        format!("{}/{}, Kind={}", info.group, info.version, info.name)
    ))
}

/// What kubectl finds wrong with a line before it asks anybody.
fn check(
    context: &mut Context,
    arguments: &Arguments,
    words: &[String],
    command: &[String],
) -> Result<(), ToolError> {
    let given = |flag: &str| !arguments.text(flag).is_empty();
    for (flag, list) in ["env", "set-image"].map(|it| (it, arguments.list(it))) {
        if let Some(wrong) = list.iter().find(|it| !it.contains('=')) {
            return Err(ToolError::plain(format!(
                "invalid argument {wrong:?} for \"--{flag}\" flag: {wrong} must be formatted as key=value\nSee 'kubectl debug --help' for usage."
            )));
        }
    }
    let sets_images = !arguments.list("set-image").is_empty();
    let problem = if given("copy-to") && !given("image") && !sets_images && command.is_empty() {
        "you must specify --image, --set-image or command arguments.".to_owned()
    } else if !given("copy-to") && sets_images {
        "--set-image may only be used with --copy-to.".to_owned()
    } else if !given("copy-to") && !given("image") {
        "you must specify --image when not using --copy-to.".to_owned()
    } else if words.is_empty() {
        "NAME or filename is required for debug".to_owned()
    } else if let Some(flag) =
        ["replace", "same-node"].into_iter().find(|it| arguments.switch(it) && !given("copy-to"))
    {
        format!("--{flag} may only be used with --copy-to.")
    } else if !["", "Always", "IfNotPresent", "Never"]
        .contains(&arguments.text("image-pull-policy"))
    {
        format!("invalid image pull policy: {}", arguments.text("image-pull-policy"))
    } else if given("copy-to") && given("target") {
        "--target is incompatible with --copy-to. Use --share-processes instead.".to_owned()
    } else if arguments.switch("tty") && !arguments.switch("stdin") {
        "-i/--stdin is required for containers with -t/--tty=true".to_owned()
    } else {
        if given("target") && !arguments.switch("quiet") {
            context.out(&format!(
                "Targeting container {:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n",
                arguments.text("target")
            ));
        }
        return Ok(());
    };
    Err(ToolError::plain(problem))
}

/// Stays with the debugging container if the line asks for it.
fn attach(context: &mut Context, arguments: &Arguments, debugged: &Debugged) -> Outcome {
    let attaches = if arguments.is_set("attach") {
        arguments.switch("attach")
    } else {
        arguments.switch("stdin")
    };
    let container = &debugged.container;
    if !attaches || container.is_empty() {
        return Ok(0);
    }
    let pod = wait_for(context, debugged, arguments.switch("quiet"))?;
    let over = status_of(&pod.pod().expect("a pod").status, container)
        .is_some_and(|it| it.state.as_ref().is_some_and(|it| it.terminated.is_some()));
    if over {
        logs::print_all(context, &pod, container)?;
        return Ok(0);
    }
    let attachment = Attachment {
        container: container.clone(),
        stdin: arguments.switch("stdin"),
        terminal: arguments.switch("tty"),
        quiet: arguments.switch("quiet"),
        removes_pod: false,
    };
    attachment.run(context, &pod)?;
    Ok(0)
}

/// Waits, for as long as it takes, until the debugging container runs or has run.
fn wait_for(
    context: &mut Context,
    debugged: &Debugged,
    quiet: bool,
) -> Result<Arc<Object>, ToolError> {
    let Debugged { pod, container } = debugged;
    let mut found = Arc::clone(pod);
    let mut said = String::new();
    let deadline = context.door.now_ms().saturating_add(PATIENCE_MS);
    Awaited::object(pod).until(context, deadline, |context, object| {
        let Some(object) = object else {
            return Err(ToolError::plain(format!("pods {:?} not found", pod.meta.name)));
        };
        found = Arc::clone(object);
        let status = &object.pod().expect("a pod was asked for").status;
        let Some(status) = status_of(status, container) else { return Ok(Look::NotYet) };
        let Some(state) = &status.state else { return Ok(Look::NotYet) };
        let was = status.last_state.as_ref().is_some_and(|it| it.terminated.is_some());
        if was || state.running.is_some() || state.terminated.is_some() {
            return Ok(Look::Done);
        }
        let message = state.waiting.as_ref().and_then(|it| it.message.as_deref());
        if let Some(message) = message.filter(|it| !quiet && *it != said) {
            context.err(&format!("Warning: container {container}: {message}\n"));
            message.clone_into(&mut said);
        }
        Ok(Look::NotYet)
    })?;
    Ok(found)
}

fn status_of<'a>(status: &'a PodStatus, container: &str) -> Option<&'a ContainerStatus> {
    let lists = [
        &status.container_statuses,
        &status.init_container_statuses,
        &status.ephemeral_container_statuses,
    ];
    lists.into_iter().flatten().flatten().find(|it| it.name == container)
}

fn create(
    context: &mut Context,
    namespace: &str,
    document: Value,
) -> Result<Arc<Object>, ToolError> {
    let writer = Writer { dry_run: DryRun::None, options: Options::default() };
    Ok(writer.create(context, Kind::Pod, namespace, document)?)
}

/// The name of a debugging container, said aloud if it is made up.
fn debugger_name(context: &mut Context, arguments: &Arguments) -> String {
    let given = arguments.text("container");
    if !given.is_empty() {
        return given.to_owned();
    }
    let name = format!("debugger-{}", random_suffix(context.door.random_u64("kubectl debug")));
    if !arguments.switch("quiet") {
        context.out(&format!("Defaulting debug container name to {name}.\n"));
    }
    name
}

/// A new debugging container.
fn container(arguments: &Arguments, command: &[String], name: &str) -> Value {
    let mut container =
        json!({ "name": name, "resources": {}, "terminationMessagePolicy": "File" });
    adjust(&mut container, arguments, command);
    container
}

/// Makes a container what the line says.
fn adjust(container: &mut Value, arguments: &Arguments, command: &[String]) {
    for (flag, field) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")] {
        if !arguments.text(flag).is_empty() {
            container[field] = arguments.text(flag).into();
        }
    }
    if !command.is_empty() {
        let field = if arguments.switch("arguments-only") { "args" } else { "command" };
        fields(container).remove("args");
        container[field] = json!(command);
    }
    for switch in ["stdin", "tty"] {
        fields(container).remove(switch);
        if arguments.switch(switch) {
            container[switch] = true.into();
        }
    }
    let variables: Vec<Value> = arguments
        .list("env")
        .iter()
        .filter_map(|it| it.split_once('='))
        .map(|(key, value)| json!({ "name": key, "value": value }))
        .collect();
    if !variables.is_empty() {
        container["env"] = variables.into();
    }
}
