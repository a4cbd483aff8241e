//! How a release stands.

/// How a release stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Installed.
    Deployed,
    /// Uninstalled, with its history kept.
    Uninstalled,
    /// Another revision took its place.
    Superseded,
    /// Something failed.
    Failed,
    /// Being uninstalled.
    Uninstalling,
    /// Being installed.
    PendingInstall,
    /// Being upgraded.
    PendingUpgrade,
    /// Being rolled back.
    PendingRollback,
}

const NAMES: &[(Status, &str)] = &[
    (Status::Unknown, "unknown"),
    (Status::Deployed, "deployed"),
    (Status::Uninstalled, "uninstalled"),
    (Status::Superseded, "superseded"),
    (Status::Failed, "failed"),
    (Status::Uninstalling, "uninstalling"),
    (Status::PendingInstall, "pending-install"),
    (Status::PendingUpgrade, "pending-upgrade"),
    (Status::PendingRollback, "pending-rollback"),
];

impl Status {
    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|it| it.0 == self).map_or("unknown", |it| it.1)
    }

    /// By its name.
    pub fn parse(name: &str) -> Self {
        NAMES.iter().find(|it| it.1 == name).map_or(Self::Unknown, |it| it.0)
    }

    /// Whether somebody is, or was, in the middle of something.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}
