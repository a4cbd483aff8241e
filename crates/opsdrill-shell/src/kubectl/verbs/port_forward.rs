//! `kubectl port-forward`: ports of the trainee's machine that lead to a pod.
//!
//! In the foreground they are open until Ctrl-C. In the background (`… &`) they stay open.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::door::PortForward as Forward;
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::pods_behind;
use crate::kubectl::resources::kind_of;
use crate::kubectl::until::{Awaited, Look};

/// Where the ports begin that are chosen by chance.
const CHOSEN_FROM: u64 = 32_768;
/// How many there are of them.
const CHOSEN: u64 = 28_232;
/// Nobody forwards ports for longer: a week.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// `kubectl port-forward`.
pub(super) struct PortForward;

impl Verb for PortForward {
    const NAME: &'static str = "port-forward";
    const USAGE: &'static str = "TYPE/NAME [LOCAL_PORT:]REMOTE_PORT …";
    const SUMMARY: &'static str = "Forward ports of this machine to a pod";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::list("address").about("localhost, or 127.0.0.1: where the ports are opened."),
        Flag::duration("pod-running-timeout", "1m0s")
            .about("How long to wait for a workload's pod."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let Some((word, ports)) =
            arguments.positional.split_first().filter(|(_, ports)| !ports.is_empty())
        else {
            return Err(ToolError::usage(
                "TYPE/NAME and list of ports are required for port-forward",
            ));
        };
        let addresses = arguments.list("address");
        if let Some(other) =
            addresses.iter().find(|it| !matches!(it.as_str(), "localhost" | "127.0.0.1"))
        {
            return Err(ToolError::not_simulated(format!(
                "kubectl port-forward --address {other}"
            )));
        }
        let patience = super::logs::patience_ms(arguments).map_err(ToolError::usage)?;
        let (kind, name) = match word.split_once('/') {
            Some((types, name)) => (kind_of(types)?, name),
            None => (Kind::Pod, word.as_str()),
        };
        let namespace = context.namespace.clone();
        let named = context.get(kind, name, &namespace)?;
        let pod = match kind {
            Kind::Pod => named.clone(),
            _ => pods_behind::for_commands(context, &named, patience)?,
        };
        let wanted = ports
            .iter()
            .map(|it| Wanted::parse(context, it, &named, &pod))
            .collect::<Result<Vec<_>, _>>()?;
        let phase = pod.pod().map_or("", |it| it.phase()).to_owned();
        if phase != "Running" {
            return Err(ToolError::plain(format!(
                "unable to forward port because pod is not running. Current status={phase}"
            )));
        }
        let forward = Forward {
            namespace,
            pod: pod.meta.name.to_string(),
            ports: wanted.iter().map(|it| (it.local, it.remote)).collect(),
        };
        run(
            context,
            &forward,
            &pod,
            addresses.is_empty() || addresses.contains(&"localhost".to_owned()),
        )
    }
}

fn run(context: &mut Context, forward: &Forward, pod: &Arc<Object>, both: bool) -> Outcome {
    let stays = match context.door.open_ports(forward) {
        Ok(stays) => stays,
        Err(taken) => {
            for port in &taken {
                context.err(&format!("Unable to listen on port {port}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:{port}: bind: address already in use unable to create listener: Error listen tcp6 [::1]:{port}: bind: address already in use]\n"));
            }
            let ports: Vec<String> = forward
                .ports
                .iter()
                .map(|(local, remote)| format!("{{{local} {remote}}}"))
                .collect();
            return Err(ToolError::plain(format!(
                "unable to listen on any of the requested ports: [{}]",
                ports.join(" ")
            )));
        }
    };
    for (local, remote) in &forward.ports {
        context.out(&format!("Forwarding from 127.0.0.1:{local} -> {remote}\n"));
        if both {
            context.out(&format!("Forwarding from [::1]:{local} -> {remote}\n"));
        }
    }
    if stays {
        return Ok(0);
    }
    let deadline = context.door.now_ms().saturating_add(PATIENCE_MS);
    let gone = |_: &mut Context, object: Option<&Arc<Object>>| {
        let there = object.and_then(|it| it.pod()).is_some_and(|it| it.phase() == "Running");
        Ok(if there { Look::NotYet } else { Look::Done })
    };
    let ended = Awaited::object(pod).until(context, deadline, gone);
    context.door.close_ports(forward);
    ended?;
    Err(ToolError::plain("lost connection to pod"))
}

/// A port that is asked for.
struct Wanted {
    local: u16,
    remote: u16,
}

impl Wanted {
    /// Reads `8080:80`, `80`, `:80` and names of ports.
    fn parse(
        context: &mut Context,
        text: &str,
        named: &Object,
        pod: &Object,
    ) -> Result<Self, ToolError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (local, remote) = match parts.as_slice() {
            [only] => (None, *only),
            [local, remote] => (Some(*local), *remote),
            _ => return Err(ToolError::plain(format!("invalid port format '{text}'"))),
        };
        let remote_text = remote;
        let (shown, remote) = if named.kind == Kind::Service {
            of_service(named, pod, remote_text)?
        } else {
            let number = match remote_text.parse::<u16>() {
                Ok(number) => number,
                Err(_) => named_port(pod, remote_text)?,
            };
            (number, number)
        };
        if remote == 0 {
            return Err(ToolError::plain("remote port must be > 0"));
        }
        let local = match local {
            None => shown,
            Some("" | "0") => {
                let chance = context.door.random_u64("kubectl port-forward");
                u16::try_from(CHOSEN_FROM + chance % CHOSEN).expect("below 65,536")
            }
            Some(text) => text.parse().map_err(|_| {
                ToolError::plain(format!(
                    "error parsing local port '{text}': strconv.ParseUint: parsing {text:?}: invalid syntax"
                ))
            })?,
        };
        Ok(Self { local, remote })
    }
}

/// A port of a pod by its name.
fn named_port(pod: &Object, name: &str) -> Result<u16, ToolError> {
    let document = pod.to_value();
    let containers = document.pointer("/spec/containers").and_then(Value::as_array);
    let ports = containers.into_iter().flatten().filter_map(|it| it.get("ports")?.as_array());
    let found = ports.flatten().find(|it| it["name"] == name);
    let number = found.and_then(|it| u16::try_from(it["containerPort"].as_u64()?).ok());
    number.ok_or_else(|| {
        ToolError::plain(format!("Pod '{}' does not have a named port '{name}'", pod.meta.name))
    })
}

/// The port of a service and the pod's behind it.
fn of_service(service: &Object, pod: &Object, text: &str) -> Result<(u16, u16), ToolError> {
    let document = service.to_value();
    let ports = document.pointer("/spec/ports").and_then(Value::as_array);
    let wanted = text.parse::<u64>().ok();
    let found = ports.into_iter().flatten().find(|it| match wanted {
        Some(number) => it["port"] == number,
        None => it["name"] == text,
    });
    let name = &service.meta.name;
    let Some(port) = found else {
        return Err(ToolError::plain(match wanted {
            Some(number) => {
                format!("Service {name} does not have a service port {number}")
            }
            None => format!("Service '{name}' does not have a named port '{text}'"),
        }));
    };
    let number = |it: &Value| u16::try_from(it.as_u64().unwrap_or_default()).unwrap_or_default();
    let own = number(&port["port"]);
    if document.pointer("/spec/clusterIP").and_then(Value::as_str) == Some("None") {
        return Ok((own, own));
    }
    let target = match &port["targetPort"] {
        Value::String(name) => named_port(pod, name)?,
        Value::Null => own,
        other => number(other),
    };
    Ok((own, target))
}
