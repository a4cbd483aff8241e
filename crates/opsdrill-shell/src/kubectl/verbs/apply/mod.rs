//! `kubectl apply`: brings objects to what manifests say, remembering them in an annotation.
//!
//! - `comparison`: what would change, for `kubectl diff`.
//! - `configuration`: the annotation, and the manifest that carries it.
//! - `migration`: what becomes of an object that was applied by the client before.
//! - `patcher`: the three-way patch of an object that exists.
//! - `prune`: deleting what is in no manifest any more.
//! - `server_side`: `--server-side`, where the server merges.
//! - `edit_last_applied`, `set_last_applied`, `view_last_applied`: the parts of those names.

mod comparison;
mod configuration;
mod edit_last_applied;
mod migration;
mod patcher;
mod prune;
mod server_side;
mod set_last_applied;
mod view_last_applied;

use opsdrill_engine::api::FieldValidation;
use opsdrill_objects::Kind;
use opsdrill_objects::selector::Selector;
use serde_json::Value;

use crate::kubectl::command::{Command, Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{self, Manifest, Sources};
use crate::kubectl::printers::{self, Format, Output, documents};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, LABEL_SELECTOR, PRINTING};
use crate::kubectl::writing::{self, Writer};

pub(super) use comparison::Comparison;
pub(super) use configuration::{modified, remembered, remembering};
use edit_last_applied::EditLastApplied;
pub(super) use prune::would_be_pruned;
use set_last_applied::SetLastApplied;
use view_last_applied::ViewLastApplied;

/// `kubectl apply …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<EditLastApplied>(),
    Command::of::<SetLastApplied>(),
    Command::of::<ViewLastApplied>(),
];

/// How `--validate` is spelled, for this verb and others that read manifests.
pub(super) const VALIDATE: Flag = Flag::optional_text("validate", "strict")
    .default("strict")
    .about("strict, warn or ignore: how unknown fields are met.");

/// `kubectl apply`.
pub(super) struct Apply;

impl Verb for Apply {
    const NAME: &'static str = "apply";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Apply a configuration to objects by file or stdin";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            DRY_RUN,
            FIELD_MANAGER,
            VALIDATE,
            Flag::switch("force").about("Delete and create anew what cannot be changed."),
            Flag::integer("grace-period", "-1").about("Seconds that a pod has, with --force."),
            Flag::switch("overwrite").default("true").about("Take fields back from others."),
            Flag::switch("all").about("Prune whatever its labels, with --prune."),
            Flag::text("cascade").default("background").not_simulated(),
            Flag::switch("force-conflicts")
                .about("Take fields from other managers, with --server-side."),
            Flag::switch("openapi-patch").default("true").not_simulated(),
            Flag::switch("prune")
                .about("Delete what was applied once and is in no manifest any more."),
            Flag::array("prune-allowlist").about("GROUP/VERSION/KIND of what may be pruned."),
            Flag::switch("server-side")
                .about("Let the server merge and keep who owns which field."),
            Flag::text("subresource").about("Apply to status or scale, with --server-side."),
            Flag::duration("timeout", "0s").not_simulated(),
            Flag::switch("wait").not_simulated(),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        manifests::no_words(arguments)?;
        let sources = Sources::required(arguments)?;
        let server_side = arguments.switch("server-side");
        let manager = if server_side { server_side::MANAGER } else { "kubectl-client-side-apply" };
        let mut writer = writer_of(context, arguments, manager)?;
        server_side::check(arguments, &writer)?;
        writer.options.force = arguments.switch("force-conflicts");
        prune::check(context, arguments)?;
        let output = printers::output_of(context, arguments)?;
        let manifests = sources.load(context)?;
        let manifests = chosen(manifests, arguments.text("selector"))?;
        if manifests.is_empty() {
            return Err(ToolError::plain("no objects passed to apply"));
        }
        let (mut documents, mut applied_now) = (Vec::new(), Vec::new());
        // What is no object at all is complained of first; the rest is applied.
        let (manifests, mut errors) = objects_of(context, manifests);
        for manifest in &manifests {
            let applied = if server_side {
                server_side::apply(context, arguments, manifest, &writer)
            } else {
                Application::of(context, manifest)
                    .and_then(|it| it.run(context, arguments, &writer))
            };
            match applied {
                Ok((document, operation)) => {
                    if arguments.switch("prune") {
                        applied_now.push(document.clone());
                    }
                    if matches!(output, Output::Documents(Format::Yaml | Format::Json)) {
                        documents.push(writing::shown(&document, arguments));
                    } else {
                        writer.say(context, arguments, &document, operation)?;
                    }
                }
                Err(error) => errors.push(error),
            }
        }
        if let (Output::Documents(format), false) = (&output, documents.is_empty()) {
            let text = documents::print(format, &documents, documents.len() == 1)?;
            context.out(&text);
        }
        ToolError::all(errors)?;
        if arguments.switch("prune") {
            prune::run(context, arguments, &writer, &applied_now)?;
        }
        Ok(0)
    }
}

