//! What a row of the table of kinds says.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::Kind;
use crate::decode::{DecodeError, Decoded};
use crate::field_error::FieldError;
use crate::object::{Body, Object};
use crate::timestamp;
use crate::validation::{metadata, names};

/// What the API knows of a kind.
#[derive(Debug)]
pub struct KindInfo {
    /// The kind itself.
    pub kind: Kind,
    /// `kind`, such as `Deployment`.
    pub name: &'static str,
    /// API group; empty for core.
    pub group: &'static str,
    /// API version within the group: the one in which objects are stored and which clients prefer.
    pub version: &'static str,
    /// Other versions in which the same objects are served.
    pub other_versions: &'static [ServedVersion],
    /// Plural resource name.
    pub plural: &'static str,
    /// Singular resource name.
    pub singular: &'static str,
    /// Short names that kubectl accepts.
    pub short_names: &'static [&'static str],
    /// Categories, such as `all` of `kubectl get all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What can be asked of the resource, as discovery names it.
    pub verbs: &'static [&'static str],
    /// Its subresources, by name. One called `status` means that writes to the object leave the status alone.
    pub subresources: &'static [SubresourceInfo],
    /// Whether a change of `spec` counts `generation` up.
    pub has_generation: bool,
    /// What is not simulated although objects are stored; empty if they act as in a real cluster.
    pub not_simulated: &'static str,
    /// Decodes a document without `metadata`.
    pub decode: fn(&Value) -> Result<Decoded<Body>, DecodeError>,
    /// Fills in what the server fills in.
    pub default: fn(&mut Object),
    /// Complaints about a new object.
    pub validate: fn(&Object) -> Vec<FieldError>,
    /// Complaints about a change (new, old), beside those of `validate`.
    pub validate_update: fn(&Object, &Object) -> Vec<FieldError>,
    /// What the server warns of when it is used, such as `v1 ComponentStatus is deprecated in v1.19+`; may be empty.
    pub deprecated: &'static str,
    /// What the server warns of in a new object, and in one whose specification is changed.
    pub warnings: fn(&Object) -> Vec<String>,
    /// What rows of the server's table are ordered by before their names, if they are.
    pub table_order: Option<fn(&Object) -> i32>,
    /// Columns of `kubectl get`, NAME among them.
    pub columns: &'static [Column],
    /// The cells of one object, one for each column, as printed text; `now` is Unix seconds.
    pub cells: fn(&Object, now: i64) -> Vec<String>,
}

/// Another version in which the objects of a kind can be read and written.
#[derive(Debug)]
pub struct ServedVersion {
    /// API group.
    pub group: &'static str,
    /// Version within the group.
    pub version: &'static str,
    /// Decodes a document of this version.
    pub decode: fn(&Value) -> Result<Decoded<Body>, DecodeError>,
    /// The document in this version, given the one in the stored version.
    pub encode: fn(Value) -> Value,
}

impl ServedVersion {
    /// `autoscaling/v1`.
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }
}

/// A subresource, as discovery names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubresourceInfo {
    /// Its name, such as `status`.
    pub name: &'static str,
    /// API group, version and kind of its documents, where they are not the resource's own.
    pub document: Option<(&'static str, &'static str, &'static str)>,
    /// What can be asked of it.
    pub verbs: &'static [&'static str],
}

const READ_WRITE: &[&str] = &["get", "patch", "update"];

impl SubresourceInfo {
    /// `status`.
    pub const STATUS: Self = Self::own("status", READ_WRITE);
    /// `scale`.
    pub const SCALE: Self = Self::of("scale", ("autoscaling", "v1", "Scale"), READ_WRITE);

    /// `proxy`.
    pub const fn proxy(document: (&'static str, &'static str, &'static str)) -> Self {
        Self::of("proxy", document, &["create", "delete", "get", "patch", "update"])
    }

    /// A subresource with the resource's own documents.
    pub const fn own(name: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { name, document: None, verbs }
    }

    /// A subresource with documents of another kind.
    pub const fn of(
        name: &'static str,
        document: (&'static str, &'static str, &'static str),
        verbs: &'static [&'static str],
    ) -> Self {
        Self { name, document: Some(document), verbs }
    }
}

/// The type of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A point in time.
    Date,
}

