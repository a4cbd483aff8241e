//! Parts of objects, read where no whole object is at hand.
//!
//! They are concrete, so that the decoders behind them are compiled here and not again in each crate that reads one.

use k8s_openapi::api::core::v1::{PodTemplateSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value;

use super::decode;

/// Reads a selector, such as a StatefulSet's `spec.selector`; `None` if it is none.
pub fn label_selector(document: &Value) -> Option<LabelSelector> {
    document.is_object().then(|| decode(document, "LabelSelector").ok())?.map(|it| it.value)
}

/// Reads a pod template, such as a DaemonSet's `spec.template`; `None` if it is none.
pub fn pod_template(document: &Value) -> Option<PodTemplateSpec> {
    document.is_object().then(|| decode(document, "PodTemplateSpec").ok())?.map(|it| it.value)
}

/// Reads an entry of a pod's `spec.volumes`; `None` if it is none.
pub fn volume(document: &Value) -> Option<Volume> {
    document.is_object().then(|| decode(document, "Volume").ok())?.map(|it| it.value)
}
