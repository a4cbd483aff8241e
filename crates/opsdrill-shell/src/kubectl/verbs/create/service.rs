//! `kubectl create service …`.

use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, SHARED, name_of};

const PORTS: Flag = Flag::list("tcp").about("PORT or PORT:TARGETPORT.");

/// `kubectl create service clusterip`.
pub(super) struct CreateClusterIp;

/// `kubectl create service nodeport`.
pub(super) struct CreateNodePort;

/// `kubectl create service loadbalancer`.
pub(super) struct CreateLoadBalancer;

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
        let address = arguments.text("clusterip");
        create(context, arguments, "ClusterIP", address, 0)
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
        create(context, arguments, "NodePort", "", arguments.integer("node-port"))
    }
}

impl Verb for CreateLoadBalancer {
    const NAME: &'static str = "loadbalancer";
    const USAGE: &'static str = "NAME --tcp=PORT:TARGETPORT";
    const SUMMARY: &'static str = "Create a service behind a load balancer";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, &[PORTS], PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        create(context, arguments, "LoadBalancer", "", 0)
    }
}

fn create(
    context: &mut Context,
    arguments: &Arguments,
    kind: &str,
    address: &str,
    node_port: i64,
) -> Outcome {
    let name = name_of(arguments)?;
    let texts = arguments.list("tcp");
    if texts.is_empty() && address != "None" {
        return Err(ToolError::plain("at least one tcp port specifier must be provided"));
    }
    let ports = texts.iter().map(|it| port(it, node_port)).collect::<Result<Vec<_>, _>>()?;
    let mut document = generated::document(Kind::Service, &name);
    document["metadata"]["labels"] = json!({ "app": name });
    document["spec"] = json!({ "selector": { "app": name }, "type": kind });
    if !ports.is_empty() {
        document["spec"]["ports"] = ports.into();
    }
    if !address.is_empty() {
        document["spec"]["clusterIP"] = address.into();
    }
    document["status"] = json!({ "loadBalancer": {} });
    let called = format!("{kind} service");
    generated::create(context, arguments, Kind::Service, document, Some(&called))
}

/// Reads `80` or `80:8080`.
fn port(text: &str, node_port: i64) -> Result<Value, ToolError> {
    let (outside, inside) = text.split_once(':').unwrap_or((text, text));
    let number: i64 =
        outside.parse().map_err(|_| ToolError::plain(format!("invalid port format: {text:?}")))?;
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
