//! `kubectl get --raw`: what the server answers to a path, as it stands.
//!
//! The prompt knows the API without HTTP. The paths of objects, of health and of the version are answered; discovery and
//! OpenAPI are said not to be simulated here: the served API has them.

use opsdrill_engine::api::version;
use opsdrill_engine::api::{Answer, Options, Request, Subresource, Target, Verb};
use opsdrill_objects::kinds::KindInfo;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;

/// Prints the answer to a path.
pub(super) fn run(context: &mut Context, address: &str) -> Outcome {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let text = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] if query.is_empty() => "ok".to_owned(),
        [name @ ("healthz" | "livez" | "readyz")] if query == "verbose" => {
            let checks = ["ping", "log", "etcd"].map(|it| format!("[+]{it} ok\n")).concat();
            format!("{checks}{name} check passed\n")
        }
        ["version"] => version::text(),
        ["api" | "apis" | "openapi", ..] if parts.len() < 3 => return Err(not_simulated(address)),
        ["api", api_version, rest @ ..] => objects(context, ("", api_version, query), rest)?,
        ["apis", _, _] => return Err(not_simulated(address)),
        ["apis", group, api_version, rest @ ..] => {
            objects(context, (group, api_version, query), rest)?
        }
        _ => return Err(nowhere().into()),
    };
    context.out(&text);
    Ok(0)
}

fn not_simulated(address: &str) -> ToolError {
    ToolError::not_simulated(format!("kubectl get --raw {address} at this prompt"))
}

/// What the server says of a path at which nothing is.
fn nowhere() -> Status {
    Status::new(404, "NotFound", "the server could not find the requested resource")
}

/// Objects, by the rest of a path: `namespaces/shop/pods/web/status`.
fn objects(
    context: &mut Context,
    (group, version, query): (&str, &str, &str),
    rest: &[&str],
) -> Result<String, ToolError> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, resource, rest @ ..] if *resource != "status" => {
            (*namespace, [&[*resource], rest].concat())
        }
        rest => ("", rest.to_vec()),
    };
    let [resource, of_it @ ..] = rest.as_slice() else { return Err(nowhere().into()) };
    let served = |it: &&'static KindInfo| {
        it.group == group && it.version == version && it.plural == *resource && it.is_stored()
    };
    let Some(info) = context.door.kinds().rows().find(served) else { return Err(nowhere().into()) };
    match of_it {
        [] => list(context, info.kind, namespace, query),
        _ if !query.is_empty() => Err(not_simulated(query)),
        [name] => {
            let object = context.ask_object(Request::get(info.kind, namespace, name))?;
            Ok(compact(&object.to_value()))
        }
        [name, sub @ ("status" | "scale")] => {
            let sub = if *sub == "scale" { Subresource::Scale } else { Subresource::Status };
            let target = Target::one(info.kind, namespace, name).with(sub);
            match context.ask(Request::new(Verb::Get, target))? {
                Answer::Document(document) => Ok(compact(&document)),
                Answer::Object(object) => Ok(compact(&object.to_value())),
                other => panic!("a read is answered by a document, not by {other:?}"),
            }
        }
        _ => Err(not_simulated(&rest.join("/"))),
    }
}

fn list(
    context: &mut Context,
    kind: Kind,
    namespace: &str,
    query: &str,
) -> Result<String, ToolError> {
    let mut options = Options::default();
    for (name, value) in query.split('&').filter(|it| !it.is_empty()).map(pair) {
        match name {
            "labelSelector" => options.label_selector = decoded(value),
            "fieldSelector" => options.field_selector = decoded(value),
            _ => return Err(not_simulated(query)),
        }
    }
    let target = Target::all(kind, namespace);
    let request = Request { verb: Verb::List, target, options };
    let Answer::List { items, resource_version, .. } = context.ask(request)? else {
        panic!("a list is answered by a list");
    };
    let info = kind.info();
    let items: Vec<Value> = items.iter().map(|it| item(it)).collect();
    Ok(compact(&json!({
        "kind": format!("{}List", info.name),
        "apiVersion": info.api_version(),
        "metadata": { "resourceVersion": resource_version.to_string() },
        "items": items,
    })))
}

/// An object in a list, which says for all what kind they are.
fn item(object: &Object) -> Value {
    let mut value = object.to_value();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    value
}

fn pair(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or((text, ""))
}

/// The server's documents end in a line break.
fn compact(document: &Value) -> String {
    format!("{document}\n")
}

/// A value of a query: `app%3Dweb`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
