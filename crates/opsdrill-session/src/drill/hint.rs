//! `hint`: the next hint, for its price.

use super::{Command, either, say};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "hint",
    usage: "",
    summary: [
        "gives the next hint; each costs points",
        "donne l'indice suivant ; chacun coûte des points",
    ],
    run,
};

fn run(session: &mut Session, _arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    let hints = &session.play.scenario.file.hints;
    let taken = session.play.drill.hints;
    let Some(hint) = hints.get(taken) else {
        front.print(
            Stream::Out,
            either(["There are no more hints.\n", "Il n'y a plus d'indice.\n"], language),
        );
        return LineEnd { status: 1, ..LineEnd::default() };
    };
    let points = either(["points", "points"], language);
    let text = format!(
        "({}/{}, -{} {points}) {}\n",
        taken + 1,
        hints.len(),
        hint.cost,
        say(&hint.text, language).trim_end()
    );
    front.print(Stream::Out, &text);
    session.play.drill.hints += 1;
    LineEnd::default()
}
