//! `kubectl debug`: a copy of a pod with one more container, or a pod on a node.
//!
//! A container in the running pod itself (an ephemeral one) is not modelled by the kubelet.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};
use serde_json::{Map, Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::kind_of;
use crate::kubectl::writing::{DryRun, Writer};

use super::attach::Attachment;
use super::run;

/// What kubectl 1.32 says of the profile that it takes when none is named.
const LEGACY: &str = "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example \"--profile=general\".\n";
/// Letters of random names.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `kubectl debug`.
pub(super) struct Debug;

impl Verb for Debug {
    const NAME: &'static str = "debug";
    const USAGE: &'static str = "(POD | node/NAME) [--copy-to=NAME] --image=IMAGE [-- COMMAND …]";
    const SUMMARY: &'static str = "Debug a pod by its copy, or a node by a pod on it";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("image").about("The image of the debugging container."),
        Flag::text("image-pull-policy").about("Always, IfNotPresent or Never."),
        Flag::text("copy-to").about("The name of the copy."),
        Flag::text("container").short('c').about("The name of the debugging container."),
        Flag::list("env").about("KEY=VALUE."),
        Flag::switch("same-node").about("Put the copy on the node of the pod."),
        Flag::switch("share-processes").default("true").about("Let the containers see each other."),
        Flag::switch("replace").about("Delete the pod that was copied."),
        Flag::switch("keep-labels").about("The copy keeps the pod's labels."),
        Flag::switch("keep-annotations").about("The copy keeps the pod's annotations."),
        Flag::switch("stdin").short('i').about("Keep the container's input open."),
        Flag::switch("tty").short('t').about("With a terminal."),
        Flag::switch("attach").about("Wait for the container, then attach to it."),
        Flag::switch("quiet").short('q').about("Say less."),
        Flag::text("profile").default("legacy").about("legacy."),
        Flag::text("target")
            .about("The container whose processes are seen; needs an ephemeral container."),
        Flag::switch("arguments-only").about("The words after -- are arguments, not the command."),
        Flag::duration("pod-running-timeout", "1m0s").about("How long to wait for the pod."),
        Flag::text("set-image").not_simulated(),
        Flag::text("custom").not_simulated(),
        Flag::switch("keep-init-containers").not_simulated(),
        Flag::switch("keep-liveness").not_simulated(),
        Flag::switch("keep-readiness").not_simulated(),
        Flag::switch("keep-startup").not_simulated(),
        Flag::list("filename").short('f').not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let before_dash = arguments.dash.unwrap_or(arguments.positional.len());
        let (words, command) = arguments.positional.split_at(before_dash);
        let copy = arguments.text("copy-to");
        if copy.is_empty() && arguments.text("image").is_empty() {
            return Err(ToolError::plain("you must specify --image when not using --copy-to."));
        }
        if !copy.is_empty() && !arguments.text("target").is_empty() {
            return Err(ToolError::plain(
                "--target is incompatible with --copy-to. Use --share-processes instead.",
            ));
        }
        if arguments.switch("tty") && !arguments.switch("stdin") {
            return Err(ToolError::plain(
                "-i/--stdin is required for containers with -t/--tty=true",
            ));
        }
        if arguments.text("profile") != "legacy" {
            let profile = arguments.text("profile");
            return Err(ToolError::not_simulated(format!("kubectl debug --profile={profile}")));
        }
        let [word] = words else {
            return Err(ToolError::plain("NAME or TYPE/NAME is required for debug"));
        };
        let (kind, name) = match word.split_once('/') {
            Some((types, name)) => (kind_of(types)?, name),
            None => (Kind::Pod, word.as_str()),
        };
        let namespace = context.namespace.clone();
        context.err(LEGACY);
        let object = context.get(kind, name, &namespace)?;
        let document = match kind {
            Kind::Node => on_node(context, arguments, command, &object),
            Kind::Pod if copy.is_empty() => {
                return Err(ToolError::not_simulated(
                    "kubectl debug with an ephemeral container; --copy-to is",
                ));
            }
            Kind::Pod => copied(context, arguments, command, &object)?,
            _ => {
                return Err(ToolError::plain(format!(
                    "{:?} not supported by debug",
                    kind.info().name
                )));
            }
        };
        let container = container_name(&document);
        let writer =
            Writer { dry_run: DryRun::None, options: opsdrill_engine::api::Options::default() };
        let pod = writer.create(context, Kind::Pod, &namespace, document)?;
        if arguments.switch("replace") && kind == Kind::Pod {
            context.ask(opsdrill_engine::api::Request::delete(Kind::Pod, &namespace, name))?;
        }
        attach(context, arguments, &pod, container)
    }
}

