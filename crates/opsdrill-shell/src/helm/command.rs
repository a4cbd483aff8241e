//! Commands: what each declares, how a line finds its own, and what `--help` prints.

use crate::kubectl::command::{Row, descend, next_command_word, unknown};
use crate::kubectl::flags::{Arguments, Flag};

use super::COMMANDS;
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::GLOBAL;

/// How many arguments a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// As many as there are.
    Any,
    /// None.
    None,
    /// So many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
    /// So many or fewer.
    AtMost(usize),
}

/// A row of the table of commands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// Other names.
    pub(super) aliases: &'static [&'static str],
    /// What follows the name.
    pub(super) usage: &'static str,
    /// One line for the help.
    pub(super) summary: &'static str,
    /// How many arguments it takes.
    pub(super) count: Count,
    /// Its flags, in groups that commands share.
    pub(super) flags: &'static [&'static [Flag]],
    /// Does it; `None` for a mere group.
    pub(super) run: Option<fn(&mut Helm, &Arguments) -> Outcome<()>>,
    /// Its parts.
    pub(super) children: &'static [Self],
    /// Whether it does anything here.
    pub(super) simulated: bool,
}

impl Command {
    /// The row of a command.
    pub(super) const fn new(
        name: &'static str,
        usage: &'static str,
        summary: &'static str,
        run: fn(&mut Helm, &Arguments) -> Outcome<()>,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            usage,
            summary,
            count: Count::None,
            flags: &[],
            run: Some(run),
            children: &[],
            simulated: true,
        }
    }

    /// With other names.
    pub(super) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// With a number of arguments.
    pub(super) const fn takes(self, count: Count) -> Self {
        Self { count, ..self }
    }

    /// With flags.
    pub(super) const fn flags(self, flags: &'static [&'static [Flag]]) -> Self {
        Self { flags, ..self }
    }

    /// A row that only holds others.
    pub(super) const fn group(
        name: &'static str,
        summary: &'static str,
        children: &'static [Self],
    ) -> Self {
        Self {
            name,
            aliases: &[],
            usage: "",
            summary,
            count: Count::Any,
            flags: &[],
            run: None,
            children,
            simulated: true,
        }
    }

    /// The row of something that the real Helm has and this one refuses aloud.
    pub(super) const fn not_simulated(name: &'static str, summary: &'static str) -> Self {
        Self { simulated: false, ..Self::group(name, summary, &[]) }
    }

    /// All flags that may follow it. A flag of its own hides the one of that name that every command takes.
    pub(super) fn all_flags(&self) -> Vec<Flag> {
        let own = self.flags.iter().copied().flatten();
        own.chain(GLOBAL).copied().collect()
    }
}

impl Row for Command {
    fn names(&self) -> (&'static str, &'static [&'static str]) {
        (self.name, self.aliases)
    }

    fn flags(&self) -> &'static [&'static [Flag]] {
        self.flags
    }

    fn parts(&self) -> &'static [Self] {
        self.children
    }
}

/// What a line calls.
#[derive(Debug)]
pub(super) struct Call {
    /// `helm get values`.
    pub(super) path: String,
    /// The command.
    pub(super) command: Command,
    /// What it was told.
    pub(super) arguments: Arguments,
}

impl Call {
    /// Looks whether there are as many arguments as the command takes.
    pub(super) fn check_count(&self) -> Outcome<()> {
        let given = self.arguments.positional.len();
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        let complaint = match self.command.count {
            Count::None if given > 0 => "accepts no arguments".to_owned(),
            Count::Exactly(count) if given != count => {
                format!("requires {count} {}", plural(count))
            }
            Count::AtLeast(count) if given < count => {
                format!("requires at least {count} {}", plural(count))
            }
            Count::AtMost(count) if given > count => {
                format!("accepts at most {count} {}", plural(count))
            }
            _ => return Ok(()),
        };
        Err(Failure::Plain(format!("{:?} {complaint}\n\nUsage:  {}", self.path, self.usage())))
    }

