//! `helm env`: the settings that it works with.

use crate::kubectl::flags::Arguments;

use super::command::{Command, Count};
use super::context::Helm;
use super::failure::Outcome;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("env", "", "helm client environment information", run).takes(Count::AtMost(1));

#[expect(clippy::unnecessary_wraps, reason = "all commands have one form")]
fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let mut rows = helm.settings.rows().to_vec();
    rows.push(("HELM_NAMESPACE", helm.namespace()));
    rows.sort_unstable_by_key(|it| it.0);
    let text = match arguments.positional.first() {
        None => rows.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect(),
        Some(asked) => {
            let found = rows.iter().find(|it| it.0 == asked);
            format!("{}\n", found.map(|it| it.1.as_str()).unwrap_or_default())
        }
    };
    helm.out(&text);
    Ok(())
}
