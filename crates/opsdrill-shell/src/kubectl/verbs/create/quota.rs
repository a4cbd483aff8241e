//! `kubectl create quota`.

use opsdrill_objects::quantity::Quantity;
use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("v1", "ResourceQuota", "failed to create quota:");

/// `kubectl create quota`.
pub(super) struct CreateQuota;

impl Verb for CreateQuota {
    const NAME: &'static str = "quota";
    const ALIASES: &'static [&'static str] = &["resourcequota"];
    const USAGE: &'static str = "NAME [--hard=RESOURCE=QUANTITY,…] [--scopes=SCOPE,…]";
    const SUMMARY: &'static str = "Create a quota";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("hard").about("RESOURCE=QUANTITY, separated by commas."),
            Flag::text("scopes").about("What it counts, separated by commas."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut document = MADE.document(&name_of(arguments)?);
        document["spec"] = json!({});
        for limit in arguments.text("hard").split(',').filter(|it| !it.is_empty()) {
            let parts: Vec<&str> = limit.split('=').collect();
            let [resource, quantity] = parts[..] else {
                return Err(ToolError::plain(format!(
                    "Invalid argument syntax {limit}, expected <resource>=<value>"
                )));
            };
            if let Err(why) = Quantity::parse(quantity) {
                return Err(ToolError::plain(why.to_string()));
            }
            document["spec"]["hard"][resource] = quantity.into();
        }
        let scopes: Vec<&str> =
            arguments.text("scopes").split(',').filter(|it| !it.is_empty()).collect();
        if !scopes.is_empty() {
            document["spec"]["scopes"] = json!(scopes);
        }
        document["status"] = json!({});
        generated::create(context, arguments, MADE, document)
    }
}
