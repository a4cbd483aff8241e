//! The rules of a role: `--verb`, `--resource` and `--resource-name`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// The flags.
pub(super) const RULES: &[Flag] = &[
    Flag::list("verb").about("What is allowed: get, list, …, or *."),
    Flag::list("resource").about("On which types: pods, deployments.apps, pods/log."),
    Flag::array("resource-name").about("On which objects of them."),
];

/// Verbs that the API knows on objects.
const VERBS: &[&str] = &[
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// The verbs of the line, each once; a star stands for all.
pub(super) fn verbs(arguments: &Arguments) -> Vec<String> {
    let mut verbs: Vec<String> = Vec::new();
    for verb in arguments.list("verb") {
        if verb == "*" {
            return vec![verb];
        }
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    verbs
}

/// A rule for each API group that the line names.
pub(super) fn resource_rules(
    context: &mut Context,
    arguments: &Arguments,
    verbs: &[String],
) -> Result<Vec<Value>, ToolError> {
    let mut resources: Vec<String> = Vec::new();
    for resource in arguments.list("resource") {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    for verb in verbs.iter().filter(|it| !VERBS.contains(&it.as_str())) {
        context.err(&format!("Warning: '{verb}' is not a standard resource verb\n"));
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in &resources {
        let (types, part) = match resource.split_once('/') {
            Some((types, part)) => (types, format!("/{part}")),
            None => (resource.as_str(), String::new()),
        };
        if types.is_empty() {
            return Err(ToolError::plain(
                "resource must be specified if apiGroup/subresource specified",
            ));
        }
        let (name, group) = types.split_once('.').unwrap_or((types, ""));
        let (plural, group) = if name == "*" {
            (name, group)
        } else {
            let info = context.mapped_kind_of(types)?.info();
            (info.plural, info.group)
        };
        groups.entry(group.to_owned()).or_default().push(format!("{plural}{part}"));
    }
    let names = arguments.list("resource-name");
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({ "apiGroups": [group], "resources": resources, "verbs": verbs });
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}
