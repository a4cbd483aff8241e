//! Somebody makes an object by hand.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{Identity, Payload, Request, Target, Verb};
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;

/// Creates one object through the API, under somebody's name: one that no source knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateObject {
    /// The whole object; its namespace stands in its metadata.
    object: Value,
    /// The user whose name the audit shows.
    by: String,
}

impl Fault for CreateObject {
    const NAME: &'static str = "create-object";
    const SUMMARY: &'static str = "Somebody makes an object by hand.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        let text = |pointer: &str| self.object.pointer(pointer).and_then(Value::as_str);
        let (version, named) = (text("/apiVersion"), text("/kind"));
        let (version, named) = (version.unwrap_or_default(), named.unwrap_or_default());
        let kind = cluster
            .kinds()
            .by_name(version, named)
            .ok_or_else(|| format!("no kind is called {named:?} in version {version:?}"))?;
        let namespace = text("/metadata/namespace").unwrap_or_default().to_owned();
        let request = Request::new(
            Verb::Create(Payload::Document(self.object.clone())),
            Target::all(kind, &namespace),
        );
        cluster
            .handle(&Identity::admin(&self.by), request)
            .object()
            .map(drop)
            .map_err(|status| status.message)
    }
}
