//! Pod.

mod cells;
mod difference;
mod validate;
pub(super) mod warnings;

use std::sync::Arc;

use k8s_openapi::api::core::v1 as core;
use serde_json::Value;

use crate::Object;
use crate::decode::{self, DecodeError, Decoded};
use crate::defaults::quality_of_service::quality_of_service;
use crate::defaults::{fill_text, pod_spec};
use crate::object::Body;
use crate::pod::Pod;

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Pod,
    name: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: SUBRESOURCES,
    decode,
    default,
    validate: validate::validate,
    validate_update: validate::validate_update,
    warnings: warnings::warnings,
    columns: &[
        Column::always("Name"),
        Column::always("Ready"),
        Column::always("Status"),
        Column::always("Restarts"),
        Column::always("Age"),
        Column::wide("IP"),
        Column::wide("Node"),
        Column::wide("Nominated Node"),
        Column::wide("Readiness Gates"),
    ],
    cells: cells::cells,
    ..ROW
};

const SUBRESOURCES: &[SubresourceInfo] = &[
    SubresourceInfo::of("attach", ("", "v1", "PodAttachOptions"), &["create", "get"]),
    SubresourceInfo::of("binding", ("", "v1", "Binding"), &["create"]),
    SubresourceInfo::own("ephemeralcontainers", &["get", "patch", "update"]),
    SubresourceInfo::of("eviction", ("policy", "v1", "Eviction"), &["create"]),
    SubresourceInfo::of("exec", ("", "v1", "PodExecOptions"), &["create", "get"]),
    SubresourceInfo::own("log", &["get"]),
    SubresourceInfo::of("portforward", ("", "v1", "PodPortForwardOptions"), &["create", "get"]),
    SubresourceInfo::proxy(("", "v1", "PodProxyOptions")),
    SubresourceInfo::STATUS,
];

fn decode(document: &Value) -> Result<Decoded<Body>, DecodeError> {
    let Decoded { value, unknown } = decode::decode::<core::Pod>(document, "Pod")?;
    let mut spec = value.spec.unwrap_or_default();
    let node_name = spec.node_name.take().map(Into::into);
    let pod = Pod {
        spec: spec.into(),
        node_name,
        token_volume: None,
        status: Box::new(value.status.unwrap_or_default()),
    };
    Ok(Decoded { value: pod.into(), unknown })
}

/// The specification's defaults and the status of a pod nobody has looked at yet.
///
/// A specification that is complete already stays shared with the pods of its template.
fn default(object: &mut Object) {
    let Some(pod) = object.pod_mut() else { return };
    let mut spec = (*pod.spec).clone();
    pod_spec::default_pod(&mut spec);
    if spec != *pod.spec {
        pod.spec = Arc::new(spec);
    }
    fill_text(&mut pod.status.phase, "Pending");
    if pod.status.qos_class.is_none() {
        pod.status.qos_class = Some(quality_of_service(&pod.spec).to_owned());
    }
}
