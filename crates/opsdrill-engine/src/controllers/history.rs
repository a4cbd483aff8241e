//! The revisions of a pod template, kept as ControllerRevisions (`pkg/controller/history`).

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use opsdrill_objects::{Kind, Meta, Object, decode};
use serde_json::{Value, json};

use super::deployment::hash::template_hash;
use super::{Change, claims};
use crate::view::View;

/// The label by which pods tell their revisions apart.
pub(super) const REVISION_HASH: &str = "controller-revision-hash";

/// The revisions of an owner, with the one of its present template.
pub(super) struct History<'w> {
    /// The hash of the present template.
    pub(super) hash: String,
    /// What brings the history up to date.
    pub(super) changes: Vec<Change>,
    /// Those that are stored, oldest first.
    stored: Vec<&'w Arc<Object>>,
    /// The label of revisions with their hash.
    label: &'static str,
}

impl<'w> History<'w> {
    /// Finds the present template among the owner's revisions, or enters it.
    pub(super) fn of(
        view: View<'w>,
        owner: &Object,
        template: &PodTemplateSpec,
        (label, collisions): (&'static str, Option<i32>),
    ) -> Self {
        let all = view.owned_by(owner.meta.uid).into_iter();
        let mut stored: Vec<_> = all.filter(|it| it.kind == Kind::ControllerRevision).collect();
        let orphans = orphans(view, owner, template);
        let mut changes: Vec<Change> =
            orphans.iter().map(|it| Change::update(adopted(it, owner))).collect();
        stored.extend(orphans);
        stored.sort_by_key(|it| (number(it), it.meta.created, it.meta.name.clone()));
        let data = patch_of(template);
        let same = stored.iter().rposition(|it| {
            it.controller_revision().and_then(|it| it.data.as_ref()).is_some_and(|it| it.0 == data)
        });
        let newest = stored.last().map_or(0, |it| number(it));
        let hash = if let Some(place) = same {
            let revision = stored[place];
            if place + 1 != stored.len() {
                // A template of before is the newest again.
                let mut next = adopted(revision, owner);
                next.controller_revision_mut().expect("a ControllerRevision").revision = newest + 1;
                changes.push(Change::update(next));
                stored.remove(place);
                stored.push(revision);
            }
            hash_of(revision, label)
        } else {
            let hash = template_hash(template, collisions);
            let labels = (label, hash.as_str());
            changes.push(Change::Create(Box::new(new(owner, template, data, newest + 1, labels))));
            hash
        };
        Self { hash, changes, stored, label }
    }

    /// The template of a stored revision.
    pub(super) fn template(&self, name: &str) -> Option<PodTemplateSpec> {
        let revision = self.stored.iter().find(|it| &*it.meta.name == name)?;
        let data = revision.controller_revision()?.data.as_ref()?;
        // What is no field of a template, the directive of the patch, is passed over.
        decode::pod_template(data.0.pointer("/spec/template")?)
    }

    /// Removes the oldest revisions that no pod has, but the last few.
    pub(super) fn truncate(&mut self, limit: Option<i32>, used: impl Fn(&str) -> bool) {
        let limit = usize::try_from(limit.unwrap_or(10)).unwrap_or(0);
        let unused = self.stored.iter().filter(|it| {
            let hash = hash_of(it, self.label);
            hash != self.hash && !used(&hash)
        });
        let unused: Vec<_> = unused.copied().collect();
        let surplus = unused.len().saturating_sub(limit);
        for revision in unused.into_iter().take(surplus) {
            self.changes.push(Change::delete(revision, crate::api::Options::default()));
        }
    }
}

/// The revisions that an owner of this name has left behind (`AdoptOrphanRevisions`).
fn orphans<'w>(view: View<'w>, owner: &Object, template: &PodTemplateSpec) -> Vec<&'w Arc<Object>> {
    if owner.meta.is_terminating() {
        return Vec::new();
    }
    let prefix = format!("{}-", owner.meta.name);
    let named = view.named_from(Kind::ControllerRevision, owner.meta.namespace(), &prefix);
    let labels = template.metadata.as_ref().and_then(|it| it.labels.clone()).unwrap_or_default();
    let fits = |it: &&Arc<Object>| {
        it.meta.controller().is_none()
            && !it.meta.is_terminating()
            && labels.iter().all(|(key, value)| it.meta.label(key) == Some(value))
    };
    named.filter(fits).collect()
}

/// A revision that belongs to its owner.
fn adopted(revision: &Object, owner: &Object) -> Object {
    let mut next = revision.clone();
    if next.meta.controller().is_none() {
        next.meta.owners.push(claims::controller_reference(owner));
    }
    next
}

fn number(revision: &Object) -> i64 {
    revision.controller_revision().map_or(0, |it| it.revision)
}

fn hash_of(revision: &Object, label: &str) -> String {
    let labels = &revision.meta.labels;
    labels.get(label).cloned().unwrap_or_default()
}

/// The template as a patch of its owner: this is what `kubectl rollout undo` applies.
fn patch_of(template: &PodTemplateSpec) -> Value {
    let mut template = serde_json::to_value(template).expect("templates are JSON");
    template["$patch"] = "replace".into();
    template["metadata"]["creationTimestamp"] = Value::Null;
    json!({ "spec": { "template": template } })
}

fn new(
    owner: &Object,
    template: &PodTemplateSpec,
    data: Value,
    number: i64,
    (label, hash): (&str, &str),
) -> Object {
    let mut labels =
        template.metadata.as_ref().and_then(|it| it.labels.clone()).unwrap_or_default();
    labels.insert(label.to_owned(), hash.to_owned());
    let meta = Meta {
        name: format!("{}-{hash}", owner.meta.name).into(),
        namespace: owner.meta.namespace.clone(),
        labels: Arc::new(labels),
        annotations: owner.meta.annotations.clone(),
        owners: vec![claims::controller_reference(owner)],
        ..Meta::default()
    };
    let data = Some(RawExtension(data));
    Object::new(
        meta,
        ControllerRevision { data, revision: number, ..ControllerRevision::default() },
    )
}
