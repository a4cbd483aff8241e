//! `helm repo remove`.

use crate::kubectl::flags::Arguments;

use crate::helm::command::{Command, Count};
use crate::helm::context::Helm;
use crate::helm::failure::{Failure, Outcome};

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("remove", "[REPO1 [REPO2 ...]]", "remove one or more chart repositories", run)
        .aliases(&["rm"])
        .takes(Count::AtLeast(1));

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let mut known = helm.known_repositories()?.unwrap_or_default();
    if known.all.is_empty() {
        return Err("no repositories configured".into());
    }
    for name in &arguments.positional {
        if known.find(name).is_none() {
            return Err(Failure::Plain(format!("no repo named {name:?} found")));
        }
        known.all.retain(|it| it.name != *name);
        helm.keep_repositories(&known)?;
        helm.forget_index(name);
        helm.out(&format!("{name:?} has been removed from your repositories\n"));
    }
    Ok(())
}
