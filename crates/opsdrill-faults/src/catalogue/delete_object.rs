//! Somebody deletes an object.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{Identity, Request};
use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::Fault;

/// Deletes one object through the API, under somebody's name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteObject {
    kind: String,
    #[serde(default)]
    namespace: String,
    name: String,
    /// The user whose name the audit shows.
    by: String,
}

impl Fault for DeleteObject {
    const NAME: &'static str = "delete-object";
    const SUMMARY: &'static str = "Somebody deletes an object.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        let kind = Kind::by_resource(&self.kind)
            .ok_or_else(|| format!("no kind is called {:?}", self.kind))?;
        let request = Request::delete(kind, &self.namespace, &self.name);
        cluster
            .handle(&Identity::admin(&self.by), request)
            .object()
            .map(drop)
            .map_err(|status| status.message)
    }
}
