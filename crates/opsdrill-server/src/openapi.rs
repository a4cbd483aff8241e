//! OpenAPI: the documents by which clients know fields, descriptions and what an operation takes.
//!
//! One document for each group and version (`/openapi/v3`), and all in one (`/openapi/v2`). Schemas come from
//! `opsdrill-openapi`; the paths are those of discovery.

mod annotations;
mod gnostic;
pub(crate) mod version_2;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use opsdrill_openapi::{REFERENCE, closure, custom, name_of};
use ring::digest::{SHA512, digest};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, JSON};
use crate::discovery::resources::{Resource, groups};
use crate::health::VERSION;
use crate::service::Asked;

/// The documents that were asked for, by their fingerprint.
static WRITTEN: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());

/// How many documents are remembered: those of the built-in groups, and some more.
const WRITTEN_MAX: usize = 64;

/// A fingerprint of all schemas that the program holds.
static SCHEMAS: LazyLock<String> = LazyLock::new(opsdrill_openapi::fingerprint);

/// The path of a group's version, as the index names it.
fn index_path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// What changes when a document does.
fn fingerprint(own: &[&Resource], path: &str) -> String {
    let said = format!("{} {path} {own:?}", *SCHEMAS);
    let hash = digest(&SHA512, said.as_bytes());
    hash.as_ref().iter().map(|it| format!("{it:02X}")).collect()
}

fn of_version<'a>(all: &'a [Resource], group: &str, version: &str) -> Vec<&'a Resource> {
    all.iter().filter(|it| it.group == group && it.version == version).collect()
}

/// `/openapi/v3`.
pub(crate) fn index(all: &[Resource]) -> Value {
    let mut paths = Map::new();
    for (group, versions) in groups(all) {
        for version in versions {
            let path = index_path(group, version);
            let hash = fingerprint(&of_version(all, group, version), &path);
            let url = format!("/openapi/v3/{path}?hash={hash}");
            paths.insert(path, json!({ "serverRelativeURL": url }));
        }
    }
    json!({ "paths": paths })
}

/// `/openapi/v3/PATH`; `None` if there is no such document.
pub(crate) fn document(all: &[Resource], path: &str, asked: &Asked) -> Option<Answer> {
    let mut parts = path.split('/');
    let (group, version) = match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
        ("api", version, None, None) => ("", version),
        ("apis", group, Some(version), None) => (group, version),
        _ => return None,
    };
    let own = of_version(all, group, version);
    if own.is_empty() {
        return None;
    }
    let hash = fingerprint(&own, path);
    let tag = format!("\"{hash}\"");
    let wanted = asked.query.get("hash");
    if !wanted.is_empty() && wanted != hash {
        let mut answer = Answer::text(301, "");
        answer.headers.push(("location", format!("/openapi/v3/{path}?hash={hash}")));
        return Some(answer);
    }
    let mut answer = if asked.header("if-none-match").contains(&tag) {
        Answer::bytes(304, "", Bytes::new())
    } else {
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() > WRITTEN_MAX {
            written.clear();
        }
        let write = || serde_json::to_vec(&write(&own)).expect("documents are JSON").into();
        Answer::bytes(200, JSON, written.entry(hash).or_insert_with(write).clone())
    };
    answer.headers.push(("etag", tag));
    answer.headers.push(("vary", "Accept".to_owned()));
    if !wanted.is_empty() {
        answer.headers.push(("cache-control", "public, immutable".to_owned()));
    }
    Some(answer)
}

