//! `kubectl config`: the kubeconfig.

mod clusters;
mod contexts;
mod properties;
mod set_context;
mod users;
mod view;

use crate::kubectl::command::Command;

/// `kubectl config …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<contexts::CurrentContext>(),
    Command::of::<clusters::DeleteCluster>(),
    Command::of::<contexts::DeleteContext>(),
    Command::of::<users::DeleteUser>(),
    Command::of::<clusters::GetClusters>(),
    Command::of::<contexts::GetContexts>(),
    Command::of::<users::GetUsers>(),
    Command::of::<contexts::RenameContext>(),
    Command::of::<properties::Set>(),
    Command::of::<clusters::SetCluster>(),
    Command::of::<set_context::SetContext>(),
    Command::of::<users::SetCredentials>(),
    Command::of::<properties::Unset>(),
    Command::of::<contexts::UseContext>(),
    Command::of::<view::View>(),
];
