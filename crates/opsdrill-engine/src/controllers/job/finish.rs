//! How a Job ends: the condition that announces it, and the one that stands once no pod is left.

use k8s_openapi::api::batch::v1::{JobCondition, JobStatus};
use opsdrill_objects::event::EventType;

use super::Turn;
use super::tally::Tally;
use crate::controllers::{Change, dates};
use crate::view::View;

/// An end that was decided.
pub(super) struct Finish {
    succeeded: bool,
    reason: &'static str,
    message: String,
}

/// A condition of a status.
pub(super) fn condition<'a>(status: &'a JobStatus, name: &str) -> Option<&'a JobCondition> {
    status.conditions.iter().flatten().find(|it| it.type_ == name)
}

/// Sets a condition.
pub(super) fn set(
    view: View<'_>,
    status: &mut JobStatus,
    (name, value): (&str, &str),
    reason: &str,
    message: &str,
) {
    let conditions = status.conditions.get_or_insert_default();
    if conditions.iter().any(|it| it.type_ == name && it.status == value) {
        return;
    }
    let new = JobCondition {
        type_: name.into(),
        status: value.into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_probe_time: Some(dates::now(view)),
        last_transition_time: Some(dates::now(view)),
    };
    match conditions.iter_mut().find(|it| it.type_ == name) {
        Some(old) => *old = new,
        None => conditions.push(new),
    }
}

/// The condition with which a Job has ended, `Complete` or `Failed`; `None` while it goes on.
pub(in super::super) fn ended_as(status: &JobStatus) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|it| holds(status, it))
}

/// When a Job has ended, Unix seconds.
pub(in super::super) fn ended_at(status: &JobStatus) -> Option<i64> {
    let date = condition(status, ended_as(status)?)?.last_transition_time.as_ref();
    Some(dates::unix(date))
}

fn holds(status: &JobStatus, name: &str) -> bool {
    condition(status, name).is_some_and(|it| it.status == "True")
}

/// The reasons for which a Job fails.
const REASONS: [&str; 3] = ["BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy"];

impl Finish {
    /// Why a Job is to end, if it is, before more pods are started; asks for another turn at its deadline.
    pub(super) fn of(turn: &mut Turn<'_>, tally: &Tally) -> Option<Self> {
        if let Some(decided) = condition(&turn.status, "FailureTarget") {
            let reason = decided.reason.as_deref().unwrap_or_default();
            let reason = REASONS.iter().copied().find(|it| *it == reason).unwrap_or("Failed");
            let message = decided.message.clone().unwrap_or_default();
            return Some(Self { succeeded: false, reason, message });
        }
        if holds(&turn.status, "SuccessCriteriaMet") {
            return Some(Self::success());
        }
        let failed = |reason, message: &str| {
            Some(Self { succeeded: false, reason, message: message.to_owned() })
        };
        if let Some(why) = &tally.ends_job {
            return failed("PodFailurePolicy", why);
        }
        let limit = turn.spec.backoff_limit.unwrap_or(6);
        let parallelism = turn.spec.parallelism.unwrap_or(1);
        let too_often =
            tally.new_failure && tally.active.len() as i32 != parallelism && tally.failed > limit;
        if too_often || restarts_too_often(turn, tally, limit) {
            return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if let (Some(deadline), Some(start), false) = (
            turn.spec.active_deadline_seconds,
            &turn.status.start_time,
            turn.spec.suspend == Some(true),
        ) {
            let end = dates::sim_time(turn.view, start.0.as_second() + deadline);
            if end <= turn.view.now() {
                return failed("DeadlineExceeded", "Job was active longer than specified deadline");
            }
            turn.changes.push(Change::Again(end));
        }
        None
    }

    /// Whether as many pods have succeeded as should.
    pub(super) fn by_success(turn: &Turn<'_>, tally: &Tally) -> Option<Self> {
        let enough = match turn.spec.completions {
            // Complete when any has succeeded and none is left.
            None => tally.succeeded > 0,
            Some(completions) => tally.succeeded >= completions,
        };
        let suspended = turn.spec.suspend == Some(true);
        (enough && tally.active.is_empty() && !suspended).then(Self::success)
    }

    fn success() -> Self {
        let message = "Reached expected number of succeeded pods".to_owned();
        Self { succeeded: true, reason: "CompletionsReached", message }
    }

    /// Announces the end; once no pod is left, it has come.
    pub(super) fn note(&self, turn: &mut Turn<'_>, tally: &Tally) {
        let (announced, over) = if self.succeeded {
            ("SuccessCriteriaMet", "Complete")
        } else {
            ("FailureTarget", "Failed")
        };
        set(turn.view, &mut turn.status, (announced, "True"), self.reason, &self.message);
        if !tally.active.is_empty() || tally.terminating > 0 {
            return;
        }
        set(turn.view, &mut turn.status, (over, "True"), self.reason, &self.message);
        let (event_type, reason, message) = if self.succeeded {
            turn.status.completion_time = Some(dates::now(turn.view));
            (EventType::Normal, "Completed", "Job completed".to_owned())
        } else {
            (EventType::Warning, self.reason, self.message.clone())
        };
        turn.changes.push(Change::emit(turn.object, event_type, reason, message));
    }
}

/// Whether the containers of pods that restart in place have been restarted too often (`pastBackoffLimitOnFailure`).
fn restarts_too_often(turn: &Turn<'_>, tally: &Tally, limit: i32) -> bool {
    let template = turn.spec.template.spec.as_ref();
    if template.and_then(|it| it.restart_policy.as_deref()) != Some("OnFailure") {
        return false;
    }
    let pods = tally.active.iter().filter_map(|it| it.pod());
    let statuses = pods.flat_map(|it| {
        let init = it.status.init_container_statuses.iter().flatten();
        init.chain(it.status.container_statuses.iter().flatten())
    });
    let restarts: i32 = statuses.map(|it| it.restart_count).sum();
    if limit == 0 { restarts > 0 } else { restarts >= limit }
}
