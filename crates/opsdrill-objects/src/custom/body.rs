//! The body of a custom resource: a JSON document.

use serde_json::{Map, Value};

use crate::Kind;
use crate::decode::{DecodeError, Decoded};
use crate::object::Body;

/// Everything of a custom resource but `apiVersion`, `kind` and `metadata`.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomBody {
    /// The kind, in the version in which the object is kept or shown.
    pub kind: Kind,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl CustomBody {
    /// The fields of a whole document.
    pub fn of(kind: Kind, document: &Value) -> Self {
        let mut fields = document.as_object().cloned().unwrap_or_default();
        for name in ["apiVersion", "kind", "metadata"] {
            fields.remove(name);
        }
        Self { kind, fields }
    }

    /// Whether all but the status is the same.
    pub(crate) fn has_spec_of(&self, other: &Self) -> bool {
        let own = self.fields.iter().filter(|it| it.0 != "status");
        own.eq(other.fields.iter().filter(|it| it.0 != "status"))
    }

    /// Takes another's status, or has none if it has none.
    pub(crate) fn take_status_from(&mut self, other: &Self) {
        match other.fields.get("status") {
            Some(status) => self.fields.insert("status".to_owned(), status.clone()),
            None => self.fields.remove("status"),
        };
    }
}

/// Without its definition nothing is known of a document: `decode_object` keeps the fields as they are.
pub(super) fn decode_unknown(_: &Value) -> Result<Decoded<Body>, DecodeError> {
    Err(DecodeError::new("a custom resource is decoded by its kind"))
}
