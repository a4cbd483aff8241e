//! A Secret is gone.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, Source};

/// A Secret is deleted, or was never there under this name: new containers that need it wait in
/// `CreateContainerConfigError`, or in `ContainerCreating` where it is a volume (`FailedMount`). The workloads that
/// read it are restarted, so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretMissing {
    /// Its namespace.
    namespace: String,
    /// The Secret.
    secret: String,
}

impl Fault for SecretMissing {
    const NAME: &'static str = "secret-missing";
    const MECHANISM: &'static str = "missing-config";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.delete(Kind::Secret, &self.namespace, &self.secret)?;
        hand.restart_readers(Source::Secret, &self.namespace, &self.secret)
    }
}
