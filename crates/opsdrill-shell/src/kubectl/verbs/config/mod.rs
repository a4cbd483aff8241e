//! `kubectl config`: contexts of the kubeconfig.

mod contexts;
mod set_context;

use crate::kubectl::command::Command;

/// `kubectl config …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<contexts::CurrentContext>(),
    Command::of::<contexts::GetContexts>(),
    Command::of::<set_context::SetContext>(),
    Command::of::<contexts::UseContext>(),
    Command::of::<contexts::View>(),
    Command::not_simulated("delete-cluster"),
    Command::not_simulated("delete-context"),
    Command::not_simulated("delete-user"),
    Command::not_simulated("get-clusters"),
    Command::not_simulated("get-users"),
    Command::not_simulated("rename-context"),
    Command::not_simulated("set"),
    Command::not_simulated("set-cluster"),
    Command::not_simulated("set-credentials"),
    Command::not_simulated("unset"),
];
