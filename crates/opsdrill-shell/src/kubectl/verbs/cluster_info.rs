//! `kubectl cluster-info`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

/// `kubectl cluster-info`.
pub(super) struct ClusterInfo;

impl Verb for ClusterInfo {
    const NAME: &'static str = "cluster-info";
    const ALIASES: &'static [&'static str] = &["clusterinfo"];
    const SUMMARY: &'static str = "Print where the control plane is reached";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if let Some(word) = arguments.positional.first() {
            // Any other word is passed over.
            if word == "dump" {
                return Err(ToolError::not_simulated("kubectl cluster-info dump"));
            }
        }
        let server = context.config.server().to_owned();
        context.out(&format!(
            "Kubernetes control plane is running at {server}\n\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n"
        ));
        Ok(0)
    }
}
