//! Transcripts: Markdown that shows commands with their output, and is run as a test.
//!
//! A fenced block marked `console` holds steps. `$ ` begins a command, `> ` continues it on the next line, the lines
//! after it are its output, and `? 3` at the end gives an exit status other than 0. Everything outside of such blocks
//! is prose. With `UPDATE=1` in the environment the file is rewritten with what the commands print now.
//!
//! Output that looks like one of these marks (`> `, `$ `, a fence) is shown with a `\` before it.
//!
//! Output that does not end in a newline is shown with a line `\c` after it, so that nothing is lost.

use std::fmt::Write as _;
use std::path::Path;

/// One command of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Line of the file the command begins on, from 1.
    pub line: usize,
    /// The command; continuation lines are joined by newlines.
    pub command: String,
    /// What it prints.
    pub output: String,
    /// Its exit status.
    pub status: i32,
}

/// A piece of a transcript: prose as it stands, or a step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Prose(String),
    Step(Step),
}

/// A transcript read from Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    pieces: Vec<Piece>,
}

/// The line that says that the output before it has no newline at its end.
const NO_NEWLINE: &str = "\\c";

/// Whether a line of output would be read as something else.
fn is_mark(line: &str) -> bool {
    let line = line.trim_end_matches('\n');
    let bare = line.trim_start_matches('\\');
    let begins = ["> ", "$ ", "? "].iter().any(|it| bare.starts_with(it));
    begins || matches!(bare, ">" | "```") || line == NO_NEWLINE
}

/// A line of output without the `\` that keeps it from being read as something else.
fn unescaped(line: &str) -> &str {
    line.strip_prefix('\\').filter(|rest| is_mark(rest)).unwrap_or(line)
}

impl Transcript {
    /// Reads a transcript; fails on a block that is not closed or has output before its first command.
    pub fn parse(markdown: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut in_block = false;
        // Not `lines()`, which would take the carriage returns of the output away.
        let mut lines = markdown.split_terminator('\n').enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            if !in_block {
                in_block = line == "```console";
                pieces.push(Piece::Prose(format!("{line}\n")));
            } else if line == "```" {
                in_block = false;
                pieces.push(Piece::Prose(format!("{line}\n")));
            } else if let Some(command) = line.strip_prefix("$ ") {
                let mut step = Step {
                    line: index + 1,
                    command: command.to_owned(),
                    output: String::new(),
                    status: 0,
                };
                while let Some((_, more)) =
                    lines.next_if(|(_, next)| *next == ">" || next.starts_with("> "))
                {
                    step.command.push('\n');
                    step.command.push_str(more.strip_prefix("> ").unwrap_or(""));
                }
                let ends = |next: &str| next == "```" || next.starts_with("$ ");
                while let Some((_, output)) = lines.next_if(|(_, next)| !ends(next)) {
                    match output.strip_prefix("? ").and_then(|status| status.parse().ok()) {
                        Some(status) => step.status = status,
                        None if output == NO_NEWLINE => drop(step.output.pop()),
                        None => step.output.extend([unescaped(output), "\n"]),
                    }
                }
                pieces.push(Piece::Step(step));
            } else {
                return Err(format!(
                    "line {}: expected a command (`$ ...`) or the end of the block",
                    index + 1
                ));
            }
        }
        if in_block { Err("the last block is not closed".to_owned()) } else { Ok(Self { pieces }) }
    }

    /// The commands in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Step(step) => Some(step),
            Piece::Prose(_) => None,
        })
    }

    /// The same transcript with each step's output and status from `run`.
    #[must_use]
    pub fn replay(&self, mut run: impl FnMut(&str) -> (String, i32)) -> Self {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Prose(text) => Piece::Prose(text.clone()),
            Piece::Step(step) => {
                let (output, status) = run(&step.command);
                Piece::Step(Step { output, status, ..step.clone() })
            }
        });
        Self { pieces: pieces.collect() }
    }

    /// The transcript as Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Prose(prose) => text.push_str(prose),
                Piece::Step(step) => text.push_str(&step.to_markdown()),
            }
        }
        text
    }
}

