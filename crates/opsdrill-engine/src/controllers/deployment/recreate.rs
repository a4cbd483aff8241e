//! `Recreate`: all old pods go before the first new one comes.

use opsdrill_objects::{Kind, Object};

use super::turn::Turn;
use super::{revision, status};
use crate::controllers::Key;
use crate::view::View;

/// Takes the next step of a recreation.
pub(super) fn roll(turn: &mut Turn<'_>) {
    let mut scaled_down = false;
    for place in turn.active_old() {
        scaled_down |= turn.scale(place, 0);
    }
    if scaled_down || old_pods_run(turn) {
        status::sync_rollout(turn);
        return;
    }
    if turn.new.is_none() {
        revision::sync(turn, true);
    }
    let Some(new) = turn.new else { return };
    turn.scale(new, turn.replicas());
    if status::is_complete(turn, &turn.status) {
        revision::clean_up(turn);
    }
    status::sync_rollout(turn);
}

/// Whether pods of older templates are there that have not ended, were they deleted or not.
fn old_pods_run(turn: &Turn<'_>) -> bool {
    turn.old().map(|it| &turn.sets[it]).any(|set| {
        let pods = turn.view.owned_by(set.object.meta.uid).into_iter().filter_map(|it| it.pod());
        set.replicas() > 0 || pods.into_iter().any(|it| !it.is_finished())
    })
}

/// The Deployment that may have waited for the end of this pod.
pub(super) fn waiting_for(view: View<'_>, pod: &Object) -> Option<Key> {
    let set = pod.meta.controller().filter(|it| it.kind == Kind::ReplicaSet)?;
    let set = view.get(Kind::ReplicaSet, pod.meta.namespace(), &set.name)?;
    let owner = set.meta.controller().filter(|it| it.kind == Kind::Deployment)?;
    let owner = view.get(Kind::Deployment, pod.meta.namespace(), &owner.name)?;
    let strategy = owner.deployment()?.spec.as_ref()?.strategy.as_ref()?;
    (strategy.type_.as_deref() == Some("Recreate")).then(|| Key::of(owner))
}
