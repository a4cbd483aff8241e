//! Discovery as it has been from the beginning: one document for each question.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::resources::{Resource, groups};

/// `/api`.
pub(crate) fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": address }],
    })
}

/// `/apis`.
pub(crate) fn group_list(resources: &[Resource]) -> Value {
    let named = groups(resources).into_iter().filter(|it| !it.0.is_empty());
    let list: Vec<Value> = named.map(|(name, versions)| group_of(name, &versions)).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": list })
}

/// `/apis/GROUP`; `None` if there is no such group.
pub(crate) fn group(resources: &[Resource], name: &str) -> Option<Value> {
    let (name, versions) =
        groups(resources).into_iter().find(|it| it.0 == name && !it.0.is_empty())?;
    let mut document = group_of(name, &versions);
    document["kind"] = "APIGroup".into();
    document["apiVersion"] = "v1".into();
    Some(document)
}

fn group_of(name: &str, versions: &[&str]) -> Value {
    let version = |it: &str| json!({ "groupVersion": format!("{name}/{it}"), "version": it });
    json!({
        "name": name,
        "versions": versions.iter().map(|it| version(it)).collect::<Vec<_>>(),
        "preferredVersion": version(versions[0]),
    })
}

/// `/api/v1` and `/apis/GROUP/VERSION`; `None` if there is no such version.
pub(crate) fn resource_list(resources: &[Resource], group: &str, version: &str) -> Option<Value> {
    let own: Vec<&Resource> =
        resources.iter().filter(|it| it.group == group && it.version == version).collect();
    if own.is_empty() {
        return None;
    }
    let list: Vec<Value> = own.into_iter().flat_map(rows).collect();
    let group_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut document = Map::new();
    document.insert("kind".into(), "APIResourceList".into());
    if !group.is_empty() {
        document.insert("apiVersion".into(), "v1".into());
    }
    document.insert("groupVersion".into(), group_version.into());
    document.insert("resources".into(), list.into());
    Some(Value::Object(document))
}

/// A resource and its subresources.
fn rows(resource: &Resource) -> Vec<Value> {
    let mut own = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        own["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        own["categories"] = resource.categories.clone().into();
    }
    if resource.stored {
        own["storageVersionHash"] = storage_hash(resource).into();
    }
    let parts = resource.parts.iter().map(|part| {
        let mut row = json!({
            "name": format!("{}/{}", resource.plural, part.name),
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": part.document.map_or(resource.kind.as_str(), |it| it.2),
            "verbs": part.verbs,
        });
        // The group is named only where it is another one.
        if let Some((group, version, _)) = part.document.filter(|it| it.0 != resource.group) {
            row["group"] = group.into();
            row["version"] = version.into();
        }
        row
    });
    std::iter::once(own).chain(parts).collect()
}

/// `storageVersionHash`: the first eight bytes of SHA-256 over group, version and kind.
fn storage_hash(resource: &Resource) -> String {
    let name = if resource.group.is_empty() {
        format!("/{}/{}", resource.storage_version, resource.kind)
    } else {
        format!("{}/{}/{}", resource.group, resource.storage_version, resource.kind)
    };
    let hash = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    STANDARD.encode(&hash.as_ref()[..8])
}

#[cfg(test)]
mod tests {
    use super::super::resources;
    use super::*;

    #[test]
    fn config_maps_are_listed_as_by_the_real_server() {
        let all = resources::all(&opsdrill_objects::custom::kinds::Kinds::default());
        let list = resource_list(&all, "", "v1").unwrap();
        let own = list["resources"].as_array().unwrap();
        let found = own.iter().find(|it| it["name"] == "configmaps").unwrap();
        assert_eq!(found["shortNames"], json!(["cm"]));
        // Recording `discovery/api_v1.json`.
        assert_eq!(found["storageVersionHash"], "qFsyl6wFWjQ=");
    }

    #[test]
    fn what_does_not_exist_has_no_list() {
        let all = resources::all(&opsdrill_objects::custom::kinds::Kinds::default());
        assert_eq!(resource_list(&all, "apps", "v2"), None);
        assert_eq!(group(&all, ""), None);
        assert_eq!(group(&all, "apps").unwrap()["preferredVersion"]["version"], "v1");
    }
}
