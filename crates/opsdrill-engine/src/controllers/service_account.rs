//! The service account controller: every active namespace has a ServiceAccount `default`.

use k8s_openapi::api::core::v1::ServiceAccount;
use opsdrill_objects::{Kind, Meta, Object};

use super::{Change, Controller, Key, namespace, nothing_more};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "service-account-controller",
    delay: SimDuration(10),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The account of pods that name none.
const DEFAULT: &str = "default";

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match (notice.kind(), &notice.new) {
        (Kind::Namespace, Some(namespace)) => keys.push(Key::of(namespace)),
        (Kind::ServiceAccount, None) if &*notice.object().meta.name == DEFAULT => {
            keys.push(Key::new("", notice.object().meta.namespace()));
        }
        _ => {}
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let active = namespace::is_active(view, &key.name);
    if !active || view.get(Kind::ServiceAccount, &key.name, DEFAULT).is_some() {
        return Vec::new();
    }
    let meta = Meta::named(Some(&key.name), DEFAULT);
    vec![Change::Create(Box::new(Object::new(meta, ServiceAccount::default())))]
}
