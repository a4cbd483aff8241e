//! Schemas as `kubectl explain` goes through them.

use opsdrill_openapi::REFERENCE;
use serde_json::{Map, Value};

/// A schema, or a reference to one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema<'a>(pub(super) &'a Value);

impl<'a> Schema<'a> {
    /// The schema of that name.
    pub(super) fn named(name: &str) -> Schema<'static> {
        Schema(opsdrill_openapi::schemas().get(name).unwrap_or(&Value::Null))
    }

    /// The name that it refers to.
    pub(super) fn reference(self) -> Option<&'a str> {
        self.0.get("$ref").and_then(Value::as_str)?.strip_prefix(REFERENCE)
    }

    /// What it refers to, or itself.
    pub(super) fn resolved(self) -> Self {
        match self.reference() {
            Some(name) => Schema::named(name),
            None => self,
        }
    }

    fn part(self, name: &str) -> Option<Self> {
        self.0.get(name).filter(|it| it.is_object()).map(Schema)
    }

    /// What each item of a list is.
    pub(super) fn items(self) -> Option<Self> {
        self.part("items")
    }

    /// What each value of a map is.
    pub(super) fn values(self) -> Option<Self> {
        self.part("additionalProperties")
    }

    /// The schemas that it takes everything from.
    pub(super) fn all_of(self) -> impl Iterator<Item = Self> {
        self.0.get("allOf").and_then(Value::as_array).into_iter().flatten().map(Schema)
    }

    /// Its fields, in order of their names.
    pub(super) fn properties(self) -> Option<&'a Map<String, Value>> {
        self.0.get("properties").and_then(Value::as_object).filter(|it| !it.is_empty())
    }

    /// One of its fields.
    pub(super) fn property(self, name: &str) -> Option<Self> {
        self.properties()?.get(name).map(Schema)
    }

    /// Whether a field must be there.
    pub(super) fn requires(self, name: &str) -> bool {
        let required = self.0.get("required").and_then(Value::as_array);
        required.is_some_and(|it| it.iter().any(|it| it == name))
    }

    /// What it says of itself alone.
    pub(super) fn own_description(self) -> &'a str {
        self.text("description")
    }

    /// The name of its type.
    pub(super) fn own_type(self) -> &'a str {
        self.text("type")
    }

    fn text(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The values that it may have, if they are listed.
    pub(super) fn choices(self) -> Vec<&'a str> {
        let listed = self.0.get("enum").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}
