//! The controllers of the API server's extension part: which names a definition gets, that it is established, and what
//! goes with it (`pkg/controller/status`, `establish` and `finalizer` of apiextensions-apiserver).

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames,
    CustomResourceDefinitionStatus,
};
use opsdrill_objects::custom::definition::has_condition;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, dates, nothing_more};
use crate::api::{Options, Propagation};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "apiextensions",
    // Recording 378 and 379: names are accepted and the definition established within the second, one after the other.
    delay: SimDuration(20),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// What keeps a definition until its instances are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// How often the instances that are left are counted.
const LOOK_AGAIN: SimDuration = SimDuration::seconds(5);

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let object = notice.object();
    if object.kind != Kind::CustomResourceDefinition {
        return;
    }
    keys.push(Key::of(object));
    let names = |it: &Option<Arc<Object>>| accepted(it.as_ref()?.custom_resource_definition()?);
    if names(&notice.old) == names(&notice.new) {
        return;
    }
    // A name may have become free for another definition of the group.
    let Some(group) = object.custom_resource_definition().map(|it| &it.spec.group) else { return };
    let others = definitions(view, group).filter(|it| it.0.meta.uid != object.meta.uid);
    keys.extend(others.map(|it| Key::of(it.0)));
}

fn definitions<'w>(
    view: View<'w>,
    group: &str,
) -> impl Iterator<Item = (&'w Arc<Object>, &'w CustomResourceDefinition)> {
    let all = view.list(Kind::CustomResourceDefinition, "");
    let typed = all.filter_map(|it| Some((it, it.custom_resource_definition()?)));
    typed.filter(move |it| it.1.spec.group == group)
}

fn accepted(body: &CustomResourceDefinition) -> Option<CustomResourceDefinitionNames> {
    body.status.as_ref()?.accepted_names.clone()
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::CustomResourceDefinition, "", &key.name) else {
        return Vec::new();
    };
    let Some(body) = object.custom_resource_definition() else { return Vec::new() };
    if object.meta.is_terminating() && object.meta.finalizers.iter().any(|it| it == CLEANUP) {
        return clean_up(view, object, body);
    }
    if accepted(body).as_ref() != Some(&body.spec.names) {
        return accept_names(view, object, body);
    }
    if has_condition(body, "NamesAccepted") && !has_condition(body, "Established") {
        let why = ("InitialNamesAccepted", "the initial names have been accepted");
        return vec![with_status(object, |status| {
            set(status, condition(view, "Established", "True", why.0, why.1));
        })];
    }
    Vec::new()
}

