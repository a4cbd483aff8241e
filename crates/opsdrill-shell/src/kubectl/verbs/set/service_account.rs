//! `kubectl set serviceaccount`: as whom pods ask the API.

use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::MISSING;
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::pod_templates::{self, Named, Naming};
use super::{SHARED, TEMPLATED, names_nothing};

const NAMING: Naming = Naming {
    failure: "ServiceAccountName update to pod template",
    separator: ":",
    says_unchanged: true,
    done: "serviceaccount updated",
};

/// `kubectl set serviceaccount`.
pub(super) struct ServiceAccount;

impl Verb for ServiceAccount {
    const NAME: &'static str = "serviceaccount";
    const ALIASES: &'static [&'static str] = &["sa"];
    const USAGE: &'static str = "(-f FILE | TYPE NAME) SERVICE_ACCOUNT";
    const SUMMARY: &'static str = "Update the service account of a pod template";
    const TAKES: Takes = Takes::Objects(TEMPLATED);
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let Some((account, words)) = arguments.positional.split_last() else {
            return Err(ToolError::plain("serviceaccount is required"));
        };
        if names_nothing(words, arguments) {
            return Err(ToolError::plain(MISSING));
        }
        let change = |_: &mut Context, _: &Named, spec: &mut Value, _: &mut Vec<ToolError>| {
            spec["serviceAccountName"] = account.clone().into();
            // The field's earlier name, which the server keeps equal.
            if spec.get("serviceAccount").is_some() {
                spec["serviceAccount"] = account.clone().into();
            }
            true
        };
        pod_templates::change_each(context, arguments, words.to_vec(), NAMING, change)
    }
}
