//! What the downward API tells a container about its pod and about itself.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;
use opsdrill_objects::quantity::{Format, Quantity};
use opsdrill_objects::{Kind, Object, go_format};

use super::worker::Worker;
use crate::view::View;

/// A field of a pod, by its path.
///
/// # Errors
/// The kubelet's words for a path that it does not know.
pub(super) fn of_pod(
    view: View<'_>,
    object: &Object,
    worker: &Worker,
    path: &str,
) -> Result<String, String> {
    let meta = &object.meta;
    let pod = object.pod();
    let ip = || worker.ip.as_deref().unwrap_or_default().to_owned();
    let host_ip = || {
        let node = view.get(Kind::Node, "", &worker.node).and_then(|it| it.node());
        let addresses = node.and_then(|it| it.status.as_ref()?.addresses.as_ref());
        let internal = addresses.into_iter().flatten().find(|it| it.type_ == "InternalIP");
        internal.map(|it| it.address.clone()).unwrap_or_default()
    };
    let value = match path {
        "metadata.name" => meta.name.to_string(),
        "metadata.namespace" => meta.namespace().to_owned(),
        "metadata.uid" => meta.uid.to_string(),
        "metadata.labels" => lines(&meta.labels),
        "metadata.annotations" => lines(&meta.annotations),
        "spec.nodeName" => worker.node.to_string(),
        "spec.serviceAccountName" => {
            pod.and_then(|it| it.spec.service_account_name.clone()).unwrap_or_default()
        }
        "status.hostIP" | "status.hostIPs" => host_ip(),
        "status.podIP" | "status.podIPs" => ip(),
        _ => {
            let Some((map, key)) = subscript(path) else {
                return Err(format!("unsupported fieldPath: {path}"));
            };
            let map = if map == "metadata.labels" { &meta.labels } else { &meta.annotations };
            map.get(key).cloned().unwrap_or_default()
        }
    };
    Ok(value)
}

/// `metadata.labels['key']` in its parts.
fn subscript(path: &str) -> Option<(&str, &str)> {
    let (map, rest) = path.split_once("['")?;
    let known = matches!(map, "metadata.labels" | "metadata.annotations");
    known.then_some((map, rest.strip_suffix("']")?))
}

fn lines(map: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> =
        map.iter().map(|(key, value)| format!("{key}={}", go_format::quote(value))).collect();
    lines.join("\n")
}

/// A resource of a container, such as `limits.memory`; a limit that is not set is what the node offers.
///
/// # Errors
/// The kubelet's words for a resource that it does not know.
pub(super) fn of_container(
    view: View<'_>,
    worker: &Worker,
    container: &Container,
    resource: &str,
    divisor: Option<&str>,
) -> Result<String, String> {
    let unknown = || format!("unsupported container resource : {resource}");
    let (list, name) = resource.split_once('.').ok_or_else(unknown)?;
    let resources = container.resources.as_ref();
    let limit = resources.and_then(|it| it.limits.as_ref()?.get(name));
    let request = resources.and_then(|it| it.requests.as_ref()?.get(name));
    let node = view.get(Kind::Node, "", &worker.node).and_then(|it| it.node());
    let offered = node.and_then(|it| it.status.as_ref()?.allocatable.as_ref()?.get(name));
    let quantity = match list {
        "limits" => limit.or(offered),
        "requests" => request.or(limit),
        _ => return Err(unknown()),
    };
    let parse = |text: &str| Quantity::parse(text).ok();
    let amount = quantity.and_then(|it| parse(&it.0)).unwrap_or(Quantity::ZERO);
    let divisor = divisor
        .and_then(parse)
        .filter(|it| !it.is_zero())
        .unwrap_or_else(|| Quantity::from_value(1, Format::Decimal));
    let parts = if name == "cpu" {
        div_up(amount.milli_value(), divisor.milli_value())
    } else {
        div_up(amount.value(), divisor.value())
    };
    Ok(parts.to_string())
}

fn div_up(amount: i64, divisor: i64) -> i64 {
    let divisor = divisor.max(1);
    amount / divisor + i64::from(amount % divisor > 0)
}
