//! `kubectl rollout undo`: back to an earlier template.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::{Kind, Object, decode};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::describe::template_text;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{DRY_RUN, FILES, PRINTING};
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::{SELECTION, USAGE, kind_text, objects_of, revisions};

/// The label by which the pods of one template are told apart.
const HASH: &str = "pod-template-hash";

/// Annotations of a replica set that are its own or the controller's, and those of a deployment that stay.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    revisions::REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// `kubectl rollout undo`.
pub(super) struct Undo;

impl Verb for Undo {
    const NAME: &'static str = "undo";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "Undo a rollout";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[
        SELECTION,
        &[Flag::integer("to-revision", "0").about("Which revision; 0 is the one before."), DRY_RUN],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let writer = Writer::of(context, arguments, "")?;
        let (objects, mut errors) = objects_of(context, arguments)?;
        for object in &objects {
            let undone = undo(context, &writer, object, arguments.integer("to-revision"));
            match undone {
                Ok(done) => writer.say(context, arguments, &object.to_value(), &done)?,
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// Puts an earlier template back; answers what happened.
fn undo(
    context: &mut Context,
    writer: &Writer,
    object: &Object,
    revision: i64,
) -> Result<String, ToolError> {
    if matches!(object.kind, Kind::DaemonSet | Kind::StatefulSet) {
        return undo_kept(context, writer, object, revision);
    }
    if object.kind != Kind::Deployment {
        return Err(ToolError::plain(format!(
            "no rollbacker has been implemented for {:?}",
            kind_text(object)
        )));
    }
    let sets = revisions::of(context, object)?;
    let set = chosen(&sets, object, revision)?;
    if writer.pretends() {
        let spec = set.replica_set().and_then(|it| it.spec.as_ref());
        return Ok(template_text(&spec.and_then(|it| it.template.clone()).unwrap_or_default()));
    }
    let spec = object.deployment().and_then(|it| it.spec.as_ref());
    if spec.and_then(|it| it.paused).unwrap_or_default() {
        return Err(ToolError::plain(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let template = template_of(set);
    if template == template_of(object) {
        return Ok(format!(
            "skipped rollback (current template already matches revision {revision})"
        ));
    }
    let patch = json!([
        { "op": "replace", "path": "/spec/template", "value": template },
        { "op": "replace", "path": "/metadata/annotations", "value": annotations(object, set) },
    ]);
    writer.patch(context, Target::of(object), PatchType::Json, patch)?;
    Ok("rolled back".to_owned())
}

/// Puts back a template that a daemon set or stateful set keeps: what is kept is the patch.
fn undo_kept(
    context: &mut Context,
    writer: &Writer,
    object: &Object,
    revision: i64,
) -> Result<String, ToolError> {
    let kept = revisions::kept(context, object)?;
    let chosen = if revision == 0 {
        let last = kept.values().rev().nth(1);
        last.ok_or_else(|| ToolError::plain("no last revision to roll back to"))?
    } else {
        kept.get(&revision).ok_or_else(|| {
            ToolError::plain(format!("unable to find specified revision {revision} in history"))
        })?
    };
    let patch = chosen.to_value()["data"].take();
    let mut template = patch["spec"]["template"].clone();
    if let Some(fields) = template.as_object_mut() {
        fields.remove("$patch");
    }
    if writer.pretends() {
        let template = decode::pod_template(&template).unwrap_or_default();
        return Ok(template_text(&template));
    }
    if template == template_of(object) {
        return Ok(format!(
            "skipped rollback (current template already matches revision {revision})"
        ));
    }
    writer.patch(context, Target::of(object), PatchType::Strategic, patch)?;
    Ok("rolled back".to_owned())
}

/// The replica set of the revision that is wanted: 0 is the one before the latest.
fn chosen<'a>(
    sets: &'a BTreeMap<i64, Arc<Object>>,
    object: &Object,
    revision: i64,
) -> Result<&'a Object, ToolError> {
    if revision == 0 {
        return sets.values().rev().nth(1).map(|it| &**it).ok_or_else(|| {
            ToolError::plain(format!(
                "no rollout history found for deployment {:?}",
                object.meta.name
            ))
        });
    }
    sets.get(&revision).map(|it| &**it).ok_or_else(|| {
        ToolError::plain(format!("unable to find specified revision {revision} in history"))
    })
}

/// The pod template without the label that only a replica set's has.
fn template_of(object: &Object) -> Value {
    let mut template = object.to_value()["spec"]["template"].take();
    let labels = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut);
    if let Some(labels) = labels {
        labels.remove(HASH);
    }
    template
}

/// The deployment's own annotations, and those it had at the revision.
fn annotations(object: &Object, set: &Object) -> BTreeMap<String, String> {
    let own = object.meta.annotations.iter().filter(|(key, _)| KEPT.contains(&key.as_str()));
    let then = set.meta.annotations.iter().filter(|(key, _)| !KEPT.contains(&key.as_str()));
    own.chain(then).map(|(key, value)| (key.clone(), value.clone())).collect()
}
