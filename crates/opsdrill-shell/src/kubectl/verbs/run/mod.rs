//! `kubectl run`: one pod.
//!
//! - `staying`: what happens when kubectl stays with it.

mod staying;

use opsdrill_objects::Kind;
use opsdrill_objects::patch::{json_patch, merge_patch, strategic};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, PRINTING};
use crate::kubectl::writing::{DryRun, Writer};

use super::apply;

/// `kubectl run`.
pub(super) struct Run;

impl Verb for Run {
    const NAME: &'static str = "run";
    const USAGE: &'static str = "NAME --image=IMAGE [-- ARG …]";
    const SUMMARY: &'static str = "Run an image in a pod";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            Flag::text("image").about("The container's image."),
            Flag::text("image-pull-policy").about("Always, IfNotPresent or Never."),
            Flag::array("env").about("KEY=VALUE."),
            Flag::list("labels").short('l').about("KEY=VALUE."),
            Flag::list("annotations").about("KEY=VALUE."),
            Flag::text("port").about("The port that the container opens."),
            Flag::text("restart").default("Always").about("Always, OnFailure or Never."),
            Flag::switch("command").about("The words after -- are the command, not its arguments."),
            Flag::switch("attach").about("Wait for the pod, then attach to it."),
            Flag::optional_text("cascade", "background")
                .default("background")
                .about("What happens to what the pod owns, with --rm."),
            Flag::text("detach-keys").not_simulated(),
            Flag::switch("expose").about("Create a service for the pod, too."),
            Flag::list("filename").short('f').not_simulated(),
            Flag::switch("force").about("Delete at once, with --rm."),
            Flag::integer("grace-period", "-1").about("Seconds that the pod has, with --rm."),
            Flag::text("kustomize").short('k').not_simulated(),
            Flag::switch("leave-stdin-open").about("Keep the input open when who attached leaves."),
            Flag::text("override-type").default("merge").about("json, merge or strategic."),
            Flag::text("overrides").about("A patch of the pod, as JSON."),
            Flag::duration("pod-running-timeout", "1m0s").about("How long to wait for the pod."),
            Flag::switch("privileged").about("Run the container privileged."),
            Flag::switch("quiet").short('q').about("Say less."),
            Flag::switch("recursive").short('R').not_simulated(),
            Flag::switch("rm").about("Delete the pod when who attached leaves."),
            Flag::switch("save-config").about("Remember the object in an annotation."),
            Flag::switch("stdin").short('i').about("Keep the container's input open."),
            Flag::duration("timeout", "0s").about("How long to wait for the end, with --rm."),
            Flag::switch("tty").short('t').about("With a terminal."),
            Flag::switch("wait").about("Wait until the pod is gone, with --rm."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.is_set("image") {
            return Err(ToolError::plain("required flag(s) \"image\" not set"));
        }
        let Some((name, words)) = arguments.positional.split_first() else {
            return Err(ToolError::usage("NAME is required for run"));
        };
        let writer = Writer::of(context, arguments, "kubectl-run")?;
        check(arguments, writer.dry_run != DryRun::None)?;
        let mut document = pod_of(context, arguments, name, words)?;
        let service = arguments.switch("expose").then(|| service_of(&document, name));
        if arguments.switch("save-config") {
            document = apply::remembering(&document);
        }
        document = overridden(arguments, document)?;
        if writer.pretends() {
            if let Some(service) = &service {
                writer.say(context, arguments, service, "created")?;
                if arguments.text("output") == "yaml" {
                    // One line from the printer of several documents, one from the verb itself.
                    context.out("---\n---\n");
                }
            }
            writer.say(context, arguments, &document, "created")?;
            return Ok(0);
        }
        let namespace = context.namespace.clone();
        let pod = writer.create(context, Kind::Pod, &namespace, document)?;
        if let Some(service) = service {
            let created = writer.create(context, Kind::Service, &namespace, service)?;
            if !attaches(arguments) {
                writer.say(context, arguments, &created.to_value(), "created")?;
            }
        }
        if attaches(arguments) {
            return staying::run(context, arguments, &pod);
        }
        writer.say(context, arguments, &pod.to_value(), "created")?;
        Ok(0)
    }
}

/// Whether kubectl stays with the pod.
fn attaches(arguments: &Arguments) -> bool {
    if arguments.is_set("attach") {
        return arguments.switch("attach");
    }
    arguments.switch("stdin") || arguments.switch("tty")
}

