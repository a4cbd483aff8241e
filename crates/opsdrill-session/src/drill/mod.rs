//! The commands of the drill itself, beside those of the shell: one file each.

mod clock;
mod diagnose;
mod help;
mod hint;
mod skip;
mod status;
mod submit;
mod ticket;
mod undo;

use std::fmt::Write as _;

use crate::front_end::{FrontEnd, Stream};
use crate::log::Language;
use crate::scenario::{Scenario, Text};
use crate::session::{LineEnd, Session};

pub use diagnose::{Diagnosis, MECHANISMS};

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
}

/// The command that a line is, with its arguments; `None` for lines of the shell.
pub(crate) fn command(line: &str) -> Option<(&'static Command, Vec<String>)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let command = COMMANDS.iter().find(|it| it.name == name)?;
    let arguments: Vec<String> = words.map(str::to_owned).collect();
    // `help cd` and the like are bash's business; a pipe or a redirection is, too.
    let plain = !line.contains(['|', '>', '<', ';', '&', '`', '$']);
    plain.then_some((command, arguments))
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
    let _ = writeln!(out, "{}\n", say(&file.ticket, language).trim_end());
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
