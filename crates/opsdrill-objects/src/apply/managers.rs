//! The owners of an object's fields: `metadata.managedFields`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::field_set::FieldSet;

/// How a manager came to its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// Who owns fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The manager's name.
    pub manager: String,
    /// How it came to the fields.
    pub operation: Operation,
    /// The version in which it wrote them.
    pub api_version: String,
    /// The subresource through which it wrote them; empty for the object itself.
    pub subresource: String,
}

/// One owner with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    owner: Owner,
    /// When it last took a field, RFC 3339.
    time: String,
    /// Shared by the versions of an object: most reports take what their owner has already.
    fields: Arc<FieldSet>,
}

/// All owners of an object's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managers {
    entries: Vec<Entry>,
}

impl Owner {
    /// Whether two entries are of one owner: an applier is the same in every version.
    fn is(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }
}

impl Managers {
    /// Reads `managedFields`; `None` if it is not what a server writes.
    pub fn from_value(value: &Value) -> Option<Self> {
        let read = |entry: &Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let operation = match text("operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            let owner = Owner {
                manager: text("manager").to_owned(),
                operation,
                api_version: text("apiVersion").to_owned(),
                subresource: text("subresource").to_owned(),
            };
            let fields = FieldSet::from_value(entry.get("fieldsV1")?)?;
            Some(Entry { owner, time: text("time").to_owned(), fields: Arc::new(fields) })
        };
        let entries: Option<Vec<Entry>> = value.as_array()?.iter().map(read).collect();
        Some(Self { entries: entries? })
    }

    /// What a client says of the owners: `None` if it says nothing, or nothing that could be read, so that those of the
    /// stored object stay; nobody if it resets them with a list of one empty entry (`isResetManagedFields`).
    pub fn sent(value: &Value) -> Option<Self> {
        if *value == json!([{}]) {
            return Some(Self::default());
        }
        Self::from_value(value).filter(|it| !it.is_empty())
    }

    /// Puts them into the order in which they are stored and shown: appliers first, then by time.
    pub fn sort(&mut self) {
        let key = |it: &Entry| {
            let owner = it.owner.clone();
            (owner.operation, it.time.clone(), owner.manager, owner.api_version, owner.subresource)
        };
        self.entries.sort_by_cached_key(key);
    }

    /// As `managedFields` shows them.
    pub fn to_value(&self) -> Value {
        let shown = |it: &Entry| {
            let operation = match it.owner.operation {
                Operation::Apply => "Apply",
                Operation::Update => "Update",
            };
            let mut entry = Map::new();
            entry.insert("manager".into(), json!(it.owner.manager));
            entry.insert("operation".into(), json!(operation));
            entry.insert("apiVersion".into(), json!(it.owner.api_version));
            entry.insert("time".into(), json!(it.time));
            entry.insert("fieldsType".into(), json!("FieldsV1"));
            entry.insert("fieldsV1".into(), it.fields.to_value());
            if !it.owner.subresource.is_empty() {
                entry.insert("subresource".into(), json!(it.owner.subresource));
            }
            Value::Object(entry)
        };
        self.entries.iter().map(shown).collect()
    }

    /// Whether nobody owns anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an owner has come just now.
    pub fn is_new(&self, owner: &Owner) -> bool {
        self.entries.iter().any(|it| it.owner.is(owner) && it.time.is_empty())
    }

    /// Notes when an owner last took fields, RFC 3339.
    pub fn stamp(&mut self, owner: &Owner, time: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|it| it.owner.is(owner)) {
            time.clone_into(&mut entry.time);
        }
    }

    /// Everything that anybody owns.
    pub(super) fn all(&self) -> FieldSet {
        self.entries.iter().fold(FieldSet::default(), |all, it| all.union(&it.fields))
    }

    /// Gives an owner more fields.
    pub(super) fn gain(&mut self, owner: &Owner, fields: &FieldSet) {
        match self.entries.iter_mut().find(|it| it.owner.is(owner)) {
            Some(entry) if entry.fields.contains(fields) => {}
            Some(entry) => Arc::make_mut(&mut entry.fields).add(fields),
            None => self.entries.push(Entry {
                owner: owner.clone(),
                time: String::new(),
                fields: Arc::new(fields.clone()),
            }),
        }
    }

    /// Gives an owner these fields and no others; answers those that it had.
    pub(super) fn replace(&mut self, owner: &Owner, fields: FieldSet) -> Option<Arc<FieldSet>> {
        if let Some(entry) = self.entries.iter_mut().find(|it| it.owner.is(owner)) {
            owner.api_version.clone_into(&mut entry.owner.api_version);
            return Some(std::mem::replace(&mut entry.fields, Arc::new(fields)));
        }
        self.gain(owner, &fields);
        None
    }

    /// Takes fields from everybody but one; who has none left is gone. Answers whether anybody had any.
    pub(super) fn lose(&mut self, fields: &FieldSet, but: Option<&Owner>) -> bool {
        let mut found = false;
        for entry in &mut self.entries {
            let is_meant = but.is_none_or(|it| !entry.owner.is(it));
            if is_meant && entry.fields.meets(fields) {
                Arc::make_mut(&mut entry.fields).subtract(fields);
                found = true;
            }
        }
        self.entries.retain(|it| !it.fields.is_empty());
        found
    }

    /// Which of these fields others own.
    pub(super) fn conflicts(&self, fields: &FieldSet, own: &Owner) -> Vec<(Owner, FieldSet)> {
        let others = self.entries.iter().filter(|it| !it.owner.is(own));
        let hit = others.map(|it| (it.owner.clone(), it.fields.intersection(fields)));
        let mut hit: Vec<_> = hit.filter(|it| !it.1.is_empty()).collect();
        hit.sort_by(|one, other| one.0.manager.cmp(&other.0.manager));
        hit
    }
}
