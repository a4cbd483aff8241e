//! Object metadata in a compact form, and its JSON shape.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Kind;
use crate::apply::managers::Managers;

/// The UUID by which an object is known for its whole life.
///
/// Drawn from the session's chance, so it is the same in every replay.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Uid(pub u128);

impl Uid {
    /// Whether no UID was assigned yet.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A random UUID (version 4) out of 128 random bits.
    pub fn random(bits: u128) -> Self {
        let versioned = (bits & !(0xf << 76)) | (0x4 << 76);
        Self((versioned & !(0x3 << 62)) | (0x2 << 62))
    }

    /// Reads the usual `8-4-4-4-12` text; `None` if it is not a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|it| *it != '-').collect();
        (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// Labels or annotations, shared between objects made from one template.
pub type StringMap = Arc<BTreeMap<String, String>>;

/// A reference to an owner (`metadata.ownerReferences[]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// Kind of the owner, when it is one we know.
    pub kind: Kind,
    /// Name of the owner, in the dependent's namespace or cluster-scoped.
    pub name: Arc<str>,
    /// UID of the owner.
    pub uid: Uid,
    /// Whether this is the managing controller.
    pub controller: bool,
    /// Whether foreground deletion of the owner waits for this object.
    pub block_owner_deletion: bool,
}

/// The deletion mark of an object that is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `deletionTimestamp`, Unix seconds: for pods the moment of the request plus the grace period.
    pub at: i64,
    /// `deletionGracePeriodSeconds`.
    pub grace_seconds: i64,
}

/// Object metadata. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// `name`.
    pub name: Arc<str>,
    /// `namespace`; `None` for cluster-scoped kinds.
    pub namespace: Option<Arc<str>>,
    /// `generateName`.
    pub generate_name: Option<Arc<str>>,
    /// `uid`; empty until the API has stored the object.
    pub uid: Uid,
    /// `resourceVersion`; 0 until stored.
    pub resource_version: u64,
    /// `generation`; 0 for kinds that do not count it.
    pub generation: i64,
    /// `creationTimestamp`.
    pub created: i64,
    /// `deletionTimestamp` and grace period.
    pub deletion: Option<Deletion>,
    /// `labels`.
    pub labels: StringMap,
    /// `annotations`.
    pub annotations: StringMap,
    /// `ownerReferences`.
    pub owners: Vec<OwnerReference>,
    /// `finalizers`.
    pub finalizers: Vec<String>,
    /// `managedFields`; nobody where a client has sent the list that resets it.
    pub managed_fields: Option<Arc<Managers>>,
}

/// What all objects without labels or annotations share.
static EMPTY: LazyLock<StringMap> = LazyLock::new(StringMap::default);

impl Default for Meta {
    fn default() -> Self {
        Self {
            name: Arc::default(),
            namespace: None,
            generate_name: None,
            uid: Uid::default(),
            resource_version: 0,
            generation: 0,
            created: 0,
            deletion: None,
            labels: EMPTY.clone(),
            annotations: EMPTY.clone(),
            owners: Vec::new(),
            finalizers: Vec::new(),
            managed_fields: None,
        }
    }
}

impl Meta {
    /// Metadata with a name and, for namespaced kinds, a namespace.
    pub fn named(namespace: Option<&str>, name: &str) -> Self {
        Self { name: name.into(), namespace: namespace.map(Into::into), ..Self::default() }
    }

    /// The namespace, or the empty text for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The owner that controls this object.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owners.iter().find(|it| it.controller)
    }

    /// A label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// Sets or, with `None`, removes an annotation.
    pub fn set_annotation(&mut self, key: &str, value: Option<&str>) {
        set(&mut self.annotations, key, value);
    }

    /// Sets or, with `None`, removes a label.
    pub fn set_label(&mut self, key: &str, value: Option<&str>) {
        set(&mut self.labels, key, value);
    }

    /// Whether the object is marked for deletion.
    pub fn is_terminating(&self) -> bool {
        self.deletion.is_some()
    }

    /// The JSON form, as the server answers it.
    pub fn to_value(&self) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        if !self.annotations.is_empty() {
            put("annotations", string_map(&self.annotations));
        }
        if self.created != 0 {
            put("creationTimestamp", timestamp(self.created).into());
        } else {
            put("creationTimestamp", Value::Null);
        }
        if let Some(deletion) = self.deletion {
            put("deletionGracePeriodSeconds", deletion.grace_seconds.into());
            put("deletionTimestamp", timestamp(deletion.at).into());
        }
        if !self.finalizers.is_empty() {
            put("finalizers", self.finalizers.clone().into());
        }
        if let Some(generate_name) = &self.generate_name {
            put("generateName", generate_name.to_string().into());
        }
        if self.generation != 0 {
            put("generation", self.generation.into());
        }
        if !self.labels.is_empty() {
            put("labels", string_map(&self.labels));
        }
        if let Some(managed_fields) = &self.managed_fields {
            put("managedFields", managed_fields.to_value());
        }
        if !self.name.is_empty() {
            put("name", self.name.to_string().into());
        }
        if let Some(namespace) = &self.namespace {
            put("namespace", namespace.to_string().into());
        }
        if !self.owners.is_empty() {
            put("ownerReferences", self.owners.iter().map(OwnerReference::to_value).collect());
        }
        if self.resource_version != 0 {
            put("resourceVersion", self.resource_version.to_string().into());
        }
        if !self.uid.is_empty() {
            put("uid", self.uid.to_string().into());
        }
        Value::Object(out)
    }
}

impl OwnerReference {
    /// The JSON form.
    pub fn to_value(&self) -> Value {
        let mut out = Map::new();
        out.insert("apiVersion".into(), self.kind.info().api_version().into());
        if self.block_owner_deletion {
            out.insert("blockOwnerDeletion".into(), true.into());
        }
        if self.controller {
            out.insert("controller".into(), true.into());
        }
        out.insert("kind".into(), self.kind.info().name.into());
        out.insert("name".into(), self.name.to_string().into());
        out.insert("uid".into(), self.uid.to_string().into());
        Value::Object(out)
    }
}

fn set(map: &mut StringMap, key: &str, value: Option<&str>) {
    let map = Arc::make_mut(map);
    match value {
        Some(value) => map.insert(key.to_owned(), value.to_owned()),
        None => map.remove(key),
    };
}

fn string_map(map: &BTreeMap<String, String>) -> Value {
    map.iter()
        .map(|(key, value)| (key.clone(), Value::from(value.clone())))
        .collect::<Map<_, _>>()
        .into()
}

/// `2026-11-22T21:26:17Z` of Unix seconds.
fn timestamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .expect("simulated dates are within the calendar")
        .to_string()
}
