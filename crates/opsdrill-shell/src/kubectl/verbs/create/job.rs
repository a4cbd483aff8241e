//! `kubectl create job`: from an image, or from a cron job's template.

use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, sole_name};

const MADE: Made = Made::namespaced("batch/v1", "Job", "failed to create job:");

/// `kubectl create job`.
pub(super) struct CreateJob;

impl Verb for CreateJob {
    const NAME: &'static str = "job";
    const USAGE: &'static str = "NAME (--image=IMAGE | --from=cronjob/NAME) [-- COMMAND …]";
    const SUMMARY: &'static str = "Create a job";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("image").about("The image of the job's container."),
            Flag::text("from").about("The cron job whose template is used."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let before_dash = arguments.dash.unwrap_or(arguments.positional.len());
        let command = &arguments.positional[before_dash..];
        let name = sole_name(&arguments.positional[..before_dash])?;
        let (image, from) = (arguments.text("image"), arguments.text("from"));
        if image.is_empty() == from.is_empty() {
            return Err(ToolError::plain("either --image or --from must be specified"));
        }
        if !command.is_empty() && !from.is_empty() {
            return Err(ToolError::plain("cannot specify --from and command"));
        }
        let mut document = MADE.document(&name);
        if from.is_empty() {
            document["spec"] = json!({ "template": pod_template(&name, image, command, "Never") });
        } else {
            from_cron_job(context, from, &mut document)?;
        }
        document["status"] = json!({});
        generated::create(context, arguments, MADE, document)
    }
}

/// The template of a job's pods.
pub(super) fn pod_template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({ "image": image, "name": name, "resources": {} });
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    json!({
        "metadata": { "creationTimestamp": null },
        "spec": { "containers": [container], "restartPolicy": restart },
    })
}

/// What a cron job's controller would make, marked as made by hand.
fn from_cron_job(context: &mut Context, from: &str, document: &mut Value) -> Result<(), ToolError> {
    let query = crate::kubectl::resources::Query {
        words: vec![from.to_owned()],
        ..crate::kubectl::resources::Query::default()
    };
    let wants = query.resolve(context)?;
    let (objects, errors) = query.fetch(context, &wants.list);
    ToolError::all(errors)?;
    let [object] = objects.as_slice() else {
        return Err(ToolError::plain("from must be an existing cronjob"));
    };
    if Kind::by_name("batch/v1", "CronJob") != Some(object.kind) {
        return Err(ToolError::plain("from must be an existing cronjob"));
    }
    let cron_job = object.to_value();
    let template = cron_job.pointer("/spec/jobTemplate").cloned().unwrap_or_default();
    let map = |pointer: &str| template.pointer(pointer).and_then(Value::as_object).cloned();
    let mut annotations = map("/metadata/annotations").unwrap_or_default();
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), "manual".into());
    document["metadata"]["annotations"] = Value::Object(annotations);
    if let Some(labels) = map("/metadata/labels") {
        document["metadata"]["labels"] = Value::Object(labels);
    }
    document["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1",
        "controller": true,
        "kind": "CronJob",
        "name": *object.meta.name,
        "uid": cron_job["metadata"]["uid"],
    }]);
    document["spec"] = template.get("spec").cloned().unwrap_or_default();
    Ok(())
}
