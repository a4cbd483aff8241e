//! The expectations as files: Markdown with one section per command.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::requests::Refused;

/// The line that says that the text before it has no newline at its end.
const NO_NEWLINE: &str = "\\c";

/// One command of the recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Case {
    /// Its number and name, such as `013-get-pods`.
    pub(crate) name: String,
    /// When it ran, in milliseconds after the nodes had joined.
    pub(crate) at_ms: u64,
    /// The line for the shell.
    pub(crate) command: String,
    /// Its standard input.
    pub(crate) stdin: Option<String>,
    /// Its requests that were refused.
    pub(crate) refused: Vec<Refused>,
    /// What was recorded; nothing of what was only run.
    pub(crate) wanted: Option<Answer>,
}

/// What a command answered, with all masked that differs from run to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Exit status, or `timeout` where the recording was cut off.
    pub(crate) exit: String,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Answer {
    /// All of it as one text, to be compared.
    pub(crate) fn text(&self) -> String {
        let stderr: String = self.stderr.lines().map(|it| format!("stderr: {it}\n")).collect();
        format!("exit: {}\n{}{stderr}", self.exit, ended(&self.stdout))
    }
}

/// A text with its end shown.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n{NO_NEWLINE}\n")
    }
}

/// What [`ended`] has made of a text.
fn unended(text: &str) -> String {
    let end = format!("\n{NO_NEWLINE}\n");
    text.strip_suffix(&end).unwrap_or(text).to_owned()
}

/// One group's file.
pub(crate) fn print(group: &str, cases: &[&Case]) -> String {
    let mut text = format!("# {group}\n");
    for case in cases {
        let exit = case
            .wanted
            .as_ref()
            .map_or("not recorded".to_owned(), |it| format!("exit {}", it.exit));
        let _ = write!(text, "\n## {}\n\nAt {} ms, {exit}.\n", case.name, case.at_ms);
        let empty = Answer::default();
        let answer = case.wanted.as_ref().unwrap_or(&empty);
        let _ = write!(text, "\n```console\n$ {}\n{}```\n", case.command, ended(&answer.stdout));
        let requests: String = case.refused.iter().map(Refused::print).collect();
        let stdin = case.stdin.as_ref().unwrap_or(&empty.stdout);
        for (name, content) in
            [("requests", &requests), ("stderr", &answer.stderr), ("stdin", stdin)]
        {
            if !content.is_empty() {
                let _ = write!(text, "\n```{name}\n{}```\n", ended(content));
            }
        }
    }
    text
}

/// All cases of a folder in their order, each with its group.
pub(crate) fn read(folder: &Path) -> BTreeMap<String, (String, Case)> {
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the transcripts are there") {
        let path = entry.expect("readable").path();
        let text = fs::read_to_string(&path).expect("a text");
        let group =
            text.lines().next().and_then(|it| it.strip_prefix("# ")).expect("a title").to_owned();
        for section in text.split("\n## ").skip(1) {
            let case = section_of(section);
            cases.insert(case.name.clone(), (group.clone(), case));
        }
    }
    cases
}

fn section_of(text: &str) -> Case {
    let mut case = Case::default();
    let mut answer = Answer::default();
    let mut block = String::new();
    let mut content = String::new();
    for (number, line) in text.lines().enumerate() {
        if number == 0 {
            line.clone_into(&mut case.name);
        } else if !block.is_empty() && line == "```" {
            match (block.as_str(), unended(&content)) {
                ("console", text) => {
                    let (command, output) = text.split_once('\n').expect("a command line");
                    command.strip_prefix("$ ").expect("a command").clone_into(&mut case.command);
                    output.clone_into(&mut answer.stdout);
                }
                ("stderr", text) => answer.stderr = text,
                ("requests", text) => case.refused = Refused::read(&text),
                (_, text) => case.stdin = Some(text),
            }
            block.clear();
        } else if !block.is_empty() {
            content.push_str(line);
            content.push('\n');
        } else if let Some(name) = line.strip_prefix("```") {
            name.clone_into(&mut block);
            content.clear();
        } else if let Some((at, rest)) =
            line.strip_prefix("At ").and_then(|it| it.split_once(" ms, "))
        {
            case.at_ms = at.parse().expect("a number of milliseconds");
            let exit = rest.trim_end_matches('.');
            if let Some(exit) = exit.strip_prefix("exit ") {
                exit.clone_into(&mut answer.exit);
            }
        }
    }
    case.wanted = Some(answer).filter(|it| !it.exit.is_empty());
    case
}
