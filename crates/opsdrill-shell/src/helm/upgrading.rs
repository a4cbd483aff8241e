//! Upgrading a release: what it was, what it is to be, and what is there become one.

use opsdrill_engine::api::Propagation;
use opsdrill_helm::release::{Info, Record, Status, name};
use opsdrill_helm::values::lay_over;
use opsdrill_helm::{Chart, Release, dependencies};
use serde_json::{Map, Value};

use super::client::Updated;
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::installing::{DryRun, Settings};
use super::objects::{Resource, set_owner};
use super::rendering::{Plan, computed};
use super::rollback::Return;
use super::texts::fill;

/// What becomes of the values of the last revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reuse {
    /// They are taken if no others are given.
    IfNoneGiven,
    /// They are forgotten.
    Never,
    /// They are taken with the defaults of the chart as it was.
    WithOldDefaults,
    /// They are taken with the defaults of the chart as it is.
    WithNewDefaults,
}

/// What is to be upgraded, and how.
#[derive(Clone, Debug)]
pub(super) struct Upgrade {
    /// The release.
    pub(super) name: String,
    /// The chart.
    pub(super) chart: Chart,
    /// The values.
    pub(super) values: Map<String, Value>,
    /// The flags.
    pub(super) settings: Settings,
    /// What becomes of earlier values.
    pub(super) reuse: Reuse,
    /// `--cleanup-on-fail`.
    pub(super) cleans_up: bool,
    /// `--history-max`.
    pub(super) history_max: i64,
}

/// A revision on its way to another.
struct Change {
    before: Record,
    after: Record,
    /// What is there.
    current: Vec<Resource>,
    /// What is to be there.
    target: Vec<Resource>,
}

