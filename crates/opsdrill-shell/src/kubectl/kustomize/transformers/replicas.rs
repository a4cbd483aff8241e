//! `replicas`.

use serde_json::Value;

use crate::kubectl::errors::ToolError;
use crate::kubectl::kustomize::resource::{Resource, text_at};

/// Kinds that have a number of replicas.
const SCALED: &[&str] = &["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];

/// Other numbers of replicas.
pub(super) fn run(entries: &[Value], resources: &mut [Resource]) -> Result<(), ToolError> {
    for entry in entries {
        let name = text_at(entry, "/name");
        let mut found = false;
        for resource in resources.iter_mut().filter(|it| SCALED.contains(&it.kind())) {
            if resource.name() == name || resource.original_name == name {
                found = true;
                resource.document["spec"]["replicas"] = entry["count"].clone();
            }
        }
        if !found {
            return Err(ToolError::plain(format!(
                "resource with name {name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]"
            )));
        }
    }
    Ok(())
}
