//! `kubectl describe role` and `clusterrole`: what is allowed, one line for each type.

use opsdrill_objects::{Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::Description;
use super::fields::{list, texts};

/// A rule about one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    paths: Vec<String>,
}

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.labels_and_annotations(&object.meta);
    out.line(0, "PolicyRule:");
    out.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    out.line(1, "---------\t-----------------\t--------------\t-----");
    for row in rows(list(&document, "/rules")) {
        out.line(1, row.join("\t"));
    }
    Ok(())
}

/// Resources, paths, names and verbs of rules, one row for each type.
pub(in crate::kubectl) fn rows(rules: &[Value]) -> Vec<[String; 4]> {
    let shown = |list: &[String]| format!("[{}]", list.join(" "));
    let row =
        |rule: Rule| [rule.place(), shown(&rule.paths), shown(&rule.names), shown(&rule.verbs)];
    compact(rules).into_iter().map(row).collect()
}

impl Rule {
    /// `deployments.apps`, or `deployments.apps/scale`.
    fn place(&self) -> String {
        let Some(resource) = self.resources.first() else { return String::new() };
        match self.groups.first() {
            Some(group) if !group.is_empty() => match resource.split_once('/') {
                Some((resource, part)) => format!("{resource}.{group}/{part}"),
                None => format!("{resource}.{group}"),
            },
            _ => resource.clone(),
        }
    }

    /// By what Go orders rules: their text.
    fn order(&self) -> String {
        let shown = |list: &[String]| format!("[{}]", list.join(" "));
        format!(
            "Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},",
            shown(&self.verbs),
            shown(&self.groups),
            shown(&self.resources),
            shown(&self.names),
            shown(&self.paths)
        )
    }
}

/// Rules broken down to single things, those about the same one put together again.
fn compact(rules: &[Value]) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules {
        let verbs = texts(rule, "/verbs");
        for group in texts(rule, "/apiGroups") {
            for resource in texts(rule, "/resources") {
                let names = texts(rule, "/resourceNames");
                let each: Vec<Vec<String>> = if names.is_empty() {
                    vec![Vec::new()]
                } else {
                    names.into_iter().map(|it| vec![it]).collect()
                };
                for names in each {
                    let single = Rule {
                        verbs: verbs.clone(),
                        groups: vec![group.clone()],
                        resources: vec![resource.clone()],
                        names,
                        paths: Vec::new(),
                    };
                    add(&mut found, single);
                }
            }
        }
        for path in texts(rule, "/nonResourceURLs") {
            for verb in &verbs {
                found.push(Rule {
                    verbs: vec![verb.clone()],
                    paths: vec![path.clone()],
                    ..Rule::default()
                });
            }
        }
    }
    found.sort_by_cached_key(Rule::order);
    found
}

fn add(found: &mut Vec<Rule>, rule: Rule) {
    let same = |it: &&mut Rule| {
        it.groups == rule.groups && it.resources == rule.resources && it.names == rule.names
    };
    match found.iter_mut().find(same) {
        Some(known) => {
            for verb in rule.verbs {
                if !known.verbs.contains(&verb) {
                    known.verbs.push(verb);
                }
            }
        }
        None => found.push(rule),
    }
}
