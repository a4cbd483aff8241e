//! The words in which the generations of Helm differ, one column for each.

use opsdrill_helm::Generation;

/// What is said, `{}` standing for what is named.
#[derive(Debug)]
pub(super) struct Words {
    /// Which generation speaks.
    pub(super) generation: Generation,
    /// After an upgrade.
    pub(super) upgraded: &'static str,
    /// When an upgrade becomes an installation.
    pub(super) is_new: &'static str,
    /// After a rollback.
    pub(super) rolled_back: &'static str,
    /// After an uninstallation.
    pub(super) uninstalled: &'static str,
    /// Before the names of what was kept.
    pub(super) kept: &'static str,
    /// When Ctrl-C is pressed.
    pub(super) cancelled: &'static str,
    /// When a name is taken.
    pub(super) name_in_use: &'static str,
    /// When there is nothing to upgrade.
    pub(super) not_deployed: &'static str,
    /// When there is no release.
    pub(super) not_found: &'static str,
    /// When somebody else is at it.
    pub(super) pending: &'static str,
    /// When a failed installation was taken back.
    pub(super) atomic_install: &'static str,
    /// When a failed upgrade was taken back.
    pub(super) atomic_upgrade: &'static str,
    /// When neither went well.
    pub(super) atomic_failed: &'static str,
}

/// Helm 3.21.
pub(super) const THREE: Words = Words {
    generation: Generation::Three,
    upgraded: "Release \"{}\" has been upgraded. Happy Helming!\n",
    is_new: "Release \"{}\" does not exist. Installing it now.\n",
    rolled_back: "Rollback was a success! Happy Helming!\n",
    uninstalled: "release \"{}\" uninstalled\n",
    kept: "These resources were kept due to the resource policy:\n",
    cancelled: "Release {} has been cancelled.\n",
    name_in_use: "cannot re-use a name that is still in use",
    not_deployed: "\"{}\" has no deployed releases",
    not_found: "release: not found",
    pending: "another operation (install/upgrade/rollback) is in progress",
    atomic_install: "release {} failed, and has been uninstalled due to atomic being set",
    atomic_upgrade: "release {} failed, and has been rolled back due to atomic being set",
    atomic_failed: "an error occurred while rolling back the release. original upgrade error: {}",
};

/// A text with its gap filled.
pub(super) fn fill(text: &str, name: &str) -> String {
    text.replacen("{}", name, 1)
}