    fn usage(&self) -> String {
        let usage = self.command.usage;
        let space = if usage.is_empty() { "" } else { " " };
        format!("{}{space}{usage} [flags]", self.path)
    }
}

/// Finds the command that a line (without `helm`) calls, and reads its flags; `None` when only help is left to be shown.
pub(super) fn read_line(words: &[String]) -> Outcome<Option<Call>> {
    let mut rest = words.to_vec();
    let known = GLOBAL.to_vec();
    let Some(at) = next_command_word(&rest, &known) else {
        return Arguments::parse(&rest, known).map(|_| None).map_err(Failure::Plain);
    };
    let word = rest.remove(at);
    if word == "help" {
        if rest.is_empty() {
            return Ok(None);
        }
        rest.push("--help".to_owned());
        return read_line(&rest);
    }
    let (path, command) = descend("helm", find(&word)?, &mut rest, known);
    if !command.simulated {
        return Err(Failure::NotSimulated(path));
    }
    let arguments = Arguments::parse(&rest, command.all_flags()).map_err(Failure::Plain)?;
    let is_own = |it: &&Flag| GLOBAL.iter().all(|global| global.name != it.name);
    if let Some(flag) = arguments.not_simulated().find(is_own) {
        return Err(Failure::NotSimulated(format!("{path} --{}", flag.name)));
    }
    Ok(Some(Call { path, command, arguments }))
}

fn find(word: &str) -> Outcome<Command> {
    if let Some(command) = COMMANDS.iter().find(|it| it.answers_to(word)) {
        return Ok(*command);
    }
    let text = unknown("helm", word, COMMANDS.iter().map(|it| it.name));
    Err(Failure::Plain(format!("{text}\nRun 'helm --help' for usage.")))
}

/// The help of helm as a whole.
pub(super) fn help() -> String {
    let mut text = String::from(
        "helm installs charts into the cluster of this drill. It is written anew, after Helm 3.21; what it does not model it says.\n\nUsage:\n  helm [command]\n\nCommands:\n",
    );
    let (made, rest): (Vec<&Command>, Vec<&Command>) = COMMANDS.iter().partition(|it| it.simulated);
    text.push_str(&list(&made));
    let rest: Vec<&str> = rest.iter().map(|it| it.name).collect();
    text.push_str(&format!("\nNot simulated: {}\n\nFlags:\n", rest.join(", ")));
    text.push_str(&flag_lines(GLOBAL.iter().filter(|it| it.simulated)));
    text.push_str("\nUse \"helm [command] --help\" for more about a command.\n");
    text
}

fn list(commands: &[&Command]) -> String {
    commands.iter().map(|it| format!("  {:<12} {}\n", it.name, it.summary)).collect()
}

fn flag_lines<'f>(flags: impl Iterator<Item = &'f Flag>) -> String {
    let line = |flag: &Flag| {
        let short = flag.short.map_or_else(|| "    ".to_owned(), |it| format!("-{it}, "));
        format!("  {short}--{:<24} {}\n", flag.name, flag.about)
    };
    flags.map(line).collect()
}

/// The help of one command.
pub(super) fn help_of(call: &Call) -> String {
    let command = &call.command;
    let mut text = format!("{}\n\nUsage:\n  {}\n", command.summary, call.usage());
    if !command.aliases.is_empty() {
        text.push_str(&format!("\nOther names: {}\n", command.aliases.join(", ")));
    }
    if !command.children.is_empty() {
        let children: Vec<&Command> = command.children.iter().collect();
        text.push_str(&format!("\nCommands:\n{}", list(&children)));
    }
    let own = || command.flags.iter().copied().flatten();
    if own().any(|it| it.simulated) {
        text.push_str(&format!("\nFlags:\n{}", flag_lines(own().filter(|it| it.simulated))));
    }
    let rest: Vec<String> =
        own().filter(|it| !it.simulated).map(|it| format!("--{}", it.name)).collect();
    if !rest.is_empty() {
        text.push_str(&format!("\nNot simulated: {}\n", rest.join(", ")));
    }
    text
}
