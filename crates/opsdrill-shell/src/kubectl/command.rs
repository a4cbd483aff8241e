//! Commands: what a verb declares, how a line finds its verb, and what `--help` prints.

use super::completion::Takes;
use super::context::Context;
use super::errors::ToolError;
use super::flags::{Arguments, Flag, FlagValue};
use super::shared_flags;
use super::verbs::{REAL_VERBS, VERBS};

/// What a verb answers: its exit status, or why it failed.
pub type Outcome = Result<i32, ToolError>;

/// One verb of kubectl, such as `get`, or a part of one, such as `rollout status`.
pub trait Verb {
    /// Its name.
    const NAME: &'static str;
    /// Other names.
    const ALIASES: &'static [&'static str] = &[];
    /// What follows the name in the help: `[POD] [-c CONTAINER]`.
    const USAGE: &'static str = "";
    /// One line for the help.
    const SUMMARY: &'static str;
    /// Its flags, in groups that verbs share.
    const FLAGS: &'static [&'static [Flag]] = &[];

    /// What its words that are no flags mean, for completion.
    const TAKES: Takes = Takes::Nothing;

    /// Does it.
    ///
    /// # Errors
    /// What kubectl then prints on standard error.
    fn run(context: &mut Context, arguments: &Arguments) -> Outcome;
}

/// A row of the table of verbs.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What follows the name in the help.
    pub usage: &'static str,
    /// One line for the help.
    pub summary: &'static str,
    /// Its flags, in groups.
    pub flags: &'static [&'static [Flag]],
    /// What its words that are no flags mean.
    pub takes: Takes,
    /// Does it; `None` for a mere group of commands.
    pub run: Option<fn(&mut Context, &Arguments) -> Outcome>,
    /// Its parts.
    pub children: &'static [Command],
    /// Whether it does anything here. The others are known, and refused aloud whatever their flags.
    pub simulated: bool,
}

impl Command {
    /// The row of a verb.
    pub const fn of<V: Verb>() -> Self {
        Self {
            name: V::NAME,
            aliases: V::ALIASES,
            usage: V::USAGE,
            summary: V::SUMMARY,
            flags: V::FLAGS,
            takes: V::TAKES,
            run: Some(V::run),
            children: &[],
            simulated: true,
        }
    }

    /// The row of a verb that has parts beside doing something itself.
    pub const fn with_parts<V: Verb>(children: &'static [Self]) -> Self {
        Self { children, ..Self::of::<V>() }
    }

    /// A row that only holds others.
    pub const fn group(
        name: &'static str,
        summary: &'static str,
        children: &'static [Self],
    ) -> Self {
        Self {
            name,
            aliases: &[],
            usage: "SUBCOMMAND",
            summary,
            flags: &[],
            takes: Takes::Nothing,
            run: None,
            children,
            simulated: true,
        }
    }

    /// The row of a part that the real kubectl has and this one refuses aloud.
    pub const fn not_simulated(name: &'static str) -> Self {
        Self { simulated: false, ..Self::group(name, "Not simulated", &[]) }
    }

    /// All flags that may follow it. A flag of its own hides the one of that name that every command takes.
    pub fn all_flags(&self) -> Vec<Flag> {
        let own: Vec<Flag> = self.flags.iter().copied().flatten().copied().collect();
        let shared = shared_flags::GLOBAL.iter();
        let others = shared.filter(|it| own.iter().all(|own| own.name != it.name));
        own.iter().chain(others).copied().collect()
    }
}

