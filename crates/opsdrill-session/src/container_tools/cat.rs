//! `cat`: files, or what the command reads.

use opsdrill_engine::physical::container::FileError;
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    if let Some(flag) = words.iter().find(|it| it.starts_with('-') && it.len() > 1) {
        return not_simulated(&format!("cat {flag}"));
    }
    if words.is_empty() {
        return prints(String::from_utf8_lossy(&inside.take_stdin()));
    }
    let mut reply = ExecReply::default();
    for path in words {
        if path == "-" {
            reply.stdout += &String::from_utf8_lossy(&inside.take_stdin());
            continue;
        }
        match inside.handle.read_file(inside.cluster.world(), path) {
            Ok(contents) => reply.stdout += &String::from_utf8_lossy(&contents),
            Err(error) => {
                reply.stderr += &complaint(path, error, inside.is_busybox());
                reply.exit_code = 1;
            }
        }
    }
    reply
}

/// Busybox opens a folder and fails when it reads it; GNU looks first.
fn complaint(path: &str, error: FileError, busybox: bool) -> String {
    match error {
        FileError::IsDirectory if busybox => "cat: read error: Is a directory\n".to_owned(),
        _ if busybox => format!("cat: can't open '{path}': {error}\n"),
        _ => format!("cat: {path}: {error}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_those_of_the_userland() {
        // Recording 337.
        let busybox = "cat: can't open '/missing': No such file or directory\n";
        assert_eq!(complaint("/missing", FileError::NotFound, true), busybox);
        let gnu = "cat: /missing: No such file or directory\n";
        assert_eq!(complaint("/missing", FileError::NotFound, false), gnu);
    }
}