impl Step {
    fn to_markdown(&self) -> String {
        let mut text = format!("$ {}\n", self.command.replace('\n', "\n> "));
        for line in self.output.split_inclusive('\n') {
            if is_mark(line) {
                text.push('\\');
            }
            text.push_str(line);
        }
        if !self.output.is_empty() && !self.output.ends_with('\n') {
            let _ = writeln!(text, "\n{NO_NEWLINE}");
        }
        if self.status != 0 {
            let _ = writeln!(text, "? {}", self.status);
        }
        text
    }
}

/// Runs the transcript at `path`: every step must print what is written there.
///
/// `update` rewrites the file instead. The error names the file, the line and each line that differs.
pub fn check(
    path: &Path,
    update: bool,
    run: impl FnMut(&str) -> (String, i32),
) -> Result<(), String> {
    let shown = path.display();
    let markdown = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let expected = Transcript::parse(&markdown).map_err(|error| format!("{shown}: {error}"))?;
    let actual = expected.replay(run);
    if update {
        return std::fs::write(path, actual.to_markdown())
            .map_err(|error| format!("{shown}: {error}"));
    }
    let mut report = String::new();
    for (expected, actual) in
        expected.steps().zip(actual.steps()).filter(|(expected, actual)| expected != actual)
    {
        let _ = writeln!(report, "{shown}:{}: $ {}", expected.line, expected.command);
        let (old, new) = (expected.to_markdown(), actual.to_markdown());
        let skipped = expected.command.lines().count();
        for change in similar::TextDiff::from_lines(&old, &new).iter_all_changes().skip(skipped) {
            let _ = write!(report, "    {}{change}", change.tag());
        }
    }
    if report.is_empty() {
        Ok(())
    } else {
        Err(format!("{report}(UPDATE=1 rewrites the transcript)"))
    }
}

#[cfg(test)]
mod tests {
    use super::Transcript;

    const TEXT: &str = "# Title\n\nProse.\n\n```console\n$ echo a\na\n$ cat <<E\n> x\n> E\nx\n$ false\n? 1\n$ printf b\nb\n\\c\n```\n";

    #[test]
    fn reads_and_writes_the_same_text() {
        let transcript = Transcript::parse(TEXT).expect("well formed");
        assert_eq!(transcript.to_markdown(), TEXT);
        let steps: Vec<_> = transcript
            .steps()
            .map(|step| (step.command.as_str(), step.output.as_str(), step.status))
            .collect();
        assert_eq!(
            steps,
            [
                ("echo a", "a\n", 0),
                ("cat <<E\nx\nE", "x\n", 0),
                ("false", "", 1),
                ("printf b", "b", 0)
            ]
        );
    }

    #[test]
    fn output_that_looks_like_a_mark_is_read_as_it_was_written() {
        let transcript = Transcript::parse("```console\n$ diff a b\n```\n").expect("well formed");
        let output = "> b\n$ x\n? 3\n```\n>\n\\c\n\\> c\n";
        let written = transcript.replay(|_| (output.to_owned(), 1)).to_markdown();
        let again = Transcript::parse(&written).expect("well formed");
        assert_eq!(
            again.steps().next().map(|it| (it.output.as_str(), it.status)),
            Some((output, 1))
        );
        assert_eq!(again.to_markdown(), written);
    }

    #[test]
    fn carriage_returns_are_output() {
        let text = "```console\n$ redis-cli info\nmaxclients:60\r\n```\n";
        let transcript = Transcript::parse(text).expect("it is well-formed");
        assert_eq!(transcript.steps().next().expect("one step").output, "maxclients:60\r\n");
        assert_eq!(transcript.to_markdown(), text);
    }

    #[test]
    fn an_open_block_is_an_error() {
        assert!(Transcript::parse("```console\n$ echo\n").is_err());
        assert!(Transcript::parse("```console\noutput\n```\n").is_err());
    }
}
