//! Who owns which field of an object.
//!
//! Owners are noted for objects that a client has made under a name (`fieldManager`), as kubectl and Helm do. What the
//! control plane makes for itself has none until somebody applies to it, and then belongs to `before-first-apply`, as
//! objects from before a cluster kept owners do: noting an owner at each of a hundred thousand reports costs more than the
//! report.

use std::sync::Arc;

use opsdrill_objects::apply::managers::{Managers, Operation, Owner};
use opsdrill_objects::apply::{self};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Object, timestamp};
use serde_json::Value;

use super::{Identity, Options, Subresource};

/// The controllers of CustomResourceDefinitions are part of the API server.
const APIEXTENSIONS: &str = "system:serviceaccount:kube-system:apiextensions";

/// Whom fields belong to that were there before owners were noted.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// The manager's name of a request that says none: that of the program which makes such requests.
pub(super) fn manager_of(identity: &Identity) -> &'static str {
    match &*identity.user {
        "system:kube-scheduler" => "kube-scheduler",
        APIEXTENSIONS => "kube-apiserver",
        user if user.starts_with("system:node:") => "kubelet",
        user if user.starts_with("system:") => "kube-controller-manager",
        _ => "unknown",
    }
}

/// Notes who has made an object; a nameless maker's objects have no owners.
pub(super) fn note_created(kinds: &Kinds, object: &mut Object, options: &Options, now: i64) {
    // An apply has noted its own.
    if options.field_manager.is_empty() || object.meta.managed_fields.is_some() {
        return;
    }
    let owner = owner(object, options, Operation::Update, None);
    let mut managers = Managers::default();
    apply::track(kinds.model(object.kind), &owner, None, &document(object), &mut managers);
    managers.stamp(&owner, &timestamp::format(now));
    keep(object, managers);
}

/// Notes who has changed an object, if it has owners.
pub(super) fn note_updated(
    kinds: &Kinds,
    next: &mut Object,
    old: &Object,
    subresource: Option<Subresource>,
    options: &Options,
    now: i64,
) {
    let Some(known) = &next.meta.managed_fields else { return };
    // A client has reset the owners.
    if known.is_empty() {
        next.meta.managed_fields = None;
        return;
    }
    let mut managers = (**known).clone();
    let owner = owner(next, options, Operation::Update, subresource);
    let documents = [document(old), document(next)];
    let kind = kinds.model(next.kind);
    let tracked = apply::track(kind, &owner, Some(&documents[0]), &documents[1], &mut managers);
    if tracked.took {
        managers.stamp(&owner, &timestamp::format(now));
    }
    if tracked.took || tracked.lost {
        keep(next, managers);
    }
}

/// The owners of an object that is applied to, and who applies.
pub(super) fn of_applied(
    kinds: &Kinds,
    live: Option<&Object>,
    config: &Object,
    subresource: Option<Subresource>,
    options: &Options,
) -> (Managers, Owner) {
    let known = live.and_then(|it| it.meta.managed_fields.as_ref());
    let mut managers = known.map(|it| (**it).clone()).unwrap_or_default();
    if let Some(live) = live.filter(|_| managers.is_empty()) {
        let before = Owner {
            manager: BEFORE_FIRST_APPLY.to_owned(),
            ..owner(live, options, Operation::Update, None)
        };
        apply::track(kinds.model(live.kind), &before, None, &document(live), &mut managers);
        managers.stamp(&before, &timestamp::format(live.meta.created));
    }
    (managers, owner(config, options, Operation::Apply, subresource))
}

/// Keeps the owners with their object.
pub(super) fn keep(object: &mut Object, mut managers: Managers) {
    managers.sort();
    object.meta.managed_fields = (!managers.is_empty()).then(|| Arc::new(managers));
}

fn owner(
    object: &Object,
    options: &Options,
    operation: Operation,
    subresource: Option<Subresource>,
) -> Owner {
    let part = subresource.map_or("", Subresource::name);
    Owner {
        manager: options.field_manager.clone(),
        operation,
        api_version: object.kind.info().api_version(),
        subresource: part.to_owned(),
    }
}

/// The document without its owners.
pub(super) fn document(object: &Object) -> Value {
    let mut bare = object.clone();
    bare.meta.managed_fields = None;
    bare.to_value()
}
