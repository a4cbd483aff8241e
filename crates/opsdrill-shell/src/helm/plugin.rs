//! `helm plugin`: there are none here but what is built in.

use crate::kubectl::flags::Arguments;

use super::command::Command;
use super::context::Helm;
use super::failure::Outcome;
use super::output;

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("plugin", "install, list, or uninstall Helm plugins", PARTS);

const PARTS: &[Command] = &[
    Command::not_simulated("install", "install a Helm plugin"),
    Command::new("list", "", "list installed Helm plugins", list).aliases(&["ls"]),
    Command::not_simulated("uninstall", "uninstall one or more Helm plugins"),
    Command::not_simulated("update", "update one or more Helm plugins"),
];

#[expect(clippy::unnecessary_wraps, reason = "all commands have one form")]
fn list(helm: &mut Helm, _: &Arguments) -> Outcome<()> {
    let header = ["NAME", "VERSION", "DESCRIPTION"].map(str::to_owned).to_vec();
    helm.out(&(output::table(&[header], None) + "\n"));
    Ok(())
}
