//! `echo`.

use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn run(_: &mut Inside<'_>, words: &[String]) -> ExecReply {
    match words.split_first() {
        Some((first, rest)) if first == "-n" => prints(rest.join(" ")),
        Some((first, _)) if matches!(first.as_str(), "-e" | "-E" | "-ne" | "-en") => {
            not_simulated(&format!("echo {first}"))
        }
        _ => prints(words.join(" ") + "\n"),
    }
}
