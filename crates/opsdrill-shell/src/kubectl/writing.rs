//! What the verbs that write share: dry runs, the requests they send, how they say what was written.

use std::sync::Arc;

use opsdrill_engine::api::{Options, PatchType, Payload, Request, Subresource, Target, Verb};
use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use super::context::Context;
use super::errors::ToolError;
use super::flags::Arguments;
use super::printers::{self, Output, documents};
use super::raw;
use super::resources::prefix_of;

/// The annotation in which `kubectl apply` remembers the manifest it applied.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The part of an object that `--subresource` names.
///
/// # Errors
/// The server has none of that name.
pub(super) fn subresource_of(arguments: &Arguments) -> Result<Option<Subresource>, ToolError> {
    Ok(match arguments.text("subresource") {
        "" => None,
        "status" => Some(Subresource::Status),
        "scale" => Some(Subresource::Scale),
        _ => return Err(raw::nowhere().into()),
    })
}

/// The same where the scale cannot be written yet.
///
/// # Errors
/// The server has none of that name, or it is the scale.
pub(super) fn written_subresource(
    arguments: &Arguments,
    command: &str,
) -> Result<Option<Subresource>, ToolError> {
    let subresource = subresource_of(arguments)?;
    if subresource == Some(Subresource::Scale) {
        return Err(ToolError::not_simulated(format!("{command} --subresource=scale")));
    }
    Ok(subresource)
}

/// How a verb writes: whether really, and under which name fields are owned.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    /// Whether anything is stored.
    pub(super) dry_run: DryRun,
    /// `fieldManager`, `fieldValidation` and whether the server stores anything.
    pub(super) options: Options,
}

/// What `--dry-run` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DryRun {
    /// It is no dry run.
    None,
    /// The server is not asked to write.
    Client,
    /// The server does all but store.
    Server,
}

impl Writer {
    /// What the flags say; fields are owned by `manager` unless `--field-manager` names another.
    ///
    /// # Errors
    /// kubectl's complaint about `--dry-run`.
    pub(super) fn of(
        context: &mut Context,
        arguments: &Arguments,
        manager: &str,
    ) -> Result<Self, ToolError> {
        let dry_run = if arguments.has("dry-run") {
            match arguments.text("dry-run") {
                "none" => DryRun::None,
                "client" => DryRun::Client,
                "server" => DryRun::Server,
                "unchanged" => {
                    context.log_warning(
                        "helpers.go:702",
                        "--dry-run is deprecated and can be replaced with --dry-run=client.",
                    );
                    DryRun::Client
                }
                other => {
                    return Err(ToolError::plain(format!(
                        "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
                    )));
                }
            }
        } else {
            DryRun::None
        };
        let named = arguments.has("field-manager") && !arguments.text("field-manager").is_empty();
        let field_manager = if named { arguments.text("field-manager") } else { manager };
        let options = Options {
            dry_run: dry_run == DryRun::Server,
            field_manager: field_manager.to_owned(),
            ..Options::default()
        };
        Ok(Self { dry_run, options })
    }

    /// Whether the client alone is to pretend.
    pub(super) fn pretends(&self) -> bool {
        self.dry_run == DryRun::Client
    }

    /// What the flags add to the line that says what was done.
    pub(super) fn suffix(&self) -> &'static str {
        match self.dry_run {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// Changes an object.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) fn patch(
        &self,
        context: &mut Context,
        target: Target,
        form: PatchType,
        patch: Value,
    ) -> Result<Arc<Object>, Status> {
        let request =
            Request { verb: Verb::Patch(form, patch), target, options: self.options.clone() };
        context.ask_object(request)
    }

    /// How documents of a kind are patched: custom resources have no merge keys.
    pub(super) fn form(kind: Kind) -> PatchType {
        match kind {
            Kind::Custom(_) => PatchType::Merge,
            _ => PatchType::Strategic,
        }
    }

    /// Stores a new object.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) fn create(
        &self,
        context: &mut Context,
        kind: Kind,
        namespace: &str,
        document: Value,
    ) -> Result<Arc<Object>, Status> {
        let verb = Verb::Create(Payload::Document(document));
        let target = Target::all(kind, namespace);
        context.ask_object(Request { verb, target, options: self.options.clone() })
    }

    /// Replaces an object.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) fn replace(
        &self,
        context: &mut Context,
        target: Target,
        document: Value,
    ) -> Result<Arc<Object>, Status> {
        let verb = Verb::Update(Payload::Document(document));
        context.ask_object(Request { verb, target, options: self.options.clone() })
    }

    /// Says what was done with an object, or prints the document that `-o` asks for.
    ///
    /// # Errors
    /// kubectl's complaint about `-o`.
    pub(super) fn say(
        &self,
        context: &mut Context,
        arguments: &Arguments,
        document: &Value,
        operation: &str,
    ) -> Result<(), ToolError> {
        let text = match printers::output_of(context, arguments)? {
            Output::Table { .. } => {
                format!("{} {operation}{}\n", name_of(document), self.suffix())
            }
            Output::Documents(format) => {
                documents::print(&format, &[shown(document, arguments)], true)?
            }
        };
        context.out(&text);
        Ok(())
    }
}

/// `deployment.apps/web`.
pub(super) fn name_of(document: &Value) -> String {
    let name = text_at(document, "/metadata/name");
    let (api_version, kind) = (text_at(document, "/apiVersion"), text_at(document, "/kind"));
    match Kind::by_name(api_version, kind) {
        Some(kind) => format!("{}/{name}", prefix_of(kind)),
        None => match api_version.split_once('/') {
            Some((group, _)) => format!("{}.{group}/{name}", kind.to_lowercase()),
            None => format!("{}/{name}", kind.to_lowercase()),
        },
    }
}

/// The text at a JSON pointer, empty if there is none.
pub(super) fn text_at<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The document without `managedFields`, unless they are asked for.
pub(super) fn shown(document: &Value, arguments: &Arguments) -> Value {
    let mut document = document.clone();
    if printers::omits_managed_fields(arguments)
        && let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("managedFields");
    }
    document
}

/// A refusal as a text inside another error.
pub(super) fn reason_of(error: &ToolError) -> String {
    match error {
        ToolError::Status(status) => status.message.clone(),
        ToolError::Plain(text) | ToolError::Usage(text) => text.clone(),
        other => other.text("kubectl").trim_end().to_owned(),
    }
}
