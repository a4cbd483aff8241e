//! Somebody changes an object for the worse.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{Identity, PatchType, Request, Target, Verb};
use opsdrill_objects::Kind;
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;

/// Patches one object through the API (strategic merge), under somebody's name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchObject {
    kind: String,
    #[serde(default)]
    namespace: String,
    name: String,
    patch: Value,
    /// The user whose name the audit shows.
    by: String,
}

impl Fault for PatchObject {
    const NAME: &'static str = "patch-object";
    const SUMMARY: &'static str = "Somebody changes an object for the worse.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        let kind = Kind::by_resource(&self.kind)
            .ok_or_else(|| format!("no kind is called {:?}", self.kind))?;
        let target = Target::one(kind, &self.namespace, &self.name);
        let request = Request::new(Verb::Patch(PatchType::Strategic, self.patch.clone()), target);
        cluster
            .handle(&Identity::admin(&self.by), request)
            .object()
            .map(drop)
            .map_err(|status| status.message)
    }
}
