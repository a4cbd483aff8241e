//! `kubectl create ingress`: rules written as `host/path=service:port[,tls[=secret]]`.

use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("networking.k8s.io/v1", "Ingress", "failed to create ingress:");

/// `kubectl create ingress`.
pub(super) struct CreateIngress;

impl Verb for CreateIngress {
    const NAME: &'static str = "ingress";
    const ALIASES: &'static [&'static str] = &["ing"];
    const USAGE: &'static str = "NAME --rule=HOST/PATH=SERVICE:PORT[,tls[=SECRET]]";
    const SUMMARY: &'static str = "Create an ingress";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::array("rule").about("host/path=service:port[,tls[=secret]]; a * ends a prefix."),
            Flag::text("class").about("The ingress class."),
            Flag::text("default-backend").about("SERVICE:PORT for what no rule matches."),
            Flag::array("annotation").about("KEY=VALUE."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let (rules, default) = (arguments.list("rule"), arguments.text("default-backend"));
        if rules.is_empty() && default.is_empty() {
            return Err(ToolError::plain(
                "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
            ));
        }
        let mut document = MADE.document(&name);
        for annotation in arguments.list("annotation") {
            let Some((key, value)) = annotation.split_once('=') else {
                return Err(ToolError::plain(format!(
                    "annotation {annotation} is invalid and should be in format key=[value]"
                )));
            };
            document["metadata"]["annotations"][key] = value.into();
        }
        let rules = rules.iter().map(|it| Rule::parse(it)).collect::<Result<Vec<_>, _>>()?;
        let mut spec = json!({});
        if !arguments.text("class").is_empty() {
            spec["ingressClassName"] = arguments.text("class").into();
        }
        if !default.is_empty() {
            let Some((service, port)) = service_and_port(default) else {
                return Err(ToolError::plain(
                    "default-backend should be in format servicename:serviceport",
                ));
            };
            spec["defaultBackend"] = backend(service, port);
        }
        if !rules.is_empty() {
            spec["rules"] = rules_of(&rules);
        }
        let tls = tls_of(&rules);
        if !tls.is_empty() {
            spec["tls"] = tls.into();
        }
        document["spec"] = spec;
        document["status"] = json!({ "loadBalancer": {} });
        generated::create(context, arguments, MADE, document)
    }
}

/// One rule of the line.
struct Rule<'a> {
    host: &'a str,
    path: String,
    path_type: &'static str,
    service: &'a str,
    port: &'a str,
    /// The secret with the certificate, empty if none is named; `None` without TLS.
    secret: Option<&'a str>,
}

impl<'a> Rule<'a> {
    fn parse(text: &'a str) -> Result<Self, ToolError> {
        Self::read(text).ok_or_else(|| {
            ToolError::plain(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        })
    }

    fn read(text: &'a str) -> Option<Self> {
        let (rule, tls) = match text.split_once(',') {
            Some((rule, tls)) => (rule, Some(tls)),
            None => (text, None),
        };
        let (place, target) = rule.split_once('=')?;
        let (host, path) = place.split_once('/')?;
        let (service, port) = service_and_port(target)?;
        let (path, path_type) = match path.strip_suffix('*') {
            Some(prefix) => (prefix, "Prefix"),
            None => (path, "Exact"),
        };
        let secret = tls.and_then(|it| it.strip_prefix("tls"));
        Some(Self {
            host,
            path: format!("/{path}"),
            path_type,
            service,
            port,
            secret: secret.map(|it| it.strip_prefix('=').unwrap_or(it)),
        })
    }
}

fn service_and_port(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').filter(|(service, port)| !service.is_empty() && !port.is_empty())
}

fn backend(service: &str, port: &str) -> Value {
    let port = match port.parse::<u16>() {
        Ok(number) => json!({ "number": number }),
        Err(_) => json!({ "name": port }),
    };
    json!({ "service": { "name": service, "port": port } })
}

/// The rules, those of one host together.
fn rules_of(rules: &[Rule]) -> Value {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let path = json!({
            "backend": backend(rule.service, rule.port),
            "path": rule.path,
            "pathType": rule.path_type,
        });
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    let rule = |(host, paths): (&str, Vec<Value>)| {
        let mut rule = json!({ "http": { "paths": paths } });
        if !host.is_empty() {
            rule["host"] = host.into();
        }
        rule
    };
    hosts.into_iter().map(rule).collect()
}

/// The hosts of each secret.
fn tls_of(rules: &[Rule]) -> Vec<Value> {
    let mut secrets: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.secret else { continue };
        let place = secrets.iter().position(|(it, _)| *it == secret).unwrap_or_else(|| {
            secrets.push((secret, Vec::new()));
            secrets.len() - 1
        });
        let hosts = &mut secrets[place].1;
        if !rule.host.is_empty() && !hosts.contains(&rule.host) {
            hosts.push(rule.host);
        }
    }
    let tls = |(secret, hosts): (&str, Vec<&str>)| {
        let mut tls = json!({});
        if !hosts.is_empty() {
            tls["hosts"] = json!(hosts);
        }
        if !secret.is_empty() {
            tls["secretName"] = secret.into();
        }
        tls
    };
    secrets.into_iter().map(tls).collect()
}
