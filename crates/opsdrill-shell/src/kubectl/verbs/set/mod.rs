//! `kubectl set`: changes parts of pod templates.
//!
//! - `pod_templates`: the objects of a line, their templates, and the patch that changes them.

mod env;
mod image;
mod pod_templates;
mod resources;
mod selector;
mod service_account;
mod subject;

use opsdrill_objects::Kind;

use crate::kubectl::command::Command;
use crate::kubectl::flags::{Arguments, Flag};
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
    Flag::switch("local").not_simulated(),
];

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
