//! The CronJob controller: a Job at each moment of a schedule.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/cronjob` (version 2). Jobs are called after the minute of
//! their moment, so that none is made twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::batch::v1::{CronJobSpec, CronJobStatus, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::jiff::tz::TimeZone;
use opsdrill_objects::cron::{self, Schedule};
use opsdrill_objects::{Kind, Meta, Object, timestamp};

use super::{Answered, Change, Controller, Key, claims, dates, job};
use crate::api::{Options, Propagation};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "cronjob-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

/// How long after a moment the controller looks, so that it has surely come (`nextScheduleDelta`).
const DELTA: SimDuration = SimDuration(100);

/// More missed moments than this are worth a warning.
const MISSED_MAX: usize = 100;

/// The annotation with a Job's moment.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let object = notice.object();
    match notice.kind() {
        Kind::CronJob => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::Job => {
            let controller = object.meta.controller().filter(|it| it.kind == Kind::CronJob);
            keys.extend(controller.map(|it| Key::new(object.meta.namespace(), &it.name)));
        }
        _ => {}
    }
}

/// A CronJob in its turn.
struct Turn<'w> {
    view: View<'w>,
    object: &'w Arc<Object>,
    spec: &'w CronJobSpec,
    status: CronJobStatus,
    jobs: Vec<&'w Arc<Object>>,
    changes: Vec<Change>,
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::CronJob, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(body) = object.cron_job() else { return Vec::new() };
    let Some(spec) = &body.spec else { return Vec::new() };
    let owned = view.owned_by(object.meta.uid).into_iter();
    let jobs = owned.filter(|it| {
        it.kind == Kind::Job && it.meta.controller().is_some_and(|it| it.uid == object.meta.uid)
    });
    let status = body.status.clone().unwrap_or_default();
    let mut turn = Turn { view, object, spec, status, jobs: jobs.collect(), changes: Vec::new() };
    turn.look_at_jobs();
    turn.clean_up();
    let start = if object.meta.is_terminating() { None } else { turn.due() };
    let mut changes = turn.changes;
    if body.status.as_ref() != Some(&turn.status) {
        let mut next = (**object).clone();
        next.cron_job_mut().expect("a CronJob").status = Some(turn.status);
        changes.push(Change::update_status(next));
    }
    changes.extend(start.map(|it| Change::Create(Box::new(it))));
    changes
}

fn status_of(job: &Object) -> Option<&k8s_openapi::api::batch::v1::JobStatus> {
    job.job()?.status.as_ref()
}

