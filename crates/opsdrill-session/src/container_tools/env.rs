//! `env` and `printenv`: the environment of a command.

use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn env(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    match words.first() {
        Some(word) => not_simulated(&format!("env {word}")),
        None => prints(all(inside)),
    }
}

pub(super) fn printenv(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    if let Some(flag) = words.iter().find(|it| it.starts_with('-')) {
        return not_simulated(&format!("printenv {flag}"));
    }
    if words.is_empty() {
        return prints(all(inside));
    }
    let env = inside.handle.env();
    let mut reply = ExecReply::default();
    for name in words {
        match env.get(name) {
            Some(value) => reply.stdout += &format!("{value}\n"),
            None => reply.exit_code = 1,
        }
    }
    reply
}

fn all(inside: &Inside<'_>) -> String {
    inside.handle.env().iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}
