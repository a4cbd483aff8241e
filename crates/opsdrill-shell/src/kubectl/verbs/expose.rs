//! `kubectl expose`: a service for the pods of an object.

use opsdrill_objects::{Kind, Object};
use serde_json::{Map, Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::Writer;

/// `kubectl expose`.
pub(super) struct Expose;

impl Verb for Expose {
    const NAME: &'static str = "expose";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) [--port=PORT] [--target-port=PORT]";
    const SUMMARY: &'static str = "Make a service of a deployment, replica set, service or pod";
    const TAKES: Takes =
        Takes::Objects(&[Kind::Deployment, Kind::Pod, Kind::ReplicaSet, Kind::Service]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            Flag::text("name").about("The service's name; the object's unless given."),
            Flag::text("port").about("The service's port."),
            Flag::text("target-port").about("The containers' port, by number or name."),
            Flag::text("protocol").about("TCP unless given."),
            Flag::text("type").about("ClusterIP, NodePort or LoadBalancer."),
            Flag::text("cluster-ip").about("The address, or None for a headless service."),
            Flag::text("selector").about("Labels KEY=VALUE of the pods."),
            Flag::text("external-ip").about("A further address that leads to the service."),
            Flag::text("labels").short('l').about("Labels KEY=VALUE of the service."),
            Flag::text("load-balancer-ip").about("The load balancer's address."),
            Flag::text("override-type").default("merge").about("json, merge or strategic."),
            Flag::text("overrides").about("A patch of the service, as JSON."),
            Flag::switch("save-config").about("Remember the object in an annotation."),
            Flag::text("session-affinity").about("None or ClientIP."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let writer = Writer::of(context, arguments, "kubectl-expose")?;
        let query = Query { labels: String::new(), ..Query::of(arguments) };
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        for object in &objects {
            let mut document = service_of(arguments, object)?;
            let overrides = arguments.text("overrides");
            if !overrides.is_empty() {
                document = super::run::patched("Service", arguments, overrides, document)?;
            }
            if arguments.switch("save-config") {
                document = super::apply::remembering(&document);
            }
            if !writer.pretends() {
                let namespace = object.meta.namespace();
                document = writer.create(context, Kind::Service, namespace, document)?.to_value();
            }
            writer.say(context, arguments, &document, "exposed")?;
        }
        Ok(0)
    }
}

fn service_of(arguments: &Arguments, object: &Object) -> Result<Value, ToolError> {
    let text = |flag: &str| arguments.text(flag).to_owned();
    let name = if text("name").is_empty() { object.meta.name.to_string() } else { text("name") };
    let selector = match arguments.text("selector") {
        "" => selector_of(object)?,
        given => given_selector(given)?,
    };
    let mut spec = json!({ "ports": ports_of(arguments, object)?, "selector": selector });
    for (flag, field) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
    ] {
        if !text(flag).is_empty() {
            spec[field] = text(flag).into();
        }
    }
    if !text("external-ip").is_empty() {
        spec["externalIPs"] = json!([text("external-ip")]);
    }
    let mut document = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "creationTimestamp": null, "name": name },
        "spec": spec,
        "status": { "loadBalancer": {} },
    });
    if !text("labels").is_empty() {
        document["metadata"]["labels"] = given_selector(arguments.text("labels"))?;
    } else if !object.meta.labels.is_empty() {
        document["metadata"]["labels"] = json!(*object.meta.labels);
    }
    Ok(document)
}

/// The labels by which an object finds its pods.
fn selector_of(object: &Object) -> Result<Value, ToolError> {
    let document = object.to_value();
    let place = match object.kind {
        Kind::Deployment | Kind::ReplicaSet => "/spec/selector/matchLabels",
        Kind::Service => "/spec/selector",
        Kind::Pod => "/metadata/labels",
        kind => {
            let info = kind.info();
            let dot = if info.group.is_empty() { "" } else { "." };
            return Err(ToolError::plain(format!(
                "cannot expose a {}{dot}{}",
                info.name, info.group
            )));
        }
    };
    if document.pointer("/spec/selector/matchExpressions").is_some() {
        return Err(ToolError::plain(
            "couldn't retrieve selectors via --selector flag or introspection: expressions cannot be converted to a map-based selector",
        ));
    }
    let found =
        document.pointer(place).filter(|it| it.as_object().is_some_and(|it| !it.is_empty()));
    found.cloned().ok_or_else(|| {
        let info = object.kind.info();
        ToolError::plain(format!(
            "couldn't retrieve selectors via --selector flag or introspection: the {} has no labels and cannot be exposed",
            info.singular
        ))
    })
}

fn given_selector(text: &str) -> Result<Value, ToolError> {
    let mut map = Map::new();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| ToolError::plain(format!("unexpected label spec: {pair}")))?;
        map.insert(key.to_owned(), value.into());
    }
    Ok(Value::Object(map))
}

/// The service's ports: those of the flags, or of the object's containers.
fn ports_of(arguments: &Arguments, object: &Object) -> Result<Value, ToolError> {
    let protocol = match arguments.text("protocol") {
        "" => "TCP",
        given => given,
    };
    let mut numbers: Vec<i64> = Vec::new();
    for part in arguments.text("port").split(',').filter(|it| !it.is_empty()) {
        let number = part.parse().map_err(|_| {
            ToolError::plain(format!("strconv.Atoi: parsing {part:?}: invalid syntax"))
        })?;
        numbers.push(number);
    }
    if numbers.is_empty() {
        numbers = declared_ports(object);
    }
    if numbers.is_empty() {
        return Err(ToolError::usage("couldn't find port via --port flag or introspection"));
    }
    let target = arguments.text("target-port");
    let several = numbers.len() > 1;
    let ports = numbers.iter().enumerate().map(|(place, number)| {
        let inside = match (target, target.parse::<i64>()) {
            ("", _) => json!(number),
            (_, Ok(number)) => json!(number),
            (name, Err(_)) => json!(name),
        };
        let mut port = json!({ "port": number, "protocol": protocol, "targetPort": inside });
        if several {
            port["name"] = format!("port-{}", place + 1).into();
        }
        port
    });
    Ok(ports.collect())
}

/// The ports that containers (or a service) declare.
fn declared_ports(object: &Object) -> Vec<i64> {
    let document = object.to_value();
    let list = |place: &str| document.pointer(place).and_then(Value::as_array).cloned();
    if object.kind == Kind::Service {
        let ports = list("/spec/ports").unwrap_or_default();
        return ports.iter().filter_map(|it| it.get("port")?.as_i64()).collect();
    }
    let containers = list("/spec/template/spec/containers").or_else(|| list("/spec/containers"));
    let containers = containers.unwrap_or_default();
    let ports = containers.iter().filter_map(|it| it.get("ports")?.as_array()).flatten();
    ports.filter_map(|it| it.get("containerPort")?.as_i64()).collect()
}
