//! The night after `submit`.

use opsdrill_engine::SimTime;
use serde_json::json;

use crate::scenario::format::Timed;
use crate::scenario::{Folder, span};
use crate::session::Play;
use crate::stage::Plan;

/// Plays the night on a fork and answers the time of its end.
pub(super) fn play(fork: &mut Play, dusk: SimTime) -> SimTime {
    let night = fork.scenario.file.night.clone();
    let after =
        |text: &str| dusk + span::parse(text).expect("checked when the scenario was loaded");
    let files = workspace(fork);
    for at in &night.redeploy_at {
        fork.stage
            .plan(after(at), Plan::Deploy(files.clone(), fork.scenario.world.manifests.clone()));
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
    let dawn = after(&night.duration);
    fork.stage.advance(dawn);
    fork.stage.judge();
    dawn
}

/// The workspace as the trainee leaves it: this is what the deploy job deploys.
fn workspace(fork: &Play) -> Folder {
    let mut files = Folder::new();
    for path in fork.scenario.workspace.keys() {
        if let Ok(contents) = fork.shell.workspace().read(&format!("/home/trainee/{path}")) {
            files.insert(path.clone(), contents);
        }
    }
    files
}
