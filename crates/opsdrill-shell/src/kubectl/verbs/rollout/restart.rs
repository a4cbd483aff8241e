//! `kubectl rollout restart`: new pods from the same template.

use opsdrill_objects::{Kind, Object, timestamp};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, PRINTING};

use super::{SELECTION, USAGE, change_all};

/// The annotation of the template that makes it a new one.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// `kubectl rollout restart`.
pub(super) struct Restart;

impl Verb for Restart {
    const NAME: &'static str = "restart";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "Restart a deployment's pods by a rollout";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[SELECTION, FILES, PRINTING, &[FIELD_MANAGER]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        change_all(context, arguments, restart, "restarted", too_soon).map(|()| 0)
    }
}

fn restart(object: &Object, document: &mut Value, context: &Context) -> Result<(), String> {
    if !matches!(object.kind, Kind::DaemonSet | Kind::Deployment | Kind::StatefulSet) {
        return Err("restarting is not supported".to_owned());
    }
    let spec = object.deployment().and_then(|it| it.spec.as_ref());
    if spec.and_then(|it| it.paused).unwrap_or_default() {
        return Err("can't restart paused deployment (run rollout resume first)".to_owned());
    }
    let now = timestamp::format(context.now());
    let metadata = &mut document["spec"]["template"]["metadata"];
    if metadata.get("annotations").is_none_or(Value::is_null) {
        metadata["annotations"] = json!({});
    }
    metadata["annotations"][RESTARTED_AT] = now.into();
    Ok(())
}

fn too_soon(object: &Object) -> ToolError {
    ToolError::plain(format!(
        "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
        object.meta.name
    ))
}
