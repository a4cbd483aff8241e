//! The quota controller: counts anew what a namespace uses when a quota changes or something goes.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, nothing_more};
use crate::api::quota;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "resourcequota-controller",
    delay: SimDuration(10),
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

/// Creations are counted at the door; a quota is counted anew when it is written or something went or ended.
fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let object = notice.object();
    if object.kind == Kind::ResourceQuota {
        if notice.new.is_some() {
            keys.push(Key::of(object));
        }
        return;
    }
    let ended = |it: &Arc<Object>| it.pod().is_some_and(opsdrill_objects::pod::Pod::is_finished);
    let frees =
        notice.new.as_ref().is_none_or(|it| ended(it) && !notice.old.as_ref().is_some_and(ended));
    if frees && !object.meta.namespace().is_empty() {
        keys.extend(view.list(Kind::ResourceQuota, object.meta.namespace()).map(|it| Key::of(it)));
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::ResourceQuota, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(body) = object.resource_quota() else { return Vec::new() };
    let hard = quota::hard(body);
    let status = quota::status(&hard, &quota::used(view, &key.namespace, &hard));
    if body.status.as_ref() == Some(&status) {
        return Vec::new();
    }
    let mut next = (**object).clone();
    if let Some(body) = next.resource_quota_mut() {
        body.status = Some(status);
    }
    vec![Change::update_status(next)]
}