/// `calculateNamesAndConditions`: each name that no other definition of the group has is accepted.
fn accept_names(
    view: View<'_>,
    object: &Arc<Object>,
    body: &CustomResourceDefinition,
) -> Vec<Change> {
    let (mut resources, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for (_, other) in definitions(view, &body.spec.group) {
        let Some(names) = accepted(other) else { continue };
        resources.insert(names.plural);
        resources.extend(names.singular);
        resources.extend(names.short_names.into_iter().flatten());
        kinds.insert(names.kind);
        kinds.extend(names.list_kind);
    }
    let mut names = accepted(body).unwrap_or_default();
    let wanted = &body.spec.names;
    let conflict = take_names(wanted, &mut names, &resources, &kinds);
    let (status, reason, message) = match &conflict {
        Some((reason, message)) => ("False", *reason, message.as_str()),
        None => ("True", "NoConflicts", "no conflicts found"),
    };
    let naming = condition(view, "NamesAccepted", status, reason, message);
    let stood = found(body, "NamesAccepted");
    let is_told = stood.is_some_and(|it| {
        it.status == naming.status && it.reason == naming.reason && it.message == naming.message
    });
    if is_told && accepted(body).as_ref() == Some(&names) {
        return Vec::new();
    }
    let established = match found(body, "Established") {
        Some(stood) if stood.status == "True" || conflict.is_some() => stood.clone(),
        None if conflict.is_some() => {
            let why = ("NotAccepted", "not all names are accepted");
            condition(view, "Established", "False", why.0, why.1)
        }
        _ => {
            let why = ("Installing", "the initial names have been accepted");
            condition(view, "Established", "False", why.0, why.1)
        }
    };
    vec![with_status(object, |status| {
        status.accepted_names = Some(names.clone());
        set(status, naming.clone());
        set(status, established.clone());
    })]
}

/// Takes the names that are free; answers the last conflict, as the real one overwrites those before.
fn take_names(
    wanted: &CustomResourceDefinitionNames,
    names: &mut CustomResourceDefinitionNames,
    resources: &BTreeSet<String>,
    kinds: &BTreeSet<String>,
) -> Option<(&'static str, String)> {
    let mut conflict = None;
    let used = |it: &str| format!("{it:?} is already in use");
    let free = |own: &str, has: &str, taken: &BTreeSet<String>| own == has || !taken.contains(own);
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    if free(&wanted.plural, &names.plural, resources) {
        names.plural.clone_from(&wanted.plural);
    } else {
        conflict = Some(("PluralConflict", used(&wanted.plural)));
    }
    if free(&text(&wanted.singular), &text(&names.singular), resources) {
        names.singular.clone_from(&wanted.singular);
    } else {
        conflict = Some(("SingularConflict", used(&text(&wanted.singular))));
    }
    let own = names.short_names.clone().unwrap_or_default();
    let short = wanted.short_names.iter().flatten();
    let taken: Vec<String> = short
        .filter(|it| !own.contains(it) && resources.contains(*it))
        .map(|it| used(it))
        .collect();
    match taken.as_slice() {
        [] => names.short_names.clone_from(&wanted.short_names),
        [only] => conflict = Some(("ShortNamesConflict", only.clone())),
        many => conflict = Some(("ShortNamesConflict", format!("[{}]", many.join(", ")))),
    }
    if free(&wanted.kind, &names.kind, kinds) {
        names.kind.clone_from(&wanted.kind);
    } else {
        conflict = Some(("KindConflict", used(&wanted.kind)));
    }
    if free(&text(&wanted.list_kind), &text(&names.list_kind), kinds) {
        names.list_kind.clone_from(&wanted.list_kind);
    } else {
        conflict = Some(("ListKindConflict", used(&text(&wanted.list_kind))));
    }
    names.categories.clone_from(&wanted.categories);
    conflict
}

/// Removes the instances, waits until they are gone, and lets the definition go.
fn clean_up(view: View<'_>, object: &Arc<Object>, body: &CustomResourceDefinition) -> Vec<Change> {
    let api_version = format!("{}/any", body.spec.group);
    let kind = Kind::named(&api_version, &body.spec.names.kind);
    let served = view.kinds().preferred(kind);
    let instances: Vec<&Arc<Object>> = match served {
        Some(kind) => view.list(kind, "").collect(),
        None => Vec::new(),
    };
    if instances.is_empty() {
        let why = if has_condition(body, "Established") {
            ("InstanceDeletionCompleted", "removed all instances")
        } else {
            ("NeverEstablished", "resource was never established")
        };
        let mut last = (**object).clone();
        last.meta.finalizers.retain(|it| it != CLEANUP);
        let told = with_status(object, |status| {
            set(status, condition(view, "Terminating", "False", why.0, why.1));
        });
        return vec![told, Change::update(last)];
    }
    let why = ("InstanceDeletionInProgress", "CustomResource deletion is in progress");
    let mut changes = Vec::new();
    if found(body, "Terminating").is_none_or(|it| it.reason.as_deref() != Some(why.0)) {
        changes.push(with_status(object, |status| {
            set(status, condition(view, "Terminating", "True", why.0, why.1));
        }));
    }
    let going = instances.iter().filter(|it| !it.meta.is_terminating());
    let wait = instances.iter().any(|it| !it.meta.finalizers.is_empty());
    changes.extend(going.map(|it| {
        let options = Options { propagation: Some(Propagation::Background), ..Options::default() };
        Change::delete(it, options)
    }));
    let after = if wait { LOOK_AGAIN } else { SimDuration(50) };
    changes.push(Change::Again(view.now() + after));
    changes
}

fn found<'b>(
    body: &'b CustomResourceDefinition,
    name: &str,
) -> Option<&'b CustomResourceDefinitionCondition> {
    let status = body.status.as_ref()?;
    status.conditions.iter().flatten().find(|it| it.type_ == name)
}

fn condition(
    view: View<'_>,
    name: &str,
    status: &str,
    reason: &str,
    message: &str,
) -> CustomResourceDefinitionCondition {
    CustomResourceDefinitionCondition {
        type_: name.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: Some(dates::now(view)),
    }
}

/// `SetCRDCondition`: the time stays while the status does.
fn set(status: &mut CustomResourceDefinitionStatus, mut new: CustomResourceDefinitionCondition) {
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|it| it.type_ == new.type_) {
        Some(old) => {
            if old.status == new.status {
                new.last_transition_time.clone_from(&old.last_transition_time);
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}

fn with_status(
    object: &Arc<Object>,
    change: impl Fn(&mut CustomResourceDefinitionStatus),
) -> Change {
    let mut next = (**object).clone();
    if let Some(body) = next.custom_resource_definition_mut() {
        change(body.status.get_or_insert_default());
    }
    Change::update_status(next)
}

/// Marks a definition for deletion, with what its first deletion adds.
pub(crate) fn mark_deleted(view: View<'_>, object: &mut Object) {
    if !object.meta.finalizers.iter().any(|it| it == CLEANUP) {
        object.meta.finalizers.push(CLEANUP.to_owned());
    }
    let why = (
        "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    );
    let told = condition(view, "Terminating", "True", why.0, why.1);
    if let Some(body) = object.custom_resource_definition_mut() {
        set(body.status.get_or_insert_default(), told);
    }
}
