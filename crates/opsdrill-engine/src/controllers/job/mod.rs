//! The Job controller: pods that run to their end, as many and as often as a Job asks for.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/job`. A pod carries a finalizer until its end is counted, so
//! that none is missed; here counting and letting go happen in one turn, and `uncountedTerminatedPods` stays empty.

mod finish;
mod indexes;
mod pods;
mod policy;
mod tally;

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Object};

use self::finish::Finish;
pub(super) use self::finish::{ended_as, ended_at};
use self::tally::Tally;
use super::{Answered, Change, Controller, Key, claims, dates};
use crate::api::Options;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "job-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

/// Keeps a pod until its end is counted.
pub(super) const FINALIZER: &str = "batch.kubernetes.io/job-tracking";

/// The label with the Job's name.
pub(super) const JOB_NAME: &str = "batch.kubernetes.io/job-name";

/// The most pods that one turn creates or deletes (`MaxPodCreateDeletePerSync`).
const BURST: usize = 500;

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::Job => keys.push(Key::of(notice.object())),
        Kind::Pod => claims::owners_of(view, notice, Kind::Job, selector, keys),
        _ => {}
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    object.job()?.spec.as_ref()?.selector.as_ref()
}

/// A Job in its turn.
struct Turn<'w> {
    view: View<'w>,
    object: &'w Arc<Object>,
    spec: &'w JobSpec,
    /// The status as it will be.
    status: JobStatus,
    changes: Vec<Change>,
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Job, &key.namespace, &key.name) else {
        return pods::let_go(view, key);
    };
    let Some((spec, status)) = object.job().and_then(|it| Some((it.spec.as_ref()?, &it.status)))
    else {
        return Vec::new();
    };
    let Some(selector) = spec.selector.as_ref() else { return Vec::new() };
    // Somebody else's.
    if spec.managed_by.as_deref().is_some_and(|it| it != "kubernetes.io/job-controller") {
        return Vec::new();
    }
    let claimed = claims::claim(view, object, Kind::Pod, selector, |_| true);
    let pods: Vec<_> = claimed.objects.iter().map(|it| it.object.clone()).collect();
    let status = status.clone().unwrap_or_default();
    let mut turn = Turn { view, object, spec, status, changes: claimed.changes };
    if ended_as(&turn.status).is_some() {
        turn.changes.extend(tally::uncounted(&pods).map(tally::counted));
        return turn.changes;
    }
    turn.run(pods);
    turn.changes
}

