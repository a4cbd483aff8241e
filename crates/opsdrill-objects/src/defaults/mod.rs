//! What the server fills in for a client, where several kinds share it.
//!
//! The rules are those of Kubernetes 1.32 (`pkg/apis/core/v1/defaults.go`), checked against recorded answers.
//! What admission plugins add (service account, token volume, tolerations, priority) is not here.

pub mod claim;
pub mod image;
pub mod pod_spec;
pub mod quality_of_service;
pub mod role_binding;
pub mod webhook;

/// Fills an empty place.
pub(crate) fn fill<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

/// Fills an empty place with a text.
pub(crate) fn fill_text(place: &mut Option<String>, text: &str) {
    place.get_or_insert_with(|| text.to_owned());
}
