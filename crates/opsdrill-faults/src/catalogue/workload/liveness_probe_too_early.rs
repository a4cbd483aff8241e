//! A liveness probe begins before a slow program has started, and has no patience.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// A liveness probe begins before a slow program has started, and has no patience: the container is killed while it
/// starts, for ever. A startup probe that would protect it is taken away.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LivenessProbeTooEarly {
    #[serde(flatten)]
    at: InContainer,
    /// Seconds between two probes, the first of which comes after as many; two failures are enough.
    #[serde(default = "often")]
    period_seconds: u32,
}

impl Fault for LivenessProbeTooEarly {
    const NAME: &'static str = "liveness-probe-too-early";
    const MECHANISM: &'static str = "bad-probe";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            container["startupProbe"].take();
            let probe = &mut container["livenessProbe"];
            if !probe.is_object() {
                return Err("the container has no livenessProbe".to_owned());
            }
            for (key, value) in [
                ("initialDelaySeconds", self.period_seconds),
                ("periodSeconds", self.period_seconds),
                ("timeoutSeconds", 1),
                ("failureThreshold", 2),
            ] {
                probe[key] = json!(value);
            }
            Ok(())
        })
    }
}

fn often() -> u32 {
    2
}
