//! ingress-nginx as others hear of it: each pod of it tells of the Ingresses that it takes on.
//!
//! What it does with requests is in `physical/network/ingress`; it is there as long as its pods run.

use std::sync::Arc;

use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Emission, Key, nothing_more, pods};
use crate::physical::network::ingress;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "ingress-nginx",
    delay: SimDuration(40),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The component in its events.
const COMPONENT: &str = "nginx-ingress-controller";
/// The end of its image's repository.
const IMAGE: &str = "ingress-nginx/controller";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        // Whatever changes is told, also the address that it has written itself.
        Kind::Ingress => keys.extend(notice.new.as_deref().map(Key::of)),
        // Who starts finds all that is there.
        Kind::Pod if comes_up(notice) => {
            keys.extend(view.list(Kind::Ingress, "").map(|it| Key::of(it)));
        }
        _ => {}
    }
}

/// Whether a pod of ingress-nginx has become ready, or is no longer.
pub(super) fn comes_or_goes(notice: &Notice) -> bool {
    let is_one = |it: &Object| {
        let containers = it.pod().map(|it| it.spec.containers.as_slice()).unwrap_or_default();
        containers.iter().filter_map(|it| it.image.as_deref()).any(|it| it.contains(IMAGE))
    };
    pods::matters_to_owners(notice) && is_one(notice.object())
}

fn comes_up(notice: &Notice) -> bool {
    let ready = |it: &Arc<Object>| it.pod().is_some_and(|it| it.ready_since().is_some());
    comes_or_goes(notice)
        && notice.new.as_ref().is_some_and(ready)
        && !notice.old.as_ref().is_some_and(ready)
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Ingress, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let takes = view.ingress_controllers().filter(|it| it.settings.is_for(view, object)).count();
    if takes == 0 || object.meta.is_terminating() {
        return Vec::new();
    }
    let told = |event_type, reason, message: String| {
        let about = object.clone();
        let emission = Emission { about, field_path: None, event_type, reason, message };
        Change::EmitAs(COMPONENT.to_owned(), emission)
    };
    let sync = told(EventType::Normal, "Sync", "Scheduled for sync".to_owned());
    let strange = ingress::not_simulated(object).into_iter().map(|name| {
        let message = format!("opsdrill: not simulated: annotation {name}");
        told(EventType::Warning, "NotSimulated", message)
    });
    std::iter::repeat_n(sync, takes).chain(strange).collect()
}