/// A row of a table of commands, whichever tool's.
pub(crate) trait Row: Copy + 'static {
    /// Its names, the one that complaints use first.
    fn names(&self) -> (&'static str, &'static [&'static str]);
    /// Its own flags, in groups.
    fn flags(&self) -> &'static [&'static [Flag]];
    /// Its parts.
    fn parts(&self) -> &'static [Self];

    /// Whether a word names this command.
    fn answers_to(&self, word: &str) -> bool {
        let (name, aliases) = self.names();
        name == word || aliases.contains(&word)
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

/// Goes from a command down to the part of it that `words` name, taking those words out; answers it with its path.
pub(crate) fn descend<R: Row>(
    tool: &str,
    first: R,
    words: &mut Vec<String>,
    mut known: Vec<Flag>,
) -> (String, R) {
    let mut command = first;
    let mut path = format!("{tool} {}", command.names().0);
    while !command.parts().is_empty() {
        known.extend(command.flags().iter().copied().flatten());
        let Some(at) = next_command_word(words, &known) else { break };
        let Some(child) = command.parts().iter().find(|it| it.answers_to(&words[at])) else {
            break;
        };
        words.remove(at);
        path = format!("{path} {}", child.names().0);
        command = *child;
    }
    (path, command)
}

/// What cobra says of a command that there is none of, with those that were perhaps meant.
pub(crate) fn unknown<'n>(tool: &str, word: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut text = format!("unknown command {word:?} for {tool:?}");
    let alike: Vec<&str> = names.filter(|it| is_like(it, word)).collect();
    if !alike.is_empty() {
        text.push_str("\n\nDid you mean this?\n");
        for name in alike {
            text.push_str(&format!("\t{name}\n"));
        }
    }
    text
}

/// What a line calls.
#[derive(Debug)]
pub struct Call {
    /// `kubectl get`, as complaints name it.
    pub path: String,
    /// The command.
    pub command: Command,
    /// What it was told.
    pub arguments: Arguments,
}

/// Finds the command that a line (without `kubectl`) calls, and reads its flags.
///
/// # Errors
/// The complaint, not naming any verb if none was found.
pub fn read_line(words: &[String]) -> Result<Option<Call>, ToolError> {
    let mut rest = words.to_vec();
    let known: Vec<Flag> = shared_flags::GLOBAL.to_vec();
    let Some(at) = next_command_word(&rest, &known) else {
        return read_bare(&rest, known);
    };
    let word = rest.remove(at);
    if word == "help" {
        return read_help(rest);
    }
    let (path, command) = descend("kubectl", find_verb(&word)?, &mut rest, known);
    if !command.simulated {
        return Err(ToolError::not_simulated(path));
    }
    let arguments = Arguments::parse(&rest, command.all_flags())
        .map_err(|why| ToolError::plain(format!("{why}\nSee '{path} --help' for usage.")))?;
    if let Some(flag) = arguments.not_simulated().next() {
        return Err(ToolError::not_simulated(format!("{path} --{}", flag.name)));
    }
    Ok(Some(Call { path, command, arguments }))
}

/// `kubectl help rollout undo` is `kubectl rollout undo --help`.
fn read_help(mut topic: Vec<String>) -> Result<Option<Call>, ToolError> {
    if topic.is_empty() {
        return Ok(None);
    }
    topic.push("--help".to_owned());
    read_line(&topic)
}

/// `kubectl` with nothing but flags: only help is left to be shown.
fn read_bare(words: &[String], known: Vec<Flag>) -> Result<Option<Call>, ToolError> {
    let arguments = Arguments::parse(words, known)
        .map_err(|why| ToolError::plain(format!("{why}\nSee 'kubectl --help' for usage.")))?;
    if let Some(flag) = arguments.not_simulated().next() {
        return Err(ToolError::not_simulated(format!("kubectl --{}", flag.name)));
    }
    Ok(None)
}

/// The place of the first word that is neither a flag nor a flag's value.
pub(crate) fn next_command_word(words: &[String], known: &[Flag]) -> Option<usize> {
    let mut place = 0;
    while let Some(word) = words.get(place) {
        if word == "--" {
            return None;
        }
        let takes_next = if let Some(name) = word.strip_prefix("--") {
            !name.contains('=') && !known.iter().any(|it| it.name == name && it.alone().is_some())
        } else if let Some(letter) = word.strip_prefix('-') {
            let stands_alone = |it: &Flag| {
                it.short.is_some_and(|short| letter.starts_with(short)) && it.alone().is_some()
            };
            letter.chars().count() == 1 && !known.iter().any(stands_alone)
        } else {
            return Some(place);
        };
        place += if takes_next { 2 } else { 1 };
    }
    None
}

fn find_verb(word: &str) -> Result<Command, ToolError> {
    if let Some(command) = VERBS.iter().find(|it| it.answers_to(word)) {
        return Ok(*command);
    }
    if REAL_VERBS.contains(&word) {
        return Err(ToolError::not_simulated(format!("kubectl {word}")));
    }
    Err(ToolError::plain(unknown("kubectl", word, REAL_VERBS.iter().copied())))
}

/// Whether cobra would suggest `name` to somebody who typed `typed`.
fn is_like(name: &str, typed: &str) -> bool {
    let typed = typed.to_lowercase();
    name.starts_with(&typed) || distance(name, &typed) <= 2
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (place, there) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != *there);
            diagonal = row[place + 1];
            row[place + 1] = change.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

/// The help of one command.
pub fn help_of(call: &Call) -> String {
    let command = &call.command;
    let mut text =
        format!("{}\n\nUsage:\n  {} {} [flags]\n", command.summary, call.path, command.usage);
    if !command.aliases.is_empty() {
        text.push_str(&format!("\nOther names: {}\n", command.aliases.join(", ")));
    }
    if !command.children.is_empty() {
        text.push_str("\nCommands:\n");
        text.push_str(&list(command.children.iter().map(|it| (it.name, it.summary))));
    }
    let flags: Vec<&Flag> =
        command.flags.iter().copied().flatten().filter(|it| it.simulated).collect();
    if !flags.is_empty() {
        text.push_str("\nFlags:\n");
        for flag in flags {
            text.push_str(&flag_line(flag));
        }
    }
    let rest: Vec<String> = command
        .flags
        .iter()
        .copied()
        .flatten()
        .filter(|it| !it.simulated)
        .map(|it| format!("--{}", it.name))
        .collect();
    if !rest.is_empty() {
        text.push_str(&format!("\nNot simulated: {}\n", rest.join(", ")));
    }
    text.push_str("\nUse \"kubectl options\" for the flags that every command takes.\n");
    text
}

/// The flags that every command takes.
pub fn options() -> String {
    let (known, rest): (Vec<&Flag>, Vec<&Flag>) =
        shared_flags::GLOBAL.iter().partition(|it| it.simulated);
    let mut text = String::from("The following options can be passed to any command:\n\n");
    for flag in known {
        text.push_str(&flag_line(flag));
    }
    let rest: Vec<String> = rest.iter().map(|it| format!("--{}", it.name)).collect();
    text.push_str(&format!("\nNot simulated: {}\n", rest.join(", ")));
    text
}

/// The help of kubectl as a whole.
pub fn help() -> String {
    let mut text = String::from(
        "kubectl controls the cluster of this drill. It is written anew, after kubectl 1.32; what it does not model it says.\n\nCommands:\n",
    );
    text.push_str(&list(VERBS.iter().map(|it| (it.name, it.summary))));
    let rest = REAL_VERBS.iter().filter(|it| !VERBS.iter().any(|verb| verb.name == **it));
    let rest: Vec<&str> = rest.copied().collect();
    text.push_str(&format!("\nNot simulated: {}\n", rest.join(", ")));
    text.push_str("\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more about a command.\n");
    text
}

fn list<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    rows.map(|(name, summary)| format!("  {name:<15} {summary}\n")).collect()
}

