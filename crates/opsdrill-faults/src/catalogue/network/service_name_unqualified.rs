//! A client calls a Service of another namespace by its bare name.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InContainer, set_variable};

/// A client calls a Service of another namespace by its bare name, which its own namespace does not know (`no such
/// host`). The namespace is taken out of the variable's value: `postgres.data` becomes `postgres`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceNameUnqualified {
    #[serde(flatten)]
    at: InContainer,
    /// The variable with the name; of the container itself or of a ConfigMap.
    variable: String,
}

impl Fault for ServiceNameUnqualified {
    const NAME: &'static str = "service-name-unqualified";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let container = hand.container(&self.at)?;
        let own = container["env"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|it| it["name"] == self.variable);
        let known = match own {
            Some(own) => own["value"].as_str().map(str::to_owned),
            None => hand.entry_of_sources(&self.at.namespace, &container, &self.variable),
        };
        let known =
            known.ok_or_else(|| format!("the container has no variable {:?}", self.variable))?;
        let (scheme, name) = known.split_once("://").map_or(("", &*known), |(it, rest)| (it, rest));
        let (host, rest) = match name.find([':', '/']) {
            Some(place) => name.split_at(place),
            None => (name, ""),
        };
        let bare = host.split('.').next().unwrap_or(host);
        let separator = if scheme.is_empty() { "" } else { "://" };
        let value = format!("{scheme}{separator}{bare}{rest}");
        if value == known {
            return Err(format!("{known} names no namespace that could be taken away"));
        }
        hand.edit_container(&self.at, |container| {
            set_variable(container, &self.variable, &value);
            Ok(())
        })
    }
}
