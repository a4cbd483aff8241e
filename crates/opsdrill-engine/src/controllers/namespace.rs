//! The namespace controller: empties a namespace that is to be deleted, then lets it go.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{NamespaceCondition, NamespaceStatus};
use opsdrill_objects::{Kind, KindInfo, Object};

use super::{Change, Controller, Key, dates, nothing_more};
use crate::api::{Options, Propagation};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "namespace-controller",
    // Every change of a namespace is looked at so much later, lest something created just now be overlooked
    // (`namespaceDeletionGracePeriod`).
    delay: SimDuration::seconds(5),
    workers: 10,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The finalizer in a namespace's specification.
const FINALIZER: &str = "kubernetes";

/// Whether objects may be created in a namespace.
pub(super) fn is_active(view: View<'_>, name: &str) -> bool {
    let namespace = view.get(Kind::Namespace, "", name);
    namespace.is_some_and(|it| !it.meta.is_terminating())
}

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let Some(namespace) = &notice.new else { return };
    if namespace.kind == Kind::Namespace && namespace.meta.is_terminating() {
        keys.push(Key::of(namespace));
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Namespace, "", &key.name) else { return Vec::new() };
    let Some(namespace) = object.namespace() else { return Vec::new() };
    let finalizers = namespace.spec.as_ref().and_then(|it| it.finalizers.clone());
    let finalizers = finalizers.unwrap_or_default();
    if !object.meta.is_terminating() || !finalizers.iter().any(|it| it == FINALIZER) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let mut remaining = Remaining::default();
    for kind in view.kinds().rows().filter(|it| it.namespaced) {
        for content in view.list(kind.kind, &key.name) {
            changes.extend(deletion(content));
            remaining.note(kind, content);
        }
    }
    let mut next = (**object).clone();
    let status = status(view, namespace.status.as_ref(), &remaining);
    if namespace.status.as_ref() != Some(&status)
        && let Some(namespace) = next.namespace_mut()
    {
        namespace.status = Some(status);
        changes.push(Change::update_status(next.clone()));
    }
    if remaining.kinds.is_empty() {
        if let Some(spec) = next.namespace_mut().and_then(|it| it.spec.as_mut()) {
            spec.finalizers = Some(finalizers.into_iter().filter(|it| it != FINALIZER).collect());
        }
        changes.push(Change::finalize(next));
    } else {
        changes.push(Change::Again(view.now() + remaining.patience(view, object)));
    }
    changes
}

fn deletion(content: &Arc<Object>) -> Option<Change> {
    let options = Options { propagation: Some(Propagation::Background), ..Options::default() };
    (!content.meta.is_terminating()).then(|| Change::delete(content, options))
}

/// What is still there after all has been asked to go.
#[derive(Default)]
struct Remaining {
    /// Numbers by resource, such as `pods.`.
    kinds: BTreeMap<String, usize>,
    /// Numbers by finalizer.
    finalizers: BTreeMap<String, usize>,
    /// The longest grace period of a pod, in seconds.
    grace_seconds: u64,
}

impl Remaining {
    /// Notes an object if its deletion takes time: it has finalizers, or is a pod that may be running.
    fn note(&mut self, kind: &KindInfo, content: &Object) {
        let mut stays = false;
        for finalizer in &content.meta.finalizers {
            *self.finalizers.entry(finalizer.clone()).or_default() += 1;
            stays = true;
        }
        if let Some(pod) = content.pod()
            && pod.node_name.is_some()
            && !pod.is_finished()
        {
            let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
            self.grace_seconds = self.grace_seconds.max(grace.unsigned_abs());
            stays |= grace > 0;
        }
        if stays {
            *self.kinds.entry(format!("{}.{}", kind.plural, kind.group)).or_default() += 1;
        }
    }

    /// How long to wait before looking again: half of what the pods may take, and a second.
    fn patience(&self, view: View<'_>, namespace: &Object) -> SimDuration {
        let since = namespace.meta.deletion.map_or(0, |it| view.unix_now() - it.at);
        let over = since.unsigned_abs() >= self.grace_seconds;
        SimDuration::seconds(if over { 1 } else { self.grace_seconds / 2 + 1 })
    }
}

fn status(view: View<'_>, old: Option<&NamespaceStatus>, remaining: &Remaining) -> NamespaceStatus {
    let list = |numbers: &BTreeMap<String, usize>, verb: &str| {
        let entries = numbers
            .iter()
            .map(|(name, number)| format!("{name} {verb} {number} resource instances"));
        entries.collect::<Vec<_>>().join(", ")
    };
    let content = if remaining.kinds.is_empty() {
        ("False", "ContentRemoved", "All content successfully removed".to_owned())
    } else {
        let list = list(&remaining.kinds, "has");
        ("True", "SomeResourcesRemain", format!("Some resources are remaining: {list}"))
    };
    let finalizers = if remaining.finalizers.is_empty() {
        let message = "All content-preserving finalizers finished";
        ("False", "ContentHasNoFinalizers", message.to_owned())
    } else {
        let list = list(&remaining.finalizers, "in");
        let message = format!("Some content in the namespace has finalizers remaining: {list}");
        ("True", "SomeFinalizersRemain", message)
    };
    let fixed = |reason, message: &str| ("False", reason, message.to_owned());
    let deleted = "All content successfully deleted, may be waiting on finalization";
    let wanted = [
        (
            "NamespaceDeletionDiscoveryFailure",
            fixed("ResourcesDiscovered", "All resources successfully discovered"),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            fixed("ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ),
        ("NamespaceDeletionContentFailure", fixed("ContentDeleted", deleted)),
        ("NamespaceContentRemaining", content),
        ("NamespaceFinalizersRemaining", finalizers),
    ];
    let old = old.cloned().unwrap_or_default();
    let conditions = wanted.map(|(type_, (status, reason, message))| {
        let stood = old.conditions.iter().flatten().find(|it| it.type_ == type_);
        let since =
            stood.filter(|it| it.status == status).and_then(|it| it.last_transition_time.clone());
        NamespaceCondition {
            type_: type_.into(),
            status: status.into(),
            reason: Some(reason.into()),
            message: Some(message),
            last_transition_time: since.or_else(|| Some(dates::now(view))),
        }
    });
    NamespaceStatus { phase: Some("Terminating".into()), conditions: Some(conditions.into()) }
}