/// What the flags may not say, in kubectl's order.
fn check(arguments: &Arguments, is_dry_run: bool) -> Result<(), ToolError> {
    let image = arguments.text("image");
    if image.is_empty() {
        return Err(ToolError::plain("--image is required"));
    }
    let fits = |it: char| it.is_ascii_alphanumeric() || "-_./:@".contains(it);
    if !image.chars().all(fits) {
        return Err(ToolError::plain(format!(
            "Invalid image name {image:?}: invalid reference format"
        )));
    }
    if arguments.switch("tty") && !arguments.switch("stdin") {
        return Err(ToolError::plain("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if arguments.switch("expose") && arguments.text("port").is_empty() {
        return Err(ToolError::usage("--port must be set when exposing a service"));
    }
    let restart = arguments.text("restart");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(ToolError::usage(format!("invalid restart policy: {restart}")));
    }
    let policy = arguments.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(ToolError::usage(format!("invalid image pull policy: {policy}")));
    }
    if arguments.switch("rm") && !attaches(arguments) {
        return Err(ToolError::usage("--rm should only be used for attached containers"));
    }
    if attaches(arguments) && is_dry_run {
        return Err(ToolError::usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    Ok(())
}

/// The pod that the flags describe.
fn pod_of(
    context: &Context,
    arguments: &Arguments,
    name: &str,
    words: &[String],
) -> Result<Value, ToolError> {
    let mut labels = pairs("label", &arguments.list("labels"))?;
    if !labels.is_object() {
        labels = json!({ "run": name });
    }
    let mut document = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "creationTimestamp": null, "name": name, "labels": labels },
        "spec": {
            "containers": [container(arguments, name, arguments.text("image"), words)?],
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": arguments.text("restart"),
        },
        "status": {},
    });
    let annotations = pairs("annotations", &arguments.list("annotations"))?;
    if annotations.is_object() {
        document["metadata"]["annotations"] = annotations;
    }
    if context.namespace_is_explicit {
        document["metadata"]["namespace"] = context.namespace.clone().into();
    }
    Ok(document)
}

/// The service that `--expose` asks for.
fn service_of(pod: &Value, name: &str) -> Value {
    let port = &pod["spec"]["containers"][0]["ports"][0]["containerPort"];
    let mut document = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "creationTimestamp": null, "name": name },
        "spec": {
            "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }],
            "selector": pod["metadata"]["labels"],
        },
        "status": { "loadBalancer": {} },
    });
    if let Some(namespace) = pod.pointer("/metadata/namespace") {
        document["metadata"]["namespace"] = namespace.clone();
    }
    document
}

/// The pod after `--overrides`.
fn overridden(arguments: &Arguments, document: Value) -> Result<Value, ToolError> {
    let text = arguments.text("overrides");
    if text.is_empty() {
        return Ok(document);
    }
    patched("Pod", arguments, text, document)
}

/// An object after `--overrides`, of the type that `--override-type` names.
pub(super) fn patched(
    kind: &str,
    arguments: &Arguments,
    text: &str,
    document: Value,
) -> Result<Value, ToolError> {
    let invalid = || ToolError::plain("Invalid JSON Patch");
    let patch: Value = serde_json::from_str(text).map_err(|_| invalid())?;
    let patched = match arguments.text("override-type") {
        "json" => json_patch::apply(&document, &patch),
        "strategic" => strategic::apply(kind, &document, &patch),
        "merge" if patch.is_object() => merge_patch::apply(&document, &patch),
        "merge" => return Err(invalid()),
        other => return Err(ToolError::plain(format!("invalid override type: {other}"))),
    };
    patched.map_err(|why| ToolError::plain(why.to_string()))
}

fn container(
    arguments: &Arguments,
    name: &str,
    image: &str,
    words: &[String],
) -> Result<Value, ToolError> {
    let mut container = json!({ "image": image, "name": name, "resources": {} });
    if !words.is_empty() {
        let field = if arguments.switch("command") { "command" } else { "args" };
        container[field] = json!(words);
    }
    let policy = arguments.text("image-pull-policy");
    if !policy.is_empty() {
        container["imagePullPolicy"] = policy.into();
    }
    if !arguments.text("port").is_empty() {
        let text = arguments.text("port");
        let Ok(port) = text.parse::<i64>() else {
            return Err(ToolError::plain(format!(
                "strconv.Atoi: parsing {text:?}: invalid syntax"
            )));
        };
        container["ports"] = json!([{ "containerPort": port }]);
    }
    if arguments.switch("stdin") {
        container["stdin"] = true.into();
        if !arguments.switch("leave-stdin-open") {
            container["stdinOnce"] = true.into();
        }
    }
    if arguments.switch("tty") {
        container["tty"] = true.into();
    }
    if arguments.switch("privileged") {
        container["securityContext"] = json!({ "privileged": true });
    }
    let mut variables = Vec::new();
    for text in arguments.list("env") {
        let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(ToolError::plain(format!("invalid env: {text}")));
        };
        variables.push(json!({ "name": key, "value": value }));
    }
    if !variables.is_empty() {
        container["env"] = variables.into();
    }
    Ok(container)
}

/// A map of `KEY=VALUE`; null when there are none.
fn pairs(what: &str, texts: &[String]) -> Result<Value, ToolError> {
    let mut map = Value::Null;
    for text in texts {
        let Some((key, value)) = text.split_once('=') else {
            return Err(ToolError::plain(format!("unexpected {what} spec: {text}")));
        };
        map[key] = value.into();
    }
    Ok(map)
}
