//! `kubectl certificate`: what becomes of requests for certificates.

use opsdrill_engine::api::{Options, Payload, Request, Subresource, Target, Verb as Ask};
use opsdrill_objects::{Kind, timestamp};
use serde_json::{Value, json};

use crate::kubectl::command::{Command, Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Sources;
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FILES, PRINTING};
use crate::kubectl::writing::Writer;

/// `kubectl certificate …`.
pub(super) const PARTS: &[Command] = &[Command::of::<Approve>(), Command::of::<Deny>()];

/// `kubectl certificate approve`.
pub(super) struct Approve;

/// `kubectl certificate deny`.
pub(super) struct Deny;

const FORCE: &[Flag] = &[Flag::switch("force").about("Decide again what was decided already.")];

impl Verb for Approve {
    const NAME: &'static str = "approve";
    const USAGE: &'static str = "(-f FILE | NAME)";
    const SUMMARY: &'static str = "Approve a certificate signing request";
    const TAKES: Takes = Takes::Names(Kind::CertificateSigningRequest);
    const FLAGS: &'static [&'static [Flag]] = &[FORCE, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        run(context, arguments, &APPROVED)
    }
}

impl Verb for Deny {
    const NAME: &'static str = "deny";
    const USAGE: &'static str = "(-f FILE | NAME)";
    const SUMMARY: &'static str = "Deny a certificate signing request";
    const TAKES: Takes = Takes::Names(Kind::CertificateSigningRequest);
    const FLAGS: &'static [&'static [Flag]] = &[FORCE, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        run(context, arguments, &DENIED)
    }
}

/// A decision as it is noted and told.
struct Decision {
    condition: &'static str,
    against: &'static str,
    reason: &'static str,
    message: &'static str,
    done: &'static str,
}

const APPROVED: Decision = Decision {
    condition: "Approved",
    against: "Denied",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    done: "approved",
};

const DENIED: Decision = Decision {
    condition: "Denied",
    against: "Approved",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    done: "denied",
};

fn run(context: &mut Context, arguments: &Arguments, decision: &Decision) -> Outcome {
    if arguments.positional.is_empty() && Sources::of(arguments).is_empty() {
        return Err(ToolError::plain(
            "one or more CSRs must be specified as <name> or -f <filename>",
        ));
    }
    let writer = Writer::of(context, arguments, "")?;
    let mut words = arguments.positional.clone();
    if !words.is_empty() {
        words.insert(0, "csr".to_owned());
    }
    let query = Query { words, ..Query::of(arguments) };
    let wants = query.resolve(context)?;
    let (objects, mut errors) = query.fetch(context, &wants.list);
    for object in objects {
        let decided = decide(context, object.to_value(), &object.meta.name, arguments, decision);
        match decided {
            Ok(document) => writer.say(context, arguments, &document, decision.done)?,
            Err(error) => errors.push(error),
        }
    }
    ToolError::all(errors).map(|()| 0)
}

/// Notes a decision unless it is there already; answers the request's document.
fn decide(
    context: &mut Context,
    mut document: Value,
    name: &str,
    arguments: &Arguments,
    decision: &Decision,
) -> Result<Value, ToolError> {
    let conditions = document.pointer("/status/conditions").and_then(Value::as_array).cloned();
    let mut conditions = conditions.unwrap_or_default();
    let is = |condition: &str| conditions.iter().any(|it| it["type"] == condition);
    if is(decision.against) {
        return Err(ToolError::plain(format!(
            "certificate signing request {name:?} is already {}",
            decision.against
        )));
    }
    if is(decision.condition) && !arguments.switch("force") {
        return Ok(document);
    }
    conditions.retain(|it| it["type"] != decision.condition);
    conditions.push(json!({
        "type": decision.condition,
        "status": "True",
        "reason": decision.reason,
        "message": decision.message,
        "lastUpdateTime": timestamp::format(context.now()),
    }));
    document["status"]["conditions"] = conditions.into();
    let target = Target::one(Kind::CertificateSigningRequest, "", name);
    let request = Request {
        verb: Ask::Update(Payload::Document(document)),
        target: target.with(Subresource::Approval),
        options: Options { field_manager: "kubectl".to_owned(), ..Options::default() },
    };
    Ok(context.ask_object(request)?.to_value())
}
