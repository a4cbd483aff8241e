//! `kubectl config`: contexts of the kubeconfig.

mod contexts;
mod set_context;

use crate::kubectl::command::Command;

use super::unmodelled;

/// `kubectl config …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<contexts::CurrentContext>(),
    Command::of::<contexts::GetContexts>(),
    Command::of::<set_context::SetContext>(),
    Command::of::<contexts::UseContext>(),
    Command::of::<contexts::View>(),
    unmodelled::row("delete-cluster"),
    unmodelled::row("delete-context"),
    unmodelled::row("delete-user"),
    unmodelled::row("get-clusters"),
    unmodelled::row("get-users"),
    unmodelled::row("rename-context"),
    unmodelled::row("set"),
    unmodelled::row("set-cluster"),
    unmodelled::row("set-credentials"),
    unmodelled::row("unset"),
];
