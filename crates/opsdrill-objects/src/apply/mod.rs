//! Server-side apply: who owns which field of an object, what an applied configuration makes of it, and the conflicts.
//!
//! - [`field_set`]: fields of one object, as `managedFields` writes them
//! - `shape`: which fields are owned as a whole
//! - [`published`]: what of that stands in the API's schemas
//! - `walk`: difference, merge, removal
//! - [`managers`]: the owners of an object's fields
//! - `baseline`: what an object holds before anybody has written anything
//!
//! Rules: Kubernetes Enhancement Proposal 555, `sigs.k8s.io/structured-merge-diff` and
//! `k8s.io/apimachinery/pkg/util/managedfields`.

mod baseline;
pub mod field_set;
pub mod managers;
pub mod published;
mod shape;
mod walk;

use serde_json::Value;

use crate::Status;
use crate::custom::schema::Schema;
use crate::status::{StatusCause, StatusDetails};
use field_set::FieldSet;
use managers::{Managers, Operation, Owner};
use shape::Shape;
use walk::Comparison;

/// Fields of every object that only the server writes: nobody owns them.
const OWNED_BY_NOBODY: &[&[&str]] = &[
    &["f:apiVersion"],
    &["f:kind"],
    &["f:metadata", "f:name"],
    &["f:metadata", "f:namespace"],
    &["f:metadata", "f:creationTimestamp"],
    &["f:metadata", "f:selfLink"],
    &["f:metadata", "f:uid"],
    &["f:metadata", "f:generation"],
    &["f:metadata", "f:managedFields"],
    &["f:metadata", "f:resourceVersion"],
];

/// What says how the fields of a kind are owned.
#[derive(Clone, Copy, Debug)]
pub enum Model<'a> {
    /// The table of the built-in kinds, by the kind's name.
    BuiltIn(&'a str),
    /// The schema of a custom kind.
    Custom(&'a Schema),
}

impl<'a> From<&'a str> for Model<'a> {
    fn from(kind: &'a str) -> Self {
        Self::BuiltIn(kind)
    }
}

impl Model<'_> {
    /// What a document holds before anybody has written anything.
    fn baseline(self) -> Value {
        match self {
            Self::BuiltIn(kind) => baseline::of_kind(kind),
            Self::Custom(_) => Value::Object(serde_json::Map::new()),
        }
    }
}

/// What a write has done to the owners of an object's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The writer has taken a field, new or old.
    pub took: bool,
    /// Somebody has lost one.
    pub lost: bool,
}

/// Notes who has written what by a request that is no apply; `old` is nothing for a creation.
pub fn track<'a>(
    kind: impl Into<Model<'a>>,
    owner: &Owner,
    old: Option<&Value>,
    new: &Value,
    managers: &mut Managers,
) -> Tracked {
    let model = kind.into();
    let found = match old {
        Some(old) => compared(model, old, new),
        None => compared(model, &model.baseline(), new),
    };
    let taken = found.modified.union(&found.added);
    let mut lost = managers.lose(&taken, Some(owner));
    lost |= managers.lose(&found.removed, None);
    let took = !taken.is_empty();
    if took {
        managers.gain(owner, &taken);
    }
    Tracked { took, lost }
}

/// What an applied configuration makes of an object.
pub struct Applied {
    /// The whole document.
    pub document: Value,
    /// Whether it differs from the one before.
    pub is_changed: bool,
}

/// Lays a configuration over an object; `live` is nothing where none is stored.
///
/// # Errors
/// The conflicts with other owners, unless `force` takes their fields from them.
pub fn apply<'a>(
    kind: impl Into<Model<'a>>,
    owner: &Owner,
    live: Option<&Value>,
    config: &Value,
    force: bool,
    managers: &mut Managers,
) -> Result<Applied, Status> {
    let model = kind.into();
    let shape = Shape::of(model);
    let empty = model.baseline();
    let mut merged = live.map_or_else(|| config.clone(), |it| walk::merge(shape, it, config));
    let set = strip(walk::fields(shape, config));
    let last = managers.replace(owner, set);
    if let Some(last) = last {
        walk::prune(shape, &mut merged, &last, &managers.all());
    }
    let found = compared(model, live.unwrap_or(&empty), &merged);
    let taken = found.modified.clone().union(&found.added);
    let conflicts = managers.conflicts(&taken, owner);
    if !force && !conflicts.is_empty() {
        return Err(refusal(&conflicts));
    }
    managers.lose(&taken, Some(owner));
    managers.lose(&found.removed, None);
    Ok(Applied { document: merged, is_changed: live.is_none() || !found.is_same() })
}

fn compared(model: Model<'_>, old: &Value, new: &Value) -> Comparison {
    let found = walk::compare(Shape::of(model), Some(old), Some(new));
    Comparison {
        removed: strip(found.removed),
        modified: strip(found.modified),
        added: strip(found.added),
    }
}

fn strip(mut set: FieldSet) -> FieldSet {
    for path in OWNED_BY_NOBODY {
        set.remove(path);
    }
    if let Some(metadata) = set.children.get_mut("f:metadata") {
        metadata.is_member = false;
        if metadata.is_empty() {
            set.children.remove("f:metadata");
        }
    }
    set
}

/// The refusal that names all conflicts.
fn refusal(conflicts: &[(Owner, FieldSet)]) -> Status {
    let mut causes = Vec::new();
    let mut lines = Vec::new();
    for (owner, fields) in conflicts {
        let shown = shown(owner);
        lines.push(format!("conflicts with {shown}:"));
        for path in fields.paths() {
            lines.push(format!("- {path}"));
            causes.push(StatusCause {
                reason: "FieldManagerConflict".into(),
                message: format!("conflict with {shown}"),
                field: path,
            });
        }
    }
    let message = match &causes[..] {
        [only] => format!("Apply failed with 1 conflict: {}: {}", only.message, only.field),
        _ => format!("Apply failed with {} conflicts: {}", causes.len(), lines.join("\n")),
    };
    let details = Some(Box::new(StatusDetails { causes, ..StatusDetails::default() }));
    Status { details, ..Status::new(409, "Conflict", message) }
}

fn shown(owner: &Owner) -> String {
    let mut text = format!("{:?}", owner.manager);
    if !owner.subresource.is_empty() {
        text += &format!(" with subresource {:?}", owner.subresource);
    }
    if owner.operation == Operation::Update {
        text += &format!(" using {}", owner.api_version);
    }
    text
}

#[cfg(test)]
mod tests;
