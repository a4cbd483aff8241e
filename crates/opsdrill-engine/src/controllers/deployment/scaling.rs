//! A changed number of replicas: the ReplicaSets grow or shrink in proportion, whatever the rollout does.

use std::cmp::Reverse;

use super::turn::{Set, Turn};

/// Whether the number of replicas changed since the ReplicaSets were last scaled.
pub(super) fn is_called_for(turn: &Turn<'_>) -> bool {
    let active = turn.sets.iter().filter(|it| it.asked() > 0);
    active.filter_map(Set::desired).any(|it| it != turn.replicas())
}

/// Brings the ReplicaSets to the number of replicas.
pub(super) fn scale(turn: &mut Turn<'_>) {
    let active: Vec<_> = (0..turn.sets.len()).filter(|it| turn.sets[*it].asked() > 0).collect();
    match active[..] {
        // Without pods the new ReplicaSet grows, or the latest if there is no new one.
        [] => {
            if let Some(place) = turn.new.or_else(|| turn.old().next_back()) {
                turn.scale(place, turn.replicas());
            }
        }
        [only] => {
            turn.scale(only, turn.replicas());
        }
        _ if is_saturated(turn) => {
            for place in turn.active_old() {
                turn.scale(place, 0);
            }
        }
        _ if turn.strategy.rolling => scale_proportionally(turn, active),
        _ => {}
    }
}

/// Whether the new ReplicaSet has all the pods that are asked for, and all are available.
fn is_saturated(turn: &Turn<'_>) -> bool {
    let replicas = turn.replicas();
    turn.new_set().is_some_and(|it| {
        it.asked() == replicas && it.desired() == Some(replicas) && it.available() == replicas
    })
}

fn scale_proportionally(turn: &mut Turn<'_>, mut places: Vec<usize>) {
    let allowed = if turn.replicas() > 0 { turn.strategy.max_replicas() } else { 0 };
    let to_add = allowed - turn.asked();
    // The largest come first; of equal ones the newest when growing, the oldest when shrinking.
    if to_add > 0 {
        places.reverse();
    }
    places.sort_by_key(|it| Reverse(turn.sets[*it].asked()));
    let mut added = 0;
    let mut sizes: Vec<_> = places.iter().map(|it| turn.sets[*it].asked()).collect();
    for (size, place) in sizes.iter_mut().zip(&places) {
        let share = share(turn, &turn.sets[*place], to_add, added);
        *size += share;
        added += share;
    }
    // What rounding left over is the largest one's.
    sizes[0] = (sizes[0] + to_add - added).max(0);
    for (size, place) in sizes.into_iter().zip(places) {
        turn.resize(place, size);
    }
}

/// How many pods more (or, if negative, fewer) a ReplicaSet gets.
fn share(turn: &Turn<'_>, set: &Set, to_add: i32, added: i32) -> i32 {
    if to_add == 0 || to_add == added {
        return 0;
    }
    let (share, left) = (fair_share(turn, set), to_add - added);
    if to_add > 0 { share.min(left) } else { share.max(left) }
}

fn fair_share(turn: &Turn<'_>, set: &Set) -> i32 {
    let asked = set.asked();
    if turn.replicas() == 0 {
        return -asked;
    }
    let status_replicas = turn.status.replicas.unwrap_or_default();
    let before = set.max_replicas().filter(|it| *it != 0).unwrap_or(status_replicas);
    if before == 0 {
        return 0;
    }
    let wide = i64::from;
    let doubled = 2 * wide(asked) * wide(turn.strategy.max_replicas()) + wide(before);
    (doubled / (2 * wide(before))) as i32 - asked
}
