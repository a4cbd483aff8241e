//! The commands of the drill itself, beside those of the shell: one file each.

mod clock;
mod diagnose;
mod help;
mod hint;
mod page;
mod skip;
mod status;
mod submit;
mod ticket;
mod undo;

use std::fmt::Write as _;

use opsdrill_engine::SimTime;

use crate::front_end::{FrontEnd, Stream};
use crate::log::Language;
use crate::scenario::{Scenario, Text};
use crate::session::{LineEnd, Session};

pub use diagnose::{Diagnosis, MECHANISMS, RELEASE};
pub(crate) use page::Message;
pub use page::Page;

/// A command.
pub(crate) struct Command {
    /// What is typed.
    pub(crate) name: &'static str,
    /// What follows it, for `help`; a command without it takes no arguments.
    pub(crate) usage: &'static str,
    /// What it does: English, French.
    pub(crate) summary: [&'static str; 2],
    /// Runs it, with as many arguments as it may have.
    run: fn(&mut Session, &[String], &mut dyn FrontEnd) -> LineEnd,
}

/// The exit status of a command that does not know its arguments.
const USAGE_STATUS: i32 = 2;

impl Command {
    /// Runs it, unless its usage is asked for or its arguments are not known: a slip must neither cost nor hand in
    /// anything.
    pub(crate) fn run(
        &self,
        session: &mut Session,
        arguments: &[String],
        front: &mut dyn FrontEnd,
    ) -> LineEnd {
        let language = session.language();
        if arguments.first().is_some_and(|it| matches!(it.as_str(), "--help" | "-h")) {
            let summary = either(self.summary, language);
            front.print(Stream::Out, &format!("{}{summary}\n", self.usage_line(language)));
            return LineEnd::default();
        }
        if self.usage.is_empty() && !arguments.is_empty() {
            let text = either(["it takes no arguments", "pas d'argument"], language);
            return self.refuse(text, language, front);
        }
        (self.run)(session, arguments, front)
    }

    /// Says what is wrong with the arguments.
    fn refuse(&self, text: &str, language: Language, front: &mut dyn FrontEnd) -> LineEnd {
        let colon = either([":", " :"], language);
        let usage = self.usage_line(language);
        front.print(Stream::Err, &format!("{}{colon} {text}\n{usage}", self.name));
        LineEnd { status: USAGE_STATUS, ..LineEnd::default() }
    }

    fn usage_line(&self, language: Language) -> String {
        let word = either(["usage:", "usage :"], language);
        let call = format!("{word} {} {}", self.name, self.usage);
        format!("{}\n", call.trim_end())
    }
}

/// Every command.
pub(crate) const COMMANDS: &[Command] = &[
    clock::COMMAND,
    diagnose::COMMAND,
    help::COMMAND,
    hint::COMMAND,
    page::COMMAND,
    skip::COMMAND,
    status::COMMAND,
    submit::COMMAND,
    ticket::COMMAND,
    undo::COMMAND,
];

/// The names of all commands, for completion.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|it| it.name)
}

/// What the commands of a session have left behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drill {
    /// How many hints were taken.
    pub(crate) hints: usize,
    /// The trainee's claim.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// The pages that were sent.
    pub(crate) pages: Vec<Page>,
    /// What has not arrived yet, the earliest first.
    pub(crate) messages: Vec<Message>,
}

impl Drill {
    /// What has arrived by now.
    pub(crate) fn take_arrived(&mut self, now: SimTime) -> Vec<Message> {
        let arrived = self.messages.partition_point(|it| it.due <= now);
        self.messages.drain(..arrived).collect()
    }
}

/// The command that a line is, with its arguments; `None` for lines of the shell.
pub(crate) fn command(line: &str) -> Option<(&'static Command, Vec<String>)> {
    let name = line.split_whitespace().next()?;
    let command = COMMANDS.iter().find(|it| it.name == name)?;
    let mut words = words(line)?;
    words.remove(0);
    Some((command, words))
}

/// The words of a line, quoted as in the shell; `None` if it is more than one simple command: a pipe or a redirection is
/// the shell's business. A quote that nobody closes is an apostrophe.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        match next {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                match rest.as_str().split_once(next) {
                    Some((quoted, after)) => {
                        word.push_str(quoted);
                        rest = after.chars();
                    }
                    None => word.push(next),
                }
            }
            '|' | '>' | '<' | ';' | '&' | '`' | '$' => return None,
            _ if next.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(next),
        }
    }
    words.extend(word);
    Some(words)
}

/// How many commands a line takes back; `None` if it is no `undo`.
pub(crate) fn undoes(line: &str) -> Option<usize> {
    let (command, arguments) = command(line)?;
    (command.name == "undo").then(|| undo::count(&arguments).unwrap_or(0))
}

/// The text in a language.
pub(crate) fn say(text: &Text, language: Language) -> &str {
    match language {
        Language::En => &text.en,
        Language::Fr => &text.fr,
    }
}

/// One of two texts.
pub(crate) fn either(texts: [&'static str; 2], language: Language) -> &'static str {
    texts[usize::from(language == Language::Fr)]
}

/// What the trainee sees first: the ticket and where help is.
pub(crate) fn greeting(scenario: &Scenario, language: Language) -> String {
    let file = &scenario.file;
    let mut out = String::new();
    let _ = writeln!(out, "{}\n", say(&file.title, language));
    let _ = writeln!(out, "{}", ticket::text(scenario, language));
    let help = either(
        [
            "Type `help` for the commands of the drill.",
            "Tapez `help` pour les commandes de l'exercice.",
        ],
        language,
    );
    let _ = writeln!(out, "{help}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_in_the_shell() {
        let words = |line| words(line).map(|it| it.join("|"));
        assert_eq!(
            words("page lead --tried 'a; b' \"c | d\"e"),
            Some("page|lead|--tried|a; b|c | de".into())
        );
        assert_eq!(
            words("diagnose a/b c l'image  manque"),
            Some("diagnose|a/b|c|l'image|manque".into())
        );
        assert_eq!(words("hint ''"), Some("hint|".into()));
        for line in ["status | cat", "submit; ls", "hint > x", "clock && ls", "diagnose $x y"] {
            assert_eq!(words(line), None, "{line}");
        }
    }
}
