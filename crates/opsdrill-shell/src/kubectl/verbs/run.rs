//! `kubectl run`: one pod.

use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, PRINTING};
use crate::kubectl::writing::Writer;

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
            Flag::switch("attach").not_simulated(),
            Flag::optional_text("cascade", "background").not_simulated(),
            Flag::text("detach-keys").not_simulated(),
            Flag::switch("expose").not_simulated(),
            Flag::list("filename").short('f').not_simulated(),
            Flag::switch("force").not_simulated(),
            Flag::integer("grace-period", "-1").not_simulated(),
            Flag::text("kustomize").short('k').not_simulated(),
            Flag::switch("leave-stdin-open").not_simulated(),
            Flag::text("override-type").not_simulated(),
            Flag::text("overrides").not_simulated(),
            Flag::duration("pod-running-timeout", "1m0s").not_simulated(),
            Flag::switch("privileged").not_simulated(),
            Flag::switch("quiet").short('q').about("Say less."),
            Flag::switch("recursive").short('R').not_simulated(),
            Flag::switch("rm").not_simulated(),
            Flag::switch("save-config").not_simulated(),
            Flag::switch("stdin").short('i').not_simulated(),
            Flag::duration("timeout", "0s").not_simulated(),
            Flag::switch("tty").short('t').not_simulated(),
            Flag::switch("wait").not_simulated(),
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
        let image = arguments.text("image");
        if image.is_empty() {
            return Err(ToolError::plain("--image is required"));
        }
        let restart = arguments.text("restart");
        if !matches!(restart, "Always" | "OnFailure" | "Never") {
            return Err(ToolError::plain(format!("invalid restart policy: {restart}")));
        }
        let writer = Writer::of(context, arguments, "kubectl-run")?;
        let mut labels = pairs("labels", &arguments.list("labels"))?;
        if !labels.is_object() {
            labels = json!({ "run": name });
        }
        let mut document = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "creationTimestamp": null, "name": name, "labels": labels },
            "spec": {
                "containers": [container(arguments, name, image, words)?],
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": restart,
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
        if !writer.pretends() {
            let namespace = context.namespace.clone();
            document = writer.create(context, Kind::Pod, &namespace, document)?.to_value();
        }
        writer.say(context, arguments, &document, "created")?;
        Ok(0)
    }
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
    if let port @ 1.. = arguments.text("port").parse::<i64>().unwrap_or_default() {
        container["ports"] = json!([{ "containerPort": port }]);
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
