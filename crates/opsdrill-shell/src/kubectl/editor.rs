//! The editor of `kubectl edit`: which command it is, and what is said when it fails.

use crate::host::Stream;

use super::errors::ToolError;
use super::surroundings::Surroundings;

/// The variables that name the editor; the first that is set decides.
const VARIABLES: [&str; 2] = ["KUBE_EDITOR", "EDITOR"];
/// The editor when nothing names one.
const DEFAULT: &str = "vi";
/// Editors that are nothing without a person.
const VISUAL: [&str; 4] = ["nano", "vi", "view", "vim"];

/// An editor, as the trainee names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    text: String,
    shell: String,
}

/// What an editor made of a text.
#[derive(Clone, Debug)]
pub struct Edited {
    /// What it printed.
    pub output: Vec<(Stream, String)>,
    /// What it saved.
    pub saved: Result<String, EditorFailure>,
}

/// Why there is no edited text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorFailure {
    /// There is no such command.
    NotFound,
    /// It ended with an error.
    Failed,
}

impl Editor {
    /// The trainee's editor.
    pub(super) fn of(surroundings: &dyn Surroundings) -> Self {
        let set = |name: &str| surroundings.variable(name).filter(|it| !it.is_empty());
        let text = VARIABLES.iter().find_map(|it| set(it)).unwrap_or_else(|| DEFAULT.to_owned());
        Self { text, shell: set("SHELL").unwrap_or_else(|| "/bin/bash".to_owned()) }
    }

    /// Whether a person has to sit in front of it.
    pub fn is_visual(&self) -> bool {
        let program = self.text.split(' ').next().unwrap_or_default();
        VISUAL.contains(&program.rsplit('/').next().unwrap_or_default())
    }

    /// Only a command with quotes is a shell's business; any other is taken apart at its spaces.
    pub fn needs_shell(&self) -> bool {
        self.text.contains(' ') && self.text.contains(['"', '\'', '\\'])
    }

    /// The line that runs it on a file.
    pub fn line(&self, path: &str) -> String {
        if self.needs_shell() {
            return format!("{} \"{path}\"", self.text);
        }
        let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
        let words = self.text.split(' ').map(quoted).collect::<Vec<_>>();
        format!("{} {}", words.join(" "), quoted(path))
    }

    /// Whether the command is looked up among the programs, so that it can be missing there.
    pub fn is_looked_up(&self) -> bool {
        let program = self.text.split(' ').next().unwrap_or_default();
        !self.needs_shell() && !program.contains('/')
    }

    /// kubectl's complaint.
    pub(super) fn complaint(&self, failure: EditorFailure) -> ToolError {
        let named = if self.needs_shell() {
            format!("{} -c {}", self.shell, self.text)
        } else {
            self.text.clone()
        };
        ToolError::plain(match failure {
            EditorFailure::NotFound => format!("unable to launch the editor {named:?}"),
            EditorFailure::Failed => format!("there was a problem with the editor {named:?}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(text: &str) -> Editor {
        Editor { text: text.to_owned(), shell: "/bin/bash".to_owned() }
    }

    #[test]
    fn a_command_without_quotes_is_taken_apart_at_its_spaces() {
        let plain = editor("sed -i s/a/b/;s/$c/*/");
        assert_eq!(plain.line("/tmp/x"), "'sed' '-i' 's/a/b/;s/$c/*/' '/tmp/x'");
        assert!(plain.is_looked_up());
        let quoted = editor("sed -i 's/a b/c/'");
        assert_eq!(quoted.line("/tmp/x"), "sed -i 's/a b/c/' \"/tmp/x\"");
        assert_eq!(
            quoted.complaint(EditorFailure::Failed).text("kubectl edit"),
            "error: there was a problem with the editor \"/bin/bash -c sed -i 's/a b/c/'\"\n"
        );
    }

    #[test]
    fn a_person_has_to_sit_in_front_of_vi_only() {
        for text in ["vi", "vim -u NONE", "/usr/bin/nano"] {
            assert!(editor(text).is_visual(), "{text}");
        }
        for text in ["sed -i s/vi/nano/", "./vi.sh", "true", "ed"] {
            assert!(!editor(text).is_visual(), "{text}");
        }
    }
}
