//! `RollingUpdate`: new pods come and old ones go within `maxSurge` and `maxUnavailable`.

use super::turn::Turn;
use super::{revision, status};

/// Takes the next step of a rolling update.
pub(super) fn roll(turn: &mut Turn<'_>) {
    revision::sync(turn, true);
    let Some(new) = turn.new else { return };
    if !scale_up(turn, new) && !scale_down(turn, new) && status::is_complete(turn, &turn.status) {
        revision::clean_up(turn);
    }
    status::sync_rollout(turn);
}

/// How many replicas the new ReplicaSet may have now.
pub(super) fn new_replicas(turn: &Turn<'_>, new: usize) -> i32 {
    let present = turn.sets[new].asked();
    if !turn.strategy.rolling {
        return turn.replicas();
    }
    let room = turn.strategy.max_replicas() - turn.asked();
    present + room.min(turn.replicas() - present).max(0)
}

fn scale_up(turn: &mut Turn<'_>, new: usize) -> bool {
    if turn.sets[new].asked() > turn.replicas() {
        return turn.scale(new, turn.replicas());
    }
    turn.scale(new, new_replicas(turn, new))
}

fn scale_down(turn: &mut Turn<'_>, new: usize) -> bool {
    if turn.active_old().is_empty() {
        return false;
    }
    // New pods that are not available yet must not be made up for by old ones that are.
    let new_missing = turn.sets[new].asked() - turn.sets[new].available();
    let most = turn.asked() - turn.strategy.min_available() - new_missing;
    if most <= 0 {
        return false;
    }
    let removed = remove_unhealthy(turn, most);
    removed + remove_healthy(turn) > 0
}

/// Takes away old pods that are not available: they would stand in the way without serving anybody.
fn remove_unhealthy(turn: &mut Turn<'_>, most: i32) -> i32 {
    let mut removed = 0;
    for place in turn.active_old() {
        let set = &turn.sets[place];
        let count = (most - removed).min(set.asked() - set.available());
        if count > 0 {
            let left = set.asked() - count;
            turn.scale(place, left);
            removed += count;
        }
    }
    removed
}

/// Takes away old pods that are available, as many as can be missed.
fn remove_healthy(turn: &mut Turn<'_>) -> i32 {
    let spare = turn.available() - turn.strategy.min_available();
    let mut removed = 0;
    for place in turn.active_old() {
        let asked = turn.sets[place].asked();
        let count = asked.min(spare - removed);
        if count > 0 {
            turn.scale(place, asked - count);
            removed += count;
        }
    }
    removed
}
