//! A Service leads to the pods that it is meant for, and only to them.

use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants the ready endpoints of a Service to be pods with one label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceReaches {
    namespace: String,
    service: String,
    /// The label that the pods behind it carry.
    key: String,
    /// Its value.
    value: String,
    /// The fewest ready ones.
    endpoints_min: usize,
}

impl Check for ServiceReaches {
    const NAME: &'static str = "service-reaches";
    const SUMMARY: &'static str =
        "A Service leads to the pods that it is meant for, and only to them.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let view = evidence.cluster.view();
        let service = format!("{}/{}", self.namespace, self.service);
        let found = view.get(Kind::Endpoints, &self.namespace, &self.service);
        let Some(endpoints) = found.and_then(|it| it.endpoints()) else {
            return Finding::new(
                false,
                format!("service {service} has no endpoints"),
                format!("le service {service} n'a pas d'endpoints"),
            );
        };
        let subsets = endpoints.subsets.iter().flatten();
        let names = subsets
            .flat_map(|it| it.addresses.iter().flatten())
            .filter_map(|it| it.target_ref.as_ref()?.name.as_deref());
        let (mut meant, mut others) = (0, 0);
        for name in names {
            let pod = view.get(Kind::Pod, &self.namespace, name);
            let label = pod.and_then(|it| it.meta.labels.get(self.key.as_str()).cloned());
            if label.is_some_and(|it| *it == *self.value) {
                meant += 1;
            } else {
                others += 1;
            }
        }
        Finding::new(
            meant >= self.endpoints_min && others == 0,
            format!(
                "service {service} reaches {meant} pods that it is meant for and {others} others"
            ),
            in_french(&service, meant, others),
        )
    }
}

/// In French the plural begins at two.
fn in_french(service: &str, meant: usize, others: usize) -> String {
    let pods = if meant < 2 { "pod qui est le sien" } else { "pods qui sont les siens" };
    let rest = if others < 2 { "autre" } else { "autres" };
    format!("le service {service} atteint {meant} {pods} et {others} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_french_plural_begins_at_two() {
        let none = "le service a atteint 0 pod qui est le sien et 0 autre";
        assert_eq!(in_french("a", 0, 0), none);
        let many = "le service a atteint 2 pods qui sont les siens et 3 autres";
        assert_eq!(in_french("a", 2, 3), many);
    }
}
