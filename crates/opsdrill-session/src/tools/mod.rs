//! The tools that reach the cluster from the trainee's prompt, one file each.

mod curl;
mod helm;
mod kubectl;

use opsdrill_shell::{ToolCall, ToolResult};

use crate::terminal::Terminal;

pub(crate) use kubectl::KUBECONFIG;

/// A tool.
pub(crate) struct Tool {
    /// What is typed.
    pub(crate) name: &'static str,
    /// Runs one call.
    pub(crate) run: fn(&mut Terminal<'_>, ToolCall<'_>) -> ToolResult,
}

/// Every tool.
pub(crate) const TOOLS: &[Tool] = &[
    Tool { name: "curl", run: curl::run },
    Tool { name: "helm", run: helm::run },
    Tool { name: "kubectl", run: kubectl::run },
];

/// Their names.
pub(crate) const NAMES: &[&str] = &["curl", "helm", "kubectl"];