impl Turn<'_> {
    /// Which of the Jobs still run.
    fn look_at_jobs(&mut self) {
        let mut active = self.status.active.take().unwrap_or_default();
        for job in self.jobs.clone() {
            let uid = job.meta.uid.to_string();
            let known = active.iter().position(|it| it.uid.as_ref() == Some(&uid));
            let end = status_of(job).and_then(job::ended_as);
            match (known, end) {
                (None, None) => {
                    // One whose creation has just been told is written down in the same turn.
                    let name = &job.meta.name;
                    let message =
                        format!("Saw a job that the controller did not create or forgot: {name}");
                    self.changes.push(Change::warning(self.object, "UnexpectedJob", message));
                }
                (Some(place), Some(condition)) => {
                    active.remove(place);
                    let message =
                        format!("Saw completed job: {}, condition: {condition}", job.meta.name);
                    self.changes.push(Change::normal(self.object, "SawCompletedJob", message));
                    let completed = status_of(job).and_then(|it| it.completion_time.clone());
                    let newer = dates::unix(completed.as_ref())
                        > dates::unix(self.status.last_successful_time.as_ref());
                    if condition == "Complete" && newer {
                        self.status.last_successful_time = completed;
                    }
                }
                _ => {}
            }
        }
        active.retain(|it| {
            let there =
                self.jobs.iter().any(|job| it.uid.as_deref() == Some(&*job.meta.uid.to_string()));
            if !there {
                let message =
                    format!("Active job went missing: {}", it.name.as_deref().unwrap_or_default());
                self.changes.push(Change::normal(self.object, "MissingJob", message));
            }
            there
        });
        self.status.active = (!active.is_empty()).then_some(active);
    }

    /// Removes the oldest of the Jobs that have ended, but the last few.
    fn clean_up(&mut self) {
        let limits = [
            ("Complete", self.spec.successful_jobs_history_limit),
            ("Failed", self.spec.failed_jobs_history_limit),
        ];
        for (condition, limit) in limits {
            let Some(limit) = limit else { continue };
            let ended = self.jobs.iter().copied();
            let ended = ended.filter(|it| status_of(it).and_then(job::ended_as) == Some(condition));
            let mut ended: Vec<_> = ended.collect();
            ended.sort_by_key(|it| {
                let start = status_of(it).and_then(|it| it.start_time.as_ref());
                (dates::unix(start), it.meta.name.clone())
            });
            let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            for job in ended.into_iter().take(surplus) {
                self.delete(job);
            }
        }
    }

    fn delete(&mut self, job: &Arc<Object>) {
        let options = Options { propagation: Some(Propagation::Background), ..Options::default() };
        self.changes.push(Change::delete(job, options));
        let message = format!("Deleted job {}", job.meta.name);
        self.changes.push(Change::normal(self.object, "SuccessfulDelete", message));
    }

    /// The Job that is to be made now, if its moment has come; asks for another turn at the next one.
    fn due(&mut self) -> Option<Object> {
        let Some(zone) = cron::zone(self.spec.time_zone.as_deref()) else {
            let name = self.spec.time_zone.as_deref().unwrap_or_default();
            let message = format!("invalid timeZone: {name:?}: unknown time zone {name}");
            self.changes.push(Change::warning(self.object, "UnknownTimeZone", message));
            return None;
        };
        if self.spec.suspend == Some(true) {
            return None;
        }
        let schedule = match Schedule::parse(&self.spec.schedule) {
            Ok(schedule) => schedule,
            Err(why) => {
                let message = format!("unparseable schedule: {:?} : {why}", self.spec.schedule);
                self.changes.push(Change::warning(self.object, "UnparseableSchedule", message));
                return None;
            }
        };
        let now = self.view.unix_now();
        if let Some(next) = schedule.next_after(now, &zone) {
            self.changes.push(Change::Again(dates::sim_time(self.view, next) + DELTA));
        }
        let moment = self.latest_missed(&schedule, &zone, now)?;
        let last = self.status.last_schedule_time.as_ref().map(|it| it.0.as_second());
        if last == Some(moment) {
            return None;
        }
        if self.spec.starting_deadline_seconds.is_some_and(|it| moment + it < now) {
            let date = timestamp::format_describe(moment);
            let message = format!("Missed scheduled time to start a job: {date}");
            self.changes.push(Change::warning(self.object, "MissSchedule", message));
            return None;
        }
        let busy = self.status.active.as_ref().is_some_and(|it| !it.is_empty());
        match self.spec.concurrency_policy.as_deref() {
            Some("Forbid") if busy => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.changes.push(Change::normal(
                    self.object,
                    "JobAlreadyActive",
                    message.to_owned(),
                ));
                return None;
            }
            Some("Replace") => {
                for job in self.jobs.clone() {
                    if status_of(job).and_then(job::ended_as).is_none() {
                        self.delete(job);
                    }
                }
                self.status.active = None;
            }
            _ => {}
        }
        Some(self.job_at(moment, &zone))
    }

    /// The latest moment that has come and for which no Job was made (`mostRecentScheduleTime`).
    fn latest_missed(&mut self, schedule: &Schedule, zone: &TimeZone, now: i64) -> Option<i64> {
        let last = self.status.last_schedule_time.as_ref().map(|it| it.0.as_second());
        let earliest = last.unwrap_or(self.object.meta.created);
        let deadline = self.spec.starting_deadline_seconds.map_or(earliest, |it| now - it);
        let mut missed = 0;
        let mut latest = None;
        let mut at = earliest.max(deadline);
        while let Some(next) = schedule.next_after(at, zone).filter(|it| *it <= now) {
            (at, latest) = (next, Some(next));
            missed += 1;
        }
        if missed > MISSED_MAX {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.changes.push(Change::warning(
                self.object,
                "TooManyMissedTimes",
                message.to_owned(),
            ));
        }
        latest
    }

    fn job_at(&self, moment: i64, zone: &TimeZone) -> Object {
        let template = &self.spec.job_template;
        let metadata = template.metadata.clone().unwrap_or_default();
        let mut annotations: BTreeMap<String, String> = metadata.annotations.unwrap_or_default();
        let local = dates::time(moment).0.to_zoned(zone.clone());
        let date = local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        annotations.insert(SCHEDULED.into(), date.replace("+00:00", "Z"));
        let meta = Meta {
            name: format!("{}-{}", self.object.meta.name, moment / 60).into(),
            namespace: self.object.meta.namespace.clone(),
            labels: Arc::new(metadata.labels.unwrap_or_default()),
            annotations: Arc::new(annotations),
            owners: vec![claims::controller_reference(self.object)],
            ..Meta::default()
        };
        Object::new(meta, Job { spec: template.spec.clone(), ..Job::default() })
    }
}

/// Tells of a created Job and writes it down, or tells of the refusal.
fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let Some(object) = view.get(Kind::CronJob, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let (made, told) = match answered.result {
        Ok(job) => {
            let message = format!("Created job {}", job.meta.name);
            (Some(job), Change::normal(object, "SuccessfulCreate", message))
        }
        Err(_) if answered.namespace_terminating() => return Vec::new(),
        // Made by an earlier turn that could not write it down.
        Err(status) if status.code == 409 => return Vec::new(),
        Err(status) => {
            let message = format!("Error creating job: {}", status.message);
            return vec![Change::warning(object, "FailedCreate", message)];
        }
    };
    let mut next = (**object).clone();
    let status = next.cron_job_mut().expect("a CronJob").status.get_or_insert_default();
    if let Some(job) = made {
        status.active.get_or_insert_default().push(reference(job));
        let minute = job.meta.name.rsplit('-').next().and_then(|it| it.parse::<i64>().ok());
        status.last_schedule_time = minute.map(|it| dates::time(it * 60));
    }
    vec![told, Change::update_status(next)]
}

fn reference(job: &Object) -> ObjectReference {
    ObjectReference {
        api_version: Some("batch/v1".into()),
        kind: Some("Job".into()),
        name: Some(job.meta.name.to_string()),
        namespace: job.meta.namespace.as_ref().map(ToString::to_string),
        resource_version: Some(job.meta.resource_version.to_string()),
        uid: Some(job.meta.uid.to_string()),
        ..ObjectReference::default()
    }
}
