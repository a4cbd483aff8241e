//! Whether what a line prints may go straight to the terminal.
//!
//! A tool that prints while it runs (`kubectl get -w`, `kubectl logs -f`) goes around the interpreter, so pipes,
//! substitutions and redirections would never see its output. A line streams only when each part of it is known to have
//! none: everything that is not listed here is collected and shown by the interpreter.

use std::collections::BTreeSet;

use bashkit::ShellState;
use bashkit::parser::{
    Assignment, AssignmentValue, Command, CompoundCommand, ListOperator, SimpleCommand, Word,
    WordPart,
};

use super::plans::timeout_words;
use super::syntax::parse;

/// Commands of the interpreter that run no other text and no other command.
const PLAIN_COMMANDS: &str = ": [ basename cat cd chmod cp cut declare diff dirname du echo export false file grep \
    head id jq less ln mkdir mv printenv printf pwd readlink readonly realpath rm rmdir sed seq set shopt sort stty \
    tac tail tee test tr tree true type typeset uname uniq unset wc which whoami yq";

/// Commands of ours that run other commands, or text.
const WITH_COMMANDS: &[&str] = &["env", "timeout", "watch"];

/// The command after which a line streams.
pub(super) const STREAM_COMMAND: &str = "__opsdrill_stream";
/// The array that holds a command's words meanwhile.
const WORDS: &str = "__opsdrill_words";

/// What the names of a line mean.
pub(super) struct Names<'a> {
    /// Functions, aliases and traps.
    pub(super) state: &'a ShellState,
    /// The commands that are forwarded to the host.
    pub(super) forwarded: &'a BTreeSet<String>,
}

/// True when whatever a command of this line prints goes straight to the terminal: plain commands one after the other,
/// without pipes, redirections, substitutions, functions or anything in the background.
pub(super) fn is_plain(text: &str, names: &Names<'_>) -> bool {
    names.state.traps.is_empty()
        && parse(text)
            .is_ok_and(|script| script.commands.iter().all(|it| names.is_plain_command(it)))
}

/// A line that does the same and streams, for one call of a tool whose words hold substitutions, such as
/// `kubectl logs -f $(kubectl get pod -o name)`: the words are made first, then the tool has the terminal to itself.
pub(super) fn in_two_steps(text: &str, names: &Names<'_>, tools: &[&str]) -> Option<String> {
    let script = parse(text).ok()?;
    let [Command::Simple(call)] = script.commands.as_slice() else { return None };
    let is_traced = names.state.variables.get("SHOPT_x").is_some_and(|it| it == "1");
    if !names.state.traps.is_empty() || is_traced {
        return None;
    }
    let name = literal(&call.name)?;
    let program = match names.state.aliases.get(&name) {
        Some(meaning) => plain_alias(meaning).map(|_| meaning)?,
        None => &name,
    };
    let first = program.split(' ').find(|it| !it.is_empty())?;
    let takes_apart = |word: &Word| {
        let begins_like_an_index =
            matches!(word.parts.first(), Some(WordPart::Literal(it)) if it.starts_with('['));
        let is_known = |part: &WordPart| {
            matches!(part, WordPart::CommandSubstitution(_)) || is_plain_part(part)
        };
        !begins_like_an_index && word.parts.iter().all(is_known)
    };
    let fits = tools.contains(&first)
        && !names.state.functions.contains_key(first)
        && !names.state.functions.contains_key(&name)
        && call.redirects.is_empty()
        && call.assignments.is_empty()
        && call.args.iter().all(takes_apart);
    let rest = text.trim().strip_prefix(name.as_str()).filter(|_| fits)?;
    let words = format!("{WORDS}=({program}{rest}\n)");
    // What stands behind the command, such as a `;`, has no place in an array.
    is_array(&words).then(|| format!("{words} || :; {STREAM_COMMAND}; \"${{{WORDS}[@]}}\""))
}

/// True when a text is nothing but one array's assignment.
fn is_array(text: &str) -> bool {
    let Ok(script) = parse(text) else { return false };
    let [Command::Simple(only)] = script.commands.as_slice() else { return false };
    let is_array = matches!(
        only.assignments.as_slice(),
        [Assignment { value: AssignmentValue::Array(_), .. }]
    );
    is_array && literal(&only.name).is_some_and(|it| it.is_empty()) && only.args.is_empty()
}