impl Helm<'_> {
    /// Upgrades a release.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn upgrade(&mut self, wanted: Upgrade) -> Outcome<Record> {
        self.reach()?;
        if name::validate(&wanted.name).is_err() {
            return Err(Failure::Plain(format!("release name is invalid: {}", wanted.name)));
        }
        wanted.settings.check_hiding()?;
        let how = wanted.clone();
        let mut change = self.prepare_change(wanted)?;
        if how.settings.pretends() {
            let said = &how.settings.description;
            let said = if said.is_empty() { "Dry run complete" } else { said };
            said.clone_into(&mut change.after.info.description);
            return Ok(change.after);
        }
        self.keep(&change.after, how.history_max)?;
        let mut created = Vec::new();
        match self.perform_change(&mut change, &how.settings, &mut created) {
            Ok(()) => {
                self.keep_again(&change.after)?;
                Ok(change.after)
            }
            Err(why) => {
                let why = self.told(why, &how.name);
                if why == Failure::Interrupted {
                    return Err(why);
                }
                Err(self.fail_change(change.after, why, &created, &how))
            }
        }
    }

    fn current(&mut self, release: &str) -> Outcome<(Record, Record)> {
        let not_found = Failure::Plain(self.words.not_found.to_owned());
        let last = match self.last_revision(release) {
            Err(why) if why == not_found => {
                return Err(fill(self.words.not_deployed, release).into());
            }
            other => other?,
        };
        if last.info.status.is_pending() {
            return Err(self.words.pending.into());
        }
        let current = match last.info.status {
            Status::Deployed => last.clone(),
            status => match self.last_deployed(release) {
                Ok(current) => current,
                Err(_) if matches!(status, Status::Failed | Status::Superseded) => last.clone(),
                Err(why) => return Err(why),
            },
        };
        Ok((last, current))
    }

    fn reused(&self, wanted: &mut Upgrade, current: &Record) -> Outcome<()> {
        let earlier = current.config.clone().unwrap_or_default();
        match wanted.reuse {
            Reuse::WithOldDefaults => {
                let generation = self.words.generation;
                let all = computed(&current.chart, &earlier, generation)
                    .map_err(|why| why.while_doing("failed to rebuild old values"))?;
                lay_over(&mut wanted.values, &earlier);
                if let Value::Object(all) = all {
                    wanted.chart.values = all;
                }
            }
            Reuse::WithNewDefaults => lay_over(&mut wanted.values, &earlier),
            Reuse::IfNoneGiven if wanted.values.is_empty() => wanted.values = earlier,
            Reuse::Never | Reuse::IfNoneGiven => {}
        }
        Ok(())
    }

    fn prepare_change(&mut self, mut wanted: Upgrade) -> Outcome<Change> {
        let (last, current) = self.current(&wanted.name)?;
        self.reused(&mut wanted, &current)?;
        let Upgrade { name, mut chart, values, settings, .. } = wanted;
        let generation = self.words.generation;
        dependencies::process(&mut chart, &values, generation)?;
        let plan = Plan {
            release: Release {
                name: name.clone(),
                namespace: current.namespace.clone(),
                revision: last.version + 1,
                is_upgrade: true,
            },
            capabilities: self.capabilities(),
            asks_cluster: settings.dry_run != DryRun::Client,
            with_sub_notes: settings.with_sub_notes,
            with_crds: false,
            skips_schema: settings.skips_schema,
            hides_secrets: settings.hides_secrets,
        };
        let rendered = self.render(&chart, &values, &plan)?;
        settings.check_labels()?;
        let mut labels = last.labels.clone();
        labels.extend(settings.labels.clone());
        labels.retain(|_, it| it != "null");
        let after = Record {
            name: name.clone(),
            namespace: current.namespace.clone(),
            version: last.version + 1,
            info: Info {
                first_deployed: current.info.first_deployed,
                last_deployed: Some(self.now()),
                deleted: None,
                description: "Preparing upgrade".to_owned(),
                status: Status::PendingUpgrade,
                notes: rendered.notes,
            },
            chart,
            config: Some(values),
            manifest: rendered.manifest,
            hooks: rendered.hooks,
            labels,
        };
        let mut target = self.build(&after.manifest)?;
        let mut present = self.build(&current.manifest).map_err(|why| {
            why.while_doing("unable to build kubernetes objects from current release manifest")
        })?;
        set_owner(&mut target, &name, &after.namespace);
        let is_new = |it: &&Resource| !present.iter().any(|other| other.has_key_of(it));
        let new: Vec<Resource> = target.iter().filter(is_new).cloned().collect();
        let found = self
            .existing(&new, &name, settings.takes_over)
            .map_err(|why| why.while_doing("Unable to continue with update"))?;
        present.extend(found);
        Ok(Change { before: current, after, current: present, target })
    }

    fn perform_change(
        &mut self,
        change: &mut Change,
        settings: &Settings,
        created: &mut Vec<Resource>,
    ) -> Outcome<()> {
        let timeout_ms = settings.timeout_ms;
        if !settings.without_hooks {
            self.run_hooks(&mut change.after, "pre-upgrade", timeout_ms)
                .map_err(|why| why.while_doing("pre-upgrade hooks failed"))?;
        }
        let Updated { created: new, failure } =
            self.update(&change.current, &change.target, settings.replaces_objects);
        *created = new;
        if let Some(why) = failure {
            self.try_to_keep(&change.before);
            return Err(why);
        }
        if settings.waits
            && let Err(why) = self.wait_ready(&change.target, settings.waits_for_jobs, timeout_ms)
        {
            if why != Failure::Interrupted {
                self.try_to_keep(&change.before);
            }
            return Err(why);
        }
        if !settings.without_hooks {
            self.run_hooks(&mut change.after, "post-upgrade", timeout_ms)
                .map_err(|why| why.while_doing("post-upgrade hooks failed"))?;
        }
        change.before.info.status = Status::Superseded;
        self.try_to_keep(&change.before);
        let said = &settings.description;
        let said = if said.is_empty() { "Upgrade complete" } else { said };
        change.after.set_status(Status::Deployed, said);
        Ok(())
    }

    fn fail_change(
        &mut self,
        mut record: Record,
        why: Failure,
        created: &[Resource],
        how: &Upgrade,
    ) -> Failure {
        let text = why.text();
        record.set_status(Status::Failed, format!("Upgrade {:?} failed: {text}", record.name));
        self.try_to_keep(&record);
        if how.cleans_up && !created.is_empty() {
            let errors = self.delete_all(created, Propagation::Background);
            if !errors.is_empty() {
                return Failure::Plain(format!(
                    "an error occurred while cleaning up resources. original upgrade error: {text}: unable to cleanup resources: {}",
                    errors.join(", ")
                ));
            }
        }
        if !how.settings.is_atomic {
            return why;
        }
        self.go_back(&record.name, why, how)
    }

    /// Goes back to the last revision that went well.
    fn go_back(&mut self, release: &str, why: Failure, how: &Upgrade) -> Failure {
        let text = why.text();
        let revisions = match self.revisions(release) {
            Ok(revisions) => revisions,
            Err(other) => {
                return other.while_doing(&format!(
                    "an error occurred while finding last successful release. original upgrade error: {text}"
                ));
            }
        };
        let went_well =
            |it: &&Record| matches!(it.info.status, Status::Superseded | Status::Deployed);
        let Some(good) = revisions.iter().rfind(went_well) else {
            return why.while_doing(
                "unable to find a previously successful release when attempting to rollback. original upgrade error",
            );
        };
        let way = Return {
            version: good.version,
            waits: true,
            waits_for_jobs: how.settings.waits_for_jobs,
            without_hooks: how.settings.without_hooks,
            replaces_objects: how.settings.replaces_objects,
            timeout_ms: how.settings.timeout_ms,
            ..Return::default()
        };
        match self.return_to(release, &way) {
            Ok(()) => why.while_doing(&fill(self.words.atomic_upgrade, release)),
            Err(Failure::Interrupted) => Failure::Interrupted,
            Err(other) => other.while_doing(&fill(self.words.atomic_failed, &text)),
        }
    }
}
