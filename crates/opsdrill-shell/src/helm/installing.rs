//! Installing a chart: checking, rendering, sending, waiting, and keeping the record of it.

use std::collections::BTreeMap;

use opsdrill_helm::release::{Info, Record, Status, name};
use opsdrill_helm::render::Capabilities;
use opsdrill_helm::{Chart, Release, dependencies};
use serde_json::{Map, Value, json};

use crate::kubectl::flags::Arguments;

use super::context::Helm;
use super::failure::{CANCELED, Failure, Outcome};
use super::objects::{Resource, set_owner};
use super::rendering::{Plan, Trouble};
use super::storage::SYSTEM_LABELS;
use super::texts::fill;
use super::uninstall::Removal;

/// What is not really done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DryRun {
    /// All is done.
    None,
    /// The cluster is not asked while templates are rendered.
    Client,
    /// The cluster is asked, but not changed.
    Server,
}

/// What `install` and `upgrade` are told alike.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Settings {
    /// `--dry-run`.
    pub(super) dry_run: DryRun,
    /// `--create-namespace`.
    pub(super) makes_namespace: bool,
    /// `--force`.
    pub(super) replaces_objects: bool,
    /// `--no-hooks`.
    pub(super) without_hooks: bool,
    /// `--replace`.
    pub(super) reuses_name: bool,
    /// `--timeout`, in milliseconds.
    pub(super) timeout_ms: u64,
    /// `--wait`, or `--atomic`.
    pub(super) waits: bool,
    /// `--wait-for-jobs`.
    pub(super) waits_for_jobs: bool,
    /// `--atomic`.
    pub(super) is_atomic: bool,
    /// `--skip-crds`.
    pub(super) skips_crds: bool,
    /// `--render-subchart-notes`.
    pub(super) with_sub_notes: bool,
    /// `--skip-schema-validation`.
    pub(super) skips_schema: bool,
    /// `--take-ownership`.
    pub(super) takes_over: bool,
    /// `--hide-notes`.
    pub(super) hides_notes: bool,
    /// `--hide-secret`.
    pub(super) hides_secrets: bool,
    /// `--description`.
    pub(super) description: String,
    /// `--labels`.
    pub(super) labels: BTreeMap<String, String>,
}

impl Settings {
    /// What the flags say.
    pub(super) fn of(arguments: &Arguments) -> Outcome<Self> {
        let dry_run = match arguments.text("dry-run") {
            "" | "none" | "false" => DryRun::None,
            "client" | "true" => DryRun::Client,
            "server" => DryRun::Server,
            _ => {
                return Err(Failure::Plain(
                    "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server".to_owned(),
                ));
            }
        };
        let labels = labels(arguments)?;
        let is_atomic = arguments.switch("atomic");
        Ok(Self {
            dry_run,
            makes_namespace: arguments.switch("create-namespace"),
            replaces_objects: arguments.switch("force"),
            without_hooks: arguments.switch("no-hooks"),
            reuses_name: arguments.has("replace") && arguments.switch("replace"),
            timeout_ms: timeout_ms(arguments),
            waits: arguments.switch("wait") || is_atomic,
            waits_for_jobs: arguments.switch("wait-for-jobs"),
            is_atomic,
            skips_crds: arguments.switch("skip-crds"),
            with_sub_notes: arguments.switch("render-subchart-notes"),
            skips_schema: arguments.switch("skip-schema-validation"),
            takes_over: arguments.switch("take-ownership"),
            hides_notes: arguments.switch("hide-notes"),
            hides_secrets: arguments.has("hide-secret") && arguments.switch("hide-secret"),
            description: arguments.text("description").to_owned(),
            labels,
        })
    }

    /// Whether nothing is changed.
    pub(super) fn pretends(&self) -> bool {
        self.dry_run != DryRun::None
    }

    /// Looks whether Secrets are hidden where nothing but a look is taken.
    pub(super) fn check_hiding(&self) -> Outcome<()> {
        if self.hides_secrets && !self.pretends() {
            return Err("Hiding Kubernetes secrets requires a dry-run mode".into());
        }
        Ok(())
    }

    /// Looks whether labels are the user's own.
    pub(super) fn check_labels(&self) -> Outcome<()> {
        if self.labels.keys().any(|it| SYSTEM_LABELS.contains(&it.as_str())) {
            let system = SYSTEM_LABELS.join(" ");
            return Err(Failure::Plain(format!(
                "user supplied labels contains system reserved label name. System labels: [{system}]"
            )));
        }
        Ok(())
    }
}

