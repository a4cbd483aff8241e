//! A role does not allow what somebody needs.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// A verb is taken out of a Role (or a resource with all its verbs): whoever needs it gets 403 (`… is forbidden:
/// User … cannot … resource …`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleLacksVerb {
    /// Its namespace.
    namespace: String,
    /// The Role.
    role: String,
    /// The verb; without it all rules are taken away.
    #[serde(default)]
    verb: Option<String>,
}

impl Fault for RoleLacksVerb {
    const NAME: &'static str = "role-lacks-verb";
    const MECHANISM: &'static str = "permission";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Role, &self.namespace, &self.role, |object| {
            let Some(verb) = &self.verb else {
                object["rules"] = json!([]);
                return Ok(());
            };
            for rule in object["rules"].as_array_mut().into_iter().flatten() {
                if let Some(verbs) = rule["verbs"].as_array_mut() {
                    verbs.retain(|it| it != verb);
                }
            }
            // A rule without verbs is refused.
            if let Some(rules) = object["rules"].as_array_mut() {
                rules.retain(|it| it["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty()));
            }
            Ok(())
        })
    }
}