/// A column of the server's table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading as in the Table document, such as `Ready`; kubectl prints it in capitals.
    pub name: &'static str,
    /// The type of its cells.
    pub cell_type: ColumnType,
    /// Shown only with `-o wide`.
    pub wide: bool,
}

impl Column {
    /// A column of texts that is always shown.
    pub const fn always(name: &'static str) -> Self {
        Self { name, cell_type: ColumnType::Text, wide: false }
    }

    /// A column of whole numbers that is always shown.
    pub const fn integer(name: &'static str) -> Self {
        Self { name, cell_type: ColumnType::Integer, wide: false }
    }

    /// A column of `true` and `false` that is always shown.
    pub const fn boolean(name: &'static str) -> Self {
        Self { name, cell_type: ColumnType::Boolean, wide: false }
    }

    /// A column of points in time that is always shown.
    pub const fn date(name: &'static str) -> Self {
        Self { name, cell_type: ColumnType::Date, wide: false }
    }

    /// A column of texts for `-o wide`.
    pub const fn wide(name: &'static str) -> Self {
        Self { name, cell_type: ColumnType::Text, wide: true }
    }
}

impl KindInfo {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `apps/v1, Resource=deployments` and `/v1, Resource=pods`, as clients name a resource in some messages.
    pub fn gvr(&self) -> String {
        format!("{}/{}, Resource={}", self.group, self.version, self.plural)
    }

    /// `deployments.apps`, or `pods` for the core group.
    pub fn qualified_plural(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// Objects, which come by name, in the order of the server's table.
    pub fn rows<'a>(&self, objects: &'a [Arc<Object>]) -> Cow<'a, [Arc<Object>]> {
        let Some(order) = self.table_order else { return Cow::Borrowed(objects) };
        let mut rows = objects.to_vec();
        rows.sort_by_key(|it| order(it));
        Cow::Owned(rows)
    }

    /// Whether `status` is a subresource: writes to the object leave it alone.
    pub fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    /// Whether objects of the kind are stored; reviews and bindings are only answered.
    pub fn is_stored(&self) -> bool {
        self.verbs.contains(&"get")
    }

    /// A version beside the stored one, by its `apiVersion`.
    pub fn served_version(&self, api_version: &str) -> Option<&'static ServedVersion> {
        self.other_versions.iter().find(|it| it.api_version() == api_version)
    }

    /// A subresource by its name.
    pub fn subresource(&self, name: &str) -> Option<&'static SubresourceInfo> {
        self.subresources.iter().find(|it| it.name == name)
    }

    /// Whether it belongs to a category.
    pub fn is_in(&self, category: &str) -> bool {
        self.categories.contains(&category)
    }
}

/// What most rows say: a namespaced kind, written and read by everybody, without defaults of its own.
pub(super) const ROW: KindInfo = KindInfo {
    kind: Kind::ConfigMap,
    name: "",
    group: "",
    version: "v1",
    other_versions: &[],
    plural: "",
    singular: "",
    short_names: &[],
    categories: &[],
    namespaced: true,
    verbs: &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    subresources: &[],
    has_generation: false,
    not_simulated: "",
    decode: |_| Err(DecodeError::new("no decoder")),
    default: |_| {},
    validate: |it| metadata::validate(it, names::is_dns1123_subdomain),
    validate_update: metadata::validate_update,
    deprecated: "",
    warnings: |_| Vec::new(),
    table_order: None,
    columns: NAME_AND_CREATION,
    cells: |it, _| vec![it.meta.name.to_string(), timestamp::format(it.meta.created)],
};

/// The columns of kinds that have none of their own.
const NAME_AND_CREATION: &[Column] = &[Column::always("Name"), Column::date("Created At")];
