//! What a Job's pods have come to.

use std::collections::BTreeSet;
use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::pod::Pod;

use super::{FINALIZER, Turn, indexes, policy};
use crate::controllers::{Change, dates};
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The wait after a first failure; each further one doubles it (`DefaultJobPodFailureBackOff`).
const FIRST_BACKOFF_S: i64 = 10;
/// The longest wait (`MaxJobPodFailureBackOff`).
const LONGEST_BACKOFF_S: i64 = 600;

/// A Job's pods, counted; with those of earlier turns.
pub(super) struct Tally {
    /// Pods that run or will.
    pub(super) active: Vec<Arc<Object>>,
    /// How many are on their way out and have not ended.
    pub(super) terminating: i32,
    /// How many have succeeded; of an Indexed Job, how many indexes.
    pub(super) succeeded: i32,
    /// How many have failed.
    pub(super) failed: i32,
    /// Whether one has failed since the last turn.
    pub(super) new_failure: bool,
    /// Pods whose end was not counted before this turn.
    pub(super) newly_ended: Vec<Arc<Object>>,
    /// Why the failure policy ends the Job.
    pub(super) ends_job: Option<String>,
    /// Of an Indexed Job: the indexes that have succeeded.
    pub(super) completed: Option<BTreeSet<i32>>,
    /// When pods have ended, Unix seconds, and whether they had failed.
    ends: Vec<(i64, bool)>,
}

/// The pods that still carry the finalizer although they have ended.
pub(super) fn uncounted(pods: &[Arc<Object>]) -> impl Iterator<Item = Arc<Object>> {
    pods.iter().filter(|it| is_tracked(it)).cloned()
}

/// A pod whose end is counted.
pub(super) fn counted(pod: Arc<Object>) -> Change {
    let mut next = (*pod).clone();
    next.meta.finalizers.retain(|it| it != FINALIZER);
    Change::update(next)
}

pub(super) fn is_tracked(pod: &Object) -> bool {
    pod.meta.finalizers.iter().any(|it| it == FINALIZER)
}

impl Tally {
    pub(super) fn of(turn: &Turn<'_>, pods: Vec<Arc<Object>>) -> Self {
        let indexed = turn.spec.completion_mode.as_deref() == Some("Indexed");
        let known = turn.status.completed_indexes.as_deref().unwrap_or_default();
        let mut tally = Self {
            active: Vec::new(),
            terminating: 0,
            succeeded: turn.status.succeeded.unwrap_or_default(),
            failed: turn.status.failed.unwrap_or_default(),
            new_failure: false,
            newly_ended: Vec::new(),
            ends_job: None,
            completed: indexed.then(|| indexes::read(known)),
            ends: Vec::new(),
        };
        for object in pods {
            tally.add(turn, object);
        }
        if let Some(completed) = &tally.completed {
            tally.succeeded = completed.len() as i32;
        }
        tally
    }

    fn add(&mut self, turn: &Turn<'_>, object: Arc<Object>) {
        let Some(pod) = object.pod() else { return };
        let leaves = object.meta.is_terminating();
        let ended = pod.is_finished();
        if !ended && !leaves {
            self.active.push(object);
            return;
        }
        self.terminating += i32::from(!ended);
        let succeeded = pod.phase() == "Succeeded";
        // A pod on its way out counts as failed at once, unless its replacement waits for its end.
        if !ended && turn.waits_for_the_end() {
            return;
        }
        self.ends.push((ended_at(turn.view, &object, pod), !succeeded));
        if !is_tracked(&object) {
            return;
        }
        if succeeded {
            match (&mut self.completed, indexes::of(&object)) {
                (Some(completed), Some(index)) => drop(completed.insert(index)),
                _ => self.succeeded += 1,
            }
        } else {
            let outcome = policy::of(turn.spec, &object, pod);
            if let policy::Outcome::FailJob(why) = &outcome {
                self.ends_job.get_or_insert_with(|| why.clone());
            }
            if !matches!(outcome, policy::Outcome::Ignore) {
                self.failed += 1;
                self.new_failure = true;
            }
        }
        self.newly_ended.push(object);
    }

    /// Until when no pod is started because pods have failed, if that is later than now (`getRemainingTime`).
    pub(super) fn backs_off_until(&self, view: View<'_>) -> Option<SimTime> {
        let succeeded = self.ends.iter().filter(|it| !it.1).map(|it| it.0).max();
        let since = self.ends.iter().filter(|it| it.1 && succeeded.is_none_or(|last| it.0 > last));
        let (failures, last) =
            since.fold((0_u32, 0), |(count, last), it| (count + 1, it.0.max(last)));
        let doubled = failures.checked_sub(1)?.min(10);
        let wait = (FIRST_BACKOFF_S << doubled).min(LONGEST_BACKOFF_S);
        let until = dates::sim_time(view, last + wait) + SimDuration(1);
        (until > view.now()).then_some(until)
    }
}

/// When a pod has ended, Unix seconds; now if nobody knows (`getFinishedTime`).
fn ended_at(view: View<'_>, object: &Object, pod: &Pod) -> i64 {
    let statuses = pod.status.container_statuses.iter().flatten();
    let ended =
        statuses.filter_map(|it| it.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref());
    let latest = ended.map(|it| it.0.as_second()).max();
    let deleted = || object.meta.deletion.as_ref().map(|_| view.unix_now());
    latest.or_else(deleted).unwrap_or_else(|| view.unix_now())
}
