//! A Deployment's strategy in numbers of pods.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A strategy in numbers of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strategy {
    /// Whether it is `RollingUpdate` (and not `Recreate`).
    pub(super) rolling: bool,
    /// The replicas that the Deployment asks for.
    pub(super) replicas: i32,
    /// How many pods there may be beside them.
    pub(super) max_surge: i32,
    /// How many of them may be missing.
    pub(super) max_unavailable: i32,
}

impl Strategy {
    /// The strategy of a Deployment.
    pub(super) fn of(spec: &DeploymentSpec) -> Self {
        let replicas = spec.replicas.unwrap_or(1);
        let strategy = spec.strategy.clone().unwrap_or_default();
        if strategy.type_.as_deref() == Some("Recreate") {
            return Self { rolling: false, replicas, max_surge: 0, max_unavailable: 0 };
        }
        let bounds = strategy.rolling_update.unwrap_or_default();
        let quarter = IntOrString::String("25%".into());
        let surge = scaled(bounds.max_surge.as_ref().unwrap_or(&quarter), replicas, true);
        let unavailable =
            scaled(bounds.max_unavailable.as_ref().unwrap_or(&quarter), replicas, false);
        // Both zero, which only rounding can bring about, would let nothing move.
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        Self {
            rolling: true,
            replicas,
            max_surge: surge,
            max_unavailable: unavailable.min(replicas),
        }
    }

    /// The most pods there may be.
    pub(super) fn max_replicas(self) -> i32 {
        self.replicas.saturating_add(self.max_surge)
    }

    /// The fewest pods that must be available.
    pub(super) fn min_available(self) -> i32 {
        self.replicas - self.max_unavailable
    }
}

/// An absolute number, or a percentage of `total` rounded up or down.
fn scaled(value: &IntOrString, total: i32, up: bool) -> i32 {
    let percent = match value {
        IntOrString::Int(number) => return *number,
        IntOrString::String(text) => {
            text.strip_suffix('%').and_then(|it| it.parse::<i64>().ok()).unwrap_or_default()
        }
    };
    let hundredths = percent * i64::from(total);
    let rounded = if up { (hundredths + 99).div_euclid(100) } else { hundredths.div_euclid(100) };
    i32::try_from(rounded).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(replicas: i32, surge: &str, unavailable: &str) -> (i32, i32) {
        let spec = serde_json::json!({
            "replicas": replicas,
            "selector": {},
            "template": {},
            "strategy": { "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable } },
        });
        let strategy = Strategy::of(&serde_json::from_value(spec).unwrap());
        (strategy.max_surge, strategy.max_unavailable)
    }

    #[test]
    fn surge_is_rounded_up_and_unavailability_down() {
        assert_eq!(strategy(3, "25%", "25%"), (1, 0));
        assert_eq!(strategy(10, "25%", "25%"), (3, 2));
        assert_eq!(strategy(0, "25%", "25%"), (0, 0));
        assert_eq!(strategy(2, "0%", "25%"), (0, 1), "one pod may always be missing");
        assert_eq!(strategy(2, "0%", "300%"), (0, 2), "never more than there are");
    }
}
