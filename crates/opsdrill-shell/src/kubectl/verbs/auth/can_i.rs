//! `kubectl auth can-i`: asks the server what one may do.

use opsdrill_engine::api::{Payload, Request, Target, Verb as Ask};
use opsdrill_objects::Kind;
use opsdrill_objects::table::{LIST, align};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::describe::policy_rows;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::ALL_NAMESPACES;

const USAGE: &str = "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.";

/// The verbs that kubectl knows for objects.
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

/// `kubectl auth can-i`.
pub(super) struct CanI;

impl Verb for CanI {
    const NAME: &'static str = "can-i";
    const USAGE: &'static str = "VERB (TYPE | TYPE/NAME | PATH)";
    const SUMMARY: &'static str = "Ask whether something is allowed";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        ALL_NAMESPACES,
        Flag::switch("list").about("Print everything that is allowed."),
        Flag::switch("no-headers").about("No headings."),
        Flag::switch("quiet").short('q').about("Only the exit status."),
        Flag::text("subresource").about("A part of the object, such as log."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let words = &arguments.positional;
        if arguments.switch("list") {
            if !words.is_empty() {
                return Err(ToolError::plain("list option must be specified with no arguments"));
            }
            return list(context, arguments);
        }
        let [verb, what] = words.as_slice() else { return Err(ToolError::plain(USAGE)) };
        if !what.starts_with('/') && !VERBS.contains(&verb.as_str()) {
            context.err(&format!("Warning: verb '{verb}' is not a known verb\n\n"));
        }
        let spec = if what.starts_with('/') {
            json!({ "nonResourceAttributes": { "path": what, "verb": verb } })
        } else {
            json!({ "resourceAttributes": attributes(context, arguments, verb, what) })
        };
        let review = ask(context, Kind::SelfSubjectAccessReview, "authorization.k8s.io/v1", spec)?;
        let status = &review["status"];
        let allowed = status["allowed"] == true;
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        if !allowed {
            for field in ["reason", "evaluationError"] {
                if let Some(why) = status[field].as_str().filter(|it| !it.is_empty()) {
                    text.push_str(&format!(" - {why}"));
                }
            }
        }
        if !arguments.switch("quiet") {
            context.out(&format!("{text}\n"));
        }
        Ok(i32::from(!allowed))
    }
}

/// The review that the server fills in.
fn ask(
    context: &mut Context,
    kind: Kind,
    api_version: &str,
    spec: Value,
) -> Result<Value, ToolError> {
    let body = json!({
        "apiVersion": api_version,
        "kind": kind.info().name,
        "metadata": {},
        "spec": spec,
    });
    let request = Request::new(Ask::Create(Payload::Document(body)), Target::all(kind, ""));
    Ok(context.ask_object(request)?.to_value())
}

/// What is asked about a type or an object of it.
fn attributes(context: &mut Context, arguments: &Arguments, verb: &str, what: &str) -> Value {
    let (types, name) = what.split_once('/').unwrap_or((what, ""));
    let (resource, group) = match context.door.kinds().by_resource(types) {
        Some(kind) => {
            let info = kind.info();
            if !info.namespaced && !arguments.switch("all-namespaces") {
                let of = if info.group.is_empty() {
                    String::new()
                } else {
                    format!(" in group '{}'", info.group)
                };
                context.err(&format!(
                    "Warning: resource '{}' is not namespace scoped{of}\n\n",
                    info.plural
                ));
            }
            (info.plural.to_owned(), info.group.to_owned())
        }
        None if types == "*" => ("*".to_owned(), "*".to_owned()),
        None => {
            context.err(&format!("Warning: the server doesn't have a resource type '{types}'\n\n"));
            let (resource, group) = types.split_once('.').unwrap_or((types, ""));
            (resource.to_owned(), group.to_owned())
        }
    };
    let namespace = if arguments.switch("all-namespaces") { "" } else { &context.namespace };
    let mut asked = json!({ "namespace": namespace, "resource": resource, "verb": verb });
    for (field, text) in
        [("group", group.as_str()), ("name", name), ("subresource", arguments.text("subresource"))]
    {
        if !text.is_empty() {
            asked[field] = text.into();
        }
    }
    asked
}

fn list(context: &mut Context, arguments: &Arguments) -> Outcome {
    let spec = json!({ "namespace": context.namespace });
    let review = ask(context, Kind::SelfSubjectRulesReview, "authorization.k8s.io/v1", spec)?;
    let mut rules: Vec<Value> = Vec::new();
    for field in ["resourceRules", "nonResourceRules"] {
        rules.extend(review["status"][field].as_array().cloned().unwrap_or_default());
    }
    let mut text = String::new();
    if !arguments.switch("no-headers") {
        text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    for row in policy_rows(&rules) {
        text.push_str(&format!("{}\n", row.join("\t")));
    }
    context.out(&align(&text, LIST));
    Ok(0)
}
