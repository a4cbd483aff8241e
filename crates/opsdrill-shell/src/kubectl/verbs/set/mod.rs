//! `kubectl set`: changes parts of pod templates.
//!
//! - `pod_templates`: the objects of a line, their templates, and the patch that changes them.

mod env;
mod image;
mod pod_templates;
mod resolving;
mod resources;
mod selector;
mod service_account;
mod subject;

use opsdrill_objects::Kind;
use serde_json::Value;

use crate::kubectl::command::Command;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Sources;
use crate::kubectl::printers::structures;
use crate::kubectl::resources::MISSING;
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, LABEL_SELECTOR};

/// `kubectl set …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<env::Env>(),
    Command::of::<image::Image>(),
    Command::of::<resources::Resources>(),
    Command::of::<selector::Selector>(),
    Command::of::<service_account::ServiceAccount>(),
    Command::of::<subject::Subject>(),
];

/// Kinds that hold a pod template, or are a pod.
const TEMPLATED: &[Kind] = &[
    Kind::CronJob,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::Job,
    Kind::Pod,
    Kind::ReplicaSet,
    Kind::ReplicationController,
    Kind::StatefulSet,
];

/// Flags that all parts have.
const SHARED: &[Flag] = &[
    LABEL_SELECTOR,
    DRY_RUN,
    FIELD_MANAGER,
    Flag::switch("all").about("All objects of the types."),
    LOCAL,
];

/// Whether files are changed instead of objects.
const LOCAL: Flag = Flag::switch("local").about("Change what files hold; ask no server.");

/// The containers to change, for parts that choose them.
const CONTAINERS: Flag = Flag::text("containers")
    .short('c')
    .default("*")
    .about("Containers by name; * matches any text.");

/// kubectl's complaint when no object is named.
const NO_OBJECTS: &str =
    "one or more resources must be specified as <resource> <name> or <resource>/<name>";

/// Whether neither words nor files name an object.
fn names_nothing(words: &[String], arguments: &Arguments) -> bool {
    words.is_empty() && arguments.list("filename").is_empty()
}

/// What the files hold, for `--local`; `words` are those that name objects, which nobody can look up then.
///
/// # Errors
/// kubectl's complaint about the line or a file.
fn local_documents(
    context: &mut Context,
    arguments: &Arguments,
    words: &[String],
) -> Result<Vec<(Kind, Value)>, ToolError> {
    if !words.is_empty() {
        return Err(ToolError::plain(
            "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
        ));
    }
    if arguments.text("dry-run") == "server" {
        return Err(ToolError::plain(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        ));
    }
    let sources = Sources::of(arguments);
    if sources.is_empty() {
        return Err(ToolError::plain(MISSING));
    }
    let manifests = sources.load(context)?;
    let typed =
        |it: crate::kubectl::manifests::Manifest| Ok((it.kind()?, structures::typed(it.value)));
    manifests.into_iter().map(typed).collect()
}
