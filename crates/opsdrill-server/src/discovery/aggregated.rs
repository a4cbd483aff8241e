//! Aggregated discovery: all groups, versions and resources in one document.

use serde_json::{Value, json};

use super::resources::{Resource, groups};

/// `/api` (core only) or `/apis` (all others), in one of the versions `v2` and `v2beta1`.
pub(crate) fn document(resources: &[Resource], core: bool, version: &str) -> Value {
    let wanted = groups(resources).into_iter().filter(|it| it.0.is_empty() == core);
    let items: Vec<Value> =
        wanted.map(|(name, versions)| group(resources, name, &versions)).collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    })
}

fn group(resources: &[Resource], name: &str, versions: &[&str]) -> Value {
    let mut metadata = json!({ "creationTimestamp": null });
    if !name.is_empty() {
        metadata["name"] = name.into();
    }
    let version = |version: &&str| {
        let own = resources.iter().filter(|it| it.group == name && it.version == **version);
        json!({
            "version": version,
            "resources": own.map(resource).collect::<Vec<_>>(),
            "freshness": "Current",
        })
    };
    json!({ "metadata": metadata, "versions": versions.iter().map(version).collect::<Vec<_>>() })
}

fn resource(resource: &Resource) -> Value {
    // The documents of custom kinds are named with group and version, those of the built-in ones are not.
    let (group, version) = match resource.schema {
        Some(_) => (resource.group.as_str(), resource.version.as_str()),
        None => ("", ""),
    };
    let kind = |it: &str| json!({ "group": group, "version": version, "kind": it });
    let mut row = json!({
        "resource": resource.plural,
        "responseKind": kind(&resource.kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        row["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        row["categories"] = resource.categories.clone().into();
    }
    let parts = resource.parts.iter().map(|part| {
        let named = match part.document {
            Some((group, version, name)) if group != resource.group => {
                json!({ "group": group, "version": version, "kind": name })
            }
            Some((_, _, name)) => kind(name),
            None => kind(&resource.kind),
        };
        json!({ "subresource": part.name, "responseKind": named, "verbs": part.verbs })
    });
    let parts: Vec<Value> = parts.collect();
    if !parts.is_empty() {
        row["subresources"] = parts.into();
    }
    row
}
