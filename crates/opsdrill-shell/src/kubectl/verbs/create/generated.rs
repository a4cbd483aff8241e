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
pub(super) const SHARED: &[Flag] = &[
    DRY_RUN,
    FIELD_MANAGER,
    apply::VALIDATE,
    Flag::switch("save-config").about("Remember the object in an annotation, as apply does."),
];

/// What kind of object a part makes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    /// `batch/v1`.
    pub(super) api_version: &'static str,
    /// `Job`.
    pub(super) kind: &'static str,
    /// Whether it lives in a namespace.
    pub(super) namespaced: bool,
    /// What goes before the reason when it cannot be created, if anything does.
    pub(super) failure: Option<&'static str>,
}

impl Made {
    /// A kind that lives in a namespace.
    pub(super) const fn namespaced(
        api_version: &'static str,
        kind: &'static str,
        failure: &'static str,
    ) -> Self {
        Self { api_version, kind, namespaced: true, failure: Some(failure) }
    }

    /// A kind that lives in none.
    pub(super) const fn of_cluster(
        api_version: &'static str,
        kind: &'static str,
        failure: &'static str,
    ) -> Self {
        Self { namespaced: false, ..Self::namespaced(api_version, kind, failure) }
    }

    /// The same whose refusals are the server's own words.
    #[must_use]
    pub(super) const fn refused_plainly(mut self) -> Self {
        self.failure = None;
        self
    }

    /// A new object's document.
    pub(super) fn document(&self, name: &str) -> Value {
        json!({
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": { "creationTimestamp": null, "name": name },
        })
    }
}

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

/// Stores the object, or only shows it.
pub(super) fn create(
    context: &mut Context,
    arguments: &Arguments,
    made: Made,
    mut document: Value,
) -> Outcome {
    let mut writer = Writer::of(context, arguments, "kubectl-create")?;
    writer.options.field_validation = FieldValidation::Strict;
    if context.namespace_is_explicit && made.namespaced {
        document["metadata"]["namespace"] = context.namespace.clone().into();
    }
    if arguments.switch("save-config") {
        document = apply::remembering(&document);
    }
    if writer.pretends() {
        writer.say(context, arguments, &document, "created")?;
        return Ok(0);
    }
    let kind = Kind::by_name(made.api_version, made.kind).ok_or_else(|| {
        ToolError::not_simulated(format!("the kind {} of {}", made.kind, made.api_version))
    })?;
    let namespace = if made.namespaced { context.namespace.clone() } else { String::new() };
    match writer.create(context, kind, &namespace, document) {
        Ok(written) => {
            writer.say(context, arguments, &written.to_value(), "created")?;
            Ok(0)
        }
        Err(refusal) => Err(match made.failure {
            Some(failure) => {
                let why = reason_of(&refusal.into());
                ToolError::plain(format!("{failure} {why}"))
            }
            None => refusal.into(),
        }),
    }
}

/// `KEY=VALUE` of a flag that may be given several times.
pub(super) fn key_and_value(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(key, _)| !key.is_empty())
}

/// `required flag(s) "image", "schedule" not set`.
pub(super) fn require(arguments: &Arguments, flags: &[&str]) -> Result<(), ToolError> {
    let missing: Vec<String> =
        flags.iter().filter(|it| !arguments.is_set(it)).map(|it| format!("{it:?}")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ToolError::plain(format!("required flag(s) {} not set", missing.join(", "))))
}