/// `--labels`.
pub(super) fn labels(arguments: &Arguments) -> Outcome<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    for pair in arguments.list("labels") {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::Plain(format!(
                "invalid argument {pair:?} for \"-l, --labels\" flag: {pair} must be formatted as key=value"
            )));
        };
        labels.insert(key.to_owned(), value.to_owned());
    }
    Ok(labels)
}

/// `--timeout` in milliseconds.
pub(super) fn timeout_ms(arguments: &Arguments) -> u64 {
    u64::try_from(arguments.duration_ms("timeout")).unwrap_or_default()
}

/// What is to be installed, and how.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    /// The release's name.
    pub(super) name: String,
    /// The chart.
    pub(super) chart: Chart,
    /// The values.
    pub(super) values: Map<String, Value>,
    /// The flags.
    pub(super) settings: Settings,
    /// What the cluster is taken for when none is asked: `helm template`.
    pub(super) imagined: Option<Capabilities>,
    /// Whether templates are told that they are upgraded.
    pub(super) is_upgrade: bool,
    /// Whether `crds/` is a part of the manifest.
    pub(super) with_crds: bool,
}

/// What is ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The record.
    pub(super) record: Record,
    resources: Vec<Resource>,
    adopted: Vec<Resource>,
}

impl Helm<'_> {
    /// Installs a chart.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn install(&mut self, wanted: Installation) -> Outcome<Record> {
        let settings = wanted.settings.clone();
        let mut prepared = self.prepare(wanted)?;
        if settings.pretends() {
            return Ok(prepared.record);
        }
        if settings.makes_namespace {
            self.make_namespace()?;
        }
        if settings.reuses_name {
            self.take_name(&mut prepared.record)?;
        }
        self.keep(&prepared.record, 0)?;
        match self.perform(&mut prepared, &settings) {
            Ok(()) => Ok(prepared.record),
            Err(why) => {
                let why = self.told(why, &prepared.record.name);
                if why == Failure::Interrupted {
                    return Err(why);
                }
                Err(self.fail_installation(prepared.record, why, &settings))
            }
        }
    }

    /// An interruption is said, and counts as any other failure then; unless it was one that cannot be caught.
    pub(super) fn told(&mut self, why: Failure, release: &str) -> Failure {
        if why != Failure::Interrupted || self.kube.door.is_killed() {
            return why;
        }
        let text = fill(self.words.cancelled, release);
        self.out(&text);
        Failure::Plain(CANCELED.to_owned())
    }

    /// Checks and renders; nothing is changed but that `crds/` is installed.
    pub(super) fn prepare(&mut self, wanted: Installation) -> Result<Prepared, Trouble> {
        let before = |why: Failure| Trouble::Before(why);
        let Installation { name, mut chart, values, settings, imagined, .. } = wanted;
        match &imagined {
            None => self.reach().map_err(before)?,
            Some(_) if settings.dry_run == DryRun::Server => {
                let failed =
                    self.unreachable.clone().map_or_else(|| self.reach(), |why| Err(why.into()));
                failed.map_err(|why| Trouble::During(why, String::new()))?;
            }
            Some(_) => {}
        }
        settings.check_hiding().map_err(before)?;
        self.check_name(&name, &settings, imagined.is_some()).map_err(before)?;
        let generation = self.words.generation;
        dependencies::process(&mut chart, &values, generation)
            .map_err(|why| Trouble::Before(why.into()))?;
        let in_cluster = imagined.is_none();
        if in_cluster && !settings.skips_crds && !settings.pretends() {
            self.install_definitions(&chart).map_err(before)?;
        }
        let namespace = self.namespace();
        let is_upgrade = wanted.is_upgrade && settings.pretends();
        let plan = Plan {
            release: Release {
                name: name.clone(),
                namespace: namespace.clone(),
                revision: 1,
                is_upgrade,
            },
            capabilities: imagined.unwrap_or_else(|| self.capabilities()),
            asks_cluster: settings.dry_run != DryRun::Client,
            with_sub_notes: settings.with_sub_notes,
            with_crds: wanted.with_crds,
            skips_schema: settings.skips_schema,
            hides_secrets: settings.hides_secrets,
        };
        let rendered = self.render(&chart, &values, &plan)?;
        settings.check_labels().map_err(before)?;
        let now = Some(self.now());
        let mut record = Record {
            name: name.clone(),
            namespace: namespace.clone(),
            version: 1,
            info: Info { first_deployed: now, last_deployed: now, ..Info::default() },
            chart,
            config: Some(values),
            manifest: rendered.manifest,
            hooks: rendered.hooks,
            labels: settings.labels.clone(),
        };
        record.info.notes = rendered.notes;
        record.set_status(Status::PendingInstall, "Initial install underway");
        let (mut resources, mut adopted) = (Vec::new(), Vec::new());
        if in_cluster {
            let doing = "unable to build kubernetes objects from release manifest";
            let built = self.build(&record.manifest);
            resources = built.map_err(|why| Trouble::Before(why.while_doing(doing)))?;
            set_owner(&mut resources, &name, &namespace);
            if !is_upgrade {
                adopted = self.existing(&resources, &name, settings.takes_over).map_err(|why| {
                    Trouble::Before(why.while_doing("Unable to continue with install"))
                })?;
            }
        }
        if settings.pretends() {
            "Dry run complete".clone_into(&mut record.info.description);
        }
        Ok(Prepared { record, resources, adopted })
    }

    fn check_name(&mut self, release: &str, settings: &Settings, imagined: bool) -> Outcome<()> {
        name::validate(release)
            .map_err(|why| Failure::Plain(format!("release name {release:?}: {why}")))?;
        if settings.pretends() || imagined {
            return Ok(());
        }
        let Ok(last) = self.last_revision(release) else { return Ok(()) };
        let is_gone = matches!(last.info.status, Status::Uninstalled | Status::Failed);
        if settings.reuses_name && is_gone {
            return Ok(());
        }
        Err(self.words.name_in_use.into())
    }

    fn make_namespace(&mut self) -> Outcome<()> {
        let name = self.namespace();
        let document = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"name": name}},
        });
        if self.read(opsdrill_objects::Kind::Namespace, "", &name).is_ok() {
            return Ok(());
        }
        let resources = self.build(&document.to_string())?;
        self.create_all(&resources)
    }

    /// Takes the place of a release that is gone.
    fn take_name(&mut self, record: &mut Record) -> Outcome<()> {
        let Ok(mut last) = self.last_revision(&record.name) else { return Ok(()) };
        record.version = last.version + 1;
        if last.info.status == Status::Failed {
            return Ok(());
        }
        last.set_status(Status::Superseded, "superseded by new release");
        self.keep_again(&last)
    }

    fn perform(&mut self, prepared: &mut Prepared, settings: &Settings) -> Outcome<()> {
        let Prepared { record, resources, adopted } = prepared;
        let timeout_ms = settings.timeout_ms;
        if !settings.without_hooks {
            self.run_hooks(record, "pre-install", timeout_ms)
                .map_err(|why| why.while_doing("failed pre-install"))?;
        }
        if adopted.is_empty() {
            self.create_all(resources)?;
        } else if let Some(why) = self.update(adopted, resources, settings.replaces_objects).failure
        {
            return Err(why);
        }
        if settings.waits {
            self.wait_ready(resources, settings.waits_for_jobs, timeout_ms)?;
        }
        if !settings.without_hooks {
            self.run_hooks(record, "post-install", timeout_ms)
                .map_err(|why| why.while_doing("failed post-install"))?;
        }
        let said = if settings.description.is_empty() {
            "Install complete".to_owned()
        } else {
            settings.description.clone()
        };
        record.set_status(Status::Deployed, said);
        self.try_to_keep(record);
        Ok(())
    }

    fn fail_installation(
        &mut self,
        mut record: Record,
        why: Failure,
        settings: &Settings,
    ) -> Failure {
        let text = why.text();
        record.set_status(Status::Failed, format!("Release {:?} failed: {text}", record.name));
        if !settings.is_atomic {
            self.try_to_keep(&record);
            return why;
        }
        let removal = Removal {
            without_hooks: settings.without_hooks,
            timeout_ms: settings.timeout_ms,
            ..Removal::default()
        };
        match self.remove(&record.name, &removal) {
            Ok(_) => why.while_doing(&fill(self.words.atomic_install, &record.name)),
            Err(Failure::Interrupted) => Failure::Interrupted,
            Err(other) => other.while_doing(&format!(
                "an error occurred while uninstalling the release. original install error: {text}"
            )),
        }
    }
}