/// How a verb that sends whole documents writes, `--validate` included.
///
/// # Errors
/// kubectl's complaint about a flag.
pub(super) fn writer_of(
    context: &mut Context,
    arguments: &Arguments,
    manager: &str,
) -> Result<Writer, ToolError> {
    let mut writer = Writer::of(context, arguments, manager)?;
    writer.options.field_validation = validation_of(arguments)?;
    Ok(writer)
}

fn validation_of(arguments: &Arguments) -> Result<FieldValidation, ToolError> {
    match arguments.text("validate") {
        "strict" | "true" => Ok(FieldValidation::Strict),
        "warn" => Ok(FieldValidation::Warn),
        "ignore" | "false" => Ok(FieldValidation::Ignore),
        other => Err(ToolError::plain(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// The manifests that a label selector chooses.
pub(super) fn chosen(
    mut manifests: Vec<Manifest>,
    selector: &str,
) -> Result<Vec<Manifest>, ToolError> {
    let selector = Selector::parse(selector).map_err(|why| ToolError::plain(why.to_string()))?;
    manifests.retain(|it| {
        let labels = it.value.pointer("/metadata/labels");
        selector.matches_with(|key| labels?.get(key)?.as_str())
    });
    Ok(manifests)
}

/// The manifests of objects, and what is wrong with the others.
fn objects_of(context: &Context, manifests: Vec<Manifest>) -> (Vec<Manifest>, Vec<ToolError>) {
    let mut errors = Vec::new();
    let is_object = |it: &Manifest| match it.namespace(context) {
        Ok(_) => true,
        Err(error) => {
            errors.push(error);
            false
        }
    };
    let objects = manifests.into_iter().filter(is_object).collect();
    (objects, errors)
}

/// One manifest that is being applied.
struct Application {
    kind: Kind,
    namespace: String,
    name: String,
    /// Where the manifest stands.
    source: String,
    /// The manifest with the annotation that remembers it.
    modified: Value,
}

impl Application {
    fn of(context: &Context, manifest: &Manifest) -> Result<Self, ToolError> {
        let kind = manifest.kind()?;
        let namespace = manifest.namespace(context)?;
        Ok(Self {
            kind,
            name: manifest.name().to_owned(),
            source: manifest.source.clone(),
            modified: modified(&manifest.value, &namespace),
            namespace,
        })
    }

    /// Creates or changes the object; answers its document and what happened to it.
    fn run(
        &self,
        context: &mut Context,
        arguments: &Arguments,
        writer: &Writer,
    ) -> Result<(Value, &'static str), ToolError> {
        let base = self.modified.pointer("/metadata/generateName").and_then(Value::as_str);
        if let (true, Some(base)) = (self.name.is_empty(), base) {
            let text = format!("from {base}: cannot use generate name with apply");
            return Err(ToolError::plain(text));
        }
        if self.name.is_empty() {
            let why = ToolError::plain("resource name may not be empty");
            return Err(why.while_doing(&self.retrieving(), &self.source));
        }
        let current = match context.get(self.kind, &self.name, &self.namespace) {
            Ok(current) => current,
            Err(refusal) if refusal.code == 404 => return self.create(context, writer),
            Err(refusal) => {
                let why = ToolError::from(refusal);
                return Err(why.while_doing(&self.retrieving(), &self.source));
            }
        };
        self.change(context, arguments, writer, &current)
    }

    fn create(
        &self,
        context: &mut Context,
        writer: &Writer,
    ) -> Result<(Value, &'static str), ToolError> {
        if writer.pretends() {
            return Ok((self.modified.clone(), "created"));
        }
        let created = writer.create(context, self.kind, &self.namespace, self.modified.clone());
        match created {
            Ok(object) => Ok((object.to_value(), "created")),
            Err(refusal) => Err(ToolError::from(refusal).while_doing("creating", &self.source)),
        }
    }

    fn retrieving(&self) -> String {
        format!("retrieving current configuration of:\n{}\nfrom server for:", self.description())
    }

    /// What kubectl's longer complaints call an object.
    fn description(&self) -> String {
        let info = self.kind.info();
        let group = format!("{}/{}", info.group, info.version);
        format!(
            "Resource: \"{group}, Resource={}\", GroupVersionKind: \"{group}, Kind={}\"\nName: {:?}, Namespace: {:?}",
            info.plural, info.name, self.name, self.namespace
        )
    }
}
