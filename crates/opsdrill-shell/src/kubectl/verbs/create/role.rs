//! `kubectl create role`.

use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};
use super::policy_rules::{self, RULES};

const MADE: Made = Made::namespaced("rbac.authorization.k8s.io/v1", "Role", "").refused_plainly();

/// `kubectl create role`.
pub(super) struct CreateRole;

impl Verb for CreateRole {
    const NAME: &'static str = "role";
    const USAGE: &'static str = "NAME --verb=VERB --resource=TYPE[.GROUP][/SUBRESOURCE]";
    const SUMMARY: &'static str = "Create a role in a namespace";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, RULES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let verbs = policy_rules::verbs(arguments);
        if verbs.is_empty() {
            return Err(ToolError::plain("at least one verb must be specified"));
        }
        if arguments.list("resource").is_empty() {
            return Err(ToolError::plain("at least one resource must be specified"));
        }
        let rules = policy_rules::resource_rules(context, arguments, &verbs)?;
        let mut document = MADE.document(&name);
        document["rules"] = Value::Array(rules);
        generated::create(context, arguments, MADE, document)
    }
}
