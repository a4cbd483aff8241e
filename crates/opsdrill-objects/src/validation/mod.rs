//! The rules of validity that several kinds share: `pkg/apis/core/validation` and apimachinery, version 1.32.
//!
//! - [`path`]: the path of a field, as complaints tell it
//! - [`names`]: what names, keys and ports look like
//! - [`metadata`]: names, labels, annotations, owners
//! - [`label_selector`]: structured selectors
//! - [`numbers`]: counts, ports, percentages
//! - [`namespace`]: its own finalizers
//! - [`pod_spec`], [`container`], [`ephemeral_container`], [`environment`], [`probe`], [`resources`], [`volume`], [`toleration`]: pods
//! - [`pod_template`]: templates of ReplicaSets and Deployments
//! - [`deployment_strategy`], [`key_values`]: what Deployments; ConfigMaps and Secrets hold
//! - [`go_value`]: values as Go's `%#v` prints them

pub mod container;
pub mod deployment_strategy;
pub mod environment;
pub mod ephemeral_container;
pub mod go_value;
pub mod job;
pub mod key_values;
pub mod label_selector;
pub mod metadata;
pub mod names;
pub mod namespace;
pub mod numbers;
pub mod path;
pub mod pod_spec;
pub mod pod_template;
pub mod probe;
pub mod quantities;
pub mod rbac;
pub mod resources;
pub mod toleration;
pub mod volume;
pub mod webhook;

use crate::field_error::FieldError;

pub use path::Path;

/// Complaints in the order in which the server makes them.
pub type Errors = Vec<FieldError>;

/// A field that may not change once it is set.
pub const IMMUTABLE: &str = "field is immutable";

/// One complaint about a text for each message.
pub(crate) fn invalid_each(errors: &mut Errors, path: &Path, value: &str, messages: Vec<String>) {
    errors.extend(messages.into_iter().map(|it| FieldError::invalid(path, value, it)));
}

/// A text that is missing.
pub(crate) fn require(errors: &mut Errors, path: &Path, value: Option<&str>) {
    if value.unwrap_or_default().is_empty() {
        errors.push(FieldError::required(path, ""));
    }
}

/// A text that must be one of a few words; a missing one is complained about as such.
pub(crate) fn one_of(errors: &mut Errors, path: &Path, value: Option<&str>, words: &[&str]) {
    match value.unwrap_or_default() {
        "" => errors.push(FieldError::required(path, "")),
        value if words.contains(&value) => {}
        value => errors.push(FieldError::not_supported(path, value, words)),
    }
}
