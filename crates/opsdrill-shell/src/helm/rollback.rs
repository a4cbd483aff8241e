//! `helm rollback`: an earlier revision as a new one.

use opsdrill_engine::api::Propagation;
use opsdrill_helm::release::{Info, Record, Status, name};

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{NO_HOOKS, TIMEOUT};
use super::installing::timeout_ms;
use super::objects::set_owner;

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "rollback",
    "<RELEASE> [REVISION]",
    "roll back a release to a previous revision",
    run,
)
.takes(Count::AtLeast(1))
.flags(&[&[
    Flag::switch("dry-run").about("Do not really do it."),
    Flag::switch("force").about("Replace objects instead of changing them."),
    NO_HOOKS,
    TIMEOUT,
    Flag::switch("wait").about("Wait until everything is ready."),
    Flag::switch("wait-for-jobs").about("With --wait: until jobs are done, too."),
    Flag::switch("cleanup-on-fail").about("Delete what was new if it fails."),
    Flag::integer("history-max", "10").about("How many revisions are kept; 0 is all."),
    Flag::switch("recreate-pods").not_simulated(),
]]);

/// How a release goes back.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Return {
    /// To which revision; 0 is the one before the last.
    pub(super) version: i64,
    /// Whether nothing is changed.
    pub(super) pretends: bool,
    /// Whether objects are replaced.
    pub(super) replaces_objects: bool,
    /// Whether no hooks are run.
    pub(super) without_hooks: bool,
    /// Whether it waits.
    pub(super) waits: bool,
    /// Whether it waits for jobs, too.
    pub(super) waits_for_jobs: bool,
    /// Whether what was new goes if it fails.
    pub(super) cleans_up: bool,
    /// How long each step may take.
    pub(super) timeout_ms: u64,
    /// How many revisions are kept.
    pub(super) history_max: i64,
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let mut version = 0;
    if let Some(word) = arguments.positional.get(1) {
        version = word.parse().map_err(|_| {
            Failure::Plain(format!(
                "could not convert revision to a number: strconv.Atoi: parsing {word:?}: invalid syntax"
            ))
        })?;
    }
    let way = Return {
        version,
        pretends: arguments.switch("dry-run"),
        replaces_objects: arguments.switch("force"),
        without_hooks: arguments.switch("no-hooks"),
        waits: arguments.switch("wait"),
        waits_for_jobs: arguments.switch("wait-for-jobs"),
        cleans_up: arguments.switch("cleanup-on-fail"),
        timeout_ms: timeout_ms(arguments),
        history_max: helm.history_max(arguments),
    };
    helm.return_to(&arguments.positional[0], &way)?;
    let text = helm.words.rolled_back;
    helm.out(text);
    Ok(())
}

impl Helm<'_> {
    /// Makes a release what it was in an earlier revision.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn return_to(&mut self, release: &str, way: &Return) -> Outcome<()> {
        self.reach()?;
        if name::validate(release).is_err() {
            return Err(Failure::Plain(format!(
                "prepareRollback: Release name is invalid: {release}"
            )));
        }
        if way.version < 0 {
            return Err("invalid release revision".into());
        }
        let revisions = self.revisions(release)?;
        let Some(current) = revisions.last().cloned() else {
            return Err(self.words.not_found.into());
        };
        let version = if way.version == 0 { current.version - 1 } else { way.version };
        let Some(earlier) = revisions.into_iter().find(|it| it.version == version) else {
            return Err(Failure::Plain(format!("release has no {version} version")));
        };
        let mut after = Record {
            namespace: current.namespace.clone(),
            version: current.version + 1,
            info: Info {
                first_deployed: current.info.first_deployed,
                last_deployed: Some(self.now()),
                deleted: None,
                description: format!("Rollback to {version}"),
                status: Status::PendingRollback,
                notes: earlier.info.notes.clone(),
            },
            ..earlier
        };
        if way.pretends {
            return Ok(());
        }
        self.keep(&after, way.history_max)?;
        self.perform_return(current, &mut after, way)?;
        self.keep_again(&after)
    }

    fn perform_return(
        &mut self,
        mut before: Record,
        after: &mut Record,
        way: &Return,
    ) -> Outcome<()> {
        let current = self.build(&before.manifest).map_err(|why| {
            why.while_doing("unable to build kubernetes objects from current release manifest")
        })?;
        let mut target = self.build(&after.manifest).map_err(|why| {
            why.while_doing("unable to build kubernetes objects from new release manifest")
        })?;
        if !way.without_hooks {
            self.run_hooks(after, "pre-rollback", way.timeout_ms)?;
        }
        set_owner(&mut target, &after.name, &after.namespace);
        let updated = self.update(&current, &target, way.replaces_objects);
        if let Some(why) = updated.failure {
            let text = why.text();
            before.info.status = Status::Superseded;
            after.set_status(Status::Failed, format!("Rollback {:?} failed: {text}", after.name));
            self.try_to_keep(&before);
            self.try_to_keep(after);
            if way.cleans_up && !updated.created.is_empty() {
                let errors = self.delete_all(&updated.created, Propagation::Background);
                if !errors.is_empty() {
                    return Err(Failure::Plain(format!(
                        "an error occurred while cleaning up resources. original rollback error: {text}: unable to cleanup resources: {}",
                        errors.join(", ")
                    )));
                }
            }
            return Err(why);
        }
        if way.waits
            && let Err(why) = self.wait_ready(&target, way.waits_for_jobs, way.timeout_ms)
        {
            if why == Failure::Interrupted {
                return Err(why);
            }
            let text = why.text();
            after.set_status(Status::Failed, format!("Release {:?} failed: {text}", after.name));
            self.try_to_keep(&before);
            self.try_to_keep(after);
            return Err(why.while_doing(&format!("release {} failed", after.name)));
        }
        if !way.without_hooks {
            self.run_hooks(after, "post-rollback", way.timeout_ms)?;
        }
        self.supersede_all(&after.name)?;
        after.info.status = Status::Deployed;
        Ok(())
    }
}
