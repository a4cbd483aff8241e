//! `id` and `whoami`: who a command runs as.

use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated, prints};

pub(super) fn id(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let (number, name) = (inside.handle.user_id(), inside.handle.user_name());
    match words.first().map(String::as_str) {
        None => {
            let known = name.parse::<u32>().is_err();
            let name = if known { format!("({name})") } else { String::new() };
            prints(format!("uid={number}{name} gid={number}{name} groups={number}{name}\n"))
        }
        Some("-u") => prints(format!("{number}\n")),
        Some("-un") => prints(format!("{name}\n")),
        Some(word) => not_simulated(&format!("id {word}")),
    }
}

pub(super) fn whoami(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    if let Some(word) = words.first() {
        return not_simulated(&format!("whoami {word}"));
    }
    let name = inside.handle.user_name();
    match name.parse::<u32>() {
        Err(_) => prints(name + "\n"),
        Ok(number) if inside.is_busybox() => fails(&format!("whoami: unknown uid {number}"), 1),
        Ok(number) => fails(&format!("whoami: cannot find name for user ID {number}"), 1),
    }
}
