//! The TTL-after-finished controller: a Job that has ended goes after `ttlSecondsAfterFinished`.

use opsdrill_objects::Kind;

use super::{Change, Controller, Key, dates, job, nothing_more};
use crate::api::{Options, Propagation};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "ttl-after-finished-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let job = notice.new.as_ref().filter(|it| it.kind == Kind::Job);
    keys.extend(job.filter(|it| end(it.job()).is_some()).map(|it| Key::of(it)));
}

/// When a Job is to go, Unix seconds, if it has ended and is to go at all.
fn end(job: Option<&k8s_openapi::api::batch::v1::Job>) -> Option<i64> {
    let ttl = job?.spec.as_ref()?.ttl_seconds_after_finished?;
    Some(job::ended_at(job?.status.as_ref()?)? + i64::from(ttl))
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Job, &key.namespace, &key.name) else { return Vec::new() };
    let Some(end) = end(object.job()).filter(|_| !object.meta.is_terminating()) else {
        return Vec::new();
    };
    let end: SimTime = dates::sim_time(view, end);
    if end > view.now() {
        return vec![Change::Again(end)];
    }
    let foreground = Options { propagation: Some(Propagation::Foreground), ..Options::default() };
    vec![Change::delete(object, foreground)]
}
