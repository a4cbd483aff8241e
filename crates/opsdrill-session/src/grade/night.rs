//! The night after `submit`: what happens in it, and the source that the deploy job applies.

use opsdrill_engine::physical::traffic::Traffic;
use opsdrill_engine::{SimDuration, SimTime};
use opsdrill_shell::Workspace;
use serde_json::json;

use super::happening::{Happening, Moment};
use crate::deploy::Source;
use crate::scenario::format::{End, Timed};
use crate::scenario::{Folder, span};
use crate::session::Play;
use crate::stage::{Plan, Stage};

/// How many files and folders the deploy job reads, and how deep: more than a workspace holds, so that only links which
/// lead around in circles get there. It is what the built-in helm reads of a chart.
const ENTRIES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 32;

/// In which steps the peak of the day is looked for, and how long the night lasts after it.
const PEAK_STEP: SimDuration = SimDuration::minutes(30);
const DAY: SimDuration = SimDuration::minutes(24 * 60);

/// How long a night is that begins at a time: at least until the next peak of the users has passed, so that nobody wins
/// by handing in at a quiet hour.
pub(super) fn length(stage: &Stage, dusk: SimTime, shortest: SimDuration) -> SimDuration {
    let traffic = stage.cluster.world().resource::<Traffic>();
    let unix = stage.cluster.unix_now() - stage.cluster.now().since(dusk).as_seconds() as i64;
    let rate = |step: &u64| {
        let at = unix + (step * PEAK_STEP.as_seconds()) as i64;
        traffic.sources().map(|it| traffic.rate(&it.name, at)).sum::<u64>()
    };
    let steps = 0..DAY.0 / PEAK_STEP.0;
    // The first of the highest, so that users who are always as many make no night longer.
    let peak = steps.rev().max_by_key(rate).unwrap_or_default();
    shortest.max(SimDuration((peak + 1) * PEAK_STEP.0))
}

/// Plays the night on a fork; answers the time of its end and what happened in it.
pub(super) fn play(fork: &mut Play, dusk: SimTime, source: &Source) -> (SimTime, Vec<Moment>) {
    let night = fork.scenario.file.night.clone();
    let after =
        |text: &str| dusk + span::parse(text).expect("checked when the scenario was loaded");
    let mut moments = Vec::new();
    let mut note = |at: &str, what: Happening| {
        let time_ms = after(at).since(fork.stage.start).0;
        moments.push(Moment { time_ms, what });
    };
    for at in &night.redeploy_at {
        note(at, Happening::Redeployed);
    }
    for (at, pods) in &night.delete_pod {
        note(at, Happening::PodDeleted { pods: pods.clone() });
    }
    for (at, node) in &night.reboot_node {
        note(at, Happening::NodeRebooted { node: node.clone() });
    }
    for at in &night.redeploy_at {
        fork.stage.plan(after(at), Plan::Deploy(source.clone(), End::Well));
    }
    let deleted =
        night.delete_pod.iter().map(|(at, pods)| (at, "delete-pod", json!({ "pods": pods })));
    let rebooted =
        night.reboot_node.iter().map(|(at, node)| (at, "reboot-node", json!({ "node": node })));
    let named = deleted.chain(rebooted).map(|(at, name, parameters)| Timed {
        at: at.clone(),
        fault: [(name.to_owned(), parameters)].into(),
    });
    for timed in named.chain(night.faults) {
        fork.stage.plan_fault(dusk, &timed).expect("checked when the scenario was loaded");
    }
    let shortest = span::parse(&night.duration).expect("checked when the scenario was loaded");
    let dawn = dusk + length(&fork.stage, dusk, shortest);
    fork.stage.advance(dawn);
    fork.stage.judge();
    moments.extend(fork.stage.undeployed.iter().map(|(at, problems)| Moment {
        time_ms: at.since(fork.stage.start).0,
        what: Happening::NotDeployed { problem: problems.join("; ") },
    }));
    (dawn, moments)
}

/// The source as the trainee leaves it: this is what the deploy job deploys. New files count, removed ones do not.
pub(super) fn source(play: &mut Play) -> Source {
    let world = &play.scenario.world;
    let mut checkout =
        Checkout { workspace: play.shell.workspace(), entries: 0, files: Folder::new() };
    let mut problems = Vec::new();
    let mut collect = |path: &str, wanted: &dyn Fn(&str) -> bool| {
        problems.extend(checkout.collect(path, DEPTH_MAX, wanted).err());
    };
    for path in &world.manifests {
        // `kubectl apply -f FOLDER` reads these endings only.
        collect(path, &|name| [".yaml", ".yml", ".json"].iter().any(|it| name.ends_with(it)));
    }
    for release in &world.releases {
        let values = release.values.iter().chain(&release.also_renders);
        for path in [&release.chart].into_iter().chain(values) {
            collect(path, &|_| true);
        }
    }
    let (manifests, releases) = (world.manifests.clone(), world.releases.clone());
    let mut source = Source { files: checkout.files, manifests, releases, problems };
    let namespace = &play.scenario.file.namespace;
    let elsewhere = source.broken_elsewhere(&mut play.stage.chart_hosts, namespace);
    source.problems.extend(elsewhere);
    source
}

/// What is taken out of the workspace.
struct Checkout<'a> {
    workspace: &'a Workspace,
    /// How many files and folders were looked at.
    entries: usize,
    files: Folder,
}

impl Checkout<'_> {
    /// Takes a file, or all wanted files of a folder.
    ///
    /// # Errors
    /// When there are too many, or too deep.
    fn collect(
        &mut self,
        path: &str,
        depth: usize,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<(), String> {
        self.entries += 1;
        if depth == 0 || self.entries > ENTRIES_MAX {
            return Err(format!(
                "opsdrill: not simulated: a deploy job that reads more than {ENTRIES_MAX} files and folders, or deeper \
                 than {DEPTH_MAX} folders ({path})"
            ));
        }
        let absolute = format!("/home/trainee/{path}");
        if !self.workspace.is_dir(&absolute) {
            if let Ok(contents) = self.workspace.read(&absolute) {
                self.files.insert(path.to_owned(), contents);
            }
            return Ok(());
        }
        for listed in self.workspace.list(&absolute).unwrap_or_default() {
            if listed.is_dir || wanted(&listed.name) {
                self.collect(&format!("{path}/{}", listed.name), depth - 1, wanted)?;
            }
        }
        Ok(())
    }
}
