//! The night after `submit`: what happens in it, and the source that the deploy job applies.

use opsdrill_engine::physical::traffic::Traffic;
use opsdrill_engine::{SimDuration, SimTime};
use serde_json::json;

use super::happening::{Happening, Moment};
use crate::deploy::Source;
use crate::scenario::format::{End, Timed};
use crate::scenario::{Folder, span};
use crate::session::Play;
use crate::stage::{Plan, Stage};

/// How many folders deep, and how many files, the deploy job reads.
const DEPTH_MAX: usize = 8;
const FILES_MAX: usize = 1_000;

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
pub(super) fn source(play: &Play) -> Source {
    let world = &play.scenario.world;
    let mut files = Folder::new();
    for path in &world.manifests {
        // `kubectl apply -f FOLDER` reads these endings only.
        let wanted = |name: &str| [".yaml", ".yml", ".json"].iter().any(|it| name.ends_with(it));
        collect(play, path, DEPTH_MAX, &wanted, &mut files);
    }
    for release in &world.releases {
        for path in [&release.chart].into_iter().chain(&release.values) {
            collect(play, path, DEPTH_MAX, &|_| true, &mut files);
        }
    }
    Source { files, manifests: world.manifests.clone(), releases: world.releases.clone() }
}

fn collect(
    play: &Play,
    path: &str,
    depth: usize,
    wanted: &dyn Fn(&str) -> bool,
    files: &mut Folder,
) {
    let workspace = play.shell.workspace();
    let absolute = format!("/home/trainee/{path}");
    if !workspace.is_dir(&absolute) {
        if let Ok(contents) = workspace.read(&absolute) {
            files.insert(path.to_owned(), contents);
        }
        return;
    }
    if depth == 0 {
        return;
    }
    for listed in workspace.list(&absolute).unwrap_or_default() {
        if files.len() < FILES_MAX && (listed.is_dir || wanted(&listed.name)) {
            collect(play, &format!("{path}/{}", listed.name), depth - 1, wanted, files);
        }
    }
}
