//! A stand-in for a program of which only the end is known: its container's settings say when and how it ends, or why it
//! does not start. Without such a setting it serves until it is stopped, and SIGTERM ends it at once.
//!
//! The settings are `exit-code`, `exit-after-ms`, `exit-reason` (`OOMKilled` is the only one that differs from what the
//! code says) and `start-error`; a model binds them to variables of the environment.

use super::command::Act;
use super::model::ApplicationModel;
use super::settings;
use crate::physical::ContainerSpec;

/// What a container does.
///
/// # Errors
/// The runtime's words when it is not to start.
pub(crate) fn act(model: &ApplicationModel, spec: &ContainerSpec) -> Result<Act, String> {
    if let Some(error) = read(model, spec, "start-error") {
        return Err(error);
    }
    let Some(exit_code) = read(model, spec, "exit-code").and_then(|it| it.parse().ok()) else {
        return Ok(Act::Application(Vec::new()));
    };
    let after_ms = read(model, spec, "exit-after-ms").and_then(|it| it.parse().ok());
    Ok(Act::Runs { lines: Vec::new(), after_ms: after_ms.unwrap_or_default(), exit_code })
}

/// The reason that the runtime gives for the end, where settings say it.
pub(crate) fn end_reason(model: &ApplicationModel, spec: &ContainerSpec) -> Option<&'static str> {
    read(model, spec, "exit-reason").filter(|it| it == "OOMKilled").map(|_| "OOMKilled")
}

fn read(model: &ApplicationModel, spec: &ContainerSpec, name: &str) -> Option<String> {
    settings::read(model.settings.get(name)?, spec)
}
