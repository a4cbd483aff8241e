//! `helm repo update`.

use crate::kubectl::flags::{Arguments, Flag};

use crate::helm::command::{Command, Count};
use crate::helm::context::Helm;
use crate::helm::failure::{Failure, Outcome};
use crate::helm::repositories::Repository;

/// Its row.
pub(super) const COMMAND: Command = Command::new(
    "update",
    "[REPO1 [REPO2 ...]]",
    "update information of available charts locally from chart repositories",
    run,
)
.aliases(&["up"])
.takes(Count::Any)
.flags(&[&[
    Flag::switch("fail-on-repo-update-fail").about("Fail if any of them cannot be had."),
    Flag::duration("timeout", "2m0s").about("How long an index may take."),
]]);

/// What Helm says before it asks.
pub(in crate::helm) const ASKING: &str =
    "Hang tight while we grab the latest from your chart repositories...\n";

/// What it says after that.
pub(in crate::helm) const DONE: &str = "Update Complete. ⎈Happy Helming!⎈\n";

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let known = helm.known_repositories()?.unwrap_or_default();
    if known.all.is_empty() {
        return Err("no repositories found. You must add one before updating".into());
    }
    let names = &arguments.positional;
    if let Some(unknown) = names.iter().find(|it| known.find(it).is_none()) {
        return Err(Failure::Plain(format!(
            "no repositories found matching '{unknown}'.  Nothing will be updated"
        )));
    }
    let is_asked = |it: &Repository| names.is_empty() || names.contains(&it.name);
    let asked: Vec<Repository> = known.all.into_iter().filter(is_asked).collect();
    for repository in &asked {
        repository.check_scheme()?;
    }
    helm.out(ASKING);
    let failed = helm.update_repositories(&asked);
    if !failed.is_empty() && arguments.switch("fail-on-repo-update-fail") {
        return Err(Failure::Plain(format!(
            "Failed to update the following repositories: [{}]",
            failed.join(" ")
        )));
    }
    helm.out(DONE);
    Ok(())
}
