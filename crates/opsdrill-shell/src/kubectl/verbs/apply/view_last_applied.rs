//! `kubectl apply view-last-applied`: the manifest that was applied last.

use opsdrill_objects::{go_format, yaml};
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FILES, LABEL_SELECTOR};

use super::configuration::last_applied;

/// `kubectl apply view-last-applied`.
pub(super) struct ViewLastApplied;

impl Verb for ViewLastApplied {
    const NAME: &'static str = "view-last-applied";
    const USAGE: &'static str = "(TYPE [NAME | -l LABEL] | TYPE/NAME | -f FILE)";
    const SUMMARY: &'static str = "Print the manifest that was applied last";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            Flag::switch("all").about("All objects of the types."),
            Flag::text("output").short('o').default("yaml").about("yaml or json."),
        ],
        FILES,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let format = arguments.text("output");
        if !matches!(format, "yaml" | "json") {
            return Err(ToolError::usage(format!(
                "Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json"
            )));
        }
        let query = Query::of(arguments).types_mean_all();
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        for object in &objects {
            let missing = || {
                ToolError::plain(format!(
                    "no last-applied-configuration annotation found on resource: {}",
                    object.meta.name
                ))
            };
            let text = last_applied(object).ok_or_else(missing)?;
            let value: Value = serde_json::from_str(text)
                .map_err(|why| ToolError::plain(format!("error parsing JSON: {why}")))?;
            let text = match format {
                "json" => format!("{}\n", go_format::json_indented(&value, "  ")),
                _ => yaml::to_yaml(&value),
            };
            context.out(&text);
        }
        Ok(0)
    }
}
