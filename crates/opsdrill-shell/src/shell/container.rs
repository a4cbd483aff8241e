//! The same bash as the shell of a container: the image's programs, the container's files, its shell's words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bashkit::BuiltinRegistry;

use crate::FileError;
use crate::applets::unknown::Refusal;
use crate::workspace::{Workspace, WorkspaceLimits};

/// What the machine is when it is a container.
#[derive(Debug, Clone)]
pub struct ContainerMachine {
    /// The shell in the container.
    pub shell: ContainerShell,
    /// The names of its programs.
    pub programs: BTreeSet<String>,
    /// The exported variables.
    pub env: BTreeMap<String, String>,
    /// The working directory.
    pub cwd: String,
    /// Contents by absolute path; a folder's path ends in `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Where writing is refused, by folder; the nearest one above a file decides.
    pub guards: BTreeMap<String, Option<FileError>>,
    /// The sizes of files that are larger than their contents here.
    pub large: BTreeMap<String, u64>,
    /// How much the volumes hold of which that is known.
    pub rooms: Vec<VolumeRoom>,
    /// What a program without a terminal reads, if anything is connected.
    pub stdin: Option<Vec<u8>>,
}

/// How much a volume holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeRoom {
    /// Where it is mounted.
    pub folder: String,
    /// Bytes.
    pub capacity: u64,
    /// Bytes that are taken.
    pub used: u64,
}

/// Which shell words a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerShell {
    /// bash.
    Bash,
    /// dash, Debian's `sh`.
    Dash,
    /// ash, busybox' `sh`.
    Ash,
}

/// How a program's file begins.
const PROGRAM: &[u8] = b"\x7fELF";

/// The file that holds what a command without a pipe reads.
pub(super) const STDIN_FILE: &str = "/proc/self/fd/0";

/// Bytes that one container may write, beside what it was given.
const LAYER_BYTES: usize = 8 << 20;
/// Bytes of one file.
const FILE_BYTES: usize = 1 << 20;

impl ContainerShell {
    /// True for busybox, whose programs complain in their own words.
    pub fn is_busybox(self) -> bool {
        self == Self::Ash
    }

    /// What `$0` says.
    pub(super) fn name(self) -> &'static str {
        if self == Self::Bash { "bash" } else { "sh" }
    }

    /// The complaint about a name that is no command.
    fn not_found(self, name: &str) -> String {
        match self {
            Self::Bash => format!("bash: {name}: command not found\n"),
            Self::Dash => format!("sh: 1: {name}: not found\n"),
            Self::Ash => format!("sh: {name}: not found\n"),
        }
    }

    /// A complaint of the interpreter or of one of its programs as this container's would word it.
    pub(super) fn words(self, complaint: &str) -> String {
        let line = |line: &str| self.reworded(line).unwrap_or_else(|| line.to_owned());
        complaint.split_inclusive('\n').map(line).collect()
    }

    fn reworded(self, line: &str) -> Option<String> {
        let text = line.trim_end_matches('\n');
        if self == Self::Bash || text.starts_with("sh: 1: ") {
            return None;
        }
        if let Some(rest) = text.strip_prefix("bash: ").or_else(|| text.strip_prefix("sh: ")) {
            // `line 3: ` is bash's habit.
            let rest = match rest.strip_prefix("line ").and_then(|it| it.split_once(": ")) {
                Some((number, rest)) if number.parse::<u32>().is_ok() => rest,
                _ => rest,
            };
            return Some(self.shell_complaint(rest) + "\n");
        }
        if self == Self::Dash {
            return None;
        }
        busybox(text).map(|it| it + "\n")
    }

    fn shell_complaint(self, text: &str) -> String {
        let prefix = if self == Self::Dash { "sh: 1: " } else { "sh: " };
        let wanted = [
            (": Permission denied", "create", "Permission denied"),
            (": Read-only file system", "create", "Read-only file system"),
            (": Is a directory", "create", "Is a directory"),
            (": No such file or directory", "open", "No such file"),
        ];
        // A file is opened where there is no room left; only writing fails.
        if text.ends_with(": No space left on device")
            && !text.contains(": No space left on device: ")
        {
            return match self {
                Self::Dash => format!("{prefix}echo: echo: I/O error"),
                _ => format!("{prefix}write error: No space left on device"),
            };
        }
        for (ending, verb, why) in wanted {
            let Some(name) = text.strip_suffix(ending).filter(|it| !it.contains(": ")) else {
                continue;
            };
            return if self == Self::Dash {
                format!("{prefix}cannot {verb} {name}: {why}")
            } else {
                let why = if verb == "open" { "no such file" } else { why };
                format!("{prefix}can't {verb} {name}: {why}")
            };
        }
        match text.strip_suffix(": command not found") {
            Some(name) => self.not_found(name).trim_end().to_owned(),
            None => format!("{prefix}{text}"),
        }
    }
}

