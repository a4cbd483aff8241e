//! Whether a rule allows an action, and whether rules cover rules.

use k8s_openapi::api::rbac::v1::PolicyRule;

use super::Action;

/// Whether a rule allows an action (`RuleAllows`).
pub(super) fn allows(rule: &PolicyRule, action: &Action<'_>) -> bool {
    match action {
        Action::Path { verb, path } => {
            has(&rule.verbs, verb)
                && rule.non_resource_urls.iter().flatten().any(|it| path_matches(it, path))
        }
        Action::Resource { verb, group, resource, subresource, name, .. } => {
            has(&rule.verbs, verb)
                && has(list(rule.api_groups.as_ref()), group)
                && names_resource(list(rule.resources.as_ref()), resource, subresource)
                && names_object(list(rule.resource_names.as_ref()), name)
        }
    }
}

fn list(words: Option<&Vec<String>>) -> &[String] {
    words.map(Vec::as_slice).unwrap_or_default()
}

/// Whether a list holds a word, or `*`.
fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|it| it == "*" || it == word)
}

fn names_resource(resources: &[String], resource: &str, subresource: &str) -> bool {
    resources.iter().any(|it| {
        if it == "*" {
            return true;
        }
        match it.split_once('/') {
            None => subresource.is_empty() && it == resource,
            Some((own, sub)) => {
                sub == subresource && !sub.is_empty() && (own == "*" || own == resource)
            }
        }
    })
}

fn names_object(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|it| it == name)
}

/// Whether a path of a rule, which may end in `*`, is about a path.
fn path_matches(pattern: &str, path: &str) -> bool {
    pattern == "*"
        || pattern == path
        || pattern.strip_suffix('*').is_some_and(|it| path.starts_with(it))
}

/// The parts of `wanted` that `held` does not cover, each with one verb, group, resource and name at most
/// (`Covers` of `component-helpers/auth/rbac/validation`).
pub(super) fn missing(held: &[PolicyRule], wanted: &[PolicyRule]) -> Vec<PolicyRule> {
    let parts = wanted.iter().flat_map(parts);
    parts.filter(|part| !held.iter().any(|it| covers(it, part))).collect()
}

/// A rule taken apart.
fn parts(rule: &PolicyRule) -> Vec<PolicyRule> {
    let mut parts = Vec::new();
    let one = |it: &String| Some(vec![it.clone()]);
    for group in list(rule.api_groups.as_ref()) {
        for resource in list(rule.resources.as_ref()) {
            for verb in &rule.verbs {
                let part = PolicyRule {
                    api_groups: one(group),
                    resources: one(resource),
                    verbs: vec![verb.clone()],
                    ..PolicyRule::default()
                };
                match list(rule.resource_names.as_ref()) {
                    [] => parts.push(part),
                    names => parts.extend(
                        names
                            .iter()
                            .map(|name| PolicyRule { resource_names: one(name), ..part.clone() }),
                    ),
                }
            }
        }
    }
    for url in list(rule.non_resource_urls.as_ref()) {
        for verb in &rule.verbs {
            parts.push(PolicyRule {
                non_resource_urls: one(url),
                verbs: vec![verb.clone()],
                ..PolicyRule::default()
            });
        }
    }
    parts
}

/// Whether a rule covers a part.
fn covers(held: &PolicyRule, part: &PolicyRule) -> bool {
    let first = |of: Option<&Vec<String>>| list(of).first().cloned().unwrap_or_default();
    let verb = part.verbs.first().map_or("", String::as_str);
    if !has(&held.verbs, verb) {
        return false;
    }
    if !list(part.non_resource_urls.as_ref()).is_empty() {
        let url = first(part.non_resource_urls.as_ref());
        return list(held.non_resource_urls.as_ref()).iter().any(|it| path_matches(it, &url));
    }
    let resource = first(part.resources.as_ref());
    let (own, sub) = resource.split_once('/').unwrap_or((&resource, ""));
    let names = list(held.resource_names.as_ref());
    has(list(held.api_groups.as_ref()), &first(part.api_groups.as_ref()))
        && (list(held.resources.as_ref()).contains(&resource)
            || names_resource(list(held.resources.as_ref()), own, sub))
        && (names.is_empty()
            || list(part.resource_names.as_ref()).iter().all(|it| names.contains(it)))
}

