//! `undo`: goes back before the last commands; time goes back with it.

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "undo",
    usage: "[COUNT]",
    summary: [
        "goes back before the last command, or the last few",
        "revient avant la dernière commande, ou les dernières",
    ],
    run,
};

/// How many commands the arguments take back; `None` if they say no number.
pub(super) fn count(arguments: &[String]) -> Option<usize> {
    match arguments {
        [] => Some(1),
        [number] => number.parse().ok().filter(|it| *it > 0),
        _ => None,
    }
}

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    if count(arguments).is_none() {
        let text =
            either(["COUNT is a number from 1", "COUNT est un nombre à partir de 1"], language);
        return COMMAND.refuse(text, language, front);
    }
    let undone = session.undo();
    if undone.is_empty() {
        let text =
            either(["undo: there is nothing to undo\n", "undo : rien à annuler\n"], language);
        front.print(Stream::Err, text);
        return LineEnd { status: 1, ..LineEnd::default() };
    }
    let word = either(["undone:", "annulé :"], language);
    for line in undone {
        let mut lines = line.trim().lines();
        let first = lines.next().unwrap_or_default();
        let rest = if lines.next().is_some() { " …" } else { "" };
        front.print(Stream::Out, &format!("{word} {first}{rest}\n"));
    }
    LineEnd::default()
}
