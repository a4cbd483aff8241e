//! `kubectl create clusterrole`.

use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, key_and_value, name_of};
use super::policy_rules::{self, RULES};

const MADE: Made =
    Made::of_cluster("rbac.authorization.k8s.io/v1", "ClusterRole", "").refused_plainly();

/// Verbs of requests to paths.
const PATH_VERBS: &[&str] = &["*", "get", "put", "post", "head", "options", "delete", "patch"];

/// `kubectl create clusterrole`.
pub(super) struct CreateClusterRole;

impl Verb for CreateClusterRole {
    const NAME: &'static str = "clusterrole";
    const USAGE: &'static str = "NAME (--verb=VERB (--resource=TYPE | --non-resource-url=PATH) | --aggregation-rule=KEY=VALUE)";
    const SUMMARY: &'static str = "Create a role for the whole cluster";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        RULES,
        &[
            Flag::list("non-resource-url").about("A path of the server: /logs/*."),
            Flag::list("aggregation-rule").about("Labels of the roles that this one is made of."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let verbs = policy_rules::verbs(arguments);
        let (resources, paths) = (arguments.list("resource"), arguments.list("non-resource-url"));
        let labels = arguments.list("aggregation-rule");
        let mut document = MADE.document(&name);
        if !labels.is_empty() {
            let others = [&verbs, &resources, &paths, &arguments.list("resource-name")];
            if others.iter().any(|it| !it.is_empty()) {
                return Err(ToolError::plain(
                    "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
                ));
            }
            document["aggregationRule"] = aggregation(&labels)?;
            document["rules"] = Value::Null;
            return generated::create(context, arguments, MADE, document);
        }
        if verbs.is_empty() {
            return Err(ToolError::plain("at least one verb must be specified"));
        }
        if resources.is_empty() && paths.is_empty() {
            return Err(ToolError::plain("one of resource or nonResourceURL must be specified"));
        }
        check_paths(&verbs, &paths)?;
        let mut rules = policy_rules::resource_rules(context, arguments, &verbs)?;
        if !paths.is_empty() {
            rules.push(json!({ "nonResourceURLs": paths, "verbs": verbs }));
        }
        document["rules"] = Value::Array(rules);
        generated::create(context, arguments, MADE, document)
    }
}

fn aggregation(labels: &[String]) -> Result<Value, ToolError> {
    let mut matched = json!({});
    for label in labels {
        let Some((key, value)) = key_and_value(label) else {
            return Err(ToolError::plain(format!("aggregation-rule: invalid: {label}")));
        };
        matched[key] = value.into();
    }
    Ok(json!({ "clusterRoleSelectors": [{ "matchLabels": matched }] }))
}

fn check_paths(verbs: &[String], paths: &[String]) -> Result<(), ToolError> {
    if paths.is_empty() {
        return Ok(());
    }
    if let Some(verb) = verbs.iter().find(|it| !PATH_VERBS.contains(&it.as_str())) {
        return Err(ToolError::plain(format!("invalid verb: '{verb}' for nonResourceURL")));
    }
    for path in paths {
        if path == "*" {
            continue;
        }
        if !path.starts_with('/') {
            return Err(ToolError::plain("nonResourceURL should start with /"));
        }
        if path[..path.len() - 1].contains('*') {
            return Err(ToolError::plain(
                "nonResourceURL only supports wildcard matches when '*' is at the end",
            ));
        }
    }
    Ok(())
}
