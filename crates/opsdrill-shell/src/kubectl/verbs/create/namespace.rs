//! `kubectl create namespace`.

use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::of_cluster("v1", "Namespace", "").refused_plainly();

/// `kubectl create namespace`.
pub(super) struct CreateNamespace;

impl Verb for CreateNamespace {
    const NAME: &'static str = "namespace";
    const ALIASES: &'static [&'static str] = &["ns"];
    const USAGE: &'static str = "NAME";
    const SUMMARY: &'static str = "Create a namespace";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut document = MADE.document(&name_of(arguments)?);
        document["spec"] = json!({});
        document["status"] = json!({});
        generated::create(context, arguments, MADE, document)
    }
}
