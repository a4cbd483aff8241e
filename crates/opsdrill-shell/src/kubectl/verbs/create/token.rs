//! `kubectl create token`: a token of a service account.

use opsdrill_engine::api::{Answer, Payload, Request, Subresource, Target, Verb as Ask};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::writing::reason_of;

use super::generated::name_of;

/// `kubectl create token`.
pub(super) struct CreateToken;

impl Verb for CreateToken {
    const NAME: &'static str = "token";
    const USAGE: &'static str = "SERVICE_ACCOUNT";
    const SUMMARY: &'static str = "Ask for a token of a service account";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::array("audience").about("For whom the token is."),
        Flag::duration("duration", "0s").about("How long it holds."),
        Flag::text("bound-object-kind").about("Pod, Secret or Node: what it lives and dies with."),
        Flag::text("bound-object-name").about("The name of that."),
        Flag::text("bound-object-uid").about("The uid of that."),
        Flag::text("output").short('o').not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let mut spec = json!({});
        if arguments.duration_ms("duration") < 0 {
            return Err(ToolError::plain("--duration must be greater than or equal to 0"));
        }
        if arguments.duration_ms("duration") > 0 {
            spec["expirationSeconds"] = (arguments.duration_ms("duration") / 1000).into();
        }
        let audiences = arguments.list("audience");
        if !audiences.is_empty() {
            spec["audiences"] = json!(audiences);
        }
        if let Some(bound) = bound(arguments)? {
            spec["boundObjectRef"] = bound;
        }
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "metadata": {},
            "spec": spec,
        });
        let target = Target::one(Kind::ServiceAccount, &context.namespace, &name);
        let verb = Ask::Create(Payload::Document(body));
        let answer = context.ask(Request::new(verb, target.with(Subresource::Token)));
        let document = match answer {
            Ok(Answer::Document(document)) => document,
            Ok(Answer::Object(object)) => object.to_value(),
            Ok(other) => panic!("a token is answered by a document, not by {other:?}"),
            Err(refusal) => {
                let why = reason_of(&refusal.into());
                return Err(ToolError::plain(format!("failed to create token: {why}")));
            }
        };
        let token = document.pointer("/status/token").and_then(Value::as_str).unwrap_or_default();
        // Whoever reads it from a file or a pipe wants nothing but the token.
        let end = if context.door.is_terminal() { "\n" } else { "" };
        context.out(&format!("{token}{end}"));
        Ok(0)
    }
}

/// The object that the token is bound to.
fn bound(arguments: &Arguments) -> Result<Option<Value>, ToolError> {
    let text = |name: &str| arguments.text(&format!("bound-object-{name}")).to_owned();
    let (kind, name, uid) = (text("kind"), text("name"), text("uid"));
    if kind.is_empty() {
        return match (name.is_empty(), uid.is_empty()) {
            (true, true) => Ok(None),
            (false, _) => Err(ToolError::plain(
                "--bound-object-name can only be set if --bound-object-kind is provided",
            )),
            (true, false) => Err(ToolError::plain(
                "--bound-object-uid can only be set if --bound-object-kind is provided",
            )),
        };
    }
    if !matches!(kind.as_str(), "Node" | "Pod" | "Secret") {
        return Err(ToolError::plain("supported --bound-object-kind values are Node, Pod, Secret"));
    }
    if name.is_empty() {
        return Err(ToolError::plain(
            "--bound-object-name is required if --bound-object-kind is provided",
        ));
    }
    let mut bound = json!({ "apiVersion": "v1", "kind": kind, "name": name });
    if !uid.is_empty() {
        bound["uid"] = uid.into();
    }
    Ok(Some(bound))
}
