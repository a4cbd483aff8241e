//! `kubectl describe ingress`.

use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::fields::{list, text, texts};
use super::service::endpoints;
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    let namespace = object.meta.namespace();
    out.field(0, "Name", &object.meta.name);
    out.pairs("", "Labels", &object.meta.labels);
    out.field(0, "Namespace", namespace);
    let addresses: Vec<String> = list(&document, "/status/loadBalancer/ingress")
        .iter()
        .map(|it| [text(it, "/ip"), text(it, "/hostname")].concat())
        .collect();
    out.field(0, "Address", addresses.join(","));
    let class = document.pointer("/spec/ingressClassName").and_then(Value::as_str);
    out.field(0, "Ingress Class", class.unwrap_or("<none>"));
    match document.pointer("/spec/defaultBackend") {
        Some(backend) => {
            let shown = backend_text(context, namespace, backend);
            out.field(0, "Default backend", shown);
        }
        None => out.field(0, "Default backend", "<default>"),
    }
    let tls = list(&document, "/spec/tls");
    if !tls.is_empty() {
        out.line(0, "TLS:");
    }
    for entry in tls {
        let (secret, hosts) = (text(entry, "/secretName"), texts(entry, "/hosts").join(","));
        out.line(
            1,
            if secret.is_empty() {
                format!("SNI routes {hosts}")
            } else {
                format!("{secret} terminates {hosts}")
            },
        );
    }
    rules(context, &document, namespace, out);
    out.annotations("", "Annotations", &object.meta.annotations);
    events::describe(context, object, out);
    Ok(())
}

fn rules(context: &mut Context, document: &Value, namespace: &str, out: &mut Description) {
    out.line(0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------");
    let mut count = 0;
    for rule in list(document, "/spec/rules") {
        let Some(http) = rule.get("http") else { continue };
        count += 1;
        let host = text(rule, "/host");
        out.line(1, format!("{}\t", if host.is_empty() { "*" } else { &host }));
        for path in list(http, "/paths") {
            let backend = backend_text(context, namespace, &path["backend"]);
            out.line(2, format!("\t{} \t{backend}", text(path, "/path")));
        }
    }
    if count == 0 {
        let backend = match document.pointer("/spec/defaultBackend") {
            Some(backend) => backend_text(context, namespace, backend),
            None => "<default>".to_owned(),
        };
        out.line(1, format!("*\t*\t{backend}"));
    }
}

/// `web:80 (10.244.2.2:80,10.244.0.2:80)`.
fn backend_text(context: &mut Context, namespace: &str, backend: &Value) -> String {
    if let Some(resource) = backend.get("resource") {
        let [group, kind, name] = ["/apiGroup", "/kind", "/name"].map(|it| text(resource, it));
        return format!("APIGroup: {group}, Kind: {kind}, Name: {name}");
    }
    let name = text(backend, "/service/name");
    let number = text(backend, "/service/port/number");
    let port = if number.is_empty() { text(backend, "/service/port/name") } else { number };
    let behind = match behind(context, namespace, &name, &port) {
        Ok(behind) => behind,
        Err(refusal) => format!("<error: {}>", refusal.message),
    };
    format!("{name}:{port} ({behind})")
}

/// The first addresses behind a service's port.
fn behind(
    context: &mut Context,
    namespace: &str,
    name: &str,
    port: &str,
) -> Result<String, Status> {
    let service = context.get(Kind::Service, name, namespace)?.to_value();
    let label = format!("kubernetes.io/service-name={name}");
    let (slices, _) = context.list(Kind::EndpointSlice, namespace, &label, "")?;
    let ports = list(&service, "/spec/ports");
    let found = ports.iter().find(|it| text(it, "/port") == port || text(it, "/name") == port);
    let port_name = found.map(|it| text(it, "/name")).unwrap_or_default();
    Ok(endpoints(&port_name, &slices))
}
