//! `kubectl rollout status`: follows a rollout to its end.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::FILES;
use crate::kubectl::until::{Awaited, End, Look};

use super::{SELECTION, USAGE, kind_text, objects_of, revisions, workloads};

/// How long kubectl waits when it is told no timeout: a week will do for ever.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// `kubectl rollout status`.
pub(super) struct RolloutStatus;

impl Verb for RolloutStatus {
    const NAME: &'static str = "status";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "Show the state of a rollout until it is done";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[
        SELECTION,
        &[
            Flag::switch("watch").short('w').default("true").about("Wait for the rollout's end."),
            Flag::integer("revision", "0").about("Fail when another revision rolls out."),
            Flag::duration("timeout", "0s").about("How long to wait; 0 is for ever."),
        ],
        FILES,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let revision = arguments.integer("revision");
        if revision < 0 {
            return Err(ToolError::plain(format!(
                "revision must be a positive integer: {revision}"
            )));
        }
        let (objects, errors) = objects_of(context, arguments)?;
        ToolError::all(errors)?;
        let timeout = u64::try_from(arguments.duration_ms("timeout")).unwrap_or_default();
        let span = if timeout == 0 { PATIENCE_MS } else { timeout };
        let watches = arguments.switch("watch");
        for object in &objects {
            let viewed = [Kind::DaemonSet, Kind::Deployment, Kind::StatefulSet];
            if !viewed.contains(&object.kind) {
                return Err(ToolError::plain(format!(
                    "no status viewer has been implemented for {}",
                    kind_text(object)
                )));
            }
            let deadline = context.door.now_ms().saturating_add(span);
            let awaited = Awaited { uid: None, ..Awaited::object(object) };
            let end = awaited.until(context, deadline, |context, seen| {
                let seen = seen.ok_or_else(|| ToolError::plain("object has been deleted"))?;
                let (text, done) = match seen.kind {
                    Kind::DaemonSet => workloads::daemon_set(seen)?,
                    Kind::StatefulSet => workloads::stateful_set(seen)?,
                    _ => describe(seen, revision)?,
                };
                context.out(&text);
                Ok(if done || !watches { Look::Done } else { Look::NotYet })
            })?;
            if end == End::TimedOut {
                return Err(ToolError::plain("timed out waiting for the condition"));
            }
        }
        Ok(0)
    }
}

/// One line about how far a deployment's rollout is, and whether that is its end.
fn describe(object: &Arc<Object>, revision: i64) -> Result<(String, bool), ToolError> {
    let name = &object.meta.name;
    let running = revisions::number(object).unwrap_or_default();
    if revision > 0 && running != revision {
        return Err(ToolError::plain(format!(
            "desired revision ({revision}) is different from the running revision ({running})"
        )));
    }
    let body = object.deployment().expect("only deployments are looked at");
    let status = body.status.clone().unwrap_or_default();
    if object.meta.generation > status.observed_generation.unwrap_or_default() {
        return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
    }
    let conditions = status.conditions.unwrap_or_default();
    let progress = conditions.iter().find(|it| it.type_ == "Progressing");
    if progress.and_then(|it| it.reason.as_deref()) == Some("ProgressDeadlineExceeded") {
        return Err(ToolError::plain(format!(
            "deployment {name:?} exceeded its progress deadline"
        )));
    }
    let desired = body.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1);
    let updated = status.updated_replicas.unwrap_or_default();
    let all = status.replicas.unwrap_or_default();
    let available = status.available_replicas.unwrap_or_default();
    let state = if updated < desired {
        format!("{updated} out of {desired} new replicas have been updated")
    } else if all > updated {
        format!("{} old replicas are pending termination", all - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available")
    } else {
        return Ok((format!("deployment {name:?} successfully rolled out\n"), true));
    };
    Ok((format!("Waiting for deployment {name:?} rollout to finish: {state}...\n"), false))
}