fn flag_line(flag: &Flag) -> String {
    let short = flag.short.map_or_else(|| "    ".to_owned(), |it| format!("-{it}, "));
    let default = match flag.value {
        FlagValue::List | FlagValue::Array => "[]".to_owned(),
        FlagValue::Text | FlagValue::OptionalText(_) => format!("'{}'", flag.default),
        _ => flag.default.to_owned(),
    };
    format!("    {short}--{}={default}:\n\t{}\n", flag.name, flag.about)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Call>, ToolError> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        read_line(&words)
    }

    #[test]
    fn flags_may_stand_before_the_verb() {
        let call = read("-n demo get pods").unwrap().unwrap();
        assert_eq!(call.path, "kubectl get");
        assert_eq!(call.arguments.text("namespace"), "demo");
        assert_eq!(call.arguments.positional, ["pods"]);
    }

    #[test]
    fn help_has_three_spellings() {
        for line in ["help rollout undo", "rollout undo -h", "rollout undo --help"] {
            let call = read(line).unwrap().unwrap();
            assert_eq!(call.path, "kubectl rollout undo", "{line}");
            assert!(call.arguments.switch("help"), "{line}");
        }
        assert!(read("help").unwrap().is_none());
        assert!(help().contains("Not simulated: proxy,"), "{}", help());
    }

    #[test]
    fn a_verb_that_is_not_known_brings_suggestions() {
        let text = read("gett pods").unwrap_err().text("kubectl");
        assert_eq!(
            text,
            "error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n"
        );
        let text = read("frobnicate").unwrap_err().text("kubectl");
        assert_eq!(text, "error: unknown command \"frobnicate\" for \"kubectl\"\n");
    }

    #[test]
    fn a_verb_that_is_not_modelled_says_so() {
        let text = read("proxy").unwrap_err().text("kubectl");
        assert_eq!(text, "opsdrill: not simulated: kubectl proxy\n");
    }

    #[test]
    fn a_wrong_flag_points_at_the_help_of_its_verb() {
        let text = read("get pods --foo").unwrap_err().text("kubectl");
        assert_eq!(text, "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n");
    }
}
