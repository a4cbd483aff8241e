//! `metrics.k8s.io/v1beta1`: what nodes and pods use, as the metrics server tells it.

use std::sync::Arc;

use hyper::Method;
use opsdrill_engine::Cluster;
use opsdrill_engine::api::authorization::Action;
use opsdrill_engine::api::{self, Options};
use opsdrill_objects::{Kind, Object, Status, timestamp};
use opsdrill_session::usage::{self, Usage, UsagePart};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::media::For;
use crate::objects::not_allowed;
use crate::path::ObjectPath;
use crate::service::{Asked, Context};

/// The group.
pub(crate) const GROUP: &str = "metrics.k8s.io";
/// Its version.
pub(crate) const VERSION: &str = "v1beta1";
/// The verbs of its resources.
pub(crate) const VERBS: &[&str] = &["get", "list"];

/// Its resources: plural name, kind, and the kind that is measured.
pub(crate) const RESOURCES: &[(&str, &str, Kind)] =
    &[("nodes", "NodeMetrics", Kind::Node), ("pods", "PodMetrics", Kind::Pod)];

/// The span that a measurement is about, as the metrics server writes it.
const WINDOW: &str = "15s";

/// Answers a request for measurements.
///
/// # Errors
/// The server's refusal.
pub(crate) async fn answer(
    context: &Context,
    asked: &Asked,
    path: &ObjectPath,
) -> Result<Answer, Status> {
    let row = RESOURCES.iter().find(|it| it.0 == path.resource);
    let Some((_, _, kind)) = row.filter(|_| path.version == VERSION && path.subresource.is_empty())
    else {
        return Ok(Answer::nowhere());
    };
    let fits = kind.info().namespaced || path.namespace.is_empty();
    if !fits || kind.info().namespaced && path.namespace.is_empty() && !path.name.is_empty() {
        return Ok(Answer::nowhere());
    }
    if asked.method != Method::GET && asked.method != Method::HEAD {
        return Err(not_allowed());
    }
    let accepted = asked.accepted(For::Plain)?;
    let (identity, path) = (asked.identity.clone(), path.clone());
    let options = Options {
        label_selector: asked.query.get("labelSelector").to_owned(),
        field_selector: asked.query.get("fieldSelector").to_owned(),
        ..Options::default()
    };
    let kind = *kind;
    let look = move |cluster: &Cluster| {
        if !cluster.view().serves_metrics() {
            return Err(nobody());
        }
        let action = Action::Resource {
            verb: if path.name.is_empty() { "list" } else { "get" },
            group: GROUP,
            resource: &path.resource,
            subresource: "",
            namespace: &path.namespace,
            name: &path.name,
        };
        cluster.authorize(&identity, &action)?;
        document(cluster, kind, &path, &options)
    };
    let document = context.door.look(look).await??;
    Ok(Answer::document(200, &document, accepted))
}

/// The words of a server that knows no such API.
fn nobody() -> Status {
    Status::new(404, "NotFound", "the server could not find the requested resource")
}

fn document(
    cluster: &Cluster,
    kind: Kind,
    path: &ObjectPath,
    options: &Options,
) -> Result<Value, Status> {
    let matches = api::matcher(kind, options)?;
    let measured = match kind {
        Kind::Node => usage::of_nodes(cluster),
        _ => usage::of_pods(cluster, &path.namespace),
    };
    let now = cluster.unix_now();
    let mut items = Vec::new();
    for usage in measured.iter().filter(|it| path.name.is_empty() || it.name == path.name) {
        let object = cluster.view().get(kind, &usage.namespace, &usage.name);
        if let Some(object) = object.filter(|it| matches(it)) {
            items.push(item(kind, object, usage, now));
        }
    }
    if path.name.is_empty() {
        return Ok(json!({
            "kind": format!("{}List", name_of(kind)),
            "apiVersion": format!("{GROUP}/{VERSION}"),
            "metadata": {},
            "items": items,
        }));
    }
    items.pop().ok_or_else(|| not_measured(cluster, kind, path))
}

fn name_of(kind: Kind) -> &'static str {
    RESOURCES.iter().find(|it| it.2 == kind).map_or("", |it| it.1)
}

/// What is told of an object.
fn item(kind: Kind, object: &Arc<Object>, usage: &Usage, now: i64) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".into(), usage.name.clone().into());
    if !usage.namespace.is_empty() {
        metadata.insert("namespace".into(), usage.namespace.clone().into());
    }
    metadata.insert("creationTimestamp".into(), timestamp::format(now).into());
    if !object.meta.labels.is_empty() {
        metadata.insert("labels".into(), json!(*object.meta.labels));
    }
    let mut item = json!({
        "kind": name_of(kind),
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "metadata": metadata,
        "timestamp": timestamp::format(now),
        "window": WINDOW,
    });
    if kind == Kind::Node {
        item["usage"] = usage.parts.first().map(resources).unwrap_or_default();
    } else {
        let containers =
            usage.parts.iter().map(|it| json!({ "name": it.name, "usage": resources(it) }));
        item["containers"] = containers.collect();
    }
    item
}

/// Amounts in the units that the metrics server has them in: billionths of a core, and kibibytes.
fn resources(used: &UsagePart) -> Value {
    let cpu = match used.cpu_milli {
        0 => "0".to_owned(),
        milli => format!("{milli}000000n"),
    };
    json!({ "cpu": cpu, "memory": format!("{}Ki", used.memory_bytes / 1024) })
}

/// Whoever is not there, or was not measured yet.
fn not_measured(cluster: &Cluster, kind: Kind, path: &ObjectPath) -> Status {
    let name = match kind {
        Kind::Node => path.name.clone(),
        _ => format!("{}/{}", path.namespace, path.name),
    };
    let exists = cluster.view().get(kind, &path.namespace, &path.name).is_some();
    let resource = match (kind, exists) {
        (_, false) => kind.info().plural.to_owned(),
        (Kind::Node, true) => format!("nodemetrics.{GROUP}"),
        (_, true) => format!("podmetrics.{GROUP}"),
    };
    Status::new(404, "NotFound", format!("{resource} {name:?} not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_metrics_server_writes_them() {
        let used = UsagePart { cpu_milli: 250, memory_bytes: 10 << 20, ..UsagePart::default() };
        assert_eq!(resources(&used), json!({ "cpu": "250000000n", "memory": "10240Ki" }));
        assert_eq!(resources(&UsagePart::default()), json!({ "cpu": "0", "memory": "0Ki" }));
    }
}
