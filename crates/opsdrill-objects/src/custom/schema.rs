//! The schema of a custom kind in one version, read once from its definition.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use regex::Regex;
use serde_json::{Map, Number, Value};

use crate::field_error::FieldError;

use super::{check, defaulting, embedded, lists, number, pattern, pruning, scale};

/// What a schema says of a value. What it may hold is in [`Schema::allows`]; the rest gives it its structure.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the schema")]
pub struct Schema {
    /// `type`; empty if any will do.
    pub kind: String,
    /// Fields by name.
    pub properties: BTreeMap<String, Schema>,
    /// Every other field: `Some(None)` if it may be anything.
    pub additional: Option<Option<Box<Schema>>>,
    /// Items of a list.
    pub items: Option<Box<Schema>>,
    /// What the value is when it is not given.
    pub default: Option<Value>,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// Whether fields that the schema does not name are kept.
    pub keeps_unknown: bool,
    /// Whether it is a number or a text.
    pub int_or_string: bool,
    /// Whether it is an object with `apiVersion`, `kind` and `metadata` of its own.
    pub is_resource: bool,
    /// `set`, `map`, `atomic`, or empty.
    pub list_type: String,
    /// The keys of a list of type `map`.
    pub list_keys: Vec<String>,
    /// Whether a map is owned as a whole.
    pub is_atomic_map: bool,
    /// How many CEL rules stand in it: they are not simulated.
    pub rules: usize,
    /// What the value may be.
    pub allows: Limits,
}

/// What a value may be.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub(super) format: String,
    pub(super) required: Vec<String>,
    pub(super) one_of_values: Vec<Value>,
    pub(super) pattern: Option<(Regex, String)>,
    pub(super) minimum: Option<(Number, bool)>,
    pub(super) maximum: Option<(Number, bool)>,
    pub(super) multiple_of: Option<Number>,
    pub(super) length: (Option<i64>, Option<i64>),
    pub(super) items: (Option<i64>, Option<i64>),
    pub(super) properties: (Option<i64>, Option<i64>),
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Box<Schema>>,
}

impl Schema {
    /// Reads a schema that has passed the rules for definitions.
    pub fn of(props: &JSONSchemaProps) -> Self {
        let list = |it: &Option<Vec<JSONSchemaProps>>| -> Vec<Self> {
            it.iter().flatten().map(Self::of).collect()
        };
        let additional = match &props.additional_properties {
            None | Some(JSONSchemaPropsOrBool::Bool(false)) => None,
            Some(JSONSchemaPropsOrBool::Bool(true)) => Some(None),
            Some(JSONSchemaPropsOrBool::Schema(own)) => Some(Some(Box::new(Self::of(own)))),
        };
        let items = match &props.items {
            Some(JSONSchemaPropsOrArray::Schema(own)) => Some(Box::new(Self::of(own))),
            _ => None,
        };
        let bound = |it: Option<f64>, exclusive: Option<bool>| {
            it.map(|it| (number::bound(it), exclusive.unwrap_or_default()))
        };
        let allows = Limits {
            format: props.format.clone().unwrap_or_default(),
            required: props.required.clone().unwrap_or_default(),
            one_of_values: props.enum_.iter().flatten().map(|it| it.0.clone()).collect(),
            pattern: props
                .pattern
                .as_ref()
                .and_then(|it| Some((pattern::compile(it).ok()?, it.clone()))),
            minimum: bound(props.minimum, props.exclusive_minimum),
            maximum: bound(props.maximum, props.exclusive_maximum),
            multiple_of: props.multiple_of.map(number::bound),
            length: (props.min_length, props.max_length),
            items: (props.min_items, props.max_items),
            properties: (props.min_properties, props.max_properties),
            all_of: list(&props.all_of),
            any_of: list(&props.any_of),
            one_of: list(&props.one_of),
            not: props.not.as_ref().map(|it| Box::new(Self::of(it))),
        };
        let own = props.properties.iter().flatten();
        let properties: BTreeMap<String, Self> =
            own.map(|(name, it)| (name.clone(), Self::of(it))).collect();
        let mut schema = Self {
            kind: props.type_.clone().unwrap_or_default(),
            properties,
            additional,
            items,
            default: props.default.as_ref().map(|it| it.0.clone()),
            nullable: props.nullable.unwrap_or_default(),
            keeps_unknown: props.x_kubernetes_preserve_unknown_fields.unwrap_or_default(),
            int_or_string: props.x_kubernetes_int_or_string.unwrap_or_default(),
            is_resource: props.x_kubernetes_embedded_resource.unwrap_or_default(),
            list_type: props.x_kubernetes_list_type.clone().unwrap_or_default(),
            list_keys: props.x_kubernetes_list_map_keys.clone().unwrap_or_default(),
            is_atomic_map: props.x_kubernetes_map_type.as_deref() == Some("atomic"),
            rules: props.x_kubernetes_validations.as_ref().map_or(0, Vec::len),
            allows,
        };
        let below = schema.properties.values().map(|it| it.rules).sum::<usize>()
            + schema.items.as_ref().map_or(0, |it| it.rules)
            + schema.additional.as_ref().and_then(|it| it.as_ref()).map_or(0, |it| it.rules);
        schema.rules += below;
        schema
    }

