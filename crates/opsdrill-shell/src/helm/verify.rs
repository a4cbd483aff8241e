//! `helm verify`: whether a packed chart is signed and whole.

use crate::kubectl::flags::{Arguments, Flag};

use super::charts::is_packed;
use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "verify",
    "PATH",
    "verify that a chart at the given path has been signed and is valid",
    run,
)
.takes(Count::Exactly(1))
.flags(&[&[Flag::text("keyring").default("pubring.gpg").about("Where keys are.")]]);

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    helm.verify(&arguments.positional[0])
}

impl Helm<'_> {
    /// Looks whether a chart is signed.
    ///
    /// # Errors
    /// With Helm's words; what is signed is not simulated.
    pub(super) fn verify(&self, path: &str) -> Outcome<()> {
        if !self.exists(path) {
            return Err(Failure::Plain(format!("stat {path}: no such file or directory")));
        }
        if self.is_folder(path) {
            return Err("unpacked charts cannot be verified".into());
        }
        if !is_packed(&path.to_ascii_lowercase()) {
            return Err("chart must be a tgz file".into());
        }
        let signature = format!("{path}.prov");
        if self.exists(&signature) {
            return Err(Failure::NotSimulated("signed charts".to_owned()));
        }
        Err(Failure::Plain(format!(
            "could not load provenance file {signature}: stat {signature}: no such file or directory"
        )))
    }
}