/// True for a line such as `exec > file`, after which output goes elsewhere for good.
pub(super) fn moves_output(text: &str) -> bool {
    parse(text).is_ok_and(|script| script.commands.iter().any(moves))
}

fn moves(command: &Command) -> bool {
    match command {
        Command::Simple(simple) => {
            literal(&simple.name).is_some_and(|it| it == "exec")
                && simple.redirects.iter().any(|it| matches!(it.fd, None | Some(1 | 2)))
        }
        Command::Pipeline(pipeline) => pipeline.commands.iter().any(moves),
        Command::List(list) => moves(&list.first) || list.rest.iter().any(|(_, it)| moves(it)),
        Command::Compound(..) | Command::Function(_) => false,
    }
}

impl Names<'_> {
    fn is_plain_command(&self, command: &Command) -> bool {
        match command {
            Command::Simple(simple) => self.is_plain_simple(simple),
            Command::Pipeline(pipeline) => {
                pipeline.commands.len() == 1 && self.is_plain_command(&pipeline.commands[0])
            }
            Command::List(list) => {
                self.is_plain_command(&list.first)
                    && list.rest.iter().all(|(operator, command)| {
                        *operator != ListOperator::Background && self.is_plain_command(command)
                    })
            }
            Command::Compound(CompoundCommand::Time(timed), redirects) => {
                redirects.is_empty()
                    && timed.command.as_ref().is_none_or(|it| self.is_plain_command(it))
            }
            Command::Compound(..) | Command::Function(_) => false,
        }
    }

    fn is_plain_simple(&self, simple: &SimpleCommand) -> bool {
        simple.redirects.is_empty()
            && simple.assignments.iter().all(is_plain_assignment)
            && simple.args.iter().all(is_plain_word)
            && literal(&simple.name).is_some_and(|name| {
                // A line of assignments only.
                name.is_empty() || self.is_plain_name(&name, &simple.args)
            })
    }

    fn is_plain_name(&self, name: &str, arguments: &[Word]) -> bool {
        if self.state.functions.contains_key(name) {
            return false;
        }
        if let Some(meaning) = self.state.aliases.get(name) {
            let first = plain_alias(meaning);
            return first.is_some_and(|it| it == name || !self.state.aliases.contains_key(it))
                && first.is_some_and(|it| self.is_plain_program(it, arguments));
        }
        self.is_plain_program(name, arguments)
    }

    fn is_plain_program(&self, name: &str, arguments: &[Word]) -> bool {
        if self.state.functions.contains_key(name) {
            return false;
        }
        if name == "timeout" {
            let words: Vec<String> =
                arguments.iter().map(|it| literal(it).unwrap_or_else(|| "$".to_owned())).collect();
            let Ok(timed) = timeout_words(&words) else { return false };
            let at = words.len() - timed.command.len();
            return timed.command.first().is_some_and(|it| {
                !WITH_COMMANDS.contains(&it.as_str())
                    && self.is_plain_program(it, &arguments[at + 1..])
            });
        }
        let forwarded = self.forwarded.contains(name) && !WITH_COMMANDS.contains(&name);
        forwarded || PLAIN_COMMANDS.split_whitespace().any(|it| it == name)
    }
}

/// The first word of an alias that stands for plain words only.
fn plain_alias(meaning: &str) -> Option<&str> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || " -_=./,:@".contains(it);
    // After a blank at the end bash looks for an alias in the next word, too.
    let is_whole = !meaning.ends_with(' ') && meaning.chars().all(is_plain);
    meaning.split(' ').find(|it| !it.is_empty()).filter(|it| is_whole && !it.contains('='))
}

fn is_plain_assignment(assignment: &Assignment) -> bool {
    assignment.index.is_none()
        && matches!(&assignment.value, AssignmentValue::Scalar(word) if is_plain_word(word))
}

fn is_plain_word(word: &Word) -> bool {
    word.parts.iter().all(is_plain_part)
}

fn is_plain_part(part: &WordPart) -> bool {
    match part {
        WordPart::Literal(_)
        | WordPart::Variable(_)
        | WordPart::Length(_)
        | WordPart::ArrayLength(_) => true,
        WordPart::ArrayAccess { index, .. } => {
            matches!(index.as_str(), "@" | "*") || index.parse::<u32>().is_ok()
        }
        _ => false,
    }
}

fn literal(word: &Word) -> Option<String> {
    match word.parts.as_slice() {
        [] => Some(String::new()),
        [WordPart::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}
