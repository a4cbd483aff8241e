//! `helm version`.

use opsdrill_helm::render::capabilities::{GO_VERSION, HELM_VERSION};

use crate::kubectl::flags::{Arguments, Flag};

use super::command::Command;
use super::context::Helm;
use super::failure::Outcome;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("version", "", "print the client version information", run).flags(&[&[
        Flag::switch("short").about("Print the number only."),
        Flag::switch("client").short('c').about("Does nothing."),
        Flag::text("template").not_simulated(),
    ]]);

/// The commit of the release whose behaviour is simulated.
const COMMIT: &str = "813176c51bb5c181dbbd7901298ddcc104cd3417";

#[expect(clippy::unnecessary_wraps, reason = "all commands have one form")]
fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let text = if arguments.switch("short") {
        format!("{HELM_VERSION}+g{}\n", &COMMIT[..7])
    } else {
        format!(
            "version.BuildInfo{{Version:\"{HELM_VERSION}\", GitCommit:\"{COMMIT}\", GitTreeState:\"clean\", GoVersion:\"{GO_VERSION}\"}}\n"
        )
    };
    helm.out(&text);
    Ok(())
}