/// Stays with the new pod if the line asks for it.
fn attach(
    context: &mut Context,
    arguments: &Arguments,
    pod: &Arc<Object>,
    container: String,
) -> Outcome {
    let attaches = if arguments.is_set("attach") {
        arguments.switch("attach")
    } else {
        arguments.switch("stdin")
    };
    if !attaches {
        return Ok(0);
    }
    let patience = super::logs::patience_ms(arguments).map_err(ToolError::plain)?;
    let found = run::wait_for(context, patience, pod)?;
    let attachment = Attachment {
        container,
        stdin: arguments.switch("stdin"),
        terminal: arguments.switch("tty"),
        quiet: arguments.switch("quiet"),
        removes_pod: false,
    };
    attachment.run(context, &found)?;
    Ok(0)
}

/// The last container, which is the debugging one.
fn container_name(document: &Value) -> String {
    let containers = document.pointer("/spec/containers").and_then(Value::as_array);
    let last = containers.and_then(|it| it.last());
    last.and_then(|it| it["name"].as_str()).unwrap_or_default().to_owned()
}

fn random_suffix(context: &mut Context) -> String {
    let mut chance = context.door.random_u64("kubectl debug");
    let count = LETTERS.len() as u64;
    let letter = |_| {
        let letter = LETTERS[(chance % count) as usize];
        chance /= count;
        char::from(letter)
    };
    (0..5).map(letter).collect()
}

/// The debugging container.
fn container(arguments: &Arguments, command: &[String], name: &str) -> Value {
    let mut container = json!({
        "image": arguments.text("image"),
        "name": name,
        "resources": {},
        "terminationMessagePolicy": "File",
    });
    let policy = arguments.text("image-pull-policy");
    if !policy.is_empty() {
        container["imagePullPolicy"] = policy.into();
    }
    if !command.is_empty() {
        let field = if arguments.switch("arguments-only") { "args" } else { "command" };
        container[field] = json!(command);
    }
    for switch in ["stdin", "tty"] {
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
    container
}

/// A pod that sees all of its node (recording 354).
fn on_node(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    node: &Object,
) -> Value {
    let node_name = &node.meta.name;
    let pod = format!("node-debugger-{node_name}-{}", random_suffix(context));
    let name = match arguments.text("container") {
        "" => "debugger",
        given => given,
    };
    if !arguments.switch("quiet") {
        context.out(&format!(
            "Creating debugging pod {pod} with container {name} on node {node_name}.\n"
        ));
    }
    let mut container = container(arguments, command, name);
    container["volumeMounts"] = json!([{ "mountPath": "/host", "name": "host-root" }]);
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": pod },
        "spec": {
            "containers": [container],
            "hostIPC": true,
            "hostNetwork": true,
            "hostPID": true,
            "nodeName": **node_name,
            "restartPolicy": "Never",
            "tolerations": [{ "operator": "Exists" }],
            "volumes": [{ "hostPath": { "path": "/" }, "name": "host-root" }],
        },
    })
}

/// A copy of a pod with the debugging container (recording 353).
fn copied(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    pod: &Object,
) -> Result<Value, ToolError> {
    if arguments.text("image").is_empty() {
        return Err(ToolError::not_simulated("kubectl debug --copy-to without --image"));
    }
    let name = match arguments.text("container") {
        "" => {
            let name = format!("debugger-{}", random_suffix(context));
            if !arguments.switch("quiet") {
                context.out(&format!("Defaulting debug container name to {name}.\n"));
            }
            name
        }
        given => given.to_owned(),
    };
    let mut document = pod.to_value();
    let mut metadata = json!({
        "name": arguments.text("copy-to"),
        "namespace": pod.meta.namespace(),
        "annotations": document["metadata"].get("annotations").cloned().unwrap_or_default(),
    });
    if arguments.switch("keep-labels") {
        metadata["labels"] = document["metadata"].get("labels").cloned().unwrap_or_default();
    }
    let fields = document.as_object_mut().expect("a pod's document is a map");
    fields.insert("metadata".to_owned(), metadata);
    fields.remove("status");
    let same_node = arguments.switch("same-node");
    let spec = document["spec"].as_object_mut().expect("a pod has a specification");
    spec.remove("ephemeralContainers");
    if !same_node {
        spec.remove("nodeName");
    }
    if arguments.is_set("share-processes") {
        let shares = arguments.switch("share-processes");
        spec.insert("shareProcessNamespace".to_owned(), shares.into());
    }
    without_token(spec);
    let more = container(arguments, command, &name);
    let containers = spec.get_mut("containers").and_then(Value::as_array_mut);
    containers.expect("a pod has containers").push(more);
    Ok(document)
}

/// Takes away what admission gave the pod for its service account: the copy gets its own.
fn without_token(spec: &mut Map<String, Value>) {
    const PREFIX: &str = "kube-api-access";
    let is_token = |it: &Value| it["name"].as_str().is_some_and(|it| it.starts_with(PREFIX));
    let volumes = spec.get_mut("volumes").and_then(Value::as_array_mut);
    if let Some(volumes) = volumes {
        volumes.retain(|it| !is_token(it));
    }
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(mounts) = container.get_mut("volumeMounts").and_then(Value::as_array_mut) {
                mounts.retain(|it| !is_token(it));
            }
        }
    }
}
