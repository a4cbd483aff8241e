//! `kubectl set resources`: other requests and limits for containers.

use opsdrill_objects::quantity::Quantity;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::MISSING;
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::pod_templates::{self, Named, Naming, containers, fits, name_of};
use super::{CONTAINERS, SHARED, TEMPLATED, names_nothing};

const NAMING: Naming = Naming {
    failure: "resources update to pod template",
    separator: "",
    says_unchanged: false,
    done: "resource requirements updated",
};

/// `kubectl set resources`.
pub(super) struct Resources;

impl Verb for Resources {
    const NAME: &'static str = "resources";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) [--limits=… --requests=…]";
    const SUMMARY: &'static str = "Update requests and limits of a pod template";
    const TAKES: Takes = Takes::Objects(TEMPLATED);
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            CONTAINERS,
            Flag::text("limits").about("Such as cpu=200m,memory=512Mi; 0 removes."),
            Flag::text("requests").about("Such as cpu=100m,memory=256Mi; 0 removes."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let (limits, requests) = (arguments.text("limits"), arguments.text("requests"));
        if names_nothing(&arguments.positional, arguments) {
            return Err(ToolError::plain(MISSING));
        }
        if limits.is_empty() && requests.is_empty() {
            return Err(ToolError::plain(
                "you must specify an update to requests or limits (in the form of --requests/--limits)",
            ));
        }
        let changes = [("limits", quantities(limits)?), ("requests", quantities(requests)?)];
        let pattern = arguments.text("containers");
        let change = |_: &mut Context, _: &Named, spec: &mut Value, errors: &mut Vec<_>| {
            let mut found = false;
            let chosen = containers(spec).into_iter().filter(|it| fits(pattern, name_of(it)));
            for container in chosen {
                found = true;
                for (part, quantities) in &changes {
                    set(container, part, quantities);
                }
            }
            if !found {
                errors.push(ToolError::plain(format!(
                    "error: unable to find container named {pattern}"
                )));
            }
            found
        };
        let words = arguments.positional.clone();
        pod_templates::change_each(context, arguments, words, NAMING, change)
    }
}

/// Puts quantities into a container; a quantity of nothing takes the resource out.
fn set(container: &mut Value, part: &str, quantities: &[(String, String)]) {
    if quantities.is_empty() {
        return;
    }
    if !container["resources"].is_object() {
        container["resources"] = json!({});
    }
    if !container["resources"][part].is_object() {
        container["resources"][part] = json!({});
    }
    let Some(fields) = container["resources"][part].as_object_mut() else { return };
    for (name, quantity) in quantities {
        if quantity == "0" {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), quantity.clone().into());
        }
    }
    if fields.is_empty()
        && let Some(resources) = container["resources"].as_object_mut()
    {
        resources.remove(part);
    }
}

/// Reads `cpu=200m,memory=512Mi`.
fn quantities(text: &str) -> Result<Vec<(String, String)>, ToolError> {
    let mut list = Vec::new();
    for pair in text.split(',').filter(|it| !it.is_empty()) {
        let mut parts = pair.split('=');
        let (Some(name), Some(quantity), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ToolError::plain(format!(
                "Invalid argument syntax {pair}, expected <resource>=<value>"
            )));
        };
        if let Err(why) = Quantity::parse(quantity) {
            return Err(ToolError::plain(why.to_string()));
        }
        list.push((name.to_owned(), quantity.to_owned()));
    }
    Ok(list)
}
