//! `helm uninstall`.

use opsdrill_engine::api::Propagation;
use opsdrill_helm::manifest;
use opsdrill_helm::release::{Record, Status, name};
use opsdrill_objects::yaml;

use crate::kubectl::flags::{Arguments, Flag};

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::{NO_HOOKS, TIMEOUT};
use super::installing::timeout_ms;
use super::objects::{Resource, is_kept};
use super::texts::fill;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("uninstall", "RELEASE_NAME [...]", "uninstall a release", run)
        .aliases(&["del", "delete", "un"])
        .takes(Count::AtLeast(1))
        .flags(&[&[
            Flag::switch("dry-run").about("Do not really do it."),
            NO_HOOKS,
            Flag::switch("ignore-not-found").about("Do not complain if it is not there."),
            Flag::switch("keep-history").about("Keep the records."),
            Flag::switch("wait").about("Wait until all is gone."),
            Flag::text("cascade").default("background").about("background, foreground or orphan."),
            TIMEOUT,
            Flag::text("description").about("What the history says."),
        ]]);

/// How a release goes.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Removal {
    /// Whether nothing is changed.
    pub(super) pretends: bool,
    /// Whether no hooks are run.
    pub(super) without_hooks: bool,
    /// Whether it may be gone already.
    pub(super) may_be_missing: bool,
    /// Whether the records stay.
    pub(super) keeps_history: bool,
    /// Whether it waits.
    pub(super) waits: bool,
    /// What becomes of what objects own.
    pub(super) how: Propagation,
    /// How long each step may take.
    pub(super) timeout_ms: u64,
    /// What the history says.
    pub(super) description: String,
}

impl Default for Removal {
    fn default() -> Self {
        Self {
            pretends: false,
            without_hooks: false,
            may_be_missing: false,
            keeps_history: false,
            waits: false,
            how: Propagation::Background,
            timeout_ms: 300_000,
            description: String::new(),
        }
    }
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let how = match arguments.text("cascade") {
        "background" => Propagation::Background,
        "foreground" => Propagation::Foreground,
        "orphan" => Propagation::Orphan,
        other => {
            return Err(Failure::Plain(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    let removal = Removal {
        pretends: arguments.switch("dry-run"),
        without_hooks: arguments.switch("no-hooks"),
        may_be_missing: arguments.switch("ignore-not-found"),
        keeps_history: arguments.switch("keep-history"),
        waits: arguments.switch("wait"),
        how,
        timeout_ms: timeout_ms(arguments),
        description: arguments.text("description").to_owned(),
    };
    for release in &arguments.positional {
        let kept = helm.remove(release, &removal)?;
        if !kept.is_empty() {
            let text = format!("{}{kept}\n", helm.words.kept);
            helm.out(&text);
        }
        let text = fill(helm.words.uninstalled, release);
        helm.out(&text);
    }
    Ok(())
}

impl Helm<'_> {
    /// Uninstalls a release; answers what was kept, one line each.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn remove(&mut self, release: &str, removal: &Removal) -> Outcome<String> {
        self.reach()?;
        if removal.pretends {
            return self.revision(release, 0).map(|_| String::new());
        }
        if name::validate(release).is_err() {
            return Err(Failure::Plain(format!("uninstall: Release name is invalid: {release}")));
        }
        let mut records = match self.revisions(release) {
            Ok(records) => records,
            Err(_) if removal.may_be_missing => return Ok(String::new()),
            Err(why) => {
                return Err(why.while_doing(&format!("uninstall: Release not loaded: {release}")));
            }
        };
        let Some(mut record) = records.pop() else { return Err("no release provided".into()) };
        if record.info.status == Status::Uninstalled {
            if removal.keeps_history {
                return Err(Failure::Plain(format!(
                    "the release named {release:?} is already deleted"
                )));
            }
            records.push(record);
            let purged = self.purge(&records);
            return purged
                .map(|()| String::new())
                .map_err(|why| why.while_doing("uninstall: Failed to purge the release"));
        }
        record.set_status(Status::Uninstalling, "Deletion in progress (or silently failed)");
        record.info.deleted = Some(self.now());
        if !removal.without_hooks {
            self.run_hooks(&mut record, "pre-delete", removal.timeout_ms)?;
        }
        self.try_to_keep(&record);
        let (deleted, kept) =
            self.remove_objects(&record, removal.how).map_err(|why| match why {
                Failure::Interrupted => why,
                _ => Failure::Plain(format!("failed to delete release: {release}")),
            })?;
        let mut errors = Vec::new();
        if removal.waits {
            self.note(&mut errors, |helm| helm.wait_gone(&deleted, removal.timeout_ms))?;
        }
        if !removal.without_hooks {
            self.note(&mut errors, |helm| {
                helm.run_hooks(&mut record, "post-delete", removal.timeout_ms)
            })?;
        }
        let said = &removal.description;
        let said = if said.is_empty() { "Uninstallation complete" } else { said };
        record.set_status(Status::Uninstalled, said);
        if removal.keeps_history {
            self.try_to_keep(&record);
            self.supersede_all(release)?;
        } else {
            records.push(record);
            if let Err(why) = self.purge(&records) {
                errors.push(why.while_doing("uninstall: Failed to purge the release").text());
            }
        }
        if errors.is_empty() {
            return Ok(kept);
        }
        let (count, all) = (errors.len(), errors.join("; "));
        Err(Failure::Plain(format!("uninstallation completed with {count} error(s): {all}")))
    }

    /// Goes on after a failure, but not after an interruption.
    fn note(
        &mut self,
        errors: &mut Vec<String>,
        step: impl FnOnce(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        match step(self) {
            Err(Failure::Interrupted) => Err(Failure::Interrupted),
            Err(why) => {
                errors.push(why.text());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn purge(&mut self, records: &[Record]) -> Outcome<()> {
        records.iter().try_for_each(|it| self.forget(it))
    }

    fn remove_objects(
        &mut self,
        record: &Record,
        how: Propagation,
    ) -> Outcome<(Vec<Resource>, String)> {
        let documents = manifest::sort_for_uninstall(&record.manifest, self.words.generation)?;
        let stays = |content: &str| {
            yaml::parse_document(content).is_ok_and(|document| is_kept(&document.value))
        };
        let (kept, gone): (Vec<_>, Vec<_>) = documents.iter().partition(|it| stays(&it.content));
        let kept = kept.iter().map(|it| format!("[{}] {}\n", it.kind, it.name)).collect();
        let gone: String = gone.iter().map(|it| format!("\n---\n{}", it.content)).collect();
        let resources = self.build(&gone)?;
        let errors = self.delete_all(&resources, how);
        if errors.is_empty() { Ok((resources, kept)) } else { Err(errors.join("; ").into()) }
    }
}
