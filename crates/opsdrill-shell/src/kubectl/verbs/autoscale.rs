//! `kubectl autoscale`: a horizontal pod autoscaler for a workload.

use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::Writer;

use super::apply;

const KIND: &str = "HorizontalPodAutoscaler";

/// `kubectl autoscale`.
pub(super) struct Autoscale;

impl Verb for Autoscale {
    const NAME: &'static str = "autoscale";
    const USAGE: &'static str = "(-f FILE | TYPE NAME | TYPE/NAME) [--min=N] --max=N";
    const SUMMARY: &'static str = "Let the number of replicas follow the load";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment, Kind::ReplicaSet]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            Flag::integer("min", "-1").about("The fewest replicas."),
            Flag::integer("max", "-1").about("The most replicas."),
            Flag::integer("cpu-percent", "-1").about("The use of processor that is aimed at."),
            Flag::text("name").about("The autoscaler's name."),
            Flag::switch("save-config").about("Remember the object in an annotation."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.is_set("max") {
            return Err(ToolError::plain("required flag(s) \"max\" not set"));
        }
        let (min, max) = (arguments.integer("min"), arguments.integer("max"));
        if max < 1 {
            return Err(ToolError::plain(format!(
                "--max=MAXPODS is required and must be at least 1, max: {max}"
            )));
        }
        if max < min {
            return Err(ToolError::plain(format!(
                "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
            )));
        }
        let writer = Writer::of(context, arguments, "kubectl-autoscale")?;
        let query = Query::of(arguments);
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        for object in &objects {
            can_be_scaled(object)?;
            let mut document = autoscaler(arguments, object);
            if arguments.switch("save-config") {
                document = apply::remembering(&document);
            }
            if !writer.pretends() {
                let kind = Kind::by_name("autoscaling/v1", KIND).or_else(|| {
                    document = in_version_2(&document);
                    Kind::by_name("autoscaling/v2", KIND)
                });
                let Some(kind) = kind else {
                    return Err(ToolError::not_simulated(format!("the kind {KIND}")));
                };
                let namespace = object.meta.namespace();
                document = writer.create(context, kind, namespace, document)?.to_value();
                // The version in which kubectl has asked is the one that it shows.
                let first = kind.info().other_versions.iter().find(|it| it.version == "v1");
                document = first.map_or(document.clone(), |it| (it.encode)(document));
            }
            writer.say(context, arguments, &document, "autoscaled")?;
        }
        Ok(0)
    }
}

/// Only what has a number of replicas can be scaled.
fn can_be_scaled(object: &Object) -> Result<(), ToolError> {
    let info = object.kind.info();
    if matches!(info.name, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController") {
        return Ok(());
    }
    Err(ToolError::plain(format!(
        "cannot autoscale a {}: could not find scale subresource for {}/{}, Resource={} in discovery information",
        info.name, info.group, info.version, info.plural
    )))
}

fn autoscaler(arguments: &Arguments, object: &Object) -> Value {
    let info = object.kind.info();
    let name = match arguments.text("name") {
        "" => object.meta.name.to_string(),
        given => given.to_owned(),
    };
    let mut spec = json!({
        "maxReplicas": arguments.integer("max"),
        "scaleTargetRef": {
            "apiVersion": info.api_version(),
            "kind": info.name,
            "name": *object.meta.name,
        },
    });
    if arguments.integer("min") > 0 {
        spec["minReplicas"] = arguments.integer("min").into();
    }
    if arguments.integer("cpu-percent") >= 0 {
        spec["targetCPUUtilizationPercentage"] = arguments.integer("cpu-percent").into();
    }
    json!({
        "apiVersion": "autoscaling/v1",
        "kind": KIND,
        "metadata": { "creationTimestamp": null, "name": name },
        "spec": spec,
        "status": { "currentReplicas": 0, "desiredReplicas": 0 },
    })
}

/// The same as the newer version of the API writes it.
fn in_version_2(document: &Value) -> Value {
    let mut document = document.clone();
    document["apiVersion"] = "autoscaling/v2".into();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("status");
    }
    let spec = document["spec"].as_object_mut().expect("it was made as a map");
    let percent = spec.remove("targetCPUUtilizationPercentage").unwrap_or_else(|| json!(80));
    spec.insert(
        "metrics".to_owned(),
        json!([{
            "resource": {
                "name": "cpu",
                "target": { "averageUtilization": percent, "type": "Utilization" },
            },
            "type": "Resource",
        }]),
    );
    document
}
