//! A database's password was rotated, and pods keep the old one.

use opsdrill_engine::physical::ProcessSelector;
use opsdrill_engine::physical::connections::set_password;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, Source, Workload, entry};

/// A database's password was rotated, in the database and in the Secret, and pods keep the old one that they were
/// started with: whatever they ask the database is refused until they are restarted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretRotated {
    /// Its namespace.
    namespace: String,
    /// The Secret.
    secret: String,
    /// The key of the password.
    key: String,
    /// The new password.
    #[serde(default = "rotated")]
    value: String,
    /// The namespace of the database.
    database_namespace: String,
    /// The workload that is the database: it takes only the new password from now on.
    #[schemars(with = "String")]
    database: Workload,
    /// The database's own Secret, if it has one.
    #[serde(default)]
    database_secret: Option<String>,
    /// The key there.
    #[serde(default = "password")]
    database_key: String,
}

impl Fault for SecretRotated {
    const NAME: &'static str = "secret-rotated";
    const MECHANISM: &'static str = "stale-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let selector = ProcessSelector {
            namespace: Some(self.database_namespace.as_str().into()),
            workload: Some(self.database.name.as_str().into()),
            ..ProcessSelector::default()
        };
        let own = self
            .database_secret
            .iter()
            .map(|it| (&self.database_namespace, it, &self.database_key));
        for (namespace, secret, key) in own.chain([(&self.namespace, &self.secret, &self.key)]) {
            hand.edit_entries(Source::Secret, namespace, secret, |entries| {
                *entry(entries, key)? = json!(self.value);
                Ok(())
            })?;
        }
        match set_password(hand.cluster.world_mut(), &selector, &self.value) {
            0 => {
                Err(format!("no database runs as {} in {}", self.database, self.database_namespace))
            }
            _ => Ok(()),
        }
    }
}

fn rotated() -> String {
    "rotated-tonight".to_owned()
}

fn password() -> String {
    "POSTGRES_PASSWORD".to_owned()
}
