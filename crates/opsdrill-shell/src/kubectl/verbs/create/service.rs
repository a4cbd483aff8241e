//! `kubectl create service …`.

use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of, require};

const PORTS: Flag = Flag::list("tcp").about("PORT or PORT:TARGETPORT.");

/// `kubectl create service clusterip`.
pub(super) struct CreateClusterIp;

/// `kubectl create service nodeport`.
pub(super) struct CreateNodePort;

/// `kubectl create service loadbalancer`.
pub(super) struct CreateLoadBalancer;

/// `kubectl create service externalname`.
pub(super) struct CreateExternalName;

/// What the types of services differ in.
struct Service<'a> {
    kind: &'static str,
    failure: &'static str,
    address: &'a str,
    node_port: i64,
    external_name: &'a str,
}

impl Verb for CreateClusterIp {
    const NAME: &'static str = "clusterip";
    const USAGE: &'static str = "NAME [--tcp=PORT:TARGETPORT]";
    const SUMMARY: &'static str = "Create a service with an address inside the cluster";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[PORTS, Flag::text("clusterip").about("The address, or None for a headless service.")],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut service = Service::of("ClusterIP", "failed to create ClusterIP service:");
        service.address = arguments.text("clusterip");
        create(context, arguments, &service)
    }
}

impl Verb for CreateNodePort {
    const NAME: &'static str = "nodeport";
    const USAGE: &'static str = "NAME --tcp=PORT:TARGETPORT";
    const SUMMARY: &'static str = "Create a service with a port on every node";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[PORTS, Flag::integer("node-port", "0").about("The port; 0 lets the server choose.")],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut service = Service::of("NodePort", "failed to create NodePort service:");
        service.node_port = arguments.integer("node-port");
        create(context, arguments, &service)
    }
}

impl Verb for CreateLoadBalancer {
    const NAME: &'static str = "loadbalancer";
    const USAGE: &'static str = "NAME --tcp=PORT:TARGETPORT";
    const SUMMARY: &'static str = "Create a service behind a load balancer";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, &[PORTS], PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let service = Service::of("LoadBalancer", "failed to create LoadBalancer service:");
        create(context, arguments, &service)
    }
}

impl Verb for CreateExternalName {
    const NAME: &'static str = "externalname";
    const USAGE: &'static str = "NAME --external-name=NAME [--tcp=PORT:TARGETPORT]";
    const SUMMARY: &'static str = "Create a service that stands for a name outside";
    const FLAGS: &'static [&'static [Flag]] =
        &[SHARED, &[PORTS, Flag::text("external-name").about("The name outside.")], PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        require(arguments, &["external-name"])?;
        let mut service = Service::of("ExternalName", "failed to create ExternalName service:");
        service.external_name = arguments.text("external-name");
        create(context, arguments, &service)
    }
}

impl Service<'_> {
    fn of(kind: &'static str, failure: &'static str) -> Self {
        Self { kind, failure, address: "", node_port: 0, external_name: "" }
    }
}

fn create(context: &mut Context, arguments: &Arguments, service: &Service) -> Outcome {
    let name = name_of(arguments)?;
    let texts = arguments.list("tcp");
    if texts.is_empty() && service.address != "None" && service.external_name.is_empty() {
        return Err(ToolError::plain("at least one tcp port specifier must be provided"));
    }
    let ports =
        texts.iter().map(|it| port(it, service.node_port)).collect::<Result<Vec<_>, _>>()?;
    let made = Made::namespaced("v1", "Service", service.failure);
    let mut document = made.document(&name);
    document["metadata"]["labels"] = json!({ "app": name });
    document["spec"] = json!({ "selector": { "app": name }, "type": service.kind });
    if !ports.is_empty() {
        document["spec"]["ports"] = ports.into();
    }
    let texts = [("clusterIP", service.address), ("externalName", service.external_name)];
    for (field, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        document["spec"][field] = text.into();
    }
    document["status"] = json!({ "loadBalancer": {} });
    generated::create(context, arguments, made, document)
}

/// Reads `80` or `80:8080`.
fn port(text: &str, node_port: i64) -> Result<Value, ToolError> {
    let (outside, inside) = text.split_once(':').unwrap_or((text, text));
    let number: u16 = outside.parse().map_err(|_| {
        ToolError::plain(format!("strconv.ParseUint: parsing {outside:?}: invalid syntax"))
    })?;
    let target = inside.parse::<i64>().map_or_else(|_| json!(inside), |it| json!(it));
    let mut port = json!({
        "name": text.replace(':', "-"),
        "port": number,
        "protocol": "TCP",
        "targetPort": target,
    });
    if node_port > 0 {
        port["nodePort"] = node_port.into();
    }
    Ok(port)
}