/// The document of a group's version.
fn write(own: &[&Resource]) -> Value {
    let schemas = schemas(own);
    let mut paths = Map::new();
    for resource in own {
        add_paths(resource, &mut paths);
    }
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": VERSION },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// The schemas of resources and all that they lead to.
fn schemas(own: &[&Resource]) -> Map<String, Value> {
    let built_in = own.iter().filter(|it| it.schema.is_none()).filter_map(|it| schema_name(it));
    let metadata =
        own.iter().find(|it| it.schema.is_some()).map(|_| custom::OBJECT_META.to_owned());
    let mut schemas = closure(built_in.chain(metadata));
    for resource in own {
        if let (Some(schema), Some(name)) = (&resource.schema, schema_name(resource)) {
            schemas.insert(name, custom::published(schema));
        }
    }
    annotate(own, &mut schemas);
    schemas
}

fn schema_name(resource: &Resource) -> Option<String> {
    if resource.schema.is_some() {
        return Some(custom::name_of(&resource.group, &resource.version, &resource.kind));
    }
    name_of(&resource.group, &resource.version, &resource.kind)
}

fn gvk(resource: &Resource) -> Value {
    json!({ "group": resource.group, "kind": resource.kind, "version": resource.version })
}

/// Says of each kind's schema which kind it describes, and of all fields how they are merged.
fn annotate(own: &[&Resource], schemas: &mut Map<String, Value>) {
    for resource in own.iter().filter(|it| it.schema.is_none()) {
        if let Some(name) = schema_name(resource) {
            annotations::mark(schemas, &name, &resource.kind);
        }
    }
    mark_kinds(own, schemas);
}

/// Says of each kind's schema which kind it describes.
fn mark_kinds(own: &[&Resource], schemas: &mut Map<String, Value>) {
    for resource in own {
        if let Some(schema) = schema_name(resource).and_then(|it| schemas.get_mut(&it)) {
            schema["x-kubernetes-group-version-kind"] = json!([gvk(resource)]);
        }
    }
}

/// The paths of a resource: of all its objects, of those of a namespace, of one.
fn add_paths(resource: &Resource, paths: &mut Map<String, Value>) {
    let root = format!("/{}", index_path(&resource.group, &resource.version));
    let plural = &resource.plural;
    let all = format!("{root}/{plural}");
    let collection = if resource.namespaced {
        format!("{root}/namespaces/{{namespace}}/{plural}")
    } else {
        all.clone()
    };
    let has = |verb: &str| resource.verbs.contains(&verb);
    let of = |verbs: &[(&str, &str)]| -> Value {
        let kept = verbs.iter().filter(|it| has(it.1));
        Value::Object(kept.map(|it| (it.0.to_owned(), operation(resource, it.1))).collect())
    };
    if resource.namespaced && has("list") {
        paths.insert(all, of(&[("get", "list")]));
    }
    let whole = of(&[("get", "list"), ("post", "create"), ("delete", "deletecollection")]);
    paths.insert(collection.clone(), whole);
    if has("get") {
        let one =
            of(&[("get", "get"), ("put", "update"), ("patch", "patch"), ("delete", "delete")]);
        paths.insert(format!("{collection}/{{name}}"), one);
    }
}

/// One operation: the kind it is about, and the parameters that clients look for.
fn operation(resource: &Resource, verb: &str) -> Value {
    let parameter = |name: &str| {
        json!({
            "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true },
        })
    };
    let names: &[&str] = match verb {
        "create" | "update" => &["dryRun", "fieldManager", "fieldValidation"],
        "patch" => &["dryRun", "fieldManager", "fieldValidation", "force"],
        "delete" => &["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"],
        "list" | "deletecollection" => &[
            "allowWatchBookmarks",
            "continue",
            "fieldSelector",
            "labelSelector",
            "limit",
            "resourceVersion",
            "resourceVersionMatch",
            "sendInitialEvents",
            "timeoutSeconds",
            "watch",
        ],
        _ => &[],
    };
    let action = match verb {
        "create" => "post",
        "update" => "put",
        other => other,
    };
    let mut operation = json!({
        "parameters": names.iter().map(|it| parameter(it)).collect::<Vec<_>>(),
        "responses": { "200": answers(resource) },
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": gvk(resource),
    });
    if matches!(verb, "create" | "update") {
        operation["requestBody"] = answers(resource);
    }
    operation
}

fn answers(resource: &Resource) -> Value {
    match schema_name(resource) {
        Some(name) => {
            let reference = json!({ "$ref": format!("{REFERENCE}{name}") });
            json!({ "description": "OK", "content": { JSON: { "schema": reference } } })
        }
        None => json!({ "description": "OK" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::resources;

    #[test]
    fn every_version_has_a_document_with_its_kinds() {
        let all = resources::all(&opsdrill_objects::custom::kinds::Kinds::default());
        let index = index(&all);
        let paths = index["paths"].as_object().unwrap();
        assert!(paths.contains_key("api/v1") && paths.contains_key("apis/apps/v1"));
        let written = write(&of_version(&all, "apps", "v1"));
        let path = &written["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
        let names: Vec<_> =
            path["patch"]["parameters"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert!(names.contains(&&json!("fieldValidation")));
        assert_eq!(path["patch"]["x-kubernetes-group-version-kind"]["kind"], "Deployment");
    }

    #[test]
    fn every_stored_kind_has_a_schema() {
        let all = resources::all(&opsdrill_objects::custom::kinds::Kinds::default());
        let without: Vec<_> = all
            .iter()
            .filter(|it| schema_name(it).is_none() && it.group != crate::metrics::GROUP)
            .map(|it| (&it.group, &it.kind))
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