impl Turn<'_> {
    fn run(&mut self, pods: Vec<Arc<Object>>) {
        self.say_what_is_not_simulated();
        let suspended = self.spec.suspend == Some(true);
        if self.status.start_time.is_none() && !suspended {
            self.status.start_time = Some(dates::now(self.view));
        }
        let mut tally = Tally::of(self, pods);
        let finish = Finish::of(self, &tally);
        let now_fewer = if finish.is_some() || suspended {
            let all = std::mem::take(&mut tally.active);
            self.delete(all)
        } else if self.object.meta.is_terminating() {
            0
        } else {
            self.manage(&mut tally)
        };
        tally.terminating += now_fewer;
        let finish = finish.or_else(|| Finish::by_success(self, &tally));
        self.changes.extend(tally.newly_ended.iter().cloned().map(tally::counted));
        self.count(&tally);
        self.note_suspension(suspended, finish.is_some());
        if let Some(finish) = finish {
            finish.note(self, &tally);
        }
        let unchanged = self.object.job().and_then(|it| it.status.as_ref()) == Some(&self.status);
        if !unchanged {
            let mut next = (**self.object).clone();
            next.job_mut().expect("a Job").status = Some(self.status.clone());
            self.changes.push(Change::update_status(next));
        }
    }

    fn say_what_is_not_simulated(&mut self) {
        if self.status.start_time.is_some() {
            return;
        }
        let per_index = self.spec.backoff_limit_per_index.map(|_| "backoffLimitPerIndex");
        let success = self.spec.success_policy.as_ref().map(|_| "successPolicy");
        for field in per_index.into_iter().chain(success) {
            let message = format!("opsdrill: not simulated: {field} of a Job");
            self.changes.push(Change::warning(self.object, "NotSimulated", message));
        }
    }

    /// Starts or stops pods so that as many run as should; answers how many it stops.
    fn manage(&mut self, tally: &mut Tally) -> i32 {
        let parallelism = self.spec.parallelism.unwrap_or(1).max(0);
        let active = tally.active.len() as i32;
        let wanted = match self.spec.completions {
            // Once one has succeeded no more are started.
            None if tally.succeeded > 0 => active,
            None => parallelism,
            Some(completions) => (completions - tally.succeeded).max(0).min(parallelism),
        };
        if active > wanted {
            tally.active.sort_by_key(|it| {
                let pod = it.pod().expect("a Job owns pods");
                (
                    pod.node_name.is_some(),
                    pod.phase() == "Running",
                    pod.is_ready(),
                    std::cmp::Reverse(it.meta.created),
                )
            });
            let rest = tally.active.split_off((active - wanted) as usize);
            let surplus = std::mem::replace(&mut tally.active, rest);
            return self.delete(surplus);
        }
        let replaced = if self.waits_for_the_end() { tally.terminating } else { 0 };
        let missing = usize::try_from(wanted - active - replaced).unwrap_or(0).min(BURST);
        if missing == 0 {
            return 0;
        }
        if let Some(later) = tally.backs_off_until(self.view) {
            self.changes.push(Change::Again(later));
            return 0;
        }
        let new = pods::new(self.object, self.spec, tally, missing);
        self.changes.extend(new.into_iter().map(|it| Change::Create(Box::new(it))));
        0
    }

    /// Whether a pod on its way out keeps its place until it has ended.
    fn waits_for_the_end(&self) -> bool {
        self.spec.pod_replacement_policy.as_deref() == Some("Failed")
    }

    fn delete(&mut self, pods: Vec<Arc<Object>>) -> i32 {
        for pod in &pods {
            self.changes.push(Change::delete(pod, Options::default()));
            let message = format!("Deleted pod: {}", pod.meta.name);
            self.changes.push(Change::normal(self.object, "SuccessfulDelete", message));
        }
        pods.len() as i32
    }

    /// Writes the counts into the status.
    fn count(&mut self, tally: &Tally) {
        let some = |count: i32| (count != 0).then_some(count);
        self.status.active = some(tally.active.len() as i32);
        self.status.ready = Some(
            tally.active.iter().filter(|it| it.pod().is_some_and(Pod::is_ready)).count() as i32,
        );
        self.status.terminating = Some(tally.terminating);
        self.status.succeeded = some(tally.succeeded);
        self.status.failed = some(tally.failed);
        self.status.completed_indexes =
            tally.completed.as_ref().map(indexes::shown).filter(|it| !it.is_empty());
        self.status.uncounted_terminated_pods.get_or_insert_default();
    }

    /// The condition that tells of a Job that waits to be let go.
    fn note_suspension(&mut self, suspended: bool, finishes: bool) {
        if finishes {
            return;
        }
        let stands = finish::condition(&self.status, "Suspended").map(|it| it.status == "True");
        let (status, reason, event) = match (suspended, stands) {
            (true, None | Some(false)) => ("True", "JobSuspended", "Suspended"),
            (false, Some(true)) => ("False", "JobResumed", "Resumed"),
            _ => return,
        };
        let message = format!("Job {}", event.to_lowercase());
        finish::set(self.view, &mut self.status, ("Suspended", status), reason, &message);
        self.changes.push(Change::normal(self.object, event, message));
        // Time begins anew.
        self.status.start_time = (!suspended).then(|| dates::now(self.view));
    }
}

/// Tells of a created pod by the name it got, or of the refusal.
fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let Some(object) = view.get(Kind::Job, &key.namespace, &key.name) else { return Vec::new() };
    super::pods::creation_told(object, &answered)
}
