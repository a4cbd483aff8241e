//! `ls`: names, one a line, as it prints them where no terminal is.

use opsdrill_engine::physical::container::{FileEntry, FileError};
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated};

/// Which names are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shown {
    /// Names that begin with a dot.
    hidden: bool,
    /// `.` and `..`.
    own: bool,
}

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let (flags, mut paths): (Vec<&str>, Vec<&str>) =
        words.iter().map(String::as_str).partition(|it| it.starts_with('-') && it.len() > 1);
    let shown = match shown(&flags) {
        Ok(shown) => shown,
        Err(flag) => return not_simulated(&format!("ls {flag}")),
    };
    if paths.is_empty() {
        paths.push(".");
    }
    paths.sort_unstable();
    let world = inside.cluster.world();
    let mut reply = ExecReply::default();
    let mut folders = Vec::new();
    for path in paths.iter().copied() {
        match inside.handle.stat(world, path) {
            Ok(entry) if entry.is_directory => folders.push(path),
            Ok(_) => reply.stdout += &format!("{path}\n"),
            Err(error) => {
                reply.stderr += &complaint(path, error, inside.is_busybox());
                reply.exit_code = if inside.is_busybox() { 1 } else { 2 };
            }
        }
    }
    for path in folders {
        if paths.len() > 1 {
            let gap = if reply.stdout.is_empty() { "" } else { "\n" };
            reply.stdout += &format!("{gap}{path}:\n");
        }
        let entries = inside.handle.list_directory(world, path).unwrap_or_default();
        reply.stdout += &names(&entries, shown);
    }
    reply
}

/// Reads the flags; `Err` is one that is not modelled.
fn shown<'a>(flags: &[&'a str]) -> Result<Shown, &'a str> {
    let mut shown = Shown::default();
    for flag in flags {
        for letter in flag[1..].chars() {
            match letter {
                '1' => {}
                'a' => shown = Shown { hidden: true, own: true },
                'A' => shown.hidden = true,
                _ => return Err(flag),
            }
        }
    }
    Ok(shown)
}

fn names(entries: &[FileEntry], shown: Shown) -> String {
    let own = if shown.own { ".\n..\n" } else { "" };
    let seen = entries.iter().filter(|it| shown.hidden || !it.name.starts_with('.'));
    own.to_owned() + &seen.map(|it| format!("{}\n", it.name)).collect::<String>()
}

fn complaint(path: &str, error: FileError, busybox: bool) -> String {
    if busybox {
        format!("ls: {path}: {error}\n")
    } else {
        format!("ls: cannot access '{path}': {error}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_are_shown_when_asked_for() {
        let entry = |name: &str| FileEntry { name: name.to_owned(), is_directory: false, size: 0 };
        let entries = [entry(".a"), entry("b")];
        assert_eq!(names(&entries, shown(&["-1"]).unwrap()), "b\n");
        assert_eq!(names(&entries, shown(&["-A"]).unwrap()), ".a\nb\n");
        assert_eq!(names(&entries, shown(&["-1a"]).unwrap()), ".\n..\n.a\nb\n");
        assert_eq!(shown(&["-la"]), Err("-la"));
    }
}