    /// What stands at a key: a field of its own, or what every other field is.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        let other = || self.additional.as_ref().and_then(|it| it.as_deref());
        self.properties.get(name).or_else(other)
    }

    /// Shows a value and all that it holds to somebody, each with its schema and its path, the outer before the inner. What
    /// the schema does not name is left out.
    pub(super) fn visit(
        &self,
        value: &Value,
        path: &str,
        see: &mut dyn FnMut(&Self, &Value, &str),
    ) {
        see(self, value, path);
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let dot = if path.is_empty() { "" } else { "." };
                    if let Some(own) = self.properties.get(name) {
                        own.visit(value, &format!("{path}{dot}{name}"), see);
                    } else if let Some(own) = self.field(name) {
                        own.visit(value, &format!("{path}[{name}]"), see);
                    }
                }
            }
            Value::Array(items) => {
                let Some(own) = &self.items else { return };
                for (place, item) in items.iter().enumerate() {
                    own.visit(item, &format!("{path}[{place}]"), see);
                }
            }
            _ => {}
        }
    }

    /// Takes out of a document's fields what the schema does not know, and puts in what it says they are by default.
    /// Answers the paths of unknown fields, sorted.
    pub fn complete(&self, fields: &mut Map<String, Value>) -> Vec<String> {
        let unknown = pruning::prune(self, fields);
        defaulting::complete(self, fields);
        unknown
    }

    /// Complaints about a whole document (`customResourceStrategy.Validate`), metadata apart.
    pub fn validate(&self, document: &Value, scale: Option<&super::ScalePaths>) -> Vec<FieldError> {
        let mut errors = check::check(self, document);
        errors.extend(scale.into_iter().flat_map(|it| scale::check(it, document, true)));
        errors.extend(embedded::check(self, document));
        errors.extend(lists::check(self, document));
        errors
    }

    /// Complaints about a document whose status is written (`ValidateStatusUpdate`).
    pub fn validate_status(
        &self,
        document: &Value,
        scale: Option<&super::ScalePaths>,
    ) -> Vec<FieldError> {
        let (schema, status) = (self.properties.get("status"), document.get("status"));
        let mut errors = match (schema, status) {
            (Some(schema), Some(status)) => check::check_at(schema, status, "status"),
            _ => Vec::new(),
        };
        errors.extend(scale.into_iter().flat_map(|it| scale::check(it, document, false)));
        errors.extend(lists::check(self, document));
        errors
    }

    /// Complaints about a default of a definition's schema.
    pub(crate) fn validate_default(&self, value: &Value, path: &str) -> Vec<FieldError> {
        check::check_at(self, value, path)
    }

    /// Whether a default holds fields that would be taken out of it.
    pub(crate) fn has_unknown(&self, value: &Value) -> bool {
        let mut value = value.clone();
        let before = value.clone();
        pruning::prune_value(self, &mut value);
        value != before
    }
}
