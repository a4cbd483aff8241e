//! What the parts of `create` that make an object from flags share.

use opsdrill_engine::api::FieldValidation;
use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER};
use crate::kubectl::verbs::apply;
use crate::kubectl::writing::{Writer, reason_of};

/// Flags that all these parts have.
pub(super) const SHARED: &[Flag] =
    &[DRY_RUN, FIELD_MANAGER, apply::VALIDATE, Flag::switch("save-config").not_simulated()];

/// The one name on the line.
pub(super) fn name_of(arguments: &Arguments) -> Result<String, ToolError> {
    sole_name(&arguments.positional)
}

/// The one name among words.
pub(super) fn sole_name(words: &[String]) -> Result<String, ToolError> {
    match words {
        [name] => Ok(name.clone()),
        words => {
            Err(ToolError::usage(format!("exactly one NAME is required, got {}", words.len())))
        }
    }
}

/// A new object's document.
pub(super) fn document(kind: Kind, name: &str) -> Value {
    let info = kind.info();
    json!({
        "apiVersion": info.api_version(),
        "kind": info.name,
        "metadata": { "creationTimestamp": null, "name": name },
    })
}

/// Stores the object; `called` is what complaints call it, if they name it at all.
pub(super) fn create(
    context: &mut Context,
    arguments: &Arguments,
    kind: Kind,
    mut document: Value,
    called: Option<&str>,
) -> Outcome {
    let mut writer = Writer::of(context, arguments, "kubectl-create")?;
    writer.options.field_validation = FieldValidation::Strict;
    let namespaced = kind.info().namespaced;
    if context.namespace_is_explicit && namespaced {
        document["metadata"]["namespace"] = context.namespace.clone().into();
    }
    if writer.pretends() {
        writer.say(context, arguments, &document, "created")?;
        return Ok(0);
    }
    let namespace = if namespaced { context.namespace.clone() } else { String::new() };
    match writer.create(context, kind, &namespace, document) {
        Ok(written) => {
            writer.say(context, arguments, &written.to_value(), "created")?;
            Ok(0)
        }
        Err(refusal) => Err(match called {
            Some(called) => {
                let why = reason_of(&refusal.into());
                ToolError::plain(format!("failed to create {called}: {why}"))
            }
            None => refusal.into(),
        }),
    }
}
