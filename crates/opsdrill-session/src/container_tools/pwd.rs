//! `pwd`: the image's working directory.

use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    match words.first() {
        None => prints(inside.handle.working_dir() + "\n"),
        Some(word) => not_simulated(&format!("pwd {word}")),
    }
}
