//! The verbs of kubectl: one file and one row each.

mod api_resources;
mod api_versions;
mod cluster_info;
mod describe;
mod exec;
mod get;
mod logs;
mod version;

use super::command::Command;

/// Every verb that does something here.
pub const VERBS: &[Command] = &[
    Command::of::<get::Get>(),
    Command::of::<cluster_info::ClusterInfo>(),
    Command::of::<describe::Describe>(),
    Command::of::<logs::Logs>(),
    Command::of::<exec::Exec>(),
    Command::of::<api_resources::ApiResources>(),
    Command::of::<api_versions::ApiVersions>(),
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
