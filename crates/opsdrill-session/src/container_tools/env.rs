//! `env` and `printenv`: the environment of a command.

use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

/// Variables that our shell exports and the container's does not.
const OF_THE_SHELL: &[&str] = &[
    "_",
    "COLUMNS",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "HOSTTYPE",
    "IFS",
    "LINES",
    "LOGNAME",
    "MACHTYPE",
    "OLDPWD",
    "OPTIND",
    "OSTYPE",
    "PPID",
    "PWD",
    "SHELL",
    "SHLVL",
    "TERM",
    "UID",
    "USER",
];

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
    let env = inside.env;
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
    let own = inside.handle.env();
    let shown = inside
        .env
        .iter()
        .filter(|(name, _)| own.contains_key(*name) || !OF_THE_SHELL.contains(&name.as_str()));
    shown.map(|(name, value)| format!("{name}={value}\n")).collect()
}
