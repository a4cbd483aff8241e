//! A readiness probe asks for the wrong thing.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// A readiness probe asks for the wrong path, port or protocol, or runs a command that fails: the pod runs and
/// never gets ready. Without parameters it asks for the path `/health-check`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadinessProbeWrong {
    #[serde(flatten)]
    at: InContainer,
    /// The path that it asks for.
    #[serde(default)]
    path: Option<String>,
    /// The port, by number or by name.
    #[serde(default)]
    port: Option<Value>,
    /// `HTTP` or `HTTPS`.
    #[serde(default)]
    scheme: Option<String>,
    /// A command in the container, in the place of a request.
    #[serde(default)]
    exec: Vec<String>,
}

impl Fault for ReadinessProbeWrong {
    const NAME: &'static str = "readiness-probe-wrong";
    const MECHANISM: &'static str = "bad-probe";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            let probe = &mut container["readinessProbe"];
            if !probe.is_object() {
                return Err("the container has no readinessProbe".to_owned());
            }
            if !self.exec.is_empty() {
                probe["httpGet"].take();
                probe["exec"] = json!({ "command": self.exec });
                return Ok(());
            }
            let asked = [
                ("path", self.path.clone().map(Value::from)),
                ("port", self.port.clone()),
                ("scheme", self.scheme.clone().map(Value::from)),
            ];
            let mut asked: Vec<_> =
                asked.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
            if asked.is_empty() {
                asked.push(("path", json!("/health-check")));
            }
            if !probe["httpGet"].is_object() {
                return Err("the readinessProbe is no httpGet".to_owned());
            }
            for (key, value) in asked {
                probe["httpGet"][key] = value;
            }
            Ok(())
        })
    }
}
