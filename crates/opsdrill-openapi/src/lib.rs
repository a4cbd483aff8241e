//! Schemas and descriptions of the built-in kinds, as the API server publishes them.
//!
//! They are made when the program is built (`build.rs`) and kept compressed; nobody pays for them who does not ask.

pub mod custom;

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::ZlibDecoder;
use serde_json::{Map, Value};

/// What the build script has made.
static COMPRESSED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schemas.json.zlib"));

static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let mut text = Vec::new();
    ZlibDecoder::new(COMPRESSED).read_to_end(&mut text).expect("the build has compressed it");
    serde_json::from_slice(&text).expect("the build has written JSON")
});

/// What stands before the name of a schema that another one refers to.
pub const REFERENCE: &str = "#/components/schemas/";

/// All schemas by their names, such as `io.k8s.api.apps.v1.Deployment`.
pub fn schemas() -> &'static Map<String, Value> {
    &SCHEMAS
}

/// What changes when a schema does.
pub fn fingerprint() -> String {
    // Length and check sum: the last four bytes of the compressed form are the Adler-32 of what is in it.
    let sum = &COMPRESSED[COMPRESSED.len() - 4..];
    let sum = sum.iter().map(|it| format!("{it:02x}")).collect::<String>();
    format!("{}-{sum}", COMPRESSED.len())
}

/// The name of a kind's schema; the group is empty for core. `None` if there is no such kind.
pub fn name_of(group: &str, version: &str, kind: &str) -> Option<String> {
    let package = match group {
        "" => "io.k8s.api.core".to_owned(),
        "apiextensions.k8s.io" => {
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions".to_owned()
        }
        "apiregistration.k8s.io" => "io.k8s.kube-aggregator.pkg.apis.apiregistration".to_owned(),
        _ => format!("io.k8s.api.{}", group.split('.').next().unwrap_or_default()),
    };
    let name = format!("{package}.{version}.{kind}");
    schemas().contains_key(&name).then_some(name)
}

/// A schema and all that it leads to, by name, in order.
pub fn closure(names: impl IntoIterator<Item = String>) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open: Vec<String> = names.into_iter().collect();
    while let Some(name) = open.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let Some(schema) = schemas().get(&name) else { continue };
        references(schema, &mut open);
        found.insert(name, schema.clone());
    }
    found
}

/// Collects the names that a schema refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                names.extend(target.strip_prefix(REFERENCE).map(str::to_owned));
            }
            fields.values().for_each(|it| references(it, names));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_described() {
        let name = name_of("apps", "v1", "Deployment").unwrap();
        let schema = &schemas()[&name];
        assert_eq!(schema["type"], "object");
        let spec = &schema["properties"]["spec"];
        assert_eq!(
            spec["allOf"][0]["$ref"],
            format!("{REFERENCE}io.k8s.api.apps.v1.DeploymentSpec")
        );
        assert!(spec["description"].is_string());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let mut names = Vec::new();
        schemas().values().for_each(|it| references(it, &mut names));
        let lost: Vec<_> = names.iter().filter(|it| !schemas().contains_key(*it)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn what_a_kind_leads_to_is_complete() {
        let found = closure(name_of("", "v1", "Pod"));
        assert!(found.contains_key("io.k8s.api.core.v1.Container"));
        assert!(!found.contains_key("io.k8s.api.apps.v1.Deployment"));
        assert_eq!(name_of("apps", "v9", "Deployment"), None);
    }
}