/// Rules about the same things put together, their verbs in order (`CompactRules`).
pub(super) fn compact(rules: &[PolicyRule]) -> Vec<PolicyRule> {
    let mut compacted: Vec<PolicyRule> = Vec::new();
    for rule in rules {
        let same = compacted.iter_mut().find(|it| {
            it.non_resource_urls.is_none()
                && rule.non_resource_urls.is_none()
                && it.api_groups == rule.api_groups
                && it.resources == rule.resources
                && it.resource_names == rule.resource_names
        });
        match same {
            Some(known) => known.verbs.extend(rule.verbs.iter().cloned()),
            None => compacted.push(rule.clone()),
        }
    }
    compacted
}

/// `{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}` (`CompactString`).
pub(super) fn text(rule: &PolicyRule) -> String {
    let quoted = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|it| format!("{it:?}")).collect();
        format!("[{}]", words.join(" "))
    };
    let fields = [
        ("APIGroups", list(rule.api_groups.as_ref())),
        ("Resources", list(rule.resources.as_ref())),
        ("NonResourceURLs", list(rule.non_resource_urls.as_ref())),
        ("ResourceNames", list(rule.resource_names.as_ref())),
        ("Verbs", &rule.verbs),
    ];
    let given = fields.iter().filter(|it| !it.1.is_empty());
    let parts: Vec<String> =
        given.map(|(name, words)| format!("{name}:{}", quoted(words))).collect();
    format!("{{{}}}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(group: &str, resource: &str, verbs: &[&str]) -> PolicyRule {
        PolicyRule {
            api_groups: Some(vec![group.into()]),
            resources: Some(vec![resource.into()]),
            verbs: verbs.iter().map(|it| (*it).to_owned()).collect(),
            ..PolicyRule::default()
        }
    }

    fn get<'a>(resource: &'a str, subresource: &'a str) -> Action<'a> {
        Action::Resource {
            verb: "get",
            group: "",
            resource,
            subresource,
            namespace: "x",
            name: "y",
        }
    }

    #[test]
    fn subresources_are_named_apart() {
        let pods = rule("", "pods", &["get"]);
        assert!(allows(&pods, &get("pods", "")) && !allows(&pods, &get("pods", "log")));
        assert!(allows(&rule("", "*/log", &["*"]), &get("pods", "log")));
        assert!(allows(&rule("*", "*", &["*"]), &get("pods", "log")));
        assert!(!allows(&rule("apps", "*", &["*"]), &get("pods", "")));
        let named = PolicyRule { resource_names: Some(vec!["z".into()]), ..pods };
        assert!(!allows(&named, &get("pods", "")));
    }

    #[test]
    fn paths_may_end_in_a_star() {
        let rule = PolicyRule {
            non_resource_urls: Some(vec!["/apis/*".into()]),
            verbs: vec!["get".into()],
            ..PolicyRule::default()
        };
        assert!(allows(&rule, &Action::Path { verb: "get", path: "/apis/apps" }));
        assert!(!allows(&rule, &Action::Path { verb: "get", path: "/metrics" }));
    }

    #[test]
    fn what_is_missing_is_told_compactly() {
        let held = [rule("", "pods", &["get"])];
        let wanted = [rule("", "pods", &["get", "list", "watch"])];
        let missing = compact(&missing(&held, &wanted));
        assert_eq!(missing.len(), 1);
        assert_eq!(
            text(&missing[0]),
            r#"{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}"#
        );
    }
}
