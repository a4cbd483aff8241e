//! The kinds the API knows: one file each, one row each.

mod cells;
mod config_map;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod event;
mod namespace;
mod node;
mod pod;
mod replica_set;
mod secret;
mod service;
mod service_account;

use k8s_openapi::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::decode::{self, DecodeError, Decoded};
use crate::field_error::FieldError;
use crate::object::{Body, Object};

/// A kind that the API knows. The order is that of `kubectl get all` nowhere: use it for indexes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Kind {
    ConfigMap,
    Deployment,
    EndpointSlice,
    Endpoints,
    Event,
    Namespace,
    Node,
    Pod,
    ReplicaSet,
    Secret,
    Service,
    ServiceAccount,
}

/// Every kind; a row's place is the kind's number.
pub const KINDS: &[KindInfo] = &[
    config_map::KIND,
    deployment::KIND,
    endpoint_slice::KIND,
    endpoints::KIND,
    event::KIND,
    namespace::KIND,
    node::KIND,
    pod::KIND,
    replica_set::KIND,
    secret::KIND,
    service::KIND,
    service_account::KIND,
];

/// What the API knows of a kind.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the columns of a table, independent of each other"
)]
pub struct KindInfo {
    /// The kind itself.
    pub kind: Kind,
    /// `kind`, such as `Deployment`.
    pub name: &'static str,
    /// API group; empty for core.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// Plural resource name.
    pub plural: &'static str,
    /// Singular resource name.
    pub singular: &'static str,
    /// Short names that kubectl accepts.
    pub short_names: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Whether it belongs to `kubectl get all`.
    pub in_all: bool,
    /// Whether `status` is a subresource: writes to the object leave it alone.
    pub has_status: bool,
    /// Whether a change of `spec` counts `generation` up.
    pub has_generation: bool,
    /// Decodes a document without `metadata`.
    pub decode: fn(&Value) -> Result<Decoded<Body>, DecodeError>,
    /// Fills in what the server fills in.
    pub default: fn(&mut Object),
    /// Complaints about a new object.
    pub validate: fn(&Object) -> Vec<FieldError>,
    /// Complaints about a change (new, old), beside those of `validate`.
    pub validate_update: fn(&Object, &Object) -> Vec<FieldError>,
    /// Columns of `kubectl get`, NAME among them.
    pub columns: &'static [Column],
    /// The cells of one object, one for each column, as printed text; `now` is Unix seconds.
    pub cells: fn(&Object, now: i64) -> Vec<String>,
}

/// A column of the server's table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading as in the Table document, such as `Ready`; kubectl prints it in capitals.
    pub name: &'static str,
    /// Shown only with `-o wide`.
    pub wide: bool,
}

impl Column {
    /// A column that is always shown.
    pub const fn always(name: &'static str) -> Self {
        Self { name, wide: false }
    }

    /// A column of `-o wide`.
    pub const fn wide(name: &'static str) -> Self {
        Self { name, wide: true }
    }
}

impl Kind {
    /// The kind's row.
    pub fn info(self) -> &'static KindInfo {
        &KINDS[self as usize]
    }

    /// Finds a kind by `apiVersion` and `kind`.
    pub fn by_name(api_version: &str, name: &str) -> Option<Self> {
        KINDS.iter().find(|it| it.name == name && it.api_version() == api_version).map(|it| it.kind)
    }

    /// Finds a kind by what a user may type: plural, singular, short name, kind (any case), each with an
    /// optional `.group` or `.version.group`.
    pub fn by_resource(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        let group_matches = |it: &KindInfo| {
            group.is_empty() || group == it.group || group == format!("{}.{}", it.version, it.group)
        };
        let name_matches = |it: &KindInfo| {
            it.plural == name
                || it.singular == name
                || it.short_names.contains(&name)
                || it.name.eq_ignore_ascii_case(name)
        };
        KINDS.iter().find(|it| name_matches(it) && group_matches(it)).map(|it| it.kind)
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
}

/// Decodes a document into the typed body of a kind.
fn decode_body<T: DeserializeOwned + Resource + Into<Body>>(
    document: &Value,
) -> Result<Decoded<Body>, DecodeError> {
    let Decoded { value, unknown } = decode::decode::<T>(document, T::KIND)?;
    Ok(Decoded { value: value.into(), unknown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_stands_at_its_kinds_number() {
        for (place, row) in KINDS.iter().enumerate() {
            assert_eq!(row.kind as usize, place, "{}", row.name);
        }
    }

    #[test]
    fn resources_are_found_as_users_type_them() {
        for word in [
            "deploy",
            "deployment",
            "deployments",
            "Deployment",
            "deployments.apps",
            "deployments.v1.apps",
        ] {
            assert_eq!(Kind::by_resource(word), Some(Kind::Deployment), "{word}");
        }
        assert_eq!(Kind::by_resource("deployments.batch"), None);
    }
}
