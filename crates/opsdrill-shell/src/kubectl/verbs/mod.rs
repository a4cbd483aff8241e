//! The verbs of kubectl: one file and one row each.

mod api_resources;
mod api_versions;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod certificate;
mod cluster_info;
mod completion;
mod config;
mod cordon;
mod cp;
mod create;
mod debug;
mod delete;
mod describe;
mod diff;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod kustomize;
mod logs;
mod metadata_maps;
mod options;
mod patch;
mod plugin;
mod port_forward;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
mod taint;
mod top;
mod version;
mod wait;

use super::command::Command;

/// Every verb that does something here.
pub const VERBS: &[Command] = &[
    Command::with_parts::<create::Create>(create::PARTS),
    Command::of::<expose::Expose>(),
    Command::of::<run::Run>(),
    Command::of::<explain::Explain>(),
    Command::of::<get::Get>(),
    Command::group("set", "Set parts of objects", set::PARTS),
    Command::of::<edit::Edit>(),
    Command::of::<delete::Delete>(),
    Command::group("rollout", "Manage the rollouts of deployments", rollout::PARTS),
    Command::of::<scale::Scale>(),
    Command::of::<autoscale::Autoscale>(),
    Command::group("certificate", "Decide about requests for certificates", certificate::PARTS),
    Command::of::<cluster_info::ClusterInfo>(),
    Command::group("top", "Show what nodes and pods use", top::PARTS),
    Command::of::<cordon::Cordon>(),
    Command::of::<cordon::Uncordon>(),
    Command::of::<drain::Drain>(),
    Command::of::<taint::Taint>(),
    Command::of::<describe::Describe>(),
    Command::of::<logs::Logs>(),
    Command::of::<attach::Attach>(),
    Command::of::<exec::Exec>(),
    Command::of::<port_forward::PortForward>(),
    Command::of::<cp::Cp>(),
    Command::group("auth", "Ask who one is and what one may do", auth::PARTS),
    Command::of::<debug::Debug>(),
    Command::of::<events::Events>(),
    Command::of::<diff::Diff>(),
    Command::with_parts::<apply::Apply>(apply::PARTS),
    Command::of::<patch::Patch>(),
    Command::of::<replace::Replace>(),
    Command::of::<wait::Wait>(),
    Command::of::<kustomize::Kustomize>(),
    Command::of::<metadata_maps::Label>(),
    Command::of::<metadata_maps::Annotate>(),
    Command::of::<completion::Completion>(),
    Command::group("config", "Change the kubeconfig", config::PARTS),
    Command::group("plugin", "Look for plugins", plugin::PARTS),
    Command::of::<api_resources::ApiResources>(),
    Command::of::<api_versions::ApiVersions>(),
    Command::of::<options::Options>(),
    Command::of::<version::Version>(),
];

/// Every verb of the real kubectl, in the order in which it declares (and suggests) them.
pub const REAL_VERBS: &[&str] = &[
    "create",
    "expose",
    "run",
    "set",
    "explain",
    "get",
    "edit",
    "delete",
    "rollout",
    "scale",
    "autoscale",
    "certificate",
    "cluster-info",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "describe",
    "logs",
    "attach",
    "exec",
    "port-forward",
    "proxy",
    "cp",
    "auth",
    "debug",
    "events",
    "diff",
    "apply",
    "patch",
    "replace",
    "wait",
    "kustomize",
    "label",
    "annotate",
    "completion",
    "alpha",
    "config",
    "plugin",
    "version",
    "api-versions",
    "api-resources",
    "options",
];