/// What busybox says where GNU's programs say `text`.
fn busybox(text: &str) -> Option<String> {
    let rules: &[(&str, &str, &str, &str)] = &[
        ("head: cannot open '", "' for reading: ", "head: ", ": "),
        ("tail: cannot open '", "' for reading: ", "tail: ", ": "),
        ("rm: cannot remove '", "': ", "rm: can't remove '", "': "),
        ("mkdir: cannot create directory ‘", "’: ", "mkdir: can't create directory '", "': "),
        ("mkdir: cannot create directory '", "': ", "mkdir: can't create directory '", "': "),
        ("cp: cannot stat '", "': ", "cp: can't stat '", "': "),
        ("mv: cannot stat '", "': ", "mv: can't rename '", "': "),
        ("touch: cannot touch '", "': ", "touch: ", ": "),
        ("cp: cannot create regular file '", "': ", "cp: can't create '", "': "),
    ];
    for (begin, middle, new_begin, new_middle) in rules {
        if let Some((name, why)) = text.strip_prefix(begin).and_then(|it| it.split_once(middle)) {
            return Some(format!("{new_begin}{name}{new_middle}{why}"));
        }
    }
    let (name, why) = text.strip_prefix("cat: ")?.rsplit_once(": ")?;
    Some(match why {
        "Is a directory" => "cat: read error: Is a directory".to_owned(),
        _ => format!("cat: can't open '{name}': {why}"),
    })
}

impl ContainerMachine {
    /// What running a name answers when nothing runs it: status and complaint.
    pub(crate) fn refusal(&self, name: &str) -> (String, i32) {
        (self.shell.not_found(name), 127)
    }

    /// Gives every program that nothing runs a command that says so: its file would call itself for ever.
    pub(super) fn refuse_the_others(&self, known: &[String], registry: &BuiltinRegistry) {
        let files = self.files.iter().filter(|(_, it)| it.starts_with(PROGRAM));
        let of_files = files.filter_map(|(path, _)| path.rsplit('/').next());
        for name in self.programs.iter().map(String::as_str).chain(of_files) {
            if !known.iter().any(|it| it == name) {
                registry.insert(name, Arc::new(Refusal::of_program(name)));
            }
        }
    }

    /// The files as the interpreter meets them: a program's contents are the interpreter's mark for its own command.
    pub(super) fn laid(&self) -> BTreeMap<String, Vec<u8>> {
        let stub = |path: &String, contents: &Vec<u8>| {
            let name = path.rsplit('/').next().unwrap_or_default();
            if contents.starts_with(PROGRAM) {
                format!("#!/bin/sh\n# bashkit builtin: {name}\nexec {name} \"$@\"\n").into_bytes()
            } else {
                contents.clone()
            }
        };
        let mut files: BTreeMap<String, Vec<u8>> =
            self.files.iter().map(|(path, it)| (path.clone(), stub(path, it))).collect();
        files.insert(STDIN_FILE.to_owned(), self.stdin.clone().unwrap_or_default());
        files
    }

    /// The workspace at the first command.
    pub(super) fn lay_out(&self) -> Workspace {
        let files = self.laid();
        let given: usize = files.values().map(Vec::len).sum();
        let limits = WorkspaceLimits {
            total_bytes: given + LAYER_BYTES,
            file_bytes: FILE_BYTES,
            entries: 4_000,
        };
        let mut workspace = Workspace::new(limits);
        workspace.lay_container(&files, &self.guards, &self.large);
        workspace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_those_of_the_containers_shell() {
        let said = |shell: ContainerShell, text: &str| shell.words(&format!("{text}\n"));
        let denied = "bash: /etc/x: Permission denied";
        assert_eq!(
            said(ContainerShell::Dash, denied),
            "sh: 1: cannot create /etc/x: Permission denied\n"
        );
        assert_eq!(
            said(ContainerShell::Ash, denied),
            "sh: can't create /etc/x: Permission denied\n"
        );
        assert_eq!(said(ContainerShell::Bash, denied), format!("{denied}\n"));
        assert_eq!(
            said(ContainerShell::Ash, "bash: line 1: foo: command not found"),
            "sh: foo: not found\n"
        );
        // Recording 337.
        let missing = "cat: /missing: No such file or directory";
        let busybox = "cat: can't open '/missing': No such file or directory\n";
        assert_eq!(said(ContainerShell::Ash, missing), busybox);
        assert_eq!(said(ContainerShell::Dash, missing), format!("{missing}\n"));
    }
}
